"""What a node runs today: the CNI config that its runtime reads, and what Multus in it delegates to.

The runtime takes the first file by name (containerd and CRI-O, libcni ConfFiles). Thin Multus holds
a copy of the primary CNI's file under ``delegates``, the shim its path as ``clusterNetwork``
(images/entrypoint.sh v3, cmd/thin_entrypoint and pkg/server/config/manager.go v4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from migrator.model.inputs import CniFile, Source
from migrator.trees.dig import string
from migrator.trees.embedded import json_map
from migrator.trees.paths import same

_READ = (".conf", ".conflist", ".json")
_DEEPEST = 8
"""Levels of Multus in Multus that are followed: v4.0.x thin may delegate to its own file."""


class Evidence(Struct, frozen=True, kw_only=True):
    """What ``path`` says of a node's primary network.

    ``network`` is its name, ``file`` the primary CNI's file ("" where no file of the directory is
    it), ``delegate`` the config that stands in ``path`` itself, {} where it only names one.
    ``multus`` names Multus's own file where the runtime reads ``path`` and not that one, and
    ``copied`` says whether that file is among those of the node.
    """

    path: str
    source: Source
    network: str
    file: str
    delegate: Mapping[str, Any]
    multus: str = ""
    copied: bool = True

    def is_copy_of(self, config: str) -> bool:
        """Whether ``delegate`` is an older copy of this config: the same network by its name, and
        the same plugins."""
        data = json_map(config)
        known = bool(self.network) and data.get("name") == self.network
        return known and plugin_types(data) == plugin_types(self.delegate) != ()


def content(file: CniFile) -> Mapping[str, Any]:
    """The file's JSON object, {} where it is none."""
    return json_map(file.content)


def is_multus_config(data: Mapping[str, Any]) -> bool:
    """Whether a CNI file calls Multus itself (00-multus.conf, 70-multus.conf, a conflist of it)."""
    return bool(multus_plugin(data))


def multus_plugin(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a CNI config that calls Multus, {} where none does."""
    plugins = data.get("plugins")
    for part in (data, *(plugins if isinstance(plugins, list) else ())):
        if isinstance(part, Mapping) and part.get("type") in ("multus", "multus-shim"):
            return part
    return {}


def of_node(files: Iterable[CniFile], conf_dir: str, directory: str, own: str) -> Evidence | None:
    """What the files of one node tell; None where they do not tell it.

    ``conf_dir`` is the runtime's directory, ``directory`` that of the primary CNI. ``own`` names the
    config file that Multus puts into the former; "" in auto mode, where it is 00-multus.conf or
    00-multus.conflist, and counts only where the node has it. One that sorts after what the runtime
    reads is not read, whether it was copied or not.
    """
    files = tuple(files)
    there = _by_name(files, conf_dir)
    read = first_read(there)
    if not read:
        return None
    if is_multus_config(content(there[read])):
        config, path = content(there[read]), f"{conf_dir}/{read}"
        return delegation(config, files, directory, path, there[read].source)
    waiting = next((n for n in there if n == own or n.startswith("00-multus")), "")
    copied = bool(waiting)
    if copied and not is_multus_config(content(there[waiting])):
        return None
    if not copied and read < own:
        waiting = own
    if not waiting:
        return None
    found = content(there[read])
    return Evidence(
        path=f"{conf_dir}/{read}",
        source=there[read].source,
        network=string(found, "name"),
        file=read if conf_dir == directory else _match(found, _candidates(files, directory)),
        delegate=found,
        multus=f"{conf_dir}/{waiting}",
        copied=copied,
    )


def first_read(view: Mapping[str, CniFile]) -> str:
    """The file of its directory that the runtime takes, "" where there is none."""
    return next((n for n in sorted(view) if n.endswith(_READ) and content(view[n])), "")


def delegation(
    config: Mapping[str, Any],
    files: Iterable[CniFile],
    directory: str,
    path: str,
    source: Source,
) -> Evidence | None:
    """What a config of Multus delegates the pod network to; None where it names no file and holds
    no delegate: clusterNetwork may be a NAD."""
    candidates = _candidates(files, directory)
    for _ in range(_DEEPEST):
        own = {key.lower(): value for key, value in (multus_plugin(config) or config).items()}
        cluster, listed = own.get("clusternetwork"), own.get("delegates")
        if isinstance(cluster, str) and cluster:
            file = _named(cluster, candidates)
            name = string(content(candidates[file]), "name") if file else cluster
            known = Evidence(path=path, source=source, network=name, file=file, delegate={})
            return known if file or "/" in cluster else None
        first = listed[0] if isinstance(listed, list) and listed else None
        if not isinstance(first, Mapping):
            return None
        if not multus_plugin(first):
            file = _match(first, candidates)
            name = string(first, "name")
            return Evidence(path=path, source=source, network=name, file=file, delegate=first)
        config = first
    return None


def _by_name(files: Iterable[CniFile], directory: str) -> Mapping[str, CniFile]:
    found = {f.name: f for f in files if f.directory == directory and f.name.endswith(_READ)}
    return dict(sorted(found.items()))


def _candidates(files: Iterable[CniFile], directory: str) -> Mapping[str, CniFile]:
    """The files that can be the primary CNI's, by name."""
    found = _by_name(files, directory)
    return {name: file for name, file in found.items() if not is_multus_config(content(file))}


def _named(cluster: str, candidates: Mapping[str, CniFile]) -> str:
    """The file of a clusterNetwork: its path (the container's), or the name inside."""
    if "/" in cluster:
        name = cluster.rpartition("/")[2]
        return name if name in candidates else ""
    inside = (name for name, file in candidates.items() if content(file).get("name") == cluster)
    return next(inside, "")


def _match(delegate: Mapping[str, Any], candidates: Mapping[str, CniFile]) -> str:
    """The file that a delegate is: the same content, else the same name, and where several have it
    the same plugins; else, under another name, the only one with the same plugins."""
    known = {name: content(file) for name, file in candidates.items()}
    equal = [name for name, data in known.items() if data and same(data, delegate)]
    if equal:
        return equal[0]
    types = plugin_types(delegate)
    title = delegate.get("name")
    titled = [name for name, data in known.items() if title and data.get("name") == title]
    alike = [name for name, data in known.items() if types and plugin_types(data) == types]
    both = [name for name in titled if name in alike]
    if titled:
        return (both or titled)[0]
    return alike[0] if len(alike) == 1 else ""


def plugin_types(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The plugins that a config calls, in their order."""
    plugins = data.get("plugins")
    parts = plugins if isinstance(plugins, list) and plugins else [data]
    return tuple(
        part["type"]
        for part in parts
        if isinstance(part, Mapping) and isinstance(part.get("type"), str)
    )
