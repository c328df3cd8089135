"""Copies of a process at work: every item is answered once, whatever ends a copy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from migrator.tools.forks import processors, spread
from tests.cli.tools import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def told(code: str) -> Any:
    """What a program prints as JSON: a process with threads, as this one may be, is never copied."""
    program = f"import json, os, signal, sys, time\nfrom migrator.tools.forks import spread\n{code}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_every_item_by_several_processes_and_an_answer_larger_than_a_pipe() -> None:
    code = """
work = lambda n: (f"{os.getpid()} " + "x" * (300_000 if n == 7 else 1)).encode()
found = list(spread(range(50), work, 3))
pids = {a.data.split()[0] for a in found}
print(json.dumps([sorted(a.item for a in found), len(pids), str(os.getpid()).encode() in pids]))
"""
    (items, processes, own), _ = told(code)
    assert items == list(range(50))
    assert processes >= 50 / 16
    assert not own


def test_what_ends_a_copy_costs_the_item_that_it_was_at() -> None:
    code = """
def work(n):
    if n == 3: os.kill(os.getpid(), signal.SIGKILL)
    if n == 5: os._exit(7)
    if n == 6: raise ValueError("told on stderr")
    return b"%d" % n
print(json.dumps(sorted([a.item, a.data and a.data.decode(), a.end] for a in spread(range(40), work, 2))))
"""
    found, said = told(code)
    lost = {item: end for item, data, end in found if data is None}
    assert lost == {
        3: "was ended by SIGKILL",
        5: "ended before its time",
        6: "ended before its time",
    }
    assert [item for item, data, _ in found if data == str(item)] == [
        n for n in range(40) if n not in lost
    ]
    assert "ValueError: told on stderr" in said


def test_no_copy_outlives_who_reads() -> None:
    code = """
def work(n):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if n == 1: time.sleep(600)
    return b"%d" % os.getpid()
from migrator.tools import forks
forks._GRACE = 0.2
answers = spread(range(2), work, 2)
next(answers)
answers.close()
try: print(json.dumps(os.waitpid(-1, os.WNOHANG)))
except ChildProcessError: print('"none"')
"""
    assert told(code) == ("none", "")


def test_a_copy_whose_answers_nobody_reads_ends_after_the_item_that_it_is_at(
    tmp_path: Path,
) -> None:
    code = """
def work(n):
    with open(sys.argv[1], "a") as file:
        file.write(f"{n}\\n")
    time.sleep(0.1)
    return b""
for _ in spread(range(100), work, 2):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    place = tmp_path / "items"
    program = f"import os, signal, sys, time\nfrom migrator.tools.forks import spread\n{code}"
    words = [sys.executable, "-c", program, str(place)]
    subprocess.run(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60)
    seen = -1
    while seen != (seen := len(place.read_text().splitlines())):
        time.sleep(1)
    assert seen <= 6, "of the 32 that both have"


def test_where_it_cannot_be_copied_it_works_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    found = list(spread(range(3), lambda n: b"%d" % os.getpid(), 2))
    assert [(a.item, a.data) for a in found] == [(n, b"%d" % os.getpid()) for n in range(3)]
    assert processors() >= 1
