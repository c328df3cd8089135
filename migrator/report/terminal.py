"""The plan, the findings and the differences for a terminal; plain text without colour.

Lines are folded between words for a terminal, never within one: a path can always be copied. For a
pipe or a file (a width of 0) each paragraph is one line, as grep wants it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any, Final

from jinja2 import Environment

from migrator.model.inputs import Source
from migrator.model.plan import Plan
from migrator.report import environment
from migrator.report.changes import Aspect, Row, changes
from migrator.report.commit_messages import ends_rollout
from migrator.report.diff import by_reason
from migrator.report.granted import gains
from migrator.report.safe import Safe, columns, term, visible
from migrator.report.summary import fates, summarise
from migrator.report.writer import ALONE, Context
from migrator.trees.wording import listed

_STYLES: Final = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "do": "1;36",
    "bad": "1;31",
    "good": "1;32",
    "warn": "1;33",
}


def render(plan: Plan, context: Context = ALONE) -> str:
    """What ``check`` prints: all findings in full, the worst first."""
    return _render("check.txt.j2", context, s=summarise(plan))


def render_plan(plan: Plan, context: Context = ALONE) -> str:
    """What ``plan`` prints: one screen, the verdict first, then what a person must do."""
    summary = summarise(plan)
    return _render(
        "plan.txt.j2",
        context,
        s=summary,
        aspects=_aspects(changes(plan)),
        gains=gains(plan),
        fates=fates(plan.attachments),
        out=context.out,
        verification=context.verification,
    )


def render_diff(plan: Plan, context: Context = ALONE) -> str:
    """What ``diff`` prints: before and after of every object that changes, with the reasons."""
    objects = ((planned, by_reason(planned)) for planned in plan.changed)
    return _render("diff.txt.j2", context, s=summarise(plan), objects=objects)


def render_edit(plan: Plan, context: Context = ALONE) -> str:
    """What ``edit`` prints: the files that hold the plan, and what comes next."""
    if plan.blockers:
        return render_plan(plan, context)
    stage = plan.target.stage if plan.target.stage != 2 or ends_rollout(plan) else None
    return _render("edit.txt.j2", context, s=summarise(plan), c=context, stage=stage)


def render_pr(plan: Plan, context: Context = ALONE) -> str:
    """What ``pr`` prints: the branches, and what comes next."""
    if plan.blockers:
        return render_plan(plan, context)
    return _render("pr.txt.j2", context, s=summarise(plan), c=context, p=context.published)


def _render(name: str, context: Context, **values: Any) -> str:
    page = _environment(context.color, context.width).get_template(name)
    return environment.squeezed(page.render(**values))


def _aspects(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows by aspect, but for limits that go and rights that come: new access tells these."""
    told = {Aspect.LIMITS: "after", Aspect.RIGHTS: "before"}
    shown = [row for row in rows if row.aspect not in told or getattr(row, told[row.aspect])]
    return [(aspect.value, list(group)) for aspect, group in groupby(shown, lambda row: row.aspect)]


@cache
def _environment(color: bool, width: int) -> Environment:
    """Kept, since an environment keeps its compiled templates."""
    overlay = environment.terminal().overlay()
    overlay.filters = {
        **overlay.filters,
        "wrap": lambda text, indent=0, used=0: _wrapped(visible(text), width, indent, used),
        "brief": _brief,
        "listed": lambda names, most=4: listed(map(str, names), most),
        "style": lambda text, style: _styled(text, style if color else ""),
        "places": _places,
    }
    return overlay


def _places(sources: Sequence[Source], most: int = 3) -> str:
    return listed(map(str, sources), most)


def _styled(text: object, style: str) -> Safe:
    """Colour line by line: pagers forget it at the end of a line."""
    shown = text if isinstance(text, Safe) else term(text)
    if not style:
        return shown
    start = f"\x1b[{_STYLES[style]}m"
    lines = (f"{start}{line}\x1b[0m" if line else line for line in shown.split("\n"))
    return Safe("\n".join(lines))


def _brief(text: object, most: int) -> str:
    """The first words of a text, " ..." where some are left out."""
    string = str(text)
    if len(string) <= most:
        return string
    return f"{string[: most + 1].rpartition(' ')[0] or string.partition(' ')[0]} ..."


def _wrapped(text: str, width: int, indent: int, used: int) -> Safe:
    """Words in lines of ``width`` columns (0: in one). Those after the first begin with ``indent``
    spaces, and the first leaves room for as much, and for the ``used`` columns of what stands
    before. A word that is longer than a line stays whole."""
    room = max(width - indent, 20)
    folded = [""]
    for word in ("x" * used + text).split():
        longer = f"{folded[-1]} {word}" if folded[-1] else word
        if width and folded[-1] and columns(longer) > room:
            folded.append(word)
        else:
            folded[-1] = longer
    return Safe(("\n" + " " * indent).join(folded)[used:])
