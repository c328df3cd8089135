"""Linked work trees of runs that were killed: a run that is killed cannot clean up, the next one does.

Each run has a file in the folder of Git while its work tree is there, and holds a lock on it, which the
system takes back however the run ends. Whether another run still works is told by that alone: a work
tree may be in a container, or on a disk, that is not seen from here.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from migrator.tools import git

fcntl: Any = import_module("fcntl") if find_spec("fcntl") else None
"""None on Windows: nobody can tell there whether a run still works."""

_FOLDER: Final = "multus-migrator/running"
_LONGEST: Final = 1 << 16


@contextlib.contextmanager
def noted(root: Path, place: Path) -> Iterator[None]:
    """Notes a work tree of a repository for the time of a block, and removes those of runs that are no more.
    Where that cannot be noted, nothing is."""
    folder = _folder(root)
    if folder is None or fcntl is None:
        yield
        return
    _clean(root, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        note = os.open(folder / place.name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        yield
        return
    try:
        fcntl.flock(note, fcntl.LOCK_EX)
        os.write(note, os.fsencode(place))
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / place.name).unlink()
        os.close(note)


def _folder(root: Path) -> Path | None:
    """In the folder that all work trees of the repository share."""
    common = git.answer(root, "rev-parse", "--git-common-dir")
    return root / common / _FOLDER if common else None


def _clean(root: Path, folder: Path) -> None:
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir()):
            with contextlib.suppress(OSError):
                _settle(root, path)


def _settle(root: Path, path: Path) -> None:
    """Errors: OSError where the run of a note still works."""
    note = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        place = Path(os.fsdecode(os.read(note, _LONGEST)))
        if place.name == path.name and str(place) in _linked_trees(root):
            remove(root, place)
            with contextlib.suppress(OSError):
                place.parent.rmdir()
        path.unlink()
    finally:
        os.close(note)


def _linked_trees(root: Path) -> frozenset[str]:
    text = git.answer(root, "worktree", "list", "--porcelain") or ""
    _, *linked = text.split("\n\n")  # the first is the repository's own
    lines = (each.lstrip("\n").partition("\n")[0] for each in linked)
    return frozenset(line.removeprefix("worktree ") for line in lines)


def remove(root: Path, place: Path) -> None:
    """Takes out this work tree alone: `git worktree prune` would take those of the user that are on
    a disk which is not mounted."""
    try:
        shutil.rmtree(place, ignore_errors=True)
    finally:
        git.answer(root, "worktree", "remove", "--force", "--force", str(place))
