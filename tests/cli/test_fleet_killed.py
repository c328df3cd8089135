"""A fleet that is killed at any moment and started again gives the bytes of an undisturbed run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.fleets import fleet, made, outcomes, told
from tests.cli.tools import ROOT, tree

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc"),
]
KINDS = {f"c{i}": ("thin", "other", "blocked", "gone")[i % 4] for i in range(12)}
COMMAND = (sys.executable, "-m", "migrator", "fleet", "fleet.yaml", "-o", "out", "--no-verify")
WORDS = ("--jobs", "2", "-q")


def started(place: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (*COMMAND, *WORDS, *words),
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    )


def children(pid: int) -> list[int]:
    """The copies of a process that are at work."""
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def at_work(process: subprocess.Popen[bytes], place: Path, done: int) -> list[int]:
    """Waits until so many results are there, and the copies work on others."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if len([*(place / "out/done").glob("[!.]*")]) >= done and (found := children(process.pid)):
            return found
        time.sleep(0.002)
    raise AssertionError("it was done before it could be killed")


def gone(pids: list[int]) -> bool:
    """Whether the processes end by themselves."""
    until = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() and _runs(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    place = tmp_path_factory.mktemp("whole")
    made(place, KINDS)
    assert fleet(place).code == 4
    return tree(place / "out")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    made(tmp_path, KINDS)
    yield tmp_path


@pytest.mark.parametrize("done", [0, 2, 5])
def test_killed_and_started_again(place: Path, whole: dict[str, str], done: int) -> None:
    with started(place) as process:
        copies = at_work(process, place, done)
        process.kill()
    assert gone(copies), "a copy ends when nobody reads its answers"
    assert not (place / "out/fleet.json").exists()
    assert fleet(place).code == 4
    assert tree(place / "out") == whole


def test_a_copy_that_is_killed_costs_one_cluster(place: Path, whole: dict[str, str]) -> None:
    with started(place) as process:
        os.kill(at_work(process, place, 1)[0], signal.SIGKILL)
        assert process.wait(60) == 4
    lost = [each for each in told(place)["clusters"] if "SIGKILL" in "".join(each["error"])]
    assert [each["outcome"] for each in lost] == ["failed"]
    assert re.match(
        "the process that planned it was ended by SIGKILL; the same", lost[0]["error"][0]
    )
    assert len(outcomes(place)) == len(KINDS)
    assert fleet(place).code == 4
    assert tree(place / "out") == whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_ends_all_and_says_what_is_there(place: Path, number: int) -> None:
    with started(place) as process:
        copies = at_work(process, place, 1)
        process.send_signal(number)
        code = process.wait(60)
        said = process.stderr.read() if process.stderr else b""
    assert (code, said.strip().count(b"\n")) == (1, 0)
    assert said.strip().startswith(
        b"interrupted; out/done, with which the same command goes on, had been"
    )
    assert gone(copies)
    assert not [*(place / "out/clusters").glob(".*")], "what a copy worked on is cleaned up"


def test_what_kills_its_process_each_time_stops_no_other(place: Path) -> None:
    """As the kernel does where memory runs out."""
    code = """
import os, signal, sys
from migrator.cli import fleet_work, main
whole = fleet_work.Job._result
def result(job, cluster):
    if cluster.name in ("c1", "c2"):
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(job, cluster)
fleet_work.Job._result = result
sys.exit(main.run(sys.argv[1:]))
"""
    words = (*COMMAND[3:], "--jobs", "1")
    done = subprocess.run(
        (sys.executable, "-c", code, *words),
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (4, "")
    failed = [name for name, outcome in outcomes(place).items() if outcome == "failed"]
    assert failed == ["c1", "c2", "c3", "c7", "c11"]
