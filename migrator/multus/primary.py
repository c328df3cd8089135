"""The primary CNI: which file of the nodes' CNI directory Multus delegates the pod network to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct, field

from migrator.model.inputs import CniFile
from migrator.multus.live import Evidence, content, is_multus_config

__all__ = ["content", "is_multus_config"]


class Primary(Struct, frozen=True, kw_only=True):
    """What the node files say. ``file`` is "" where it is not known or differs between nodes.

    ``by_node`` holds each node's choice ("" where the directory holds none), and ``candidates``
    every file that auto mode could pick, in its order, over all nodes. ``evidence`` has what a
    node's own configuration says, for the nodes where one was copied.
    """

    file: str
    cni_version: str
    name: str
    by_node: Mapping[str, str]
    candidates: tuple[str, ...]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


def find_primary(
    files: Sequence[CniFile],
    directory: str,
    pinned: str = "",
    evidence: Mapping[str, Evidence] = MappingProxyType({}),
    nodes: Iterable[str] = (),
) -> Primary:
    """The primary CNI of the nodes whose ``directory`` was copied (``nodes``, and those that have
    a file there).

    What a node's own configuration says outranks the file that is ``pinned``, and that the first
    by name (ruling 12).
    """
    views = by_node(files, directory, nodes)
    chosen = {node: _chosen(view, pinned, evidence.get(node)) for node, view in views.items()}
    known = [views[node][name] for node, name in chosen.items() if name in views[node]]
    names = set(chosen.values())
    versions = {_version(file) for file in known}
    titles = {str(content(file).get("name", "")) for file in known}
    candidates = {name for view in views.values() for name in auto_mode(view)}
    return Primary(
        file=names.pop() if len(names) == 1 else "",
        cni_version=versions.pop() if len(versions) == 1 else "",
        name=titles.pop() if len(titles) == 1 else "",
        by_node=chosen,
        candidates=tuple(sorted(candidates)),
        evidence=evidence,
    )


def by_node(
    files: Sequence[CniFile], directory: str, nodes: Iterable[str] = ()
) -> Mapping[str, Mapping[str, CniFile]]:
    """Node -> the files of ``directory`` by name; "" stands for all nodes where none is named, and
    what is said of all of them counts on each."""
    own: dict[str, dict[str, CniFile]] = {node: {} for node in sorted(nodes)}
    for file in sorted(files, key=lambda f: (f.node, f.name)):
        if file.directory == directory:
            own.setdefault(file.node, {})[file.name] = file
    everywhere = own.get("", {})
    named = {node: view for node, view in own.items() if node}
    return {node: {**everywhere, **view} for node, view in named.items()} or own


def auto_mode(view: Mapping[str, CniFile]) -> list[str]:
    """What auto mode takes from, in its order: each .conf or .conflist that does not begin with
    00-multus (images/entrypoint.sh v3; findMasterPlugin, pkg/server/config/generator.go v4).
    Multus's own other files are left out, since nobody means Multus to delegate to itself (P03)."""
    return [
        name
        for name in sorted(view)
        if name.endswith((".conf", ".conflist"))
        and not name.startswith("00-multus")
        and not is_multus_config(content(view[name]))
    ]


def _chosen(view: Mapping[str, CniFile], pinned: str, evidence: Evidence | None) -> str:
    if evidence is not None:
        return evidence.file
    if pinned:
        return pinned if pinned in view else ""
    return next(iter(auto_mode(view)), "")


def _version(file: CniFile) -> str:
    version = content(file).get("cniVersion")
    return version if isinstance(version, str) else ""


def cni_version(version: str) -> tuple[int, ...]:
    """A comparable CNI version; (-1,) where it is none."""
    parts = version.split(".")
    usual = all(p.isdecimal() and len(p) < 10 for p in parts)
    return tuple(map(int, parts)) if usual else (-1,)
