"""plan.json as a report: the whole plan for machines."""

from __future__ import annotations

from migrator.kustomize.plan_json import plan_text
from migrator.model.plan import Plan
from migrator.plan.judge import judged
from migrator.report.writer import ALONE, Context


def render(plan: Plan, context: Context = ALONE) -> str:
    """The document that `verify` reads, with the digests of the context's files."""
    return plan_text(plan, context.files, judged(plan))
