"""For GitHub Actions: the Markdown report as a job summary."""

from __future__ import annotations

from typing import Final

from migrator.model.plan import Plan
from migrator.report import markdown
from migrator.report.writer import ALONE, Context

_BYTES: Final = 1024 * 1024
"""Of a job summary; a larger one is not shown at all."""


def render(plan: Plan, context: Context = ALONE) -> str:
    """The Markdown report in at most 1 MiB of UTF-8."""
    limit = _BYTES
    text = markdown.fitted(plan, context, limit)
    while (size := len(text.encode())) > _BYTES:
        limit = limit * _BYTES // size - 1  # characters of several bytes
        text = markdown.fitted(plan, context, limit)
    return text
