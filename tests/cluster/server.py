"""The cluster behind a socket, and a kubectl that asks it: a script of bash, for a Python that starts
with every call would take longer than all the rest. So would jq, which is asked in ``jq.py``."""

from __future__ import annotations

import itertools
import os
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.cluster.api import StubError
from tests.cluster.commands import Commands, Failed
from tests.cluster.jq import PROGRAM, jq
from tests.cluster.words import parse

Fault = Callable[[tuple[str, ...]], str]
"""The words of a command -> what it fails with, "" where it does not."""

Ours = Callable[[tuple[str, ...], str], tuple[int, str, str]]
"""The words behind multus-migrator, and stdin -> exit code, stdout and stderr."""

_CLIENT: Final = r"""#!/bin/bash
stdin=
for word in READS "$@"; do
  case $word in -) stdin+=$(</dev/stdin) ;; --slurpfile) exec JQ "$@" ;; esac
done
exec 3<>/dev/tcp/127.0.0.1/PORT
printf '%s\0' "$(($# + LEAD))" EXTRA"$@" "$stdin" >&3
IFS=' ' read -r code name <&3
{ IFS= read -r -d '' err; IFS= read -r -d '' out; } <"$name"
printf '%s' "$err" >&2
printf '%s' "$out"
exit "$code"
"""

_PROGRAMS: Final = (("kubectl", "0", "", ""), ("sleep", "1", "sleep ", ""), ("jq", "1", "jq ", "-"),
                    ("multus-migrator", "1", "multus-migrator ", ""))  # fmt: skip
"""The name; a word that is sent before those that it was given, and how many; and - for what always reads."""


class Session:
    """What was asked, and what the stub was asked in vain."""

    def __init__(self, commands: Commands, folder: Path) -> None:
        self.commands, self.folder = commands, folder
        self.lock = threading.Lock()
        self.numbers = itertools.count()
        self.calls: list[tuple[str, ...]] = []
        self.errors: list[str] = []
        self.before: Fault = lambda words: ""
        self.after: Fault = lambda words: ""
        self.ours: Ours = lambda words, stdin: (70, "", "STUB: not known: multus-migrator\n")

    def answer(self, words: tuple[str, ...], stdin: str) -> tuple[int, str, str]:
        """(exit code, stdout, stderr)."""
        self.calls.append(words)
        self.commands.nodes.advance(1)
        if said := self.before(words):
            return 1, "", said
        try:
            out = self.commands.run(parse(words), stdin)
        except Failed as why:
            return 1, "", str(why)
        except StubError as why:
            self.errors.append(str(why))
            return 70, "", f"STUB: {why}"
        except Exception as why:
            self.errors.append(f"{words}: {type(why).__name__}: {why}")
            return 70, "", f"STUB: {why!r}"
        if said := self.after(words):
            return 1, "", said
        return 0, out, ""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        session: Session = self.server.session  # type: ignore[attr-defined]
        data = self.connection.recv(65536)
        while b"\0" not in data or data.count(b"\0") < int(data[: data.index(b"\0")]) + 2:
            data += self.connection.recv(65536)
        _, *words, stdin, _ = data.decode().split("\0")
        if words[0] == "jq":
            code, out, err = jq(tuple(words[1:]), stdin)
        elif words[0] == "multus-migrator":
            code, out, err = session.ours(tuple(words[1:]), stdin)
        else:
            with session.lock:
                code, *said = session.answer(tuple(words), stdin)
            out, err = (f"{text.rstrip()}\n" if text else "" for text in said)
        name = session.folder / str(next(session.numbers))
        name.write_text(f"{err}\0{out}")
        self.wfile.write(f"{code} {name}\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    session: Session


@contextmanager
def serving(commands: Commands, folder: Path) -> Iterator[tuple[Session, dict[str, str]]]:
    """The session, and the environment in which kubectl and sleep are the stub's."""
    folder.mkdir()
    session = Session(commands, folder)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.session = session
        port = server.server_address[1]
        for name, lead, extra, reads in _PROGRAMS:
            client = folder / name
            text = _CLIENT.replace("PORT", str(port)).replace("LEAD", lead).replace("EXTRA", extra)
            client.write_text(text.replace("READS", reads).replace("JQ", PROGRAM))
            client.chmod(0o755)
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        thread.start()
        try:
            yield session, {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        finally:
            server.shutdown()
            thread.join()


def run(script: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command: list[Any] = ["bash", script, *words]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
