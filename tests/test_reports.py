"""What a test sends is enough to tell each way in which one ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = """\
from tests.reports import Brief

def pytest_configure(config):
    config.pluginmanager.register(Brief())
"""
TESTS = """\
import pytest

@pytest.fixture
def before():
    raise OSError

@pytest.fixture
def behind():
    yield
    raise OSError

def test_passes(): pass
def test_fails(): assert 0
def test_is_not_set_up(before): pass
def test_is_not_torn_down(behind): pass
def test_neither_passes_nor_is_torn_down(behind): assert 0
def test_is_skipped(): pytest.skip()
"""


def test_no_failure_is_left_out(tmp_path: Path, checkout: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_ways.py").write_text(TESTS)
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-p", "no:randomly", "--tb=no", tmp_path),
        env={**os.environ, "PYTHONPATH": str(checkout), "PYTEST_ADDOPTS": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    shown = [line.split()[:2] for line in done.stdout.splitlines() if "::" in line]
    assert shown == [
        ["FAILED", "test_ways.py::test_fails"],
        ["FAILED", "test_ways.py::test_neither_passes_nor_is_torn_down"],
        ["ERROR", "test_ways.py::test_is_not_set_up"],
        ["ERROR", "test_ways.py::test_is_not_torn_down"],
        ["ERROR", "test_ways.py::test_neither_passes_nor_is_torn_down"],
    ]
    assert "2 failed, 2 passed, 1 skipped, 3 errors" in done.stdout
