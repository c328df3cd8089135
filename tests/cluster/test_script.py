"""The text of rollout.sh, for each sample: what a shell and its linter say of it."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path
from typing import Final

import pytest

from tests.cluster.estate import MOVING, planned
from tests.needs import give_up

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("cluster of samples"),  # one process plans them for both modules
]

REST: Final = "# ---- From here on, the script is the same for each plan.\n"


def shellcheck(text: str, *words: str) -> str:
    program = Path(sysconfig.get_path("scripts"), "shellcheck")
    if not program.exists():
        give_up("shellcheck is not in .venv: its package has none for this machine")
    command = [str(program), "--shell=bash", *words, "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_linter_says_nothing(out: Path) -> None:
    assert shellcheck((out / "rollout.sh").read_text()) == ""


@pytest.mark.parametrize("sample", MOVING)
def test_each_sample_has_the_same_script_but_for_its_variables(
    sample: str, out: Path, plans: Path
) -> None:
    """So the linter is asked of the variables alone: they are not used there."""
    block, rest = (planned(sample, plans) / "rollout.sh").read_text().split(REST)
    assert rest == (out / "rollout.sh").read_text().split(REST)[1]
    assert shellcheck(block, "--exclude=SC2034") == ""
    assert (
        subprocess.run(["bash", "-n"], input=block + rest, text=True, check=False).returncode == 0
    )
