"""Where the objects of a plan stand in the user's own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from migrator.model.errors import InputError
from migrator.model.inputs import ObjectRef, Source
from migrator.read.chunks import numbered
from migrator.read.documents import documents_of
from migrator.read.files import read_manifest, shown
from migrator.read.streams import decode, parse_text
from migrator.read.tree import LineTree, Parsed

Within = tuple["str | int", ...]


class Place(Struct, frozen=True, kw_only=True):
    """One object as a file has it: the number of its document, as YAML counts, and where it stands
    in that, () but for the items of a List."""

    document: int
    within: Within
    ref: ObjectRef
    source: Source
    data: Mapping[str, Any]


class UserFile(Struct, frozen=True, kw_only=True):
    """A file of the user: its bytes, its documents by number, the lines of each, and the objects in
    them. A document that cannot be read is left out."""

    path: Path
    data: bytes
    trees: Mapping[int, Any]
    lines: Mapping[int, LineTree]
    places: tuple[Place, ...]


class Carried(NamedTuple):
    """How a release carries the changes of what its chart makes: the release object as it shall be, or
    the one document of a ``file`` of values."""

    tree: Any
    file: Path | None = None


def user_file(path: Path) -> UserFile:
    """Errors: InputError where it cannot be read, or is too large."""
    data = read_manifest(path)
    name = shown(path)
    trees: dict[int, Any] = {}
    lines_of: dict[int, LineTree] = {}
    places: list[Place] = []
    for number, each in parsed_documents(data, name):
        trees[number], lines_of[number] = each.value, each.lines
        places += (
            Place(
                document=number,
                within=within,
                ref=found.ref,
                source=found.source,
                data=found.data,
            )
            for within, value, lines in _objects(each.value, each.lines, ())
            for found in documents_of(value, lines, file=name, form="standalone", text="")
        )
    return UserFile(path=path, data=data, trees=trees, lines=lines_of, places=tuple(places))


def parsed_documents(data: bytes, name: str) -> Iterator[tuple[int, Parsed]]:
    """The documents of a file by number, without those that cannot be read."""
    number = 0
    for chunk in numbered(data):
        try:
            text = decode(chunk.data, file=name, line=chunk.line, offset=chunk.offset)
            parsed, _ = parse_text(text, file=name, line=chunk.line)
        except InputError:
            number += 1
            continue
        for each in parsed:
            yield number, each
            number += 1
        number += not parsed


def _objects(value: Any, lines: Any, within: Within) -> Iterator[tuple[Within, Any, Any]]:
    """The objects of a document, those of a List one by one."""
    items = value.get("items") if isinstance(value, dict) else None
    if not (isinstance(items, list) and str(value.get("kind", "")).endswith("List")):
        yield within, value, lines
        return
    for index, item in enumerate(items):
        below = (lines.child("items") or lines).child(index) or lines
        yield from _objects(item, below, (*within, "items", index))
