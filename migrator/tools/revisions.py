"""Revisions of a Git repository as folders: read as objects, never checked out (ruling 20).

No hook, filter or text conversion is run, no link is followed or made, and no submodule is entered.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools import git
from migrator.tools.bounds import COPY, COPY_FILES, FILE
from migrator.tools.copies import temporary

_AT_ONCE: Final = 64 * 2**20
"""Bytes of blobs that one call of git is asked for."""
_RESERVED: Final = re.compile(r"\.git|git~\d+", re.IGNORECASE)
_LONGEST: Final = 255
"""Bytes in the name of a file, on each file system in use."""


class Revision(Struct, frozen=True, kw_only=True):
    """A commit, and what it holds: ``files`` by name, ``links`` with their targets, and the names of
    submodules and of files that no folder may hold, or that are larger than the bound."""

    commit: str
    files: Mapping[str, git.Entry]
    links: Mapping[str, str]
    submodules: tuple[str, ...]
    refused: tuple[str, ...]
    large: tuple[str, ...]


def revision(root: Path, commit: str) -> Revision:
    """Errors: EnvironmentProblem where git cannot tell."""
    files: dict[str, git.Entry] = {}
    links: dict[str, str] = {}
    submodules, refused, large = list[str](), list[str](), list[str]()
    for entry in git.tree(root, commit):
        if not _is_safe(entry.name):
            refused.append(entry.name)
        elif entry.is_link:
            links[entry.name] = entry.blob
        elif not entry.is_file:
            submodules.append(entry.name)
        elif entry.size > FILE.bytes():
            large.append(entry.name)
        else:
            files[entry.name] = entry
    return Revision(
        commit=commit,
        files=files,
        links=_targets(root, links),
        submodules=tuple(submodules),
        refused=tuple(refused),
        large=tuple(large),
    )


def _targets(root: Path, links: Mapping[str, str]) -> Mapping[str, str]:
    """Where links lead, from the top of the repository on."""
    blobs = dict(git.blobs(root, list(dict.fromkeys(links.values()))))
    return {
        name: posixpath.normpath(posixpath.join(posixpath.dirname(name), os.fsdecode(blobs[blob])))
        for name, blob in links.items()
    }


def _is_safe(name: str) -> bool:
    """Whether a name stays below its folder, and is none that Git or a file system reads otherwise."""
    parts = name.split("/")
    return (
        name.isprintable()
        and "\\" not in name
        and not any(
            part in ("", ".", "..")
            or _RESERVED.fullmatch(part)
            or len(os.fsencode(part)) > _LONGEST
            for part in parts
        )
    )


@contextlib.contextmanager
def folders(
    root: Path,
    revisions: Sequence[Revision],
    wanted: Callable[[str], bool],
    keeps: Callable[[str, bytes], bool],
) -> Iterator[tuple[Path, ...]]:
    """A folder for each revision, with the files that are ``wanted`` by name and that ``keeps`` takes
    for what they hold, gone when the block ends. Each blob is read once, whichever revisions hold it.

    Errors: MigratorError where they are more than the bounds; EnvironmentProblem where git cannot
    tell, or nothing can be written.
    """
    with temporary("put the revisions in") as made:
        places: dict[str, list[tuple[Path, str]]] = {}
        sizes: dict[str, int] = {}
        found = []
        for number, each in enumerate(revisions):
            folder = Path(os.path.realpath(made), str(number))
            taken = [entry for name, entry in each.files.items() if wanted(name)]
            _bounded(taken, root)
            for entry in taken:
                places.setdefault(entry.blob, []).append((folder, entry.name))
                sizes[entry.blob] = entry.size
            found.append(folder)
        try:
            for folder in found:
                (folder / ".git").mkdir(parents=True)  # by which it is known for a repository
            for ids in _batches(sizes):
                for blob, data in git.blobs(root, ids):
                    for folder, name in places[blob]:
                        if keeps(name, data):
                            _write(data, folder / name)
        except OSError as error:
            message = f"a revision cannot be written: {error.strerror or error}"
            raise EnvironmentProblem(message) from error
        yield tuple(found)


def _bounded(taken: Sequence[git.Entry], root: Path) -> None:
    for bound, count in (
        (COPY_FILES, len(taken)),
        (COPY, sum(entry.size for entry in taken) / 2**20),
    ):
        if count > bound.value():
            message = f"a revision of {root} holds more than {bound.value():,} {bound.unit}"
            raise MigratorError(message, hint=f"{COPY_FILES.instead}; {bound.more}")


def _batches(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    batch: list[str] = []
    held = 0
    for blob, size in sizes.items():
        if batch and held + size > _AT_ONCE:
            yield batch
            batch, held = [], 0
        batch.append(blob)
        held += size
    if batch:
        yield batch


def _write(data: bytes, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
