"""One archive of a node's files, read member by member: nothing of it is ever put on the disk."""

from __future__ import annotations

import gzip
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, cast

from msgspec import Struct, field

from migrator.model.errors import InputError
from migrator.model.inputs import CniFile, InputFile, NodeFiles, Problem
from migrator.read.files import digest, problem, read_bytes, read_limited, shown
from migrator.read.nodedata import (
    LAYOUT,
    TOP,
    Copied,
    can_be_config,
    cni_file,
    nothing_of,
    wanted,
)
from migrator.read.nodenotes import NOTES, with_links, with_notes
from migrator.tools.bounds import NODE_ARCHIVE, NODE_MEMBERS

_AGAIN: Final = "read the node again, or give its files as a folder"
_NAME: Final = 4096
"""Linux has no longer paths (PATH_MAX)."""
_END: Final = 1024
"""An archive ends with two blocks of zeros; without them it may have been cut off anywhere."""
_BROKEN: Final = (
    *(tarfile.TarError, EOFError, zlib.error, OSError, ValueError, OverflowError, RecursionError),
)
"""What tarfile and gzip raise for bytes that are no archive."""


class _Members(Struct):
    """What an archive holds, by the path below the root of the host."""

    directories: set[str] = field(default_factory=set)
    files: dict[str, bytes | None] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


def read_archive(node: str, path: Path) -> Copied:
    """The files of a node from ``path``, a tar archive, packed with gzip if it is called so.

    Errors stand among the problems; of a node whose archive has one as a whole, nothing is known.
    """
    inputs: tuple[InputFile, ...] = ()
    try:
        data = read_bytes(path, NODE_ARCHIVE)
        inputs = (digest(shown(path), data),)
        return _copied(node, path, _members(path, _unpacked(path, data)), inputs)
    except InputError as error:
        return Copied(nothing_of(node), inputs, error.problems)


def _refused(path: Path, message: str) -> InputError:
    return InputError((problem(path, message, _AGAIN),))


def _unpacked(path: Path, data: bytes) -> bytes:
    """Errors: InputError for what is no gzip, or larger than the bound."""
    if path.suffix != ".gz":
        return data
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as packed:
            return read_limited(cast("BinaryIO", packed), path, NODE_ARCHIVE)
    except _BROKEN:
        raise _refused(path, "is not a whole gzip file") from None


def _members(path: Path, data: bytes) -> _Members:
    """Errors: InputError for an archive that is broken, or holds what no node's archive holds."""
    found, most = _Members(), NODE_MEMBERS.value()
    try:
        with tarfile.open(
            fileobj=BytesIO(data), mode="r|", encoding="utf-8", errors="surrogateescape"
        ) as archive:
            for count, member in enumerate(archive, 1):
                if count > most:
                    hint = f"{NODE_MEMBERS.instead}; {NODE_MEMBERS.more}"
                    raise InputError((problem(path, f"more than {most:,} members", hint),))
                _add(found, path, member, archive)
            end = data[archive.offset :]
    except _BROKEN:
        raise _refused(path, "is not a whole tar archive") from None
    if len(end) < _END or end.strip(b"\0"):
        raise _refused(path, "is not a whole tar archive: it is cut off, or goes on after its end")
    _refuse_paths_through(path, found)
    return found


def _add(found: _Members, path: Path, member: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
    name = _name(path, member.name)
    if not name:
        return
    if member.isdir():
        found.directories.add(name)
        return
    if name in found.files or name in found.links:
        raise _refused(path, f"holds {shown(Path(name))} twice")
    if member.issym():
        found.links[name] = member.linkname
    elif member.isreg() and not member.issparse():
        file = archive.extractfile(member) if can_be_config(name, member.size) else None
        found.files[name] = file.read() if file else None
    else:
        raise _refused(
            path, f"holds {shown(Path(name))}, which is not a file, folder or symbolic link"
        )


def _name(path: Path, name: str) -> str:
    """The path below the root, "" for the root itself. Errors: InputError where it leads out."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise _refused(path, f"holds a member that leads out of it: {shown(Path(name[:100]))}")
    if len(name) > _NAME:
        raise _refused(path, f"holds a name of more than {_NAME} characters")
    clean = posixpath.normpath(name)
    return "" if clean == "." else clean


def _parents(name: str) -> Iterator[str]:
    while name := posixpath.dirname(name):
        yield name


def _refuse_paths_through(path: Path, found: _Members) -> None:
    """Whatever lies in something has to lie in a directory; what others lie in is one.

    Errors: InputError where it is a link or a file.
    """
    leaves = found.files.keys() | found.links.keys()
    above = {up for name in (*leaves, *found.directories) for up in _parents(name)}
    wrong = min(leaves & (above | found.directories), default="")
    if wrong:
        raise _refused(path, f"holds {shown(Path(wrong))} as a folder and as something else")
    found.directories |= above
    tops = {name.partition("/")[0] for name in found.directories}
    if tops and not tops & TOP:
        raise InputError((problem(path, "holds no host path of a node", LAYOUT),))


def _copied(node: str, path: Path, found: _Members, inputs: tuple[InputFile, ...]) -> Copied:
    directories = {(node, f"/{shown(Path(name))}") for name in found.directories}
    files: list[CniFile] = []
    problems: list[Problem] = []
    for name in sorted(found.files, key=lambda name: (posixpath.dirname(name).split("/"), name)):
        data, above = found.files[name], posixpath.dirname(name)
        if data is None or not above:
            continue
        directory = f"/{shown(Path(above))}"
        try:
            if wanted(path / name, data):
                files.append(cni_file(node, directory, path / name, data))
        except InputError as error:
            problems += error.problems
            directories.discard((node, directory))
    known = NodeFiles(nodes=(node,), directories=frozenset(directories), files=tuple(files))
    copied = with_links(
        Copied(known, inputs, tuple(problems)),
        path,
        {f"/{name}": target for name, target in found.links.items() if "/" in name},
    )
    notes = ((path / name, found.files.get(name)) for name in NOTES)
    return with_notes(copied, path, {name: data for name, data in notes if data is not None})
