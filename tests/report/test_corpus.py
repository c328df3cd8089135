"""Every report of every real manifest: none fails, and each keeps its width or limit."""

from __future__ import annotations

from collections.abc import Callable

from migrator.report import markdown, runbook, terminal
from migrator.report.safe import columns, visible
from tests.corpus import MARKS, manifests, plan_of

pytestmark = MARKS


def test_every_report_of_every_manifest(tell: Callable[[str, str], None]) -> None:
    statuses: dict[str, int] = {}
    for path in manifests():
        plan = plan_of(path)
        if plan is None or not (plan.before.inventory.installs or plan.before.inventory.nads):
            continue
        for render in (terminal.render_plan, terminal.render, terminal.render_diff):
            for line in render(plan).split("\n"):
                # a path is never cut, and stands with few words; nor is a line of a diff
                longest = max(map(columns, line.split()), default=0)
                fits = columns(line) <= 80 or (longest > 60 and columns(line) - longest <= 30)
                assert fits or render is terminal.render_diff, (path, line)
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
