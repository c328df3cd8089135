"""Folders and files -> bytes, in an order that depends on nothing but the names."""

from __future__ import annotations

import hashlib
import json
import os
import re
import select
import stat
import time
from collections.abc import Collection, Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final

from migrator.model.errors import InputError
from migrator.model.inputs import InputFile, Problem, Source
from migrator.read.chunks import is_crowded, told
from migrator.tools.bounds import FILE, INPUT_TIME, Bound

SUFFIXES: Final = (".yaml", ".yml", ".json")
KUSTOMIZATION_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_BINARY: Final = getattr(os, "O_BINARY", 0)
_CHUNK: Final = 1 << 20
_WAIT_MS: Final = 100
_PLAN: Final = "plan.json"
SNAPSHOT: Final = "snapshot.json"
TOOL: Final = "multus-migrator"
_COLLECTED: Final = re.compile(rb'"tool":\s*"multus-migrator"')


def shown(path: Path) -> str:
    """A path as the user gave it, joined with ``/``.

    What is not UTF-8 and what is not printable is escaped: names end up in reports.
    """
    text = os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(char: str) -> str:
    return char if char.isprintable() else ascii(char)[1:-1]


def problem(path: Path, message: str, hint: str) -> Problem:
    """A problem with a file or folder as a whole."""
    return Problem(source=Source(file=shown(path), line=1), message=message, hint=hint)


def absent(name: str, message: str, hint: str) -> Problem:
    """A problem with the name of an input that is no file."""
    return Problem(source=Source(file=name, line=0), message=message, hint=hint)


def unreadable(path: Path, error: OSError) -> Problem:
    """What the operating system says of a file or folder that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return problem(
            path, "no such file or folder", "check the path, and that it is not a dead link"
        )
    message = f"cannot be read: {error.strerror or error}"
    return problem(path, message, "check its permissions, or leave it out")


def digest(name: str, data: bytes) -> InputFile:
    return InputFile(name=name, sha256=hashlib.sha256(data).hexdigest())


def repository_of(folder: Path) -> Path | None:
    """The root of the Git work tree that holds the folder, None where it is in none."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


def read_manifest(path: Path) -> bytes:
    """As `read_bytes`, for what is split into documents; raises InputError for too many of them."""
    data = read_bytes(path)
    refuse_crowd(data, path)
    return data


def refuse_crowd(data: bytes, path: Path) -> None:
    """Raises InputError where there are more documents in it than are read."""
    if is_crowded(data):
        raise InputError((problem(path, *told()),))


def read_bytes(path: Path, limit: Bound = FILE) -> bytes:
    """The whole file, or what comes through a pipe in time; raises InputError.

    Opened so that nothing waits: a pipe without a writer, or a file of /proc that has nothing to
    say, would never give the program back.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except OSError as error:
        raise InputError((unreadable(path, error),)) from None
    try:
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISDIR(mode):
                what = "a folder" if stat.S_ISDIR(mode) else "a device"
                raise InputError((problem(path, f"{what}, not a file", "give a file"),))
            return _read_in_time(file, path, limit)
    except OSError as error:
        raise InputError((unreadable(path, error),)) from None


def _read_in_time(file: FileIO, path: Path, limit: Bound) -> bytes:
    """All of a file that was opened not to block."""
    most, seconds = limit.bytes(), INPUT_TIME.value()
    until = time.monotonic() + seconds
    data = bytearray()
    # a pipe of the shell, as in <(...), has its writer from the beginning; one with a name may not
    begun = stat.S_ISREG(os.fstat(file.fileno()).st_mode) or os.path.realpath(path)[:6] == "/proc/"
    while len(data) <= most:
        read = file.read(min(most + 1 - len(data), _CHUNK))
        if read:
            data += read
            begun, until = True, time.monotonic() + seconds
        elif read is not None and begun:
            return bytes(data)
        elif time.monotonic() > until:
            message = f"nothing more came within {seconds} seconds, and it did not end"
            raise InputError((problem(path, message, f"is it a pipe? {INPUT_TIME.more}"),))
        else:
            begun = _ready(file, has_writer=read is None) or begun
    raise InputError((_too_large(path, limit),))


def _ready(file: FileIO, *, has_writer: bool) -> bool:
    """Waits a little for a pipe; whether a writer is there or has been (then it can end)."""
    poll = select.poll()
    poll.register(file, select.POLLIN)
    events = poll.poll(_WAIT_MS)
    return has_writer or bool(events)


def read_limited(file: BinaryIO, path: Path, limit: Bound = FILE) -> bytes:
    """All of an open file up to the limit; raises InputError above it."""
    most = limit.bytes()
    data = file.read(most + 1)
    if len(data) > most:
        raise InputError((_too_large(path, limit),))
    return data


def _too_large(path: Path, limit: Bound) -> Problem:
    hint = f"{limit.instead}; {limit.more}" if limit.instead else limit.more
    return problem(path, f"larger than {limit.value()} {limit.unit}", hint)


def files_below(folder: Path, others: Collection[str] = ()) -> Iterator[Path | Problem]:
    """The YAML and JSON files of a folder and the folders below, those whose names end with one of
    ``others``, and what cannot be opened.

    Hidden folders (.git) and folders that this tool wrote (they hold its plan.json or snapshot.json)
    are passed over; each folder is entered once, whatever symbolic links lead to it.
    """
    closed: list[OSError] = []
    ends = (*SUFFIXES, *others)
    seen = {os.path.realpath(folder)}
    for where, folders, names in os.walk(folder, followlinks=True, onerror=closed.append):
        folders[:] = [name for name in sorted(folders) if _enter(Path(where, name), seen)]
        for name in sorted(names):
            if name.lower().endswith(ends) or name in KUSTOMIZATION_NAMES:
                yield from _regular(Path(where, name))
    for error in closed:
        yield unreadable(Path(error.filename), error)


def _enter(folder: Path, seen: set[str]) -> bool:
    real = os.path.realpath(folder)
    if folder.name.startswith(".") or real in seen or _is_ours(folder):
        return False
    seen.add(real)
    return True


def _regular(path: Path) -> Iterator[Path | Problem]:
    """The file, unless it is a pipe or device, which could be read without end."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            yield path
    except OSError as error:
        yield unreadable(path, error)


def is_snapshot(folder: Path) -> bool:
    """Whether ``collect`` wrote a folder. Its snapshot.json may be damaged: what lies beside it, such as the
    DaemonSet that reads the nodes, is no manifest of the cluster all the same."""
    path = folder / SNAPSHOT
    try:
        return path.is_file() and bool(_COLLECTED.search(read_bytes(path)))
    except InputError:
        return False


def _is_ours(folder: Path) -> bool:
    """Whether a folder is the output of an earlier run (design, ruling 9)."""
    if is_snapshot(folder):
        return True
    try:
        plan = json.loads(read_bytes(folder / _PLAN))
    except (InputError, ValueError, RecursionError):
        return False
    return isinstance(plan, dict) and plan.get("tool") == TOOL
