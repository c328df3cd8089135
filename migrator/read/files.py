"""Folders and files -> bytes, in an order that depends on nothing but the names."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from migrator.model.errors import InputError
from migrator.model.inputs import InputFile, Problem, Source
from migrator.read.limits import MAX_FILE_BYTES

SUFFIXES: Final = (".yaml", ".yml", ".json")
KUSTOMIZATION_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_PLAN: Final = "plan.json"
_TOOL: Final = "multus-migrator"


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


def unreadable(path: Path, error: OSError) -> Problem:
    """What the operating system says of a file or folder that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return problem(
            path, "no such file or folder", "check the path, and that it is no dead link"
        )
    message = f"cannot be read: {error.strerror or error}"
    return problem(path, message, "check its permissions, or leave it out")


def digest(name: str, data: bytes) -> InputFile:
    return InputFile(name=name, sha256=hashlib.sha256(data).hexdigest())


def read_bytes(path: Path) -> bytes:
    """The whole file (or named pipe); raises InputError."""
    try:
        with path.open("rb") as file:
            return read_limited(file, path)
    except OSError as error:
        raise InputError((unreadable(path, error),)) from None


def read_limited(file: BinaryIO, path: Path) -> bytes:
    """All of an open file up to the limit; raises InputError above it."""
    data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        message = f"larger than {MAX_FILE_BYTES // 2**20} MiB"
        raise InputError((problem(path, message, "split it, or leave out what is no manifest"),))
    return data


def manifest_files(folder: Path) -> Iterator[Path | Problem]:
    """The YAML and JSON files of a folder and the folders below, and what cannot be opened.

    Hidden folders (.git) and folders that this tool wrote (they hold its plan.json) are passed
    over; each folder is entered once, whatever symbolic links lead to it.
    """
    closed: list[OSError] = []
    seen = {os.path.realpath(folder)}
    for where, folders, names in os.walk(folder, followlinks=True, onerror=closed.append):
        folders[:] = [name for name in sorted(folders) if _enter(Path(where, name), seen)]
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES) or name in KUSTOMIZATION_NAMES:
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


def _is_ours(folder: Path) -> bool:
    """Whether a folder is the output of an earlier run (design, ruling 9)."""
    try:
        plan = json.loads(read_bytes(folder / _PLAN))
    except (InputError, ValueError, RecursionError):
        return False
    return isinstance(plan, dict) and plan.get("tool") == _TOOL
