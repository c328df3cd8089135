"""The program is installed from the checkout of the action."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from migrator import __version__
from tests.ci.runner import HOSTILE, bash
from tests.ci.templates import loaded
from tests.cli.tools import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def python3(tmp_path: Path) -> Path:
    """A python3 that keeps how it is called, and makes another one where it is told to make an environment."""
    script = tmp_path / "bin" / "python3"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        'printf "%s|" "$PWD" "$PIP_CONSTRAINT" "$PIP_BUILD_CONSTRAINT" "$@" >> "$CALLS"\n'
        'echo >> "$CALLS"\n'
        '[ "$3" != venv ] || { mkdir -p "$4/bin" && cp "$0" "$4/bin/python"; }\n'
    )
    script.chmod(0o755)
    return script


def test_the_action_installs_its_own_checkout(tmp_path: Path, python3: Path) -> None:
    first: dict[str, Any] = loaded("action.yml")["runs"]["steps"][0]
    env = {
        "PATH": f"{python3.parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "a place"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "CALLS": str(tmp_path / "calls"),
    }
    assert bash(first["run"], tmp_path, env).code == 0
    pinned = f"{ROOT}|constraints.txt|constraints.txt|-I|-m|"
    venv = tmp_path / "a place" / "multus-migrator"
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"{pinned}venv|{venv}|",
        f"{pinned}pip|install|--quiet|.|",
    ]


def test_the_installation_is_real(tmp_path: Path) -> None:
    """But for what an index would be asked for: an environment made here finds that, and pip, in the
    one that runs the tests. The work tree has modules called like those of Python."""
    for name, text in HOSTILE.items():
        (tmp_path / name).write_text(text)
    python3 = tmp_path / "bin" / "python3"
    python3.parent.mkdir()
    library = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    python3.write_text(
        f'#!/bin/sh\nset -e\n"{sys.executable}" "$1" -m venv --without-pip "$4"\n'
        f'echo "{sysconfig.get_path("purelib")}" > "$4/{library}/beside.pth"\n'
    )
    python3.chmod(0o755)
    env = {
        "PATH": f"{python3.parent}:{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_COMPILE": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # none, by pip's way to read this variable
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(ROOT),
    }
    done = bash(loaded("action.yml")["runs"]["steps"][0]["run"], tmp_path, env)
    assert done.code == 0, done.err
    venv = tmp_path / "multus-migrator"
    assert (venv / library / "migrator" / "_templates" / "compiled").is_dir()
    said = bash(f'"{venv}/bin/multus-migrator" --version', tmp_path, env)
    assert (said.code, said.err) == (0, "")
    assert __version__ in said.out
