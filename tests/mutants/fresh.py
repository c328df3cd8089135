"""Mutants of what runs when a module is imported: each gets a pytest of its own, in a copy."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

PYTEST: Final = (
    *(sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:randomly", "-p", "no:cacheprovider"),
    *("-m", "(kustomize or not slow) and not corpus"),
)
START: Final = 120.0
"""Seconds for the start, on a busy machine."""


def environment(copy: Path, **more: str) -> dict[str, str]:
    """Programs that tests start import from the copy, too; no bytecode of a mutant is kept."""
    here = {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**os.environ, **here, **more}


def run(jobs: Sequence[Mapping[str, Any]], copies: Sequence[Path]) -> Iterator[tuple[int, str]]:
    """(number, result) of each job, in any order; a copy is used by one mutant at a time.

    A job is as in ``tests.mutants.forked``, with "path" in place of "file".
    """
    free: queue.Queue[Path] = queue.Queue()
    for copy in copies:
        free.put(copy)

    def one(job: Mapping[str, Any]) -> tuple[int, str]:
        copy = free.get()
        try:
            return job["number"], _one(job, copy)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        yield from pool.map(one, jobs)


def _one(job: Mapping[str, Any], copy: Path) -> str:
    file = copy / job["path"]
    text, times = file.read_bytes(), file.stat()
    file.write_text(job["text"], "utf-8")
    # collecting the rules' cases takes longest: the room's own tests have their turn before
    own = f"tests/{job['path'].split('/')[1]}/"
    near = [test for test in job["tests"] if test.startswith(own)]
    far = [test for test in job["tests"] if not test.startswith(own)]
    try:
        result = "passed"
        for tests in filter(None, (near, far)):
            result = tested(tests, copy, job["limit"])
            if result != "passed":
                break
        return result
    finally:
        file.write_bytes(text)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def tested(tests: Sequence[str], copy: Path, limit: float) -> str:
    """passed, failed WHY, error WHY."""
    chosen = copy / "mutants-tests.json"
    chosen.write_text(json.dumps(tests), "utf-8")
    process = subprocess.Popen(
        [*PYTEST, "-x", "-p", "tests.mutants.chosen", *_files(tests)],
        cwd=copy,
        env=environment(copy, MUTANTS_TESTS=str(chosen)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = process.wait(START + limit)
    except subprocess.TimeoutExpired:
        return "failed time limit"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if code == 5:
        return "error: none of its tests is there"
    return f"failed with exit code {code}" if code else "passed"


def _files(tests: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(test.partition("::")[0] for test in tests))
