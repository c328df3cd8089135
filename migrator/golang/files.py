"""Go's os package over known files: what reading and watching a path gives, with its errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from migrator.golang import text as gotext
from migrator.golang.errors import GoError

NOT_THERE: Final = "no such file or directory"


class Filesystem(Struct, frozen=True, kw_only=True):
    """What the daemon's container sees: directories by absolute path with their files, and
    ``existing``, further directories that are there (mounts, the image's own).

    A file name with slashes is a file in a folder below.
    """

    directories: Mapping[str, Mapping[str, str]]
    existing: frozenset[str] = field(default_factory=frozenset)


def names(directory: str, seen: Filesystem) -> list[str]:
    """os.ReadDir: the sorted names, folders among them; ``GoError`` where it is no directory."""
    path = gotext.clean(directory)
    if path in _files(seen):
        raise GoError(f"open {directory}: not a directory")
    below = {file[len(path) :].lstrip("/") for file in _files(seen) if _inside(file, path)}
    if not directory or (not below and not exists(path, seen)):
        raise GoError(f"open {directory}: {NOT_THERE}")
    return sorted({name.partition("/")[0] for name in below})


def read(path: str, seen: Filesystem) -> str:
    """os.ReadFile."""
    files = _files(seen)
    where = gotext.clean(path)
    if where in files:
        return files[where]
    if exists(where, seen):
        raise GoError(f"read {path}: is a directory")
    raise GoError(f"open {path}: {missing(path, seen)}")


def missing(path: str, seen: Filesystem) -> str:
    """Why a path that is not there is not: a file may stand in the place of a folder."""
    files, parts = _files(seen), gotext.clean(path).split("/")
    under_file = any("/".join(parts[:depth]) in files for depth in range(1, len(parts)))
    return "not a directory" if under_file else NOT_THERE


def below(directory: str, seen: Filesystem) -> dict[str, str]:
    """The files under a directory by their names in it; one with slashes is in a folder below."""
    prefix = gotext.clean(directory).rstrip("/") + "/"
    return {
        path[len(prefix) :]: text for path, text in _files(seen).items() if path.startswith(prefix)
    }


def exists(path: str, seen: Filesystem) -> bool:
    """Whether something can be watched there; a relative "." is the working directory."""
    where = gotext.clean(path)
    directories = (*map(gotext.clean, seen.directories), *seen.existing)
    return where in (".", "/") or any(
        known == where or _inside(known, where) for known in (*directories, *_files(seen))
    )


def _files(seen: Filesystem) -> dict[str, str]:
    return {
        gotext.join(directory, name): text
        for directory, files in seen.directories.items()
        for name, text in files.items()
    }


def _inside(path: str, directory: str) -> bool:
    return path.startswith(directory if directory.endswith("/") else f"{directory}/")
