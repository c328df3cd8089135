"""A folder that ``collect`` wrote: what it says of itself, and which of its files are read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from migrator.model.errors import InputError
from migrator.model.inputs import NotRead, Problem, Snapshot, Source, WhyNotRead
from migrator.read.files import SNAPSHOT, TOOL, is_snapshot, problem, shown, unreadable

OBJECTS: Final = "objects"
NODES: Final = "nodes"
FORMAT: Final = 1
"""Version of snapshot.json: raised where a reader of the old one would go wrong."""

_BETWEEN: Final = re.compile(rb"(?m)^---[ \t\r]*$")
_AGAIN: Final = "collect it again with this version"

_Line = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z", max_length=1000)]
_Moment = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")]


class Unread(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of ``unread``; `NotRead` says what it means."""

    resource: _Line
    namespace: _Line
    reason: WhyNotRead
    detail: _Line


class SnapshotFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """snapshot.json, its keys in this order. ``read`` is how many objects of each resource stand in
    its file, and ``absent`` what the API server does not serve; `Snapshot` says the rest."""

    tool: _Line = TOOL
    version: _Line
    snapshot: int = FORMAT
    collected: _Moment
    context: _Line
    server: _Line
    namespaces: tuple[_Line, ...]
    read: dict[_Line, int]
    absent: tuple[_Line, ...]
    unread: tuple[Unread, ...]


def snapshot_of(path: Path, data: bytes) -> tuple[Snapshot, Mapping[str, int]]:
    """What a snapshot says of itself, in ``data`` of the file at ``path``, and how many objects of each resource
    it has. Errors: InputError where it is damaged, or of another version."""
    try:
        head = msgspec.json.decode(data, type=_Head)
        if head.snapshot != FORMAT:
            message = f"a snapshot of format {head.snapshot}, not {FORMAT}"
            raise InputError((problem(path, message, _AGAIN),))
        found = msgspec.json.decode(data, type=SnapshotFile)
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"the snapshot is damaged: {_told(error)}"
        raise InputError((problem(path, message, _AGAIN),)) from None
    told = Snapshot(
        source=Source(file=shown(path), line=1),
        collected=found.collected,
        context=found.context,
        server=found.server,
        namespaces=found.namespaces,
        unread=tuple(
            NotRead(
                resource=each.resource,
                namespace=each.namespace,
                reason=each.reason,
                detail=each.detail,
            )
            for each in found.unread
        ),
    )
    return told, found.read


def snapshot_around(path: Path) -> Path | None:
    """The snapshot of which a path is the head, or the folder of its objects or nodes: none of them says
    by itself what the cluster has and what was not read of it. None for another path."""
    around = path.parent if path.name else path / ".."
    name = Path(os.path.realpath(path)).name  # Path.resolve ends at a loop of links
    is_part = name in (SNAPSHOT, OBJECTS, NODES) and is_snapshot(around)
    return around if is_part else None


def object_files(folder: Path) -> tuple[Path, ...]:
    """The files with the objects, in order. Errors: InputError where there are none."""
    where = folder / OBJECTS
    try:
        there = where.iterdir() if where.is_dir() else ()
        found = tuple(sorted(p for p in there if p.suffix == ".yaml" and p.is_file()))
    except OSError as error:
        raise InputError((unreadable(where, error),)) from None
    if not found:
        raise InputError((problem(where, "a snapshot without an object", _AGAIN),))
    return found


def refuse_lost(folder: Path, counts: Mapping[str, int], found: Mapping[str, bytes]) -> None:
    """``counts`` are the numbers of objects by resource, ``found`` the bytes of the files with the objects by
    name. Errors: InputError where a file has fewer objects than were read of its kind, or is gone."""
    lost = tuple(
        _lost(folder / OBJECTS / f"{resource}.yaml", there, count)
        for resource, count in counts.items()
        if (there := _documents(found.get(f"{resource}.yaml", b""))) < count
    )
    if lost:
        raise InputError(lost)


def _lost(path: Path, there: int, count: int) -> Problem:
    message = f"the snapshot is damaged: objects collected: {count}, found: {there}"
    return problem(path, message, "copy it whole, or collect it again")


def _documents(data: bytes) -> int:
    """How many `collect` wrote: it indents every line of a text."""
    return len(_BETWEEN.findall(data)) + 1 if data.strip() else 0


def node_files(folder: Path) -> Path | None:
    """Where read-nodes.sh put the files of the nodes, None where it was not run."""
    where = folder / NODES
    names = (path.name for path in where.iterdir()) if where.is_dir() else ()
    return where if any(not name.startswith(".") for name in names) else None


class _Head(Struct, frozen=True, kw_only=True):
    snapshot: int


def _told(error: Exception) -> str:
    """What msgspec says: the field and what is wrong, never a value."""
    return "it is nested too deep" if isinstance(error, RecursionError) else str(error)
