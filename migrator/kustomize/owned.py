"""The files of OUT against those that were written: each is there, unchanged, and no other."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from migrator.kustomize.digests import sha256
from migrator.kustomize.plan_json import NAME
from migrator.tools.bounds import OUT_FILE


class Held(NamedTuple):
    """What lies below a folder: files by path, and what is neither file nor folder by what it is."""

    files: Mapping[str, Path]
    strange: Mapping[str, str]


def held(out: Path) -> Held:
    """Everything below OUT; no link is followed. Errors: OSError for a folder that is closed."""
    files: dict[str, Path] = {}
    strange: dict[str, str] = {}
    folders = [out]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                path = Path(entry.path)
                name = path.relative_to(out).as_posix()
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode):
                    folders.append(path)
                elif stat.S_ISREG(mode):
                    files[name] = path
                else:
                    strange[name] = (
                        "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
                    )
    return Held(files, strange)


def tampered(found: Held, written: Mapping[str, str]) -> Iterator[str]:
    """One line for each path that is not as it was written."""
    for name, kind in sorted(found.strange.items()):
        yield f"{name}: {kind}, which was not planned"
    for name, digest in sorted(written.items()):
        path = found.files.get(name)
        if path is not None:
            yield from _edited(name, path, digest)
        elif not _below(name, found.strange):
            yield f"{name}: gone"
    for name in sorted(found.files.keys() - written.keys() - {NAME}):
        yield f"{name}: not of this plan, nobody's"


def is_written(path: Path, digest: str) -> bool:
    """Whether a file is the one of that digest; one that is larger than anything that was written
    is not looked at. Errors: OSError."""
    return path.stat().st_size <= OUT_FILE.bytes() and sha256(path.read_bytes()) == digest


def _edited(name: str, path: Path, digest: str) -> Iterator[str]:
    try:
        if not is_written(path, digest):
            yield f"{name}: edited since it was written"
    except OSError as error:
        yield f"{name}: cannot be read: {error.strerror}"


def _below(name: str, strange: Mapping[str, str]) -> bool:
    return any(name == other or name.startswith(f"{other}/") for other in strange)
