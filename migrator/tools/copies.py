"""A copy of the user's files in a temporary folder, with some of them rewritten: what a tool would
make of an edit, before there is one."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
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
        try:
            for name in names:
                if root / name not in rewritten:
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


def _copy(root: Path, folder: Path, name: str) -> int:
    """Its size in bytes, 0 for what is not there any more, or is no file below ``root``."""
    path, place = root / name, folder / name
    if os.path.realpath(path.parent) != os.path.normpath(path.parent) or ".." in path.parts:
        return 0
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        place.symlink_to(_target(root, folder, os.readlink(path)))  # noqa: PTH115  # as it is
        return 0
    if not path.is_file():
        return 0
    shutil.copyfile(path, place)
    return path.stat().st_size


def _target(root: Path, folder: Path, target: str) -> str:
    """Where a link leads in the copy."""
    real = Path(os.path.realpath(target))
    within = os.path.isabs(target) and real.is_relative_to(root)  # noqa: PTH117
    return str(folder / real.relative_to(root)) if within else target
