"""rollout.sh: the nodes of a plan moved by a script, forward and back."""

from __future__ import annotations

from typing import Final

from migrator.model.plan import Plan
from migrator.report import environment, rollout_values
from migrator.report.method import how
from migrator.report.rollouts import rollouts, unstaged
from migrator.report.writer import ALONE, Context

FILE: Final = "rollout.sh"


def render(plan: Plan, context: Context = ALONE) -> str:
    """The script, "" where no DaemonSet moves, or one without stages, the plan is blocked, or a value is not
    fit for one."""
    moved = rollouts(plan)
    if not moved or plan.blockers or unstaged(plan) or refusals(plan, context):
        return ""
    found = rollout_values.values(moved, str(plan.target.release), context.files, how(plan).method)
    page = environment.script().get_template("rollout.sh.j2")
    return page.render(v=found).lstrip("\n")


def refusals(plan: Plan, context: Context = ALONE) -> list[str]:
    """Why a plan that rolls out has no script, one phrase each, for the runbook."""
    return rollout_values.refusals(rollouts(plan), context.files)
