"""A pytest plugin: the seconds of each test that passed, as JSON ``{node id: seconds}``.

The environment variable MUTANTS_SECONDS names the file that is written at the end of the run.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

_SECONDS: dict[str, float] = {}
_FAILED: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Setup, call and teardown of a test add up."""
    _SECONDS[report.nodeid] = _SECONDS.get(report.nodeid, 0.0) + report.duration
    if not report.passed:
        _FAILED.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Written once, by the process that the workers of xdist report to."""
    if hasattr(session.config, "workerinput"):
        return
    passed = {test: seconds for test, seconds in _SECONDS.items() if test not in _FAILED}
    Path(os.environ["MUTANTS_SECONDS"]).write_text(json.dumps(passed, indent=0), "utf-8")
