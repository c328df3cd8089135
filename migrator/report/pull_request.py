"""The title and the body of a pull request, and what ``pr`` prints. Words are in templates/report."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from migrator.model.plan import Plan
from migrator.report import environment, runbook
from migrator.report.markdown import PULL_REQUEST, fitted
from migrator.report.writer import ALONE, Context, Request

_LEAST: Final = 20_000
"""Characters that the report has at least; the runbook is folded in where it leaves them."""


def render(plan: Plan, context: Context = ALONE) -> str:
    """The body: the report, what is done when it is merged, the way back, and the runbook where that
    fits beside them."""
    request = context.request or Request(branch="", base="")
    page: Any = environment.markdown().get_template("pull-request.md.j2").module
    steps = runbook.render(plan, replace(context, files={}))
    folded = str(page.folded(steps))
    tail = environment.squeezed(str(page.tail(request, folded)))
    if len(tail) > PULL_REQUEST - _LEAST:
        tail = environment.squeezed(str(page.tail(request, page.elsewhere(request))))
    head = fitted(plan, context, PULL_REQUEST - len(tail) - 1)
    return f"{head}\n{tail}"
