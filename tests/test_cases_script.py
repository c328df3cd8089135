""".ci/cases.py: a case that is not as the list says is red, whichever way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / ".ci" / "cases.py"
KNOWN = ROOT / "tests" / "known_cases.txt"


def judged(folder: Path, printed: str, known: str) -> subprocess.CompletedProcess[str]:
    """The script on a library whose program prints this."""
    program = folder / "run"
    program.write_text(f"#!/bin/sh\ntest -d \"$1\" && cat <<'END'\n{printed}\nEND\nexit 1\n")
    program.chmod(0o755)
    (folder / "known.txt").write_text(known)
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(folder), str(folder / "known.txt")],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("printed", "known"),
    [
        ("3 of 3 cases hold", ""),
        ("a-1: expected exit 0, saw 1\n2 of 3 cases hold", "# not yet\na-1  # an issue\n\n"),
        ("a-1: one\nb-2: two: three\n1 of 3 cases hold", "b-2\na-1\n"),
    ],
    ids=["all hold", "one is known", "two are known"],
)
def test_what_is_as_listed_is_green(tmp_path: Path, printed: str, known: str) -> None:
    done = judged(tmp_path, printed, known)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stdout
    assert "cases hold" in done.stdout


@pytest.mark.parametrize(
    ("printed", "known", "said"),
    [
        ("a-1: expected exit 0, saw 1\n2 of 3 cases hold", "", "a-1: expected exit 0, saw 1"),
        ("a-1: no\nb-2: no\n1 of 3 cases hold", "a-1", "b-2: no"),
        ("3 of 3 cases hold", "a-1", "a-1: is listed, and holds"),
        ("a-1: no\n2 of 3 cases hold", "a-1\nc-3", "c-3: is listed, and holds"),
    ],
    ids=["fails", "another fails", "holds by now", "one of two holds by now"],
)
def test_what_is_not_as_listed_is_red_and_named(
    tmp_path: Path, printed: str, known: str, said: str
) -> None:
    done = judged(tmp_path, printed, known)
    assert done.returncode == 1
    assert said in done.stdout.splitlines()[0]


@pytest.mark.parametrize(
    "printed",
    ["", "a-1: no", "a-1: no\n1 of 3 cases hold", "0 of 0 cases hold", "no cases in there"],
    ids=["nothing", "no sum", "two are not named", "no case", "something else"],
)
def test_what_does_not_add_up_is_not_judged(tmp_path: Path, printed: str) -> None:
    done = judged(tmp_path, printed, "a-1")
    assert done.returncode == 2
    assert "cannot be judged" in done.stdout


def test_the_list_is_sorted_and_names_each_case_once() -> None:
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    names = [line.partition("#")[0].strip() for line in lines]
    names = [name for name in names if name]
    assert names == sorted(set(names))
