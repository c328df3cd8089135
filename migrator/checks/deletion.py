"""P21, P80: plugins that get less of their configuration when a pod is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from migrator.checks.common import finding, on_nodes
from migrator.inventory.running import primary_of
from migrator.model.inputs import CniFile
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.multus import releases
from migrator.multus.primary import content
from migrator.trees.dig import mapping, string
from migrator.trees.wording import listed

RULE = Rule(
    id="P21",
    title="Deleted pods leak IP addresses",
    why="when a pod is deleted, a primary CNI from a .conflist is handed only the "
    "fields that CNI itself defines: plugins that need their own fields do not "
    "release the address",
    reference="multus-cni#1454, 6597fa65f, PR#1521",
    since=releases.LIST_DELETED_BARE.since,
    until=releases.LIST_DELETED_BARE.until,
    handling="Reported where the primary CNI's file is known, for plugins that are known to "
    "need fields of their own when they delete.",
    severity="warning",
)
UNVERSIONED = Rule(
    id="P80",
    title="Deleted pods leak IP addresses: a NAD's list has no cniVersion",
    why="when a pod is deleted, Multus writes the missing cniVersion into the list and "
    "loses every field on the way that CNI itself does not define: plugins that "
    "need their own fields do not release the address",
    reference="pkg/multus CmdDel v3.3 to v4.3.0 (types.NetConfList is marshalled anew)",
    since=releases.LIST_DELETED_WITHOUT_VERSION.since,
    until=releases.LIST_DELETED_WITHOUT_VERSION.until,
    handling="Reported for plugins that are known to need fields of their own when they "
    "delete: it is so today, and stays so.",
    severity="warning",
)
RULES = (RULE, UNVERSIONED)

_STANDARD = frozenset({"cniVersion", "name", "type", "capabilities", "dns", "prevResult"})
"""What types.NetConf keeps, with ipam.type."""
_WITHOUT = max(r for r in releases.TARGETS if not releases.LIST_DELETED_BARE.holds(r))
_READ_ON_DELETE: Mapping[str, str] = {
    "calico": 'plugin type="calico" failed (delete): invalid configuration: no configuration has '
    "been provided, try setting KUBERNETES_MASTER environment variable",
    "kube-ovn": "server_socket is required in cni.conf",
    "host-local": "no IP ranges specified",
    "whereabouts": "",
}
"""Plugins, and plugins of ipam, whose cmdDel reads fields of their own, and what they say without:
calico (multus-cni#1454), kube-ovn (cmd/cni loadNetConf), host-local (backend/allocator/config.go
LoadIPAMConfig), whereabouts (cmd/whereabouts.go cmdDel loads its ipam). The others release by
container id, or from what they kept on the node, as flannel does."""


def findings(state: State) -> Iterable[Finding]:
    """Primary CNIs from a known .conflist; and NADs' lists without cniVersion."""
    yield from _nads(state.inventory)
    for install in state.inventory.installs:
        found = _at_risk(install, state.inventory)
        if found:
            file, fields, error = found[0]
            nodes = [f.node for f, _, _ in found if f.name == file.name]
            yield finding(
                RULE,
                document=install.daemonset,
                source=file.source,
                seen=f"{file.name} {on_nodes(nodes)}: its plugins need {listed(fields)}, which "
                "they do not get when a pod is deleted",
                error=error,
                remedy=f"plan again with --target {_WITHOUT}, which does not have this fault; "
                "otherwise watch the addresses in use on the first node for a day before you "
                "go on",
                manual=True,
            )


def _at_risk(install: Install, inventory: Inventory) -> list[tuple[CniFile, list[str], str]]:
    """Files of the primary CNI with plugins that need their own fields on DEL: the fields, and
    what the first of them says without."""
    directory = install.paths.autoconfig_dir
    primary = primary_of(install, inventory)
    found = []
    for file in inventory.cni_files:
        mine = file.directory == directory and primary.by_node.get(file.node) == file.name
        plugins = content(file).get("plugins") if mine and file.name.endswith(".conflist") else None
        read = _read_on_delete(plugins) if isinstance(plugins, list) else []
        if read:
            fields = [field for field, _ in read]
            found.append((file, fields, next((error for _, error in read if error), "")))
    return found


def _read_on_delete(plugins: Sequence[Any]) -> list[tuple[str, str]]:
    """``type.field`` and the plugin's words, of what plugins read of their own when they delete."""
    found = []
    for plugin in plugins:
        if not isinstance(plugin, Mapping):
            continue
        ipam = mapping(plugin, "ipam")
        by_plugin = _READ_ON_DELETE.get(string(plugin, "type"))
        by_ipam = _READ_ON_DELETE.get(string(ipam, "type"))
        for field in _own_fields([plugin]):
            of_ipam = field.partition(".")[2].startswith("ipam.")
            words = by_plugin if by_plugin is not None else by_ipam if of_ipam else None
            if words is not None:
                found.append((field, words))
    return found


def _nads(inventory: Inventory) -> Iterable[Finding]:
    """Multus writes the missing cniVersion into the list, and loses the rest on the way."""
    for nad in inventory.nads:
        config = mapping(nad.data)
        plugins = config.get("plugins")
        read = _read_on_delete(plugins) if isinstance(plugins, list) else []
        if read and not config.get("cniVersion") and "type" not in config:
            fields = [field for field, _ in read]
            yield finding(
                UNVERSIONED,
                document=nad.document,
                source=nad.document.at(("spec", "config")),
                seen=f"{nad.namespace}/{nad.name} is a list without cniVersion, and its plugins "
                f"need {listed(fields)} when a pod is deleted",
                error=next((error for _, error in read if error), ""),
                remedy='set "cniVersion": "0.3.1" (or the plugins\' own) in the NAD\'s config',
            )


def _own_fields(plugins: Sequence[Any]) -> list[str]:
    """``type.field`` of every setting that is a plugin's own; of ipam all but its type."""
    found = []
    for plugin in plugins:
        if not isinstance(plugin, Mapping):
            continue
        ipam = plugin.get("ipam")
        own = [k for k in plugin if k not in _STANDARD and k != "ipam"]
        own += [f"ipam.{k}" for k in (ipam if isinstance(ipam, Mapping) else {}) if k != "type"]
        found += [f"{plugin.get('type')}.{key}" for key in own]
    return found
