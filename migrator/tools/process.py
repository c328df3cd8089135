"""One run of a program, within bounds on time, output and memory; nothing of it stays behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Final

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools import bounds

_CHUNK: Final = 1 << 16
_COMPLAINT: Final = 1 << 20
"""Bytes of stderr that are kept."""
_TICK: Final = 0.02
_GOGC: Final = "400"
"""kubectl, kustomize and helm live for a moment, and would spend up to a third of that on collecting
garbage (pkg.go.dev/runtime: how far the heap may grow between collections, in percent)."""
_NO_MEMORY: Final = (b"out of memory", b"fatal error: runtime: cannot allocate memory")
"""What programs of Go say that break down for it (runtime/malloc.go, mem_linux.go)."""


class Done(Struct, frozen=True, kw_only=True):
    """How a program ended, and what it printed."""

    code: int
    out: bytes
    err: bytes


class Drain(threading.Thread):
    """Reads a stream to its end, closes it, keeps the first ``most`` bytes and tells whether there were more."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        super().__init__(daemon=True)
        self.stream, self.most = stream, most
        self.kept = bytearray()
        self.over = False
        self.start()

    def run(self) -> None:
        # it may be closed under it: the program was ended
        with contextlib.suppress(OSError, ValueError), self.stream:
            while data := self.stream.read1(_CHUNK):  # type: ignore[attr-defined]
                self.kept += data[: max(self.most - len(self.kept), 0)]
                self.over = self.over or len(self.kept) >= self.most


def run(
    command: Sequence[str],
    *,
    called: str,
    environment: Mapping[str, str],
    seconds: float,
    given: bytes = b"",
) -> Done:
    """Runs ``command``, which messages name ``called``, with ``given`` as its standard input.

    Errors: EnvironmentProblem where it cannot be run; MigratorError where it passes a bound, after
    it and all that it started were ended.
    """
    most = bounds.BUILD_OUTPUT.value() * 2**20
    with standard_input(given) as stdin, _started(command, called, environment, stdin) as process:
        assert process.stdout is not None  # noqa: S101  # PIPE was asked for
        assert process.stderr is not None  # noqa: S101
        out, err = Drain(process.stdout, most + 1), Drain(process.stderr, _COMPLAINT)
        until = time.monotonic() + seconds
        while not _waited(process, out, err) and not out.over:
            if time.monotonic() > until:
                message = f"`{called}` did not end within {seconds:g} seconds"
                raise MigratorError(message, hint=bounds.BUILD_TIME.more)
        if out.over:
            message = f"`{called}` printed more than {most // 2**20} MiB"
            raise MigratorError(message, hint=bounds.BUILD_OUTPUT.more)
        if process.returncode != 0 and any(each in err.kept for each in _NO_MEMORY):
            message = f"`{called}` needs more than {bounds.BUILD_MEMORY.value()} MiB of memory"
            raise MigratorError(message, hint=bounds.BUILD_MEMORY.more)
        return Done(code=process.returncode, out=bytes(out.kept), err=bytes(err.kept))


def _waited(process: subprocess.Popen[bytes], out: Drain, err: Drain) -> bool:
    """Waits a moment for what has not ended yet; true where all has. A program closes its streams
    before it ends, and may have left them to another that does not."""
    for drain in (out, err):
        drain.join(_TICK)
        if drain.is_alive():
            return False
    try:
        process.wait(_TICK)
    except subprocess.TimeoutExpired:
        return False
    return True


@contextlib.contextmanager
def standard_input(given: bytes) -> Iterator[IO[bytes] | int]:
    """What a program reads: a file, which it can neither wait for nor fill a pipe against."""
    if not given:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as stream:
        try:
            stream.write(given)
            stream.seek(0)
        except OSError as error:
            raise EnvironmentProblem(f"nothing can be kept in a temporary file: {error}") from error
        yield stream


@contextlib.contextmanager
def _started(
    command: Sequence[str],
    called: str,
    environment: Mapping[str, str],
    stdin: IO[bytes] | int,
) -> Iterator[subprocess.Popen[bytes]]:
    """The program in a session of its own, ended with all that it started when the block ends."""
    memory = bounds.BUILD_MEMORY.value() * 2**20
    try:
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"GOGC": os.environ.get("GOGC", _GOGC), **environment},
            start_new_session=True,
        )
    except OSError as error:
        raise EnvironmentProblem(f"`{called}` cannot be run: {error.strerror}") from None
    try:
        _bound_memory(process.pid, memory)
        yield process
    finally:
        _end(process)


def _bound_memory(pid: int, most: int) -> None:
    """Bounds what the program may allocate (RLIMIT_DATA; Go reserves far more addresses than it
    uses, so RLIMIT_AS would not do). Only Linux has a way to do this from outside."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):  # it has ended, or has a lower limit
            resource.prlimit(pid, resource.RLIMIT_DATA, (most, most))


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None or _has_group(process.pid):
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _has_group(pid: int) -> bool:
    """Whether something that the program started is still there."""
    try:
        os.killpg(pid, 0)
    except (OSError, AttributeError):
        return False
    return True
