"""Streams that are closed, full or have lost their reader: a code and one line at most."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_contract import INSTALL
from tests.cli.tools import ROOT

PLAN = "plan multus.yaml --no-verify"


def shell(place: Path, script: str) -> tuple[int, str]:
    """The exit code of a line of bash, of the first command that failed in a pipe, and stderr."""
    (place / "multus.yaml").write_text(INSTALL)
    program = f"{shlex.quote(sys.executable)} -W error -m migrator"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {script.replace('MIGRATOR', program)}"],
        cwd=place,
        capture_output=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        timeout=120,
    )
    return done.returncode, done.stderr.decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        pytest.param(f"MIGRATOR {PLAN} | true", 0, "", id="no reader"),
        pytest.param("MIGRATOR rules | head -n 1", 0, "", id="a reader that has enough"),
        pytest.param(f"MIGRATOR {PLAN} --dry-run >&-", 0, "", id="closed"),
        pytest.param(
            f"MIGRATOR {PLAN} > /dev/full",
            1,
            "error: standard output cannot be written: No space left on device; multus-thick had "
            "been written whole\n",
            id="full, and OUT is there",
        ),
        pytest.param(
            "MIGRATOR check multus.yaml --format json > /dev/full",
            1,
            "error: standard output cannot be written: No space left on device\n",
            id="full",
        ),
        pytest.param(
            "MIGRATOR --help > /dev/full",
            1,
            "error: standard output cannot be written: No space left on device\n",
            id="full for the help",
        ),
        pytest.param(
            "MIGRATOR plan - <&-",
            1,
            "error: -:1: standard input is empty; did the command before the pipe fail?\n",
            id="no input",
        ),
    ],
)
def test_a_stream_that_is_not_there(tmp_path: Path, script: str, code: int, said: str) -> None:
    assert shell(tmp_path, script) == (code, said)
