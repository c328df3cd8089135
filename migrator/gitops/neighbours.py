"""How the files beside one are written, where the file itself does not tell: a linter of the repository
asks for the same in all of them. Layout alone: nothing that is read depends on it."""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from migrator.model.errors import InputError
from migrator.read.files import SUFFIXES, read_bytes, repository_of
from migrator.trees.laid_out import LISTS

_LIST: Final = re.compile(r"^( *)[^\s#-][^\n]*:[ ]*(?:#[^\n]*)?\n( *)- ", re.MULTILINE)
_START: Final = re.compile(r"\s*(?:#[^\n]*\n\s*)*---(?:\s|$)")
_COMMENTS: Final = re.compile(r"(?:#[^\n]*\n)*")
_MOST: Final = 50
"""Files that are looked at."""


def lists_beside(path: Path) -> int:
    """How far most lists of the nearest files with lists stand to the right of their key: those of the
    folder, else of one above, up to the root of the repository; as a linter wants it where none tells."""
    folder = Path(os.path.realpath(path.parent))
    root = repository_of(folder) or folder
    for place in (folder, *folder.parents):
        found: Counter[int] = Counter()
        for text in islice(_texts(place), _MOST):
            found.update(len(inner) - len(outer) for outer, inner in _LIST.findall(text))
        if found:
            return max(min(found, key=lambda offset: (-found[offset], offset)), 0)
        if place == root:
            break
    return LISTS


def _texts(folder: Path) -> Iterator[str]:
    """The manifests of a folder and of those in it."""
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        if path.suffix in SUFFIXES and path.is_file():
            with contextlib.suppress(InputError, UnicodeDecodeError):
                yield read_bytes(path).decode("utf-8")


def begun_as(text: str, beside: bytes) -> str:
    """A new file of one document, which begins with ``---`` where a file beside it does."""
    if not _START.match(beside.decode("utf-8", "replace")):
        return text
    end = _COMMENTS.match(text)
    at = end.end() if end else 0
    return f"{text[:at]}---\n{text[at:]}"
