"""For GitHub Actions: findings as annotations of lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from migrator.model.inputs import Source
from migrator.model.plan import Plan, Readiness
from migrator.report import environment
from migrator.report.safe import visible
from migrator.report.summary import Case, Group, summarise
from migrator.report.writer import ALONE, Context

_MOST_CASES: Final = 10
"""GitHub shows ten annotations of a level; more of one rule would hide the other rules."""
_TITLE: Final = "multus-migrator"
_LEVELS: Final = {"blocker": "error", "warning": "warning", "info": "notice"}


def render(plan: Plan, context: Context = ALONE) -> str:
    """Workflow commands, a line each: the verdict, then the findings, the worst first. What is
    cured, suppressed or allowed is not told."""
    page: Any = environment.terminal().get_template("machine.txt.j2").module
    summary = summarise(plan)
    known = (*summary.warnings, *summary.notes, *summary.lasting)
    groups = (*summary.blockers, *summary.manual, *known)
    bad = plan.readiness in (Readiness.BLOCKED, Readiness.NOT_SEEN_WHOLE, Readiness.NOT_FOUND)
    return commands(str(page.verdict(summary)), groups, bad=bad)


def commands(verdict: str, groups: Iterable[Group], *, bad: bool) -> str:
    """The verdict, then the findings of the groups that are not allowed."""
    page: Any = environment.terminal().get_template("machine.txt.j2").module
    lines = [line for group in groups if not group.allowed for line in _annotated(group, page)]
    first = _command("error" if bad else "notice", _TITLE, verdict, ())
    return "".join(f"{line}\n" for line in (first, *lines))


def _annotated(group: Group, page: Any) -> Iterator[str]:
    level = _LEVELS[group.severity]
    title = str(page.title(group))
    for case in group.cases[:_MOST_CASES]:
        yield _command(level, title, _message(group, case, page), case.places[:1])
    if len(group.cases) > _MOST_CASES:
        yield _command(level, title, str(page.left(len(group.cases) - _MOST_CASES)), ())


def _message(group: Group, case: Case, page: Any) -> str:
    return str(page.case(group, case, case.places[1:]))


def _command(level: str, title: str, message: str, places: tuple[Source, ...]) -> str:
    """``::error file=a,line=1,title=b::message`` (actions/toolkit, core/src/command.ts)."""
    properties = {"title": title}
    for place in places:
        properties = {"file": visible(place.file), "line": str(place.line)} | properties
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
