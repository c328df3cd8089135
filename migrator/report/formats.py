"""The table of formats: a new one is a module whose ``render`` is a ReportWriter, and its line here.

Whatever is shown leaves through this module, and every writer gets the plan without secrets. A
writer is imported when its format is asked for: several of them start slowly.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final, cast

from msgspec import Struct
from msgspec.structs import replace

from migrator.model.inputs import Naming
from migrator.model.plan import Plan
from migrator.report.redaction import redacted
from migrator.report.writer import Context, ReportWriter


class Format(Struct, frozen=True):
    """``name`` is what a user types, ``module`` stands below migrator.report, and ``file`` is its
    path in OUT, "" where it is none of the files that are written there. ``function`` is the
    writer in the module. ``marks`` says that it is told the secrets too, and marks each.
    ``naming`` is what files are called in the plan that it is given."""

    name: str
    module: str
    file: str = ""
    function: str = "render"
    marks: bool = False
    naming: Naming = Naming.COMMON

    def writer(self) -> ReportWriter:
        """The function of its module."""
        module = import_module(f"migrator.report.{self.module}")
        return cast(ReportWriter, getattr(module, self.function))


FORMATS: Final = (
    Format("text", "terminal", naming=Naming.TYPED),
    Format("sarif", "sarif", naming=Naming.REPOSITORY),
    Format("junit", "junit"),
    Format("github", "github", naming=Naming.REPOSITORY),
    Format("github-summary", "github_summary"),
    Format("markdown", "markdown", "report.md"),
    Format("html", "html.page", "report.html"),
    Format("rollout", "rollout_script", "rollout.sh"),
    Format("runbook", "runbook", "runbook.md"),
    Format("json", "plan_json", "plan.json", marks=True),
)
"""In the order in which OUT's files are made: plan.json is last, for it holds their digests."""

NAMES: Final = tuple(form.name for form in FORMATS)


SCREENS: Final = (
    Format("plan", "terminal", function="render_plan", naming=Naming.TYPED),
    Format("diff", "terminal", function="render_diff", naming=Naming.TYPED),
    Format("edit", "terminal", function="render_edit", naming=Naming.TYPED),
    Format("pr", "terminal", function="render_pr", naming=Naming.TYPED),
    Format("pull-request", "pull_request", naming=Naming.REPOSITORY),
)
"""What commands print that no --format asks for."""


def naming(name: str, *, to_file: bool) -> Naming:
    """What files are called in a report of that name: what is typed is for the terminal alone."""
    wanted = {form.name: form for form in (*FORMATS, *SCREENS)}[name].naming
    return Naming.COMMON if to_file and wanted is Naming.TYPED else wanted


class Reports:
    """All that may be shown of one plan, whose secrets are taken out once."""

    def __init__(self, plan: Plan, *, clean: Plan | None = None) -> None:
        """``clean`` is the same plan without secrets, where that is known."""
        self.plan = plan
        self.clean = clean or redacted(plan)

    def rendered(self, name: str, context: Context) -> str:
        """The report in the format of that name. Errors: KeyError for one that is not in `NAMES`."""
        return self._written({form.name: form for form in FORMATS}[name], context)

    def screen(self, command: str, context: Context) -> str:
        """What a command prints of the plan. Errors: KeyError for one that has no screen."""
        return self._written({form.name: form for form in SCREENS}[command], context)

    def files(self, context: Context) -> dict[str, str]:
        """Path -> text of the reports of OUT, beside the files that the context names; one that has
        nothing to say is left out."""
        made: dict[str, str] = {}
        for form in FORMATS:
            if form.file:
                beside: Mapping[str, str] = {**context.files, **made}
                if text := self._written(form, replace(context, files=beside)):
                    made[form.file] = text
        return made

    def _written(self, form: Format, context: Context) -> str:
        if form.marks:
            context = replace(context, secret=self.plan)
        return form.writer()(self.clean, context)
