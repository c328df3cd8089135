"""Each call of the file system that the writer makes fails once: OUT is the old tree or the new one,
what is said of it is true, and the next run leaves nothing of the one that was stopped.

A fault is an error of the system, an interruption, or the end of the process (no clean-up at all).
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.__main__ import main
from migrator.cli import swap
from migrator.cli.output import staged
from migrator.cli.written import WRITTEN
from migrator.model.errors import EnvironmentProblem, MigratorError
from tests.cli.test_output import found, tree, write_tree

CALLS = ("mkdir", "rename", "replace", "rmdir", "unlink", "chmod", "fsync", "scandir", "listdir",
         "stat", "lstat", "open", "close")  # fmt: skip
OLD, NEW = tree(), tree(**{"b.yaml": "new", "deep/er/c.yaml": "new"})


class Killed(BaseException):
    """The process is gone: nothing that it would still do is done."""


class Faults:
    """Counts the calls; the one of that number fails, and after `Killed` all that follow."""

    def __init__(self, at: int, fault: BaseException) -> None:
        self.count, self.at, self.fault = 0, at, fault
        self.open: set[int] = set()

    def plant(self, patch: pytest.MonkeyPatch) -> None:
        for name in CALLS:
            patch.setattr(os, name, self.counted(getattr(os, name)))
        patch.setattr(io, "open", self.counted(io.open))
        patch.setattr(swap, "_exchange", self.counted(swap._exchange))

    def counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counts(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.count == self.at or (self.count > self.at and isinstance(self.fault, Killed)):
                raise self.fault
            result = call(*args, **kwargs)
            if call.__name__ == "open" and isinstance(result, int):
                self.open.add(result)
            elif call.__name__ == "close":
                self.open.discard(args[0])
            return result

        return counts


@pytest.fixture(params=["exchange", "two renames"])
def swapping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to replace a folder; one writer at a time, so that calls can be counted."""
    monkeypatch.setattr("migrator.cli.output._WRITERS", 1)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # a disk takes its time
    if request.param == "two renames":
        monkeypatch.setattr(swap, "_exchange", lambda _stage, _place: False)
    return str(request.param)


def run(place: Path, fault: BaseException, at: int) -> tuple[int, BaseException | None]:
    """How many calls one run made, and how it ended."""
    WRITTEN.forget()
    faults = Faults(at, fault)
    ended: BaseException | None = None
    with pytest.MonkeyPatch.context() as patch:
        faults.plant(patch)
        try:
            write_tree(place, NEW)
        except BaseException as error:
            ended = error
    for descriptor in faults.open:  # the system closes them where a process ends, with their locks
        os.close(descriptor)
    return faults.count, ended


def state(place: Path) -> str:
    now = found(place) if place.exists() else {}
    for name, content in (("old", OLD), ("new", NEW), ("absent", {})):
        if now == content:
            return name
    return "a mixture"


@pytest.mark.slow
@pytest.mark.parametrize("before", ["old", "absent"])
@pytest.mark.parametrize(
    "fault",
    [OSError(28, "No space left on device"), KeyboardInterrupt(), Killed()],
    ids=["disk full", "interrupted", "killed"],
)
def test_every_call_of_the_writer_may_fail(
    tmp_path: Path, swapping: str, fault: BaseException, before: str
) -> None:
    never = 10_000
    at, calls = 0, never
    while at <= calls:
        place = tmp_path / str(at) / "out"
        place.parent.mkdir()
        if before == "old":
            write_tree(place, OLD)
        made, ended = run(place, fault, at or never)
        calls = made if at == 0 else calls
        _holds(place, ended, swapping, before, at)
        write_tree(place, NEW)
        assert state(place) == "new", at
        assert os.listdir(place.parent) == ["out"], at  # noqa: PTH208
        at += 1
    assert calls > 30


def _holds(place: Path, ended: BaseException | None, swapping: str, before: str, at: int) -> None:
    """OUT is one of the two trees, and the message says which."""
    now = state(place)
    if isinstance(ended, Killed):
        between = {"absent"} if swapping == "two renames" else set()
        assert now in {before, "new"} | between, at
        return
    assert now in {before, "new"}, at
    assert WRITTEN.places() == ([str(place)] if now == "new" else []), at
    if ended is None:
        assert now == "new", at
    elif not isinstance(ended, KeyboardInterrupt):
        assert isinstance(ended, MigratorError), (at, ended)
        assert now == before, (at, ended)
        assert len(ended.lines()) == 1


def test_where_the_old_tree_cannot_come_back_it_is_said_and_the_next_run_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "out"
    write_tree(place, OLD)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if target == place:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(swap, "_exchange", lambda _stage, _place: False)
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(EnvironmentProblem, match=r"is \.out\..* now, and cannot be put back"):
            write_tree(place, NEW)
    assert not place.exists()
    with pytest.raises(ValueError, match="no proof"), staged(place, NEW):
        raise ValueError("no proof")
    assert state(place) == "old"
    assert os.listdir(tmp_path) == ["out"]  # noqa: PTH208


def test_what_another_run_works_on_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "out"
    with staged(place, OLD) as first:
        write_tree(place, NEW)
        assert first.exists()
        assert swap.leftovers(place) == ()
    assert state(place) == "old"
    assert os.listdir(tmp_path) == ["out"]  # noqa: PTH208


@pytest.fixture
def _heeded() -> Iterator[None]:
    """A program inherits what is ignored, as Ctrl-C is where the tests are a shell's background job."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.usefixtures("_heeded")
def test_a_process_that_is_told_to_end_cleans_up_and_says_what_was_written(
    tmp_path: Path, number: signal.Signals
) -> None:
    """While it waits for its input: nothing is there yet, and nothing stays."""
    command = [sys.executable, "-m", "migrator", "plan", "-", "-o", str(tmp_path / "out")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("kind: DaemonSet\n" * 10_000)  # more than a pipe holds: it reads now
        process.stdin.flush()
        for _ in range(5):  # CPython misses a signal that comes between two reads of one call
            process.send_signal(number)
            try:
                process.wait(2)
                break
            except subprocess.TimeoutExpired:
                continue
        process.kill()
        assert process.stderr.read().strip() == "interrupted; nothing was written"
        assert process.returncode == 1
    assert not list(tmp_path.iterdir())


def test_ctrl_c_while_modules_are_imported_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("migrator.cli.main.run", interrupt)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "interrupted; nothing was written\n"
