"""--node-files: what was copied from the nodes, under its absolute host path."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from migrator.model.errors import InputError
from migrator.model.inputs import CniFile, InputFile, NodeFiles, NodeLink, Problem
from migrator.read.files import absent, digest, problem, read_bytes, shown, unreadable
from migrator.read.nodedata import (
    COPY,
    LAYOUT,
    OUTSIDE,
    TOP,
    Copied,
    can_be_config,
    cni_file,
    is_config,
    node_link,
    nothing_of,
    wanted,
)
from migrator.read.nodenotes import NOTES, with_notes

NOTHING: Final = Copied(nothing_of())
_ARCHIVES: Final = (".tar", ".tar.gz")


def read_node_files(folder: Path) -> Copied:
    """``DIR/etc/...`` is one set for all nodes, ``DIR/<node>/etc/...`` and ``DIR/<node>.tar`` (or
    ``.tar.gz``) are one for each.

    Every folder found is a known directory, unless something in it could not be read; of a node
    whose archive could not be read, nothing is known. Raises InputError where the layout is neither.
    """
    try:
        hosts = _hosts(folder)
    except OSError as error:
        raise InputError((unreadable(folder, error),)) from None
    copies = [_host(node, path, folder) for node, path in hosts]
    found = NodeFiles(
        nodes=tuple(node for node, _ in hosts),
        directories=frozenset().union(*(c.node_files.directories for c in copies)),
        files=tuple(file for c in copies for file in c.node_files.files),
        links=tuple(link for c in copies for link in c.node_files.links),
    )
    inputs = tuple(file for c in copies for file in c.inputs)
    return Copied(found, inputs, tuple(p for c in copies for p in c.problems))


def _host(node: str, path: Path, folder: Path) -> Copied:
    if not _is_archive(path):
        return _folder(node, path, folder)
    if not _inside(path, folder):
        return Copied(nothing_of(node), (), (problem(path, OUTSIDE, COPY),))
    from migrator.read.nodearchive import read_archive  # few runs have one

    return read_archive(node, path)


def beside(inputs: Sequence[str]) -> Path | None:
    """A folder ``nodes`` with files of nodes, in one of the inputs or beside it; None without one."""
    places = [Path(name) for name in inputs if name != "-"]
    folders = [place if place.is_dir() else place.parent for place in places]
    found = dict.fromkeys(p / "nodes" for folder in folders for p in (folder, folder.parent))
    return next((folder for folder in found if folder.is_dir() and _is_of_nodes(folder)), None)


def _is_of_nodes(folder: Path) -> bool:
    try:
        return bool(_hosts(folder))
    except (InputError, OSError):
        return False


def _hosts(folder: Path) -> list[tuple[str, Path]]:
    """Each node with the folder that stands for its root, or its archive; raises InputError."""
    if not folder.is_dir():
        raise InputError((absent(shown(folder), "no such folder of node files", LAYOUT),))
    seen = sorted(path for path in folder.iterdir() if path.name[:1] != ".")
    below = [path for path in seen if path.is_dir()]
    archives = [path for path in seen if _is_archive(path) and path not in below]
    tops = [path for path in below if path.name in TOP]
    nodes = [path for path in below if path not in tops and _holds_host_paths(path)] + archives
    if tops and nodes:
        message = f"holds both host paths ({tops[0].name}) and nodes ({shown(nodes[0])})"
        raise InputError((problem(folder, message, LAYOUT),))
    if tops:
        return [("", folder)]
    if not nodes:
        raise InputError((problem(folder, "holds no node files", LAYOUT),))
    strays = [path for path in below if path not in nodes and any(path.iterdir())]
    if strays:
        raise InputError(tuple(problem(p, "holds no host path of a node", LAYOUT) for p in strays))
    return _once_each(sorted((_node_of(path), path) for path in (*below, *archives)))


def _once_each(hosts: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Errors: InputError for a node that has a folder and an archive, or two."""
    for (node, one), (other, two) in pairwise(hosts):
        if node == other:
            message = f"is of the same node as {one.name}"
            raise InputError((problem(two, message, "keep one of them, the newer"),))
    return hosts


def _node_of(path: Path) -> str:
    ending = next((e for e in _ARCHIVES if path.name.endswith(e) and _is_archive(path)), "")
    return shown(Path(path.name.removesuffix(ending)))


def _is_archive(path: Path) -> bool:
    """A file so called that has a node's name; a folder may be called so, too."""
    return path.name.endswith(_ARCHIVES) and path.name not in _ARCHIVES and not path.is_dir()


def _holds_host_paths(folder: Path) -> bool:
    return any((folder / name).is_dir() for name in TOP)


def _folder(node: str, root: Path, folder: Path) -> Copied:
    """What lies below a host's root, links inside DIR followed."""
    directories: set[tuple[str, str]] = set()
    files: list[CniFile] = []
    links: list[NodeLink] = []
    inputs: list[InputFile] = []
    problems: list[Problem] = []
    for path, names in _directories(root, folder, problems):
        place = (node, f"/{shown(path.relative_to(root))}")
        directories.add(place)
        for name in names:
            link = _link(*place, path / name)
            links += (link,) if link else ()
            if link and not _inside(path / name, folder):
                continue
            try:
                data = _content(path / name, folder)
            except InputError as error:
                problems += error.problems
                directories.discard(place)
                continue
            if data is not None:
                inputs.append(digest(shown(path / name), data))
                files.append(cni_file(*place, path / name, data))
    found = NodeFiles(
        nodes=(node,),
        directories=frozenset(directories),
        files=tuple(files),
        links=tuple(links),
    )
    return _with_notes(Copied(found, tuple(inputs), tuple(problems)), root)


def _with_notes(copied: Copied, root: Path) -> Copied:
    """What the node's side wrote down beside the files."""
    notes: dict[Path, bytes] = {}
    problems: tuple[Problem, ...] = ()
    for path in (root / name for name in NOTES):
        if path.is_file() and not path.is_symlink():
            try:
                notes[path] = read_bytes(path)
            except InputError as error:
                problems += error.problems
    inputs = tuple(digest(shown(path), data) for path, data in notes.items())
    found = Copied(copied.node_files, copied.inputs + inputs, copied.problems + problems)
    return with_notes(found, root, notes)


def _directories(
    root: Path, folder: Path, problems: list[Problem]
) -> Iterator[tuple[Path, list[str]]]:
    """The folders below a host's root with their file names, links inside DIR followed."""
    closed: list[OSError] = []
    for where, below, names in os.walk(root, followlinks=True, onerror=closed.append):
        path = Path(where)
        below[:] = [name for name in sorted(below) if _enter(path / name, folder, problems)]
        if path != root:
            yield path, sorted(names)
    problems += (unreadable(Path(error.filename), error) for error in closed)


def _enter(path: Path, folder: Path, problems: list[Problem]) -> bool:
    """Whether to walk into a folder: not through a link to outside, nor round in a circle."""
    if not path.is_symlink():
        return True
    if not _inside(path, folder):
        problems.append(problem(path, OUTSIDE, COPY))
        return False
    real = os.path.realpath(path)
    return all(os.path.realpath(parent) != real for parent in path.parents)


def _link(node: str, directory: str, path: Path) -> NodeLink | None:
    """A link that is no CNI config: a plugin. Where it leads on the node is what it says; nothing
    is opened by it, since an absolute one would lead into this machine's own files."""
    if is_config(path.name) or not path.is_symlink():
        return None
    return node_link(node, directory, path, shown(path.readlink()))


def _content(path: Path, folder: Path) -> bytes | None:
    """The bytes of a file that can be a CNI config; None for plugin binaries, pipes, devices."""
    if path.is_symlink() and not _inside(path, folder):
        raise InputError((problem(path, OUTSIDE, COPY),))
    if path.exists() and not path.is_file():
        return None
    if not is_config(path.name) and not can_be_config(path.name, path.stat().st_size):
        return None
    data = read_bytes(path)
    return data if wanted(path, data) else None


def _inside(path: Path, folder: Path) -> bool:
    """Whether what a link leads to exists and was copied too."""
    real = Path(os.path.realpath(path))
    return real.exists() and real.is_relative_to(os.path.realpath(folder))
