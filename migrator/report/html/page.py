"""report.html: the whole plan as one file that needs nothing else, not even its own script.

The page's content comes from templates/report/html; this module gives it data and the
Content-Security-Policy that lets nothing run but the page's own style and script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from migrator import __version__
from migrator.model.plan import Account, Decision, Plan, Rule
from migrator.report.changes import changes, several
from migrator.report.granted import gains
from migrator.report.html.anchors import anchors
from migrator.report.html.matrix import matrix
from migrator.report.html.networks import networks
from migrator.report.html.objects import MOST_UNIFIED, bundles
from migrator.report.html.shell import asset, pages, policy, tight
from migrator.report.html.svg import pictures
from migrator.report.plugins import directories
from migrator.report.summary import Group, fates, summarise
from migrator.report.writer import ALONE, Context
from migrator.steps import STEPS

_LARGE: Final = 300
"""More cards or networks than this stay folded, also on paper."""


class Section(Struct, frozen=True, kw_only=True):
    """Findings that are read together. ``groups`` come with their anchors."""

    name: str
    groups: tuple[tuple[str, Group], ...]


def render(plan: Plan, context: Context = ALONE) -> str:
    """The page."""
    anchor = anchors()
    summary = summarise(plan)
    sections = {
        name: _section(name, groups, anchor)
        for name, groups in (
            ("blockers", summary.blockers),
            ("manual", summary.manual),
            ("lasting", summary.lasting),
            ("warnings", summary.warnings),
            ("notes", summary.notes),
            ("cured", summary.cured),
            ("suppressed", summary.suppressed),
        )
    }
    cards = bundles(plan, anchor)
    groups = networks(plan.attachments, anchor)
    rows = changes(plan)
    size = sum(len(b.cards) for b in cards) + sum(len(group.rows) for group in groups)
    rules = _rules(plan)
    style, script = asset("page.css"), asset("page.js")
    page = (
        pages()
        .get_template("page.html.j2")
        .render(
            version=__version__,
            style=Markup(style),  # noqa: S704  # our own file
            script=Markup(script),  # noqa: S704
            policy=policy(style, script),
            s=summary,
            sections=sections,
            links=_links(sections.values()),
            verification=context.verification,
            pictures=pictures(plan),
            matrix=matrix(plan.attachments),
            bundles=cards,
            kinds=sorted({card.ref.kind for bundle in cards for card in bundle.cards}),
            namespaces=sorted({c.ref.namespace for b in cards for c in b.cards} - {""}),
            networks=groups,
            plugins=plan.plugins,
            directories=directories(plan),
            large=size > _LARGE,
            rows=rows,
            several=several(rows),
            gains=gains(plan),
            fates=fates(plan.attachments),
            with_unified=len(summary.changed) <= MOST_UNIFIED,
            accounts=plan.accounts,
            changed=tuple(_account(a) for a in plan.accounts if a.outcome != "kept"),
            decisions=tuple(map(_decision, plan.decisions)),
            rules=rules,
            rule_ids={rule.id for rule in rules},
            inputs=plan.before.inventory.reading.inputs,
        )
    )
    return tight(page)


def _section(name: str, groups: Iterable[Group], anchor: Callable[..., str]) -> Section:
    return Section(name=name, groups=tuple((anchor("finding", g.id), g) for g in groups))


def _links(sections: Iterable[Section]) -> dict[str, str]:
    """Rule id -> the anchor of its first group of findings."""
    links: dict[str, str] = {}
    for section in sections:
        for anchor, group in section.groups:
            links.setdefault(group.id, anchor)
    return links


def _rules(plan: Plan) -> tuple[Rule, ...]:
    """The rules that made the changes, in the order of the steps."""
    used = {change.rule for planned in plan.objects for change in planned.changes}
    return tuple(rule for rule, _ in STEPS if rule.id in used)


def _account(account: Account) -> tuple[str, ...]:
    return (
        str(account.object),
        account.kind,
        account.name,
        account.outcome,
        account.detail,
        str(account.source),
    )


def _decision(decision: Decision) -> tuple[str, str, str]:
    return (decision.subject, decision.choice, decision.reason)
