"""Names of inputs that are no files, and what the user may have meant."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Final

from migrator.model.inputs import Problem
from migrator.read.files import SUFFIXES, absent, shown

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|git@[\w.-]+:")


def misnamed(name: str) -> Problem | None:
    """What is wrong with the name of an INPUT, None for one that is there, and for standard input."""
    if not name or "\0" in name:  # Path("") would be the current folder
        hint = "give a file, a folder or -; is a shell variable unset?"
        return absent("INPUT", f"{name!r} is not the name of a file", hint)
    if name == "-" or os.path.lexists(name):
        return None
    if _URL.match(name):
        return absent(
            shown(Path(name)) if "//" not in name else name,
            "a URL, and nothing is downloaded here",
            _instead(name),
        )
    return absent(shown(Path(name)), "no such file or folder", "check the path")


def _instead(url: str) -> str:
    """The command that has what a URL leads to."""
    if url.partition("?")[0].endswith(SUFFIXES):
        return f"{shlex.join(['curl', '-fsSL', url])} | multus-migrator plan -"
    if "?" in url or "//" in url.partition("://")[2]:
        return f"{shlex.join(['kustomize', 'build', url])} | multus-migrator plan -"
    return "clone or download it, and give the folder"
