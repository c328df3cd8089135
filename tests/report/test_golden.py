"""Every word of the reports of two small plans. To write them anew after a change that is meant:
``MIGRATOR_UPDATE_GOLDEN=1 pytest tests/report/test_golden.py``, then read the difference."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.kustomize.plan_json import plan_text
from migrator.model.plan import Plan
from migrator.report import markdown, runbook, terminal
from tests.report import plans

GOLDEN = Path(__file__).parent / "golden"
VERIFIED = "Built with kustomize v5.5.0: 6 objects, as planned."


def _plan_text(plan: Plan) -> str:
    return terminal.render_plan(
        plan, color=False, width=80, out="out", verification="" if plan.blockers else VERIFIED
    )


FORMATS: dict[str, Callable[[Plan], str]] = {
    "plan.txt": _plan_text,
    "check.txt": lambda plan: terminal.render_check(plan, color=False, width=80),
    "diff.txt": lambda plan: terminal.render_diff(plan, color=False, width=80),
    "report.md": lambda plan: markdown.render(
        plan, verification=None if plan.blockers else VERIFIED
    ),
    "runbook.md": runbook.render,
    "plan.json": lambda plan: plan_text(plan, {}),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("make", [plans.ready, plans.blocked], ids=["ready", "blocked"])
def test_every_word_is_as_it_was_read(name: str, make: Callable[[], Plan]) -> None:
    text = FORMATS[name](make())
    path = GOLDEN / f"{make.__name__}-{name}"
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_plan_gives_the_same_bytes(name: str) -> None:
    assert FORMATS[name](plans.ready()) == FORMATS[name](plans.ready())
