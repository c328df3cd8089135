"""What the directory of NADs without spec.config holds, node by node, as Multus reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrator.inventory.nodes import nodes_of
from migrator.model.inputs import Document
from migrator.model.inventory import Install, Inventory, Neighbour
from migrator.multus.defaults import CONF_DIR
from migrator.multus.nad import ConfDir
from migrator.trees import pods


def main_install(inventory: Inventory) -> Install | None:
    """The install whose rules hold for workloads: the first one. None where the inputs have none.

    Several installs of one cluster are those of its architectures, with one configuration.
    """
    return inventory.installs[0] if inventory.installs else None


def conf_dir_of(inventory: Inventory) -> str:
    """The host directory that is read today, the default where no install says it."""
    install = main_install(inventory)
    return (install.paths.conf_dir if install else "") or CONF_DIR


def views(inventory: Inventory) -> Mapping[str, ConfDir | None]:
    """Node -> the directory as Multus there sees it; None where its content is not known.

    Node "" stands for all nodes; one that a Node object names and nobody copied is not known. Thin Multus reads the host's directory; the daemon reads its
    container's, which may be a mount of the host's, ConfigMaps, or nothing at all (P01).
    """
    install = main_install(inventory)
    nodes = nodes_of(inventory, install)
    if install is None or install.mode == "thin":
        directory = conf_dir_of(inventory)
        return {node: _host_view(inventory, node, directory, directory) for node in nodes}
    config = install.daemon_config.data if install.daemon_config else {}
    inside = config.get("confDir")
    inside = pods.clean(inside) if isinstance(inside, str) and inside else CONF_DIR
    if install.daemon_config is None:
        return dict.fromkeys(nodes)
    source = _volume_at(install, inside)
    if source is None:
        return {node: ConfDir(path=inside, files=None) for node in nodes}
    if "hostPath" in source:
        return {node: _host_view(inventory, node, install.paths.conf_dir, inside) for node in nodes}
    files = _config_map_files(source, inventory.reading.documents, install)
    return {
        node: ConfDir(path=inside, files=files) if files is not None else None for node in nodes
    }


def _volume_at(install: Install, path: str) -> Mapping[str, Any] | None:
    pod = pods.pod_spec(install.daemonset.data)
    for container in pods.items(pod, "containers"):
        if container.get("name") == install.container:
            found = pods.mount_at(container, path)
            return pods.volume(pod, str(found[0].get("name", ""))) if found else None
    return None


def _host_view(inventory: Inventory, node: str, directory: str, path: str) -> ConfDir | None:
    """The files below a host directory; CNI files that a ConfigMap puts there count everywhere."""
    if (node, directory) not in inventory.reading.node_files.directories:
        return None
    files: dict[str, str] = {}
    for file in inventory.cni_files:
        prefix = pods.below(file.directory, directory) if file.node in (node, "") else None
        if prefix is not None:
            files[f"{prefix}/{file.name}" if prefix else file.name] = file.content
    return ConfDir(path=path, files=files)


def _config_map_files(
    source: Mapping[str, Any], documents: Sequence[Document], install: Install
) -> dict[str, str] | None:
    """The files of a configMap or projected volume; None where a ConfigMap is not in the inputs."""
    files: dict[str, str] = {}
    for wanted in _config_map_sources(source):
        name = wanted.get("name")
        found = next(
            (
                d
                for d in documents
                if d.ref.kind == "ConfigMap"
                and d.ref.name == name
                and d.ref.namespace == install.daemonset.ref.namespace
            ),
            None,
        )
        if found is None:
            return None
        data = {str(k): str(v) for k, v in (found.data.get("data") or {}).items()}
        chosen = pods.items(wanted, "items")
        names = {str(i.get("key")): str(i.get("path")) for i in chosen} or {k: k for k in data}
        files.update({path: data[key] for key, path in names.items() if key in data})
    return files


def _config_map_sources(source: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if isinstance(source.get("configMap"), Mapping):
        yield source["configMap"]
    for part in pods.items(source.get("projected") or {}, "sources"):
        if isinstance(part.get("configMap"), Mapping):
            yield part["configMap"]


def writer_of(neighbours: Sequence[Neighbour], directory: str, network: str = "") -> str:
    """The kind of the agent that writes files into ``directory`` at run time ("" if none).

    With ``network``, only an agent that writes the file of that network, where it says which.
    """
    return next((n.kind for n in _writers(neighbours, directory, network)), "")


def declared_writer(neighbours: Sequence[Neighbour], directory: str) -> str:
    """As ``writer_of``, but only agents whose own manifests or values are in the inputs: a file
    of theirs on a node may be a leftover."""
    found = _writers(neighbours, directory, "")
    return next((n.kind for n in found if n.document is not None), "")


def _writers(neighbours: Sequence[Neighbour], directory: str, network: str) -> Iterator[Neighbour]:
    for neighbour in neighbours:
        facts = neighbour.facts
        if facts.get("writes_dir", "").rstrip("/") != directory:
            continue
        written = facts.get("network") or facts.get("name") or neighbour.kind
        if not network or network == written.rpartition("/")[2]:
            yield neighbour
