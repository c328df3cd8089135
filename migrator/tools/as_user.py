"""Programs that run as their user runs them: git with hooks and signing, gh and glab.

They have the environment and the terminal of the user, for a passphrase to be asked for, and no bound
on time and memory: what a hook needs is its author's to say.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools.process import Done, Drain, standard_input
from migrator.trees.redact import redact_text

_PLACES: Final = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX"}
    | {"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"}
)
"""What a hook is told by the git that runs it: another repository than the one that is meant here."""
_KEPT: Final = 4 << 20
"""Bytes of each stream that are kept."""
_CHUNK: Final = 1 << 16
_REST: Final = 2.0
"""Seconds in which the last output comes once a program has ended; what it left running keeps its
streams open."""
_PATIENCE: Final = 5.0
"""Seconds in which a program ends that was told to."""
_LINES, _COLUMNS = 20, 300
"""How much is told of what a program printed."""


class _Tail(Drain):
    """Keeps the last bytes in place of the first: a complaint stands at the end."""

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError), self.stream:
            while data := self.stream.read(_CHUNK):
                self.kept += data
                del self.kept[: -self.most]


class ProgramFailed(MigratorError):
    """A program of the user ended with an error: what it printed last, a line each."""

    def __init__(self, called: str, done: Done, hint: str = "") -> None:
        super().__init__(f"`{called}` failed", hint=hint)
        self.printed = printed(done)

    def lines(self) -> list[str]:
        return [*super().lines(), *(f"  {line}" for line in self.printed)]


def printed(done: Done) -> tuple[str, ...]:
    """The last lines that a program printed, without secrets."""
    text = redact_text((done.out + b"\n" + done.err).decode("utf-8", "replace"))
    lines = [line.rstrip()[:_COLUMNS] for line in text.splitlines() if line.strip()]
    left = len(lines) - _LINES
    return (*([f"({left} lines before)"] if left > 0 else ()), *lines[-_LINES:])


def program(name: str) -> str | None:
    """The path of a program, None where it is not on PATH."""
    return shutil.which(name)


def run(
    command: Sequence[str],
    *,
    called: str,
    folder: Path,
    given: bytes = b"",
    settings: Mapping[str, str] | None = None,
) -> Done:
    """Runs ``command``, which messages name ``called``, in a folder, with ``given`` as its standard input
    and ``settings`` on top of the environment.

    Errors: EnvironmentProblem where it cannot be run. It is ended when this is interrupted.
    """
    environment = {name: text for name, text in os.environ.items() if name not in _PLACES}
    environment.update(settings or {})
    with standard_input(given) as stdin:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
            )
        except OSError as error:
            raise EnvironmentProblem(f"`{called}` cannot be run: {error.strerror}") from None
        assert process.stdout is not None  # noqa: S101  # PIPE was asked for
        assert process.stderr is not None  # noqa: S101
        out, err = Drain(process.stdout, _KEPT), _Tail(process.stderr, _KEPT)
        with _ended(process, (out, err)):
            process.wait()
        return Done(code=process.returncode, out=bytes(out.kept), err=bytes(err.kept))


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes], drains: Sequence[Drain]) -> Iterator[None]:
    """Ends a program that still runs when the block ends; git ends its hooks when it is told to. A stream
    that something else holds open is left to its drain, which closes it then: to close it here would wait."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for drain in drains:
            drain.join(_REST)
            if not drain.is_alive():
                drain.stream.close()
