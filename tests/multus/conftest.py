"""Counts the recorded answers that the model gave, per kind, at the end of the run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line for each kind of recorded case: how many were answered as Multus did, of how many."""
    passed, seen = Counter[str](), Counter[str]()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            kinds = [value for name, value in report.user_properties if name == "observed"]
            seen.update(kinds)
            passed.update(kinds if outcome == "passed" else ())
    for kind in sorted(seen):
        terminalreporter.write_line(f"observed {kind}: {passed[kind]} of {seen[kind]} passed")
