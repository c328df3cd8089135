"""Every word of the reports of two small plans. To write them anew after a change that is meant:
``MIGRATOR_UPDATE_GOLDEN=1 pytest tests/report/test_golden.py``, then read the difference."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.model.plan import Plan
from migrator.report import markdown, plan_json, runbook, terminal
from migrator.report.writer import Context
from tests.report import plans

GOLDEN = Path(__file__).parent / "golden"
VERIFIED = "Built with kustomize v5.5.0: 6 objects, as planned."


def _plan_text(plan: Plan) -> str:
    verification = "" if plan.blockers else VERIFIED
    return terminal.render_plan(plan, Context(out="out", verification=verification))


FORMATS: dict[str, Callable[[Plan], str]] = {
    "plan.txt": _plan_text,
    "check.txt": terminal.render,
    "diff.txt": terminal.render_diff,
    "report.md": lambda plan: markdown.render(
        plan, Context(verification="" if plan.blockers else VERIFIED)
    ),
    "runbook.md": runbook.render,
    "plan.json": plan_json.render,
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
