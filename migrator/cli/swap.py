"""One folder in the place of another, in one step, and what a run that was stopped left beside it.

Linux exchanges two folders in one call (renameat2(2), RENAME_EXCHANGE), so OUT is the old tree or
the new one at every moment. Elsewhere the old tree steps aside under a name of its own first: where
a run ends between the two renames, that name tells the next one to put it back.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from migrator.model.errors import EnvironmentProblem

fcntl: Any = import_module("fcntl") if find_spec("fcntl") else None
"""None on Windows: nobody can tell there whether a run still works on a folder."""
STAGE: Final = ".multus-migrator-new"
"""The end of the name of what a run works on beside its place; the run holds a lock on it."""
ASIDE: Final = ".multus-migrator-old"
"""The end of the name of what stood in the place before."""
_RENAME_EXCHANGE: Final = 2
_AT_FDCWD: Final = -100
_UNABLE: Final = frozenset({errno.ENOSYS, errno.EINVAL})
"""An old kernel, or a file system that cannot exchange."""


@contextlib.contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """An empty folder beside ``place``, locked, and gone afterwards unless it was put in place."""
    stage = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=STAGE, dir=place.parent))
    lock = None
    try:
        lock = _lock(stage)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if lock is not None:
            with contextlib.suppress(OSError):  # OUT is what it is by now
                os.close(lock)


def put_in_place(stage: Path, place: Path) -> None:
    """``stage`` becomes ``place``; what stood there, if anything, is then at ``stage``, or gone.

    Errors: OSError or an interruption, and ``place`` is as it was; EnvironmentProblem where it
    could not be made so.
    """
    if not place.exists():
        os.rename(stage, place)  # noqa: PTH104 - one call of the system, as exchange is
    elif not _exchange(stage, place):
        _rename_twice(stage, place)


def finish(place: Path) -> None:
    """Ends what runs that were stopped have left: a tree that stepped aside comes back where its
    place is empty, and what nobody works on any more goes away."""
    for aside in _beside(place, ASIDE):
        if not place.exists():
            aside.rename(place)
    if fcntl is not None:
        for left in leftovers(place):
            _remove(left)


def leftovers(place: Path) -> tuple[Path, ...]:
    """What stopped runs left beside ``place``, in order; not what a run works on now, where that
    can be told."""
    found = (*_beside(place, ASIDE), *_beside(place, STAGE))
    return tuple(path for path in found if not path.is_symlink() and not _in_use(path))


def _exchange(stage: Path, place: Path) -> bool:
    """False where this system cannot. Errors: OSError, and nothing has changed."""
    import ctypes  # takes 3 ms, and a first plan has nothing to exchange

    call = (
        getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        if os.name == "posix"
        else None
    )
    if call is None:
        return False
    ends = os.fsencode(stage), os.fsencode(place)
    if call(_AT_FDCWD, ends[0], _AT_FDCWD, ends[1], _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNABLE:
        return False
    if number == errno.EXDEV:
        reason = "its folder belongs to another file system, or to a layer that cannot be written"
        raise OSError(number, reason)
    raise OSError(number, os.strerror(number))


def _rename_twice(stage: Path, place: Path) -> None:
    aside = stage.with_name(stage.name.removesuffix(STAGE) + ASIDE)
    try:
        place.rename(aside)
        stage.rename(place)
    except BaseException as error:
        _back(aside, place, error)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _back(aside: Path, place: Path, error: BaseException) -> None:
    if not aside.exists() or place.exists():
        return
    try:
        aside.rename(place)
    except OSError:
        message = f"{place} is not there any more: it is {aside.name} now, and cannot be put back"
        hint = "run the same command again, which puts it back first"
        raise EnvironmentProblem(message, hint=hint) from error


def _beside(place: Path, end: str) -> tuple[Path, ...]:
    """What stands beside ``place`` with that end of its name."""
    start = f".{place.name}."
    try:
        names = sorted(os.listdir(place.parent))  # noqa: PTH208 - a Path for each name is slow
    except FileNotFoundError:
        return ()
    return tuple(place.parent / n for n in names if n.startswith(start) and n.endswith(end))


def _remove(left: Path) -> None:
    """What cannot be removed stays."""
    with contextlib.suppress(OSError):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink()


def _in_use(path: Path) -> bool:
    """Whether a run holds the lock on it, or took it away meanwhile."""
    try:
        lock = _lock(path)
    except OSError:
        return True
    if lock is not None:
        os.close(lock)
    return False


def _lock(path: Path) -> int | None:
    """A descriptor that holds the lock. Errors: OSError where another run holds it."""
    if fcntl is None:
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
