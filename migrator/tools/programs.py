"""Where other programs are looked for."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path


def found(name: str, search: str | None = None) -> Iterator[str]:
    """Each program of that name, as an absolute path: those on PATH, then that among the scripts of this
    environment of Python, which need not be active, and that beside its interpreter. With ``search``, folders
    joined as in PATH, only theirs. A path is not resolved: a shim knows itself by its name.
    """
    folders = search.split(os.pathsep) if search is not None else [*_path(), *_scripts()]
    known: set[str] = set()
    for folder in filter(None, folders):
        program = shutil.which(name, path=folder)
        if program and (path := str(Path(program).absolute())) not in known:
            known.add(path)
            yield path


def _path() -> list[str]:
    return os.environ.get("PATH", os.defpath).split(os.pathsep)


def _scripts() -> tuple[str, str]:
    return _of_environment(), str(Path(sys.executable).parent)


@cache
def _of_environment() -> str:
    """The same for as long as Python runs; to tell it takes longer than to look there."""
    return sysconfig.get_path("scripts")
