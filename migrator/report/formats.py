"""The table of formats: a new one is a module whose ``render`` is a ReportWriter, and its line here.

A writer is imported when its format is asked for: several of them start slowly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Final, cast

from migrator.model.plan import Plan
from migrator.report.writer import Context, ReportWriter


@dataclass(frozen=True, slots=True)
class Format:
    """``name`` is what a user types, ``module`` stands below migrator.report, and ``file`` is its
    path in OUT, "" where it is none of the files that are written there."""

    name: str
    module: str
    file: str = ""

    def writer(self) -> ReportWriter:
        """The ``render`` of its module."""
        return cast(ReportWriter, import_module(f"migrator.report.{self.module}").render)


FORMATS: Final = (
    Format("text", "terminal"),
    Format("sarif", "sarif"),
    Format("junit", "junit"),
    Format("github", "github"),
    Format("github-summary", "github_summary"),
    Format("markdown", "markdown", "report.md"),
    Format("html", "html.page", "report.html"),
    Format("runbook", "runbook", "runbook.md"),
    Format("json", "plan_json", "plan.json"),
)
"""In the order in which OUT's files are made: plan.json is last, for it holds their digests."""

NAMES: Final = tuple(form.name for form in FORMATS)


def rendered(name: str, plan: Plan, context: Context) -> str:
    """The report in the format of that name. Errors: KeyError for a name that is not in `NAMES`."""
    return {form.name: form for form in FORMATS}[name].writer()(plan, context)


def files(plan: Plan, context: Context) -> dict[str, str]:
    """Path -> text of the reports of OUT, beside the files that the context names."""
    made: dict[str, str] = {}
    for form in FORMATS:
        if form.file:
            beside: Mapping[str, str] = {**context.files, **made}
            made[form.file] = form.writer()(plan, replace(context, files=beside))
    return made
