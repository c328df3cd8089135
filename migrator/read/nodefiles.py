"""--node-files: what was copied from the nodes, under its absolute host path."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from migrator.model.errors import InputError
from migrator.model.inputs import CniFile, InputFile, NodeFiles, NodeLink, Problem, Source
from migrator.read.files import digest, problem, read_bytes, shown, unreadable
from migrator.tools.bounds import CNI_FILE

# A folder that holds one of these stands for the root of a host.
_TOP: Final = frozenset({"etc", "var", "opt", "run", "home", "usr"})
# What libcni takes for a network config (containernetworking/cni, libcni/api.go ConfFiles).
_CONFIG_SUFFIXES: Final = (".conf", ".conflist", ".json")
_OUTSIDE: Final = "a link to what was not copied"
_COPY: Final = "copy with links followed: cp -rL, or rsync --copy-links"
_LAYOUT: Final = "keep absolute host paths: DIR/etc/cni/net.d, or DIR/<node>/etc/cni/net.d"


class Copied(NamedTuple):
    """The node files, their digests, and what could not be read."""

    node_files: NodeFiles
    inputs: tuple[InputFile, ...]
    problems: tuple[Problem, ...]


NOTHING: Final = Copied(NodeFiles(nodes=(), directories=frozenset(), files=()), (), ())


def read_node_files(folder: Path) -> Copied:
    """``DIR/etc/...`` is one set for all nodes, ``DIR/<node>/etc/...`` one for each.

    Every folder found is a known directory, unless something in it could not be read. Raises
    InputError where the layout is neither.
    """
    directories: set[tuple[str, str]] = set()
    files: list[CniFile] = []
    links: list[NodeLink] = []
    inputs: list[InputFile] = []
    problems: list[Problem] = []
    try:
        hosts = _hosts(folder)
    except OSError as error:
        raise InputError((unreadable(folder, error),)) from None
    for node, root in hosts:
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
                    files.append(_cni_file(*place, path / name, data))
    found = NodeFiles(
        nodes=tuple(node for node, _ in hosts),
        directories=frozenset(directories),
        files=tuple(files),
        links=tuple(links),
    )
    return Copied(found, tuple(inputs), tuple(problems))


def _hosts(folder: Path) -> list[tuple[str, Path]]:
    """Each node with the folder that stands for its root; raises InputError."""
    if not folder.is_dir():
        raise InputError((problem(folder, "no such folder of node files", _LAYOUT),))
    below = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[:1] != ".")
    tops = [path for path in below if path.name in _TOP]
    nodes = [path for path in below if path not in tops and _holds_host_paths(path)]
    if tops and nodes:
        message = f"holds both host paths ({tops[0].name}) and nodes ({shown(nodes[0])})"
        raise InputError((problem(folder, message, _LAYOUT),))
    if tops:
        return [("", folder)]
    if not nodes:
        raise InputError((problem(folder, "holds no node files", _LAYOUT),))
    strays = [path for path in below if path not in nodes and any(path.iterdir())]
    if strays:
        raise InputError(tuple(problem(p, "holds no host path of a node", _LAYOUT) for p in strays))
    return [(shown(path.relative_to(folder)), path) for path in below]


def _holds_host_paths(folder: Path) -> bool:
    return any((folder / name).is_dir() for name in _TOP)


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
        problems.append(problem(path, _OUTSIDE, _COPY))
        return False
    real = os.path.realpath(path)
    return all(os.path.realpath(parent) != real for parent in path.parents)


def _link(node: str, directory: str, path: Path) -> NodeLink | None:
    """A link that is no CNI config: a plugin. Where it leads on the node is what it says; nothing
    is opened by it, since an absolute one would lead into this machine's own files."""
    if path.suffix in _CONFIG_SUFFIXES or not path.is_symlink():
        return None
    target = posixpath.join(directory, shown(path.readlink()))
    return NodeLink(
        node=node,
        directory=directory,
        name=shown(Path(path.name)),
        target=posixpath.normpath(target),
        source=Source(file=shown(path), line=1),
    )


def _content(path: Path, folder: Path) -> bytes | None:
    """The bytes of a file that can be a CNI config; None for plugin binaries, pipes, devices."""
    if path.is_symlink() and not _inside(path, folder):
        raise InputError((problem(path, _OUTSIDE, _COPY),))
    if path.exists() and not path.is_file():
        return None
    is_config, most = path.suffix in _CONFIG_SUFFIXES, CNI_FILE.value() * 1024
    if not is_config and path.stat().st_size > most:
        return None
    data = read_bytes(path)
    if len(data) <= most and b"\0" not in data:
        return data
    if not is_config:
        return None
    message = f"no CNI config: it is binary, or larger than {most // 1024} KiB"
    raise InputError((problem(path, message, "copy it again from the node, or remove it"),))


def _inside(path: Path, folder: Path) -> bool:
    """Whether what a link leads to exists and was copied too."""
    real = Path(os.path.realpath(path))
    return real.exists() and real.is_relative_to(os.path.realpath(folder))


def _cni_file(node: str, directory: str, path: Path, data: bytes) -> CniFile:
    """Bytes that are not UTF-8 become U+FFFD, as in Go's encoding/json."""
    return CniFile(
        node=node,
        directory=directory,
        name=shown(Path(path.name)),
        content=data.decode("utf-8", "replace"),
        source=Source(file=shown(path), line=1),
    )
