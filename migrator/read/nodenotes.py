"""What the node's side wrote down of a node, beside its files: links, and what it left out.

``links.json`` is ``[{"path": "/opt/cni/bin/bridge", "target": "../lib/bridge"}]`` and
``left-out.json`` is ``[{"path": "/etc/cni/net.d/multus.kubeconfig", "why": "name"}]``; paths are
absolute host paths. templates/live/read-node.sh writes both.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from migrator.model.errors import InputError
from migrator.model.inputs import CniFile, NodeLink, Problem
from migrator.read.files import problem, shown
from migrator.read.nodedata import COPY, OUTSIDE, Copied, is_config, node_link
from migrator.tools.bounds import CNI_FILE

T = TypeVar("T")

LINKS: Final = "links.json"
LEFT_OUT: Final = "left-out.json"
NOTES: Final = (LINKS, LEFT_OUT)
_AGAIN: Final = "read the node again"
_HOPS: Final = 8
"""Links that lead to links; whoever needs more has a circle."""


class Why(Enum):
    """Why the node's side left something out; ``said`` is why its directory is not known then."""

    NAME = "name"
    CONTENT = "content"
    BINARY = "binary"
    SIZE = "size"
    COUNT = "count"
    DEPTH = "depth"
    ODD = "odd"
    UNREADABLE = "unreadable"
    CLOSED = "closed"
    KIND = "kind"
    LINK = "link"
    ABSENT = "absent"

    @property
    def said(self) -> str:
        return _SAID[self]


_SAID: Final[Mapping[Why, str]] = {
    Why.NAME: "its name is that of a kubeconfig, a token or a key",
    Why.CONTENT: "it seems to hold a secret",
    Why.BINARY: "it is binary",
    Why.SIZE: "it is too large, or the archive would be",
    Why.COUNT: "there are too many files",
    Why.DEPTH: "it lies too deep",
    Why.ODD: "its name has characters that are not printable ASCII, or is too long",
    Why.UNREADABLE: "it cannot be read",
    Why.CLOSED: "the directory cannot be read",
    Why.KIND: "it is not a regular file",
    Why.LINK: "it is a link to what cannot be read",
    Why.ABSENT: "it is not there",
}
_WHOLE: Final = frozenset({Why.COUNT, Why.DEPTH, Why.CLOSED})
"""What is said of a directory: its content is not known."""
_HARMLESS: Final = frozenset({Why.KIND, Why.LINK, Why.ABSENT})
"""What no runtime reads, and a directory of which nothing is known anyway."""


class _Link(Struct, frozen=True):
    path: str
    target: str


class _Left(Struct, frozen=True):
    path: str
    why: Why


def with_notes(copied: Copied, root: Path, notes: Mapping[Path, bytes]) -> Copied:
    """The files of one node with what ``notes`` say of it, and of the links among them.

    ``root`` is what paths are shown below; ``notes`` are `NOTES` by their paths. Errors stand among
    the problems.
    """
    links, broken = _noted(root / LINKS, notes, list[_Link])
    left, also = _noted(root / LEFT_OUT, notes, list[_Left])
    copied = copied._replace(problems=(*copied.problems, *broken, *also))
    copied = with_links(copied, root, {link.path: link.target for link in links})
    for item in left:
        copied = _without(copied, root, item)
    return copied


def _noted(
    path: Path, notes: Mapping[Path, bytes], form: type[list[T]]
) -> tuple[list[T], tuple[Problem, ...]]:
    """What one of the notes says, nothing where there is none or it cannot be read."""
    try:
        return (_parsed(path, notes[path], form) if path in notes else []), ()
    except InputError as error:
        return [], error.problems


def _parsed(path: Path, data: bytes, form: type[list[T]]) -> list[T]:
    """Errors: InputError for what is not of that form, or names no host path."""
    hint = f"{_AGAIN}, or remove the file"
    if len(data) > CNI_FILE.bytes():
        raise InputError((problem(path, f"larger than {CNI_FILE.value()} KiB", hint),))
    try:
        found = msgspec.json.decode(data, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise InputError((problem(path, f"is not the {path.name} of a node", hint),)) from None
    for item in found:
        if not _is_host_path(getattr(item, "path", "")):
            raise InputError((problem(path, "names a path that is none of a node", hint),))
    return found


def _is_host_path(path: str) -> bool:
    return path[:1] == "/" and path[1:2] not in ("", "/") and posixpath.normpath(path) == path


def with_links(copied: Copied, root: Path, links: Mapping[str, str]) -> Copied:
    """The files of one node with its links, by absolute host path. None is followed on the disk: a
    file that a link leads to is one if it was copied, too. One that is called a config and leads
    elsewhere makes its directory unknown."""
    if not links:
        return copied
    found = copied.node_files
    (node,) = found.nodes
    contents = {posixpath.join(file.directory, file.name): file for file in found.files}
    known = {posixpath.join(link.directory, link.name) for link in found.links} | contents.keys()
    directories = {path for _, path in found.directories}
    new_links: list[NodeLink] = []
    new_files: list[CniFile] = []
    dead: list[Path] = []
    for path in sorted(links, key=_order):
        shown_path = shown(Path(path))
        if shown_path in known:  # it was copied as what it is
            continue
        place = root / path.lstrip("/")
        directory = posixpath.dirname(shown_path)
        link = node_link(node, directory, place, shown(Path(links[path])))
        target = _end(link.target, links)
        if not is_config(path):
            new_links.append(link)
        elif target not in contents and target not in directories:
            dead.append(place)
        if target in contents:
            new_files.append(_copy_of(contents[target], link))
    unknown = {(node, f"/{shown(place.parent.relative_to(root))}") for place in dead}
    return Copied(
        replace(
            found,
            directories=found.directories - unknown,
            files=tuple(sorted((*found.files, *new_files), key=_place_of)),
            links=tuple(sorted((*found.links, *new_links), key=_place_of)),
        ),
        copied.inputs,
        (*copied.problems, *(problem(place, OUTSIDE, COPY) for place in dead)),
    )


def _end(target: str, links: Mapping[str, str]) -> str:
    """Where a link leads in the end, through links to files."""
    for _ in range(_HOPS):
        if target not in links:
            break
        target = posixpath.normpath(posixpath.join(posixpath.dirname(target), links[target]))
    return target


def _copy_of(file: CniFile, link: NodeLink) -> CniFile:
    return replace(file, directory=link.directory, name=link.name, source=link.source)


def _without(copied: Copied, root: Path, left: _Left) -> Copied:
    """Says what was left out where it decides: a config, or a whole directory."""
    found = copied.node_files
    (node,) = found.nodes
    gone = {(node, left.path)} if left.why in _WHOLE else set()
    if is_config(left.path) and left.why not in _HARMLESS:
        gone.add((node, posixpath.dirname(left.path)))
    if not gone:
        return copied
    place = root / left.path.lstrip("/")
    told = problem(place, f"left out on the node: {left.why.said}", _COPY_BY_HAND)
    return Copied(
        replace(found, directories=found.directories - gone),
        copied.inputs,
        (*copied.problems, told),
    )


_COPY_BY_HAND: Final = (
    "unpack the archive into a folder of the node's name, add the file without its secrets, and remove "
    f"it from {LEFT_OUT}; or --keep-going"
)


def _place_of(item: CniFile | NodeLink) -> tuple[tuple[str, ...], str]:
    return _order(item.directory), item.name


def _order(path: str) -> tuple[str, ...]:
    """As a walk goes: a folder, then those below it."""
    return tuple(path.split("/"))
