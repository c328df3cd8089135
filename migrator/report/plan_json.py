"""plan.json as a report: the whole plan for machines."""

from __future__ import annotations

from msgspec.structs import replace

from migrator.kustomize.plan_json import plan_text
from migrator.model.plan import Plan
from migrator.plan.judge import judged
from migrator.report.writer import ALONE, Context


def render(plan: Plan, context: Context = ALONE) -> str:
    """The document that `verify` reads, with the digests of the context's files. Its changes mark
    each secret, which is judged by the digest of its object; the rest is what any report shows."""
    if context.secret is None:
        raise ValueError("the plan as it is, is needed for the digests of what holds a secret")
    whole = context.secret
    told = replace(
        whole,
        accounts=plan.accounts,
        attachments=plan.attachments,
        decisions=plan.decisions,
        findings=plan.findings,
    )
    return plan_text(told, context.files, judged(whole))
