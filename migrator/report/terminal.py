"""The plan, the findings and the differences for a terminal; plain text without colour."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from jinja2 import Environment

from migrator.model.inputs import Source
from migrator.model.plan import Plan
from migrator.report import environment
from migrator.report.diff import by_reason
from migrator.report.safe import Safe, columns, term, visible
from migrator.report.summary import rows, summarise
from migrator.report.writer import ALONE, Context
from migrator.trees.wording import listed

_STYLES: Final = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "bad": "1;31",
    "good": "1;32",
    "warn": "1;33",
}
_OBJECTS: Final = 6
"""More objects than this are counted by kind."""


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
        rows=rows(summary.changed, _OBJECTS),
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
    return _render("edit.txt.j2", context, s=summarise(plan), c=context)


def render_pr(plan: Plan, context: Context = ALONE) -> str:
    """What ``pr`` prints: the branches, and what comes next."""
    if plan.blockers:
        return render_plan(plan, context)
    return _render("pr.txt.j2", context, s=summarise(plan), c=context, p=context.published)


def _render(name: str, context: Context, **values: Any) -> str:
    page = _environment(context.color, context.width).get_template(name)
    return environment.squeezed(page.render(**values))


@cache
def _environment(color: bool, width: int) -> Environment:
    """Kept, since an environment keeps its compiled templates."""
    overlay = environment.terminal().overlay()
    overlay.filters = {
        **overlay.filters,
        "wrap": lambda text, indent=0, used=0: _wrapped(visible(text), width, indent, used),
        "code": lambda text, indent=0: _folded(visible(text), width, indent, words=False),
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


def _wrapped(text: str, width: int, indent: int, used: int) -> Safe:
    """Folded words; ``used`` columns of the first line are taken by what stands before."""
    return Safe(_folded("x" * used + text, width, indent, words=True)[used:])


def _folded(text: str, width: int, indent: int, *, words: bool) -> Safe:
    """The text in lines of ``width`` columns; those after the first begin with ``indent``
    spaces, and the first leaves room for as much that stands before it."""
    room = max(width - indent, 20)
    folded: list[str] = [""]
    for piece in text.split() if words else [text]:
        if not folded[-1]:
            folded[-1] = piece
        elif columns(f"{folded[-1]} {piece}") <= room:
            folded[-1] += f" {piece}"
        else:
            folded.append(piece)
        while columns(folded[-1]) > room:
            head = _head(folded[-1], room, words)
            folded[-1:] = [head, folded[-1][len(head) :]]
    return Safe(("\n" + " " * indent).join(folded))


def _head(text: str, room: int, words: bool) -> str:
    """The longest beginning that fits; a long path is cut before one of its parts."""
    head = text[:room]
    while columns(head) > room:
        head = head[:-1]
    cut = max(head.rfind(separator) for separator in "./[,=") if words else 0
    return head[:cut] if cut > room // 2 else head
