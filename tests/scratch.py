"""Where a run in several processes keeps the files of its tests: in memory, where there is room.

The tests make 100,000 files, and each costs a file system with a journal seven times the work. A run
in one process keeps them where pytest does, for who looks at what failed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import pytest

_MEMORY: Final = Path("/dev/shm")
_ROOM: Final = 3 * 2**30
"""Bytes; 350 MB are left at the end. A container often has 64 MiB, and may run nothing that lies there."""


def take(config: pytest.Config) -> None:
    """A folder for this run and its processes, until it ends."""
    first = not hasattr(config, "workerinput") and getattr(config.option, "numprocesses", None)
    if not first or config.option.basetemp or not _fits():
        return
    folder = tempfile.mkdtemp(dir=_MEMORY, prefix="mm-tests-")
    os.environ["TMPDIR"] = folder
    tempfile.tempdir = None  # it is asked for once, and kept
    config.option.basetemp = f"{folder}/p"  # short: the path of a socket has 108 bytes
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def _fits() -> bool:
    try:
        about = os.statvfs(_MEMORY)
    except (OSError, AttributeError):
        return False
    return about.f_bavail * about.f_frsize > _ROOM and not about.f_flag & os.ST_NOEXEC
