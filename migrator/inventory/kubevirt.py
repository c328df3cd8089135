"""KubeVirt machines: their networks stand in the spec, and virt-controller annotates the pod."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrator.inventory.templates import PodTemplate, template_at
from migrator.model.inputs import Document
from migrator.trees.dig import Node, NodePath, mapping, string
from migrator.trees.pods import items


def virtual_machines(document: Document, wanted: Iterable[Node]) -> Iterator[PodTemplate]:
    """Every machine of an object: a VirtualMachine's template, a VirtualMachineInstance, the
    template of a replica set or pool. ``wanted`` are its `wanted_maps`."""
    for path, node in wanted:
        if "spec" in node and mapping(node, "spec", "domain"):
            yield template_at(document, path)


def networks(machine: PodTemplate) -> tuple[str | None, str | None, NodePath] | None:
    """(networks, default network, path of the first) as virt-controller would annotate the pod.

    None as a whole where the machine has no Multus network. The networks are a JSON list of name and
    namespace, the machine's where ``networkName`` names none; the default network is handed on
    as it is written, so that Multus looks it up in its own namespace (kubevirt
    pkg/network/multus, pkg/network/pod/annotations). Interfaces with ``state: absent`` are
    unplugged. Interface names, which depend on KubeVirt's release, are left out.
    """
    absent = _absent_interfaces(machine.spec)
    selections: list[dict[str, str]] = []
    default: str | None = None
    first: NodePath = ()
    for index, network in enumerate(items(machine.spec, "networks")):
        name = string(network, "multus", "networkName")
        if not name or string(network, "name") in absent:
            continue
        first = first or (*machine.path, "spec", "networks", index, "multus", "networkName")
        if mapping(network, "multus").get("default") is True:
            default = name if default is None else default
        else:
            selections.append(_selection(name, machine.namespace))
    if not first:
        return None
    return (json.dumps(selections) if selections else None), default, first


def _absent_interfaces(spec: Mapping[str, Any]) -> set[str]:
    devices = mapping(spec, "domain", "devices")
    return {
        string(interface, "name")
        for interface in items(devices, "interfaces")
        if interface.get("state") == "absent"
    }


def _selection(name: str, namespace: str) -> dict[str, str]:
    before, slash, after = name.partition("/")
    if slash:
        return {"name": after, "namespace": before}
    return {"name": name, "namespace": namespace}
