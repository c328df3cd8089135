"""plan.json as a report: the whole plan for machines."""

from __future__ import annotations

from dataclasses import replace

from migrator.kustomize.plan_json import plan_text
from migrator.model.plan import Plan
from migrator.plan.judge import judged
from migrator.report.redaction import redacted
from migrator.report.writer import ALONE, Context


def render(plan: Plan, context: Context = ALONE) -> str:
    """The document that `verify` reads, with the digests of the context's files. Its changes mark
    each secret, which is judged by the digest of its object; the rest is what any report shows."""
    shown = redacted(plan)
    told = replace(
        plan,
        accounts=shown.accounts,
        attachments=shown.attachments,
        decisions=shown.decisions,
        findings=shown.findings,
    )
    return plan_text(told, context.files, judged(plan))
