"""The title and the body of a pull request, and what ``pr`` prints. Words are in templates/report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from migrator.model.plan import Plan
from migrator.report import environment, runbook
from migrator.report.markdown import PULL_REQUEST, fitted
from migrator.report.rollouts import unstaged
from migrator.report.safe import squashed
from migrator.report.writer import ALONE, Context, Request
from migrator.thick.stages import STRATEGY
from migrator.trees.paths import get

_LEAST: Final = 20_000
"""Characters that the report has at least; the runbook is folded in where it leaves them."""


_NONE: Final = Request(branch="", base="")


def render(plan: Plan, context: Context = ALONE) -> str:
    """The body: the report, what is done when it is merged, the way back, and the runbook where that
    fits beside them. On top of stage one it says what that leaves, and no more."""
    request = context.request or _NONE
    page: Any = environment.markdown().get_template("pull-request.md.j2").module
    if request.stage == 2 and request.other:
        head = page.second(str(plan.target.release), _strategies(plan), context.verification)
        tail = page.tail(request, context.notes, page.before(request), ())
        return squashed(environment.squeezed(f"{head}\n\n{tail}"))
    steps = runbook.render(plan, replace(context, files={}))
    tail = _tail(plan, page, context, page.folded(request, steps))
    if len(tail) > PULL_REQUEST - _LEAST:
        tail = _tail(plan, page, context, page.elsewhere(request))
    return squashed(f"{fitted(plan, context, PULL_REQUEST - len(tail) - 1)}\n{tail}")


def _tail(plan: Plan, page: Any, context: Context, steps: str) -> str:
    request = context.request or _NONE
    tail = page.tail(request, context.notes, steps, unstaged(plan))
    return environment.squeezed(str(tail))


def _strategies(plan: Plan) -> Iterator[tuple[str, str]]:
    """The DaemonSets of Multus that change, with their update strategies as JSON."""
    installs = {install.daemonset.ref for install in plan.before.inventory.installs}
    for planned in plan.changed:
        if planned.ref in installs:
            yield str(planned.ref), json.dumps(get(planned.desired, STRATEGY), sort_keys=True)
