"""The primary CNI: which file of the nodes' CNI directory Multus delegates the pod network to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from migrator.model.inputs import CniFile
from migrator.trees.embedded import json_map


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary:
    """What the node files say. ``file`` is "" where it is not known or differs between nodes.

    ``by_node`` holds each node's choice ("" where the directory holds no candidate), and
    ``candidates`` every file that auto mode could pick, in its order, over all nodes.
    """

    file: str
    cni_version: str
    name: str
    by_node: Mapping[str, str]
    candidates: tuple[str, ...]


def content(file: CniFile) -> Mapping[str, Any]:
    """The file's JSON object, {} where it is none."""
    return json_map(file.content)


def is_multus_config(data: Mapping[str, Any]) -> bool:
    """Whether a CNI file calls Multus itself (00-multus.conf, 70-multus.conf, a conflist of it)."""
    plugins = data.get("plugins")
    types = [data.get("type")]
    if isinstance(plugins, list):
        types += [p.get("type") for p in plugins if isinstance(p, Mapping)]
    return any(t in ("multus", "multus-shim") for t in types)


def find_primary(files: Sequence[CniFile], directory: str, pinned: str = "") -> Primary:
    """The primary CNI of the nodes whose ``directory`` was copied.

    Auto mode takes the first .conf or .conflist by name that does not begin with 00-multus
    (images/entrypoint.sh v3; findMasterPlugin, pkg/server/config/generator.go v4); Multus's own
    other files are left out, since nobody means Multus to delegate to itself (P03).
    """
    by_node: dict[str, CniFile | None] = {}
    candidates: set[str] = set()
    for file in sorted(files, key=lambda f: (f.node, f.name)):
        if file.directory != directory:
            continue
        by_node.setdefault(file.node, None)
        usable = file.name.endswith((".conf", ".conflist")) and not file.name.startswith(
            "00-multus"
        )
        if file.name == pinned:
            by_node[file.node] = file
        if not usable or is_multus_config(content(file)):
            continue
        candidates.add(file.name)
        if by_node[file.node] is None and not pinned:
            by_node[file.node] = file
    chosen = [file for file in by_node.values() if file is not None]
    names = {file.name if file else "" for file in by_node.values()}
    versions = {_version(file) for file in chosen}
    titles = {str(content(file).get("name", "")) for file in chosen}
    return Primary(
        file=names.pop() if len(names) == 1 else "",
        cni_version=versions.pop() if len(versions) == 1 else "",
        name=titles.pop() if len(titles) == 1 else "",
        by_node={node: file.name if file else "" for node, file in by_node.items()},
        candidates=tuple(sorted(candidates)),
    )


def _version(file: CniFile) -> str:
    version = content(file).get("cniVersion")
    return version if isinstance(version, str) else ""


def cni_version(version: str) -> tuple[int, ...]:
    """A comparable CNI version; (-1,) where it is none."""
    parts = version.split(".")
    usual = all(p.isdecimal() and len(p) < 10 for p in parts)
    return tuple(map(int, parts)) if usual else (-1,)
