"""Which plugin binaries CNI configs call, and who installs them where the inputs say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrator.inventory.agents import cni_dirs, images
from migrator.inventory.cni_types import KINDS
from migrator.inventory.templates import pod_templates
from migrator.model.inputs import Source
from migrator.model.inventory import Inventory
from migrator.model.plan import Called
from migrator.trees.dig import mapping, string
from migrator.trees.embedded import json_map

_FLANNEL_DELEGATE = "bridge"
"""What flannel calls where its delegate names no type, with host-local (flannel-io/cni-plugin)."""
_REFERENCE = frozenset(
    [
        "bandwidth",
        "bridge",
        "dhcp",
        "dummy",
        "firewall",
        "host-device",
        "host-local",
        "ipvlan",
        "loopback",
        "macvlan",
        "portmap",
        "ptp",
        "sbr",
        "static",
        "tap",
        "tuning",
        "vlan",
        "vrf",
    ]
)
"""containernetworking/plugins v1.6."""
_COLLECTIONS = ("cni-plugins", "containernetworking-plugins", "cni-default-plugins")
"""Images that copy the reference plugins to the node."""


def called_plugins(networks: Iterable[tuple[str, str]], inventory: Inventory) -> tuple[Called, ...]:
    """``networks`` are (name, CNI config); by name of the plugin."""
    users: dict[str, dict[str, None]] = {}
    calls: dict[str, tuple[str, ...]] = {}
    for name, config in networks:  # a NAD, and each workload that gets it
        if config not in calls:
            calls[config] = tuple(called_by(json_map(config)))
        for plugin in calls[config]:
            users.setdefault(plugin, {})[name] = None
    return tuple(
        Called(
            plugin=plugin,
            networks=tuple(users[plugin]),
            installers=tuple(dict.fromkeys(_installers(plugin, inventory))),
        )
        for plugin in sorted(users)
    )


def called_by(config: Mapping[str, Any]) -> Iterator[str]:
    """The types of the plugins that a CNI config calls, in order, each with what it calls."""
    plugins = config.get("plugins")
    for plugin in plugins if isinstance(plugins, list) else [config]:
        kind = string(plugin, "type")
        if not kind:
            continue
        yield kind
        ipam = string(plugin, "ipam", "type")
        if ipam:
            yield ipam
        if kind == "flannel":
            delegate = mapping(plugin, "delegate")
            yield string(delegate, "type") or _FLANNEL_DELEGATE
            yield string(delegate, "ipam", "type") or "host-local"


def _installers(plugin: str, inventory: Inventory) -> Iterator[tuple[str, Source]]:
    kind = KINDS.get(plugin, "calico" if plugin == "calico-ipam" else "")
    for neighbour in inventory.neighbours:
        document = neighbour.document
        if document is not None and neighbour.kind == kind and neighbour.facts.get("bin_dir"):
            yield str(document.ref), neighbour.source
    if plugin not in _REFERENCE:
        return
    for document in inventory.reading.documents:
        if document.ref.kind != "DaemonSet":
            continue
        for template in pod_templates(document):
            if images(template) & set(_COLLECTIONS) and cni_dirs(template).get("bin_dir"):
                yield str(document.ref), document.source
