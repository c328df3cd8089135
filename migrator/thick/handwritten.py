"""A hand-written Multus config (70-multus.conf) -> keys of daemon-config.json.

Which key becomes what: pkg/types/conf.go LoadNetConf and pkg/types/types.go v3.1 to v4.3.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from migrator.golang.jsontext import fault_line
from migrator.model.inputs import Source
from migrator.model.inventory import HandConfig, Install
from migrator.multus import releases
from migrator.multus.primary import Primary
from migrator.thick.entry import (
    EMPTY,
    Entry,
    Translation,
    container_path,
    filled_in_later,
    warned,
)
from migrator.trees import pods
from migrator.trees.variables import has_variables

DAEMON_NAME = "multus-cni-network"
"""What the daemon names its network, and what upstream's sample config says."""

_COPIED = frozenset(
    {
        "systemNamespaces",
        "multusNamespace",
        "namespaceIsolation",
        "retryDeleteOnError",
        "logLevel",
        "logToStderr",
        "logOptions",
        "capabilities",
        "defaultNetworks",
        "cniDir",
        "auxiliaryCNIChainName",
    }
)
_SPECIAL = frozenset(
    {
        "cniVersion",
        "logFile",
        "confDir",
        "binDir",
        "globalNamespaces",
        "readinessindicatorfile",
        "clusterNetwork",
        "delegates",
        "name",
    }
)
_DROPPED = {
    "type": "with it the runtime would call the old thin binary",
    "kubeconfig": "the daemon uses its own service account; other plugins may still read the file",
    "cniConf": "no release of Multus reads it",
    "allowTryDeleteOnErr": "no release of v4 reads it",
    "runtimeConfig": "it would replace what the runtime says for each pod",
    "prevResult": "it would replace what the runtime says for each pod",
}
_PLACES = ("readinessindicatorfile", "clusterNetwork", "logFile")
"""Paths of the host that the daemon has to find in its container."""
_CANONICAL = {name.lower(): name for name in (*_COPIED, *_SPECIAL, *_DROPPED)}
"""encoding/json matches keys without regard to case; daemon-config.json holds the exact one."""


def hand_written(config: HandConfig, install: Install, primary: Primary) -> Translation:
    """The daemon-config keys that say what the hand-written config says. Pure."""
    found = of_keys(config.data, config.source, install, primary)
    flaw = (_unreadable(config),) if config.error else ()
    return replace(found, entries=(*flaw, *found.entries))


def of_keys(
    given: Mapping[str, Any], source: Source, install: Install, primary: Primary
) -> Translation:
    """The same for the keys of any config of thin Multus: one that lies on a node, for example."""
    keys: dict[str, Any] = {}
    entries: list[Entry] = []
    networks: list[tuple[str, str]] = []
    data = {_CANONICAL.get(name.lower(), name): value for name, value in given.items()}
    for name, value in data.items():
        entry = Entry(kind="config-key", name=name, outcome="kept", detail="", source=source)
        if name == "delegates" and not data.get("clusterNetwork"):
            found, extra, networks = _delegates(value, entry, install, primary)
            keys.update(extra)
            entries.extend(found)
        elif name == "defaultNetworks" and not data.get("clusterNetwork"):
            detail = "thin Multus reads it beside clusterNetwork only"
            entries.append(replace(entry, outcome="dropped", detail=detail))
        elif name == "name":
            entry, extra = _network_name(value, entry, data, primary)
            keys.update(extra)
            entries.append(entry)
        else:
            entry, extra = _key(name, value, entry, install)
            keys.update(extra)
            entries.append(entry)
    if networks:
        keys["defaultNetworks"] = list(dict(networks))
    return Translation(
        keys=keys, entries=tuple(entries), bin_dirs=(), host_dirs=(), networks=tuple(networks)
    )


def _unreadable(config: HandConfig) -> Entry:
    place = f"{config.document.ref}, key {config.key}"
    line = fault_line(config.text)
    if line:
        place += f", line {line} of its value"
    flaw = "holds variables, and is JSON only when they are filled in"
    flaw = flaw if has_variables(config.text) else f"is {config.error}"
    text = f"{place}: the Multus config {flaw}; its settings cannot be carried over"
    return Entry(
        kind="config-key",
        name=config.filename,
        outcome="unknown",
        detail=text,
        source=config.source,
        pitfall="P64",
        warning=text,
        manual=True,
    )


def _key(name: str, value: Any, entry: Entry, install: Install) -> tuple[Entry, dict[str, Any]]:
    copied = replace(entry, detail=f"{name} in daemon-config.json")
    if name in _DROPPED:
        return replace(entry, outcome="dropped", detail=_DROPPED[name]), {}
    if name not in _CANONICAL.values():
        text = "thin Multus does not read this key, so it is not carried over"
        return replace(entry, outcome="unknown", detail=text, manual=True), {}
    if value in ("", None):
        return replace(entry, outcome="dropped", detail=EMPTY), {}
    if name == "systemNamespaces" and value == [] and _fills_in(install):
        detail = "v3 takes an empty list for kube-system, v4 for none: kube-system is its default"
        return replace(entry, outcome="dropped", detail=detail), {}
    if name == "delegates":
        return replace(entry, outcome="dropped", detail="ignored beside clusterNetwork"), {}
    if name == "globalNamespaces":
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        return warned(copied, name, text), {name: text}
    if name in _PLACES and (later := filled_in_later(entry, str(value))):
        return later, {}
    if name in ("readinessindicatorfile", "clusterNetwork") and "/" in str(value):
        inside = container_path(str(value), install.paths)
        return replace(copied, outcome="moved", detail=f"{name}: {inside}"), {name: inside}
    if name == "binDir":
        return copied, {name: pods.clean(str(value))}
    return warned(copied, name, value), {name: value}


def _fills_in(install: Install) -> bool:
    """Whether Multus takes an empty setting for one that is not there."""
    return releases.NETCONF_DEFAULTS_FOR_EMPTY.holds(install.release)


def _network_name(
    value: Any, entry: Entry, data: Mapping[str, Any], primary: Primary
) -> tuple[Entry, dict[str, Any]]:
    """The daemon names its network itself; overrideNetworkName makes that the primary's name."""
    delegates = data.get("delegates")
    first = delegates[0] if isinstance(delegates, list) and delegates else {}
    inline = first.get("name") if isinstance(first, Mapping) else None
    if value == DAEMON_NAME:
        return replace(entry, outcome="dropped", detail="the daemon's own name"), {}
    if value and value == (primary.name or inline):
        detail = "overrideNetworkName: true; it is the primary CNI's name"
        return replace(entry, outcome="renamed", detail=detail), {"overrideNetworkName": True}
    detail = f"the daemon names its network {DAEMON_NAME}"
    return replace(entry, outcome="dropped", detail=detail), {}


def _delegates(
    value: Any, entry: Entry, install: Install, primary: Primary
) -> tuple[list[Entry], dict[str, Any], list[tuple[str, str]]]:
    """delegates[0] has to be a file of the node in auto mode; the others become NADs that every
    pod gets through defaultNetworks (conf.go LoadNetConf)."""
    if not isinstance(value, list) or not value or not isinstance(value[0], Mapping):
        text = "delegates is not a list of CNI configurations"
        return [replace(entry, outcome="unknown", detail=text, manual=True)], {}, []
    first, keys = _first(value[0], entry, install, primary)
    entries, networks = [first], dict[str, str]()
    for index, delegate in enumerate(value[1:], start=1):
        label = _label(delegate, index, networks)
        networks[label] = json.dumps(delegate)
        title = delegate.get("name", "") if isinstance(delegate, Mapping) else ""
        entries.append(_default_network(entry, f"delegates[{index}] {title}".strip(), label))
    return entries, keys, list(networks.items())


def _first(
    delegate: Mapping[str, Any], entry: Entry, install: Install, primary: Primary
) -> tuple[Entry, dict[str, Any]]:
    name = str(delegate.get("name", ""))
    title = f"delegates[0] {name}".strip()
    entry = replace(entry, name=title, outcome="moved", primary=name)
    if primary.file and (primary.evidence or primary.name == name):
        other = f", where the network is called {primary.name}" if primary.name != name else ""
        detail = f"multusMasterCNI: {primary.file}{other}"
        return replace(entry, detail=detail), {"multusMasterCNI": primary.file}
    if primary.by_node:
        # P04 names the nodes and what they hold (checks/today.py)
        detail = f"no one file in {install.paths.autoconfig_dir} of the nodes holds it"
        return replace(entry, outcome="unknown", detail=detail, manual=True), {}
    text = (
        f"the primary CNI {name or '(no name)'} is inside the Multus config; thick "
        "mode reads it from a .conf or .conflist file in "
        f"{install.paths.autoconfig_dir} on every node: make sure that the primary "
        "CNI writes one, or pass --node-files"
    )
    return replace(entry, detail=text, pitfall="P04", warning=text, manual=True), {}


def _default_network(entry: Entry, name: str, label: str) -> Entry:
    return replace(
        entry,
        name=name,
        outcome="moved",
        detail=f"NetworkAttachmentDefinition {label}, given to every pod by defaultNetworks",
        pitfall="P20",
        warning="thin mode attached it to every pod; defaultNetworks leaves out the pods of "
        "systemNamespaces (kube-system)",
    )


def _label(delegate: Any, index: int, taken: Mapping[str, str]) -> str:
    """The NAD's name: the delegate's own where that is a name for an object, and free."""
    name = delegate.get("name") if isinstance(delegate, Mapping) else None
    label = re.sub(r"[^a-z0-9.-]+", "-", str(name or "").lower()).strip("-.")
    return label if label and label not in taken else f"multus-delegate-{index}"
