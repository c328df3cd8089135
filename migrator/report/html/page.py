"""report.html: the whole plan as one file that needs nothing else, not even its own script.

The page's content comes from templates/report/html; this module gives it data and the
Content-Security-Policy that lets nothing run but the page's own style and script.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup, escape
from msgspec import Struct

from migrator import __version__
from migrator.model.plan import Account, Decision, Plan, Rule
from migrator.report.changes import changes, several
from migrator.report.granted import gains
from migrator.report.html.anchors import anchors
from migrator.report.html.matrix import matrix
from migrator.report.html.networks import networks
from migrator.report.html.objects import MOST_UNIFIED, bundles
from migrator.report.html.svg import pictures
from migrator.report.plugins import directories
from migrator.report.references import UPSTREAM, pieces
from migrator.report.safe import visible
from migrator.report.summary import Group, fates, summarise
from migrator.report.writer import ALONE, Context
from migrator.steps import STEPS
from migrator.trees import jinja
from migrator.trees.resources import templates_dir

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
    style, script = _asset("page.css"), _asset("page.js")
    page = (
        _environment()
        .get_template("page.html.j2")
        .render(
            version=__version__,
            style=Markup(style),  # noqa: S704  # our own file
            script=Markup(script),  # noqa: S704
            policy=_policy(style, script),
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
    return _tight(page)


def _tight(page: str) -> str:
    """Without line feeds between two tags: a browser would make a node of each. None of them is
    content, since text never holds a bare ``>`` and each line of a <pre> ends inside a tag."""
    return re.sub(r">\n+(?=<)", ">", page)


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


@cache
def _environment() -> Environment:
    """Everything printed is made visible (bidi, control characters) and escaped for HTML."""
    filters: dict[str, Callable[..., Any]] = {
        "links": _links_of,
        "pre": lambda text: visible(text, keep="\n"),
        "fit": _fit,
        "sentence": _sentence,
        "number": lambda count: f"{count:,}",
        "plural": lambda n, one, many="": f"{n:,} {one if n == 1 else many or one + 's'}",
    }
    return jinja.environment(jinja.PAGES, filters, _finalize)


def _links_of(reference: object) -> Markup:
    """A reference with the issues and commits of Multus as links."""
    link = Markup('<a href="https://{}/{}" rel="noreferrer">{}</a>')
    parts = (
        link.format(UPSTREAM, path, words) if path else escape(words)
        for words, path in pieces(visible(reference))
    )
    return Markup("").join(parts)


def _finalize(value: Any) -> Any:
    return value if isinstance(value, (Markup, int, float)) else visible(value, keep="\n")


def _fit(text: object, most: int) -> str:
    """A text for a picture, with its middle left out where it has more characters."""
    shown = visible(text)
    if len(shown) <= most:
        return shown
    tail = most * 2 // 3
    return f"{shown[: most - tail - 1]}…{shown[-tail:]}"


def _sentence(text: object) -> str:
    """A clause as a sentence of its own; a path or a field's name that it begins with stays."""
    string = str(text).strip()
    if re.match(r"[a-z]+[ ,;:]|[a-z]+$", string):
        string = string[0].upper() + string[1:]
    return string if string[-1:] in (".", "!", "?", ":") else f"{string}."


@cache
def _asset(name: str) -> str:
    """A file of the page. The browser hashes it with line feeds, so no other line end is in it."""
    text = (templates_dir() / "report" / "html" / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
