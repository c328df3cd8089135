"""What counts of a node's files: the same rules whether they lie in a folder or in an archive."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Final, NamedTuple

from migrator.model.errors import InputError
from migrator.model.inputs import CniFile, InputFile, NodeFiles, NodeLink, Problem, Source
from migrator.read.files import problem, shown
from migrator.tools.bounds import CNI_FILE

TOP: Final = frozenset({"etc", "var", "opt", "run", "home", "usr"})
"""What holds one of these stands for the root of a host."""
_CONFIG_SUFFIXES: Final = (".conf", ".conflist", ".json")
"""What libcni takes for a network config (containernetworking/cni, libcni/api.go ConfFiles)."""
OUTSIDE: Final = "a link to what was not copied"
COPY: Final = "copy with links followed: cp -rL, or rsync --copy-links"
LAYOUT: Final = (
    "keep absolute host paths: DIR/etc/cni/net.d, DIR/<node>/etc/cni/net.d, or in DIR/<node>.tar"
)


class Copied(NamedTuple):
    """The node files, their digests, and what could not be read."""

    node_files: NodeFiles
    inputs: tuple[InputFile, ...] = ()
    problems: tuple[Problem, ...] = ()


def nothing_of(*nodes: str) -> NodeFiles:
    """Nodes of which nothing is known."""
    return NodeFiles(nodes=nodes, directories=frozenset(), files=())


def is_config(name: str) -> bool:
    """Whether libcni takes a file of this name for a network config."""
    return Path(name).suffix in _CONFIG_SUFFIXES


def can_be_config(name: str, size: int) -> bool:
    """Whether a file of ``size`` bytes is worth reading: a plugin, which is larger, is not."""
    return is_config(name) or size <= CNI_FILE.bytes()


def wanted(path: Path, data: bytes) -> bool:
    """Whether a file's bytes are text, as those of a plugin are not.

    Errors: InputError for one that is called a config and is none.
    """
    if len(data) <= CNI_FILE.bytes() and b"\0" not in data:
        return True
    if not is_config(path.name):
        return False
    message = f"not a CNI config: it is binary, or larger than {CNI_FILE.value()} KiB"
    raise InputError((problem(path, message, "copy it again from the node, or remove it"),))


def cni_file(node: str, directory: str, path: Path, data: bytes) -> CniFile:
    """Bytes that are not UTF-8 become U+FFFD, as in Go's encoding/json."""
    return CniFile(
        node=node,
        directory=directory,
        name=shown(Path(path.name)),
        content=data.decode("utf-8", "replace"),
        source=Source(file=shown(path), line=1),
    )


def node_link(node: str, directory: str, path: Path, target: str) -> NodeLink:
    """A link at ``path`` that says ``target``, absolute or seen from its directory."""
    return NodeLink(
        node=node,
        directory=directory,
        name=shown(Path(path.name)),
        target=posixpath.normpath(posixpath.join(directory, target)),
        source=Source(file=shown(path), line=1),
    )
