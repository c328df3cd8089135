"""Every report of every real manifest: none fails, and each keeps its width or limit."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.inventory.build import build_inventory
from migrator.model.errors import MigratorError
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.read import read_inputs
from migrator.report import markdown, runbook, terminal
from migrator.report.safe import columns, visible
from tests import builders

CORPUS = os.environ.get("MIGRATOR_CORPUS", "")
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS, reason="MIGRATOR_CORPUS does not name a folder of manifests"),
]


def _plan(path: Path) -> Plan | None:
    """The plan of one file, None where it cannot be read or holds nothing of Multus."""
    try:
        reading = read_inputs(
            [str(path)], stdin=io.BytesIO(), node_files=None, build=None, keep_going=True
        )
    except MigratorError:
        return None
    inventory = build_inventory(reading)
    if not (inventory.installs or inventory.nads):
        return None
    return make_plan(inventory, builders.target())


def test_every_report_of_every_manifest(tell: Callable[[str, str], None]) -> None:
    statuses: dict[str, int] = {}
    for path in sorted(Path(CORPUS).rglob("*.y*ml")):
        plan = _plan(path)
        if plan is None:
            continue
        for render in (terminal.render_plan, terminal.render, terminal.render_diff):
            for line in render(plan).split("\n"):
                assert columns(line) <= 80, (path, line)
                assert visible(line) == line, (path, line)
        report = markdown.render(plan)
        assert len(report) <= markdown.PULL_REQUEST, path
        assert report.count("<details>") == report.count("</details>"), path
        guide = runbook.render(plan)
        assert "unbook" in guide.splitlines()[0], path
        status = "blocked" if plan.blockers else "ready" if plan.changed else "nothing"
        statuses[status] = statuses.get(status, 0) + 1
    assert statuses["ready"] > 5, statuses
    tell("reports of the real files", f"{statuses}")
