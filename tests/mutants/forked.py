"""A pytest plugin: the tests are collected once, and each mutant runs its own in a fork.

The environment variable MUTANTS_JOBS names a JSON file of jobs, MUTANTS_RESULTS the file that gets
a line for each. A job is ``{"file": the module, "text": its mutated text, "function": [name, first
line], "tests": [node id, ...], "limit": seconds}``. The fork gives the functions of that name and
line, which everybody has imported already, the code of the mutated text; nothing is written.

A test that fails counts only if it passes in a fork without a mutant.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper, partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol

MOST_MEMORY: Final = 6 * 1024**3
"""Bytes of address space of a fork: an endless loop may fill a list."""
FAILED: Final = "failed "
_OURS: Final = ("migrator.", "tests.")


def function_code(text: str, file: str, name: str, line: int) -> CodeType:
    """The code of the function or method ``name`` whose first line is ``line``."""
    todo = [compile(text, file, "exec", dont_inherit=True)]
    while todo:
        code = todo.pop(0)
        if (code.co_name, code.co_firstlineno) == (name, line) and code.co_flags & 2:
            return code
        todo += [const for const in code.co_consts if isinstance(const, CodeType)]
    raise LookupError(f"{file}:{line}: no function {name}")


Place = tuple[str, int, str]
"""Name, first line and file of a function."""


def functions() -> dict[Place, list[FunctionType]]:
    """All that have been defined: a dataclass with slots holds copies."""
    found: dict[Place, list[FunctionType]] = defaultdict(list)
    for function in gc.get_objects():
        if isinstance(function, FunctionType):
            code = function.__code__
            found[code.co_name, code.co_firstlineno, code.co_filename].append(function)
    return found


def clear_caches() -> None:
    """What functions of the program and of the tests keep was made by the code without the mutant."""
    for wrapper in gc.get_objects():
        if isinstance(wrapper, _lru_cache_wrapper) and wrapper.__module__.startswith(_OURS):
            wrapper.cache_clear()


@dataclass
class _Fork:
    """A child and the end of the pipe on which it names the test that failed."""

    pid: int
    pipe: int
    until: float
    folder: str
    said: bytes = b""

    def ended(self) -> bool:
        """Whether it has ended, at the latest by now at its time limit."""
        if select.select([self.pipe], [], [], 0)[0]:
            part = os.read(self.pipe, 4096)
            self.said += part
            if not part:
                self._clean()
                return True
        if time.monotonic() > self.until:
            self.said = FAILED.encode() + b"time limit"
            self._clean()
            return True
        return False

    def _clean(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.pipe)
        shutil.rmtree(self.folder, ignore_errors=True)


def _fork(work: Callable[[], str], limit: float) -> _Fork:
    """Run ``work`` in a child of its own group, silently; what it returns comes over the pipe."""
    here, there = os.pipe()
    folder = tempfile.mkdtemp(prefix="mutant-")
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        os.close(there)
        with contextlib.suppress(PermissionError):
            os.setpgid(pid, pid)
        return _Fork(pid, here, time.monotonic() + limit, folder)
    said = "error"
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
        said = work()
    except BaseException as error:
        said = f"error {error!r}"
    finally:
        os.write(there, said.encode())
        os._exit(0)


def _first_failure(items: list[pytest.Item]) -> str:
    for item, following in zip(items, [*items[1:], None], strict=True):
        reports = runtestprotocol(item, log=False, nextitem=following)
        if any(report.failed for report in reports):
            return FAILED + item.nodeid
    return "passed"


@dataclass
class Runner:
    """Runs the jobs on the collected tests, so many at a time as there are cores."""

    items: dict[str, pytest.Item]
    functions: dict[Place, list[FunctionType]]
    sound: set[str] = field(default_factory=set)
    unsound: set[str] = field(default_factory=set)

    def run(self, job: dict[str, Any]) -> Iterator[None]:
        """Yields while a fork runs; the job then has "result": passed, failed TEST, error WHY."""
        while True:
            tests = [self.items[test] for test in job["tests"] if test not in self.unsound]
            result = yield from self._in_fork(partial(self._mutated, job, tests), job["limit"])
            failed = result.removeprefix(FAILED)
            if failed in self.items and failed not in self.sound:
                control = [self.items[failed]]
                alone = yield from self._in_fork(partial(_first_failure, control), 120)
                (self.sound if alone == "passed" else self.unsound).add(failed)
            if failed not in self.unsound:
                job["result"] = result
                return

    def _in_fork(self, work: Callable[[], str], limit: float) -> Any:
        fork = _fork(work, limit)
        while not fork.ended():
            yield
        return fork.said.decode()

    def _mutated(self, job: dict[str, Any], items: list[pytest.Item]) -> str:
        (name, line), file = job["function"], job["file"]
        code = function_code(job["text"], file, name, line)
        if not self.functions[name, line, file]:
            return "error: nobody has the function"
        for function in self.functions[name, line, file]:
            function.__code__ = code
        return _first_failure(items)


def pytest_runtestloop(session: pytest.Session) -> bool:
    """In place of running the tests."""
    jobs = json.loads(Path(os.environ["MUTANTS_JOBS"]).read_text("utf-8"))
    runner = Runner({item.nodeid: item for item in session.items}, functions())
    waiting = iter(jobs)
    running: list[tuple[dict[str, Any], Iterator[None]]] = []
    clear_caches()
    gc.freeze()  # a fork that collects would copy every page
    with Path(os.environ["MUTANTS_RESULTS"]).open("a", encoding="utf-8") as results:
        while True:
            while len(running) < len(os.sched_getaffinity(0)):
                job = next(waiting, None)
                if job is None:
                    break
                running.append((job, runner.run(job)))
            if not running:
                return True
            for job, steps in list(running):
                if next(steps, True):
                    running.remove((job, steps))
                    results.write(json.dumps([job["number"], job["result"]]) + "\n")
                    results.flush()
            time.sleep(0.01)
