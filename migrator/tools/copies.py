"""A copy of the user's files in a temporary folder, with some of them rewritten: what a tool would
make of an edit, before there is one."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools.bounds import COPY


@contextlib.contextmanager
def copied(root: Path, names: Iterable[str], rewritten: Mapping[Path, bytes]) -> Iterator[Path]:
    """``names`` below ``root``, with other bytes for the files of ``rewritten`` (absolute paths below
    the root, new ones too), in a folder that is gone when the block ends.

    Links are copied as links; one with an absolute target below the root leads into the copy. What
    is only reached through a linked folder is no file of this tree. Errors: MigratorError where they
    are more than the bound; EnvironmentProblem where the copy cannot be made.
    """
    with temporary("try the change in") as made:
        folder = Path(os.path.realpath(made))
        left = COPY.bytes()
        edited = set(map(str, rewritten))
        try:
            for below, files in _by_folder(names).items():
                if not _made(root, folder, below):
                    continue
                for name in files:
                    if os.path.join(root, name) not in edited:  # noqa: PTH118  # of many files
                        left -= _copy(root, folder, name)
                    if left < 0:
                        message = f"{root} holds more than {COPY.value():,} {COPY.unit}"
                        raise MigratorError(message, hint=f"{COPY.instead}; {COPY.more}")
            if (root / ".git").exists():  # by which it is known for the root of a repository
                (folder / ".git").mkdir()
            for path, data in rewritten.items():
                place = folder / path.relative_to(root)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
        except OSError as error:
            where = error.filename or root
            message = f"{where} cannot be copied to try the change: {error.strerror or error}"
            raise EnvironmentProblem(message) from error
        yield folder


def temporary(purpose: str) -> tempfile.TemporaryDirectory[str]:
    """A folder for the time of a block. Errors: EnvironmentProblem where none can be made."""
    try:
        return tempfile.TemporaryDirectory(prefix="multus-migrator-")
    except OSError as error:
        message = f"there is no temporary folder to {purpose}: {error.strerror or error}"
        raise EnvironmentProblem(message, hint="TMPDIR names another place") from error


def _by_folder(names: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The names by the folder that they stand in, which is looked at once."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(os.path.dirname(name), []).append(name)  # noqa: PTH120  # of many files
    return found


def _made(root: Path, folder: Path, below: str) -> bool:
    """Makes a folder of the copy; false where it is no folder below ``root``, or reached through a link."""
    path = root / below
    if os.path.realpath(path) != os.path.normpath(path) or ".." in path.parts:
        return False
    (folder / below).mkdir(parents=True, exist_ok=True)
    return True


def _copy(root: Path, folder: Path, name: str) -> int:
    """Its size in bytes, 0 for what is not there any more, or is no file."""
    path, place = os.path.join(root, name), os.path.join(folder, name)  # noqa: PTH118  # of many files
    try:
        about = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return 0
    if stat.S_ISLNK(about.st_mode):
        os.symlink(_target(root, folder, os.readlink(path)), place)  # noqa: PTH115, PTH211  # as it is
        return 0
    if not stat.S_ISREG(about.st_mode):
        return 0
    shutil.copyfile(path, place)
    return about.st_size


def _target(root: Path, folder: Path, target: str) -> str:
    """Where a link leads in the copy."""
    real = Path(os.path.realpath(target))
    within = os.path.isabs(target) and real.is_relative_to(root)  # noqa: PTH117
    return str(folder / real.relative_to(root)) if within else target
