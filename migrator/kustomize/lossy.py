"""What kustomize cannot build as it is (seen in 5.5): refused before anything is written.

Without it the proof fails with a comparison that helps nobody, and ``--no-verify`` would give out
another value than the one that was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.model.errors import MigratorError
from migrator.model.inputs import Document
from migrator.model.plan import Planned
from migrator.trees.paths import format_path

_NO_YAML: Final = re.compile("[\x7f-\x84\x86-\x9f]")
_NEXT_LINE: Final = "\x85"


def refuse_lossy(planned: Planned) -> None:
    """Errors: MigratorError with the line of the first value of the object that a build changes, or where
    the object has no name (``generateName`` has the server give it one)."""
    document = planned.document
    if document is None:
        return
    if not document.ref.name:
        raise MigratorError(
            f"{document.ref.kind} without a name: kustomize builds no such object",
            source=document.at(("metadata",)),
            hint="give it the name that it has in the cluster, and plan again",
        )
    for path, why in _lost(document, patched=bool(planned.changes)):
        place = format_path(path) or "the object"
        raise MigratorError(
            f"{document.ref}: {place} {why}",
            source=document.at(path),
            hint="write it without that, and plan again",
        )


def _lost(document: Document, *, patched: bool) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for path, value in _leaves(document.data, ()):
        if isinstance(value, str):
            why = _text(value)
        elif patched and isinstance(value, int):
            why = _number(value)
        else:
            continue
        if why:
            yield path, why


def _text(value: str) -> str:
    found = _NO_YAML.search(value)
    if found:
        return f"holds the control character U+{ord(found[0]):04X}, which kustomize cannot build"
    if _NEXT_LINE in value:
        return "holds U+0085, which kustomize turns into a blank"
    return ""


def _number(value: int) -> str:
    """A JSON6902 patch, which each guard is, takes all numbers of the object through a float64.
    Those beyond 64 bits are read as one (read/scalars.py), and kept."""
    return "is a number with more digits than kustomize keeps" if float(value) != value else ""


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Each key and each value that holds no others, with its path."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield (*path, key), key
            yield from _leaves(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _leaves(child, (*path, index))
    else:
        yield path, value
