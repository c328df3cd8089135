"""Istio, Linkerd and Kuma in Multus mode: what their agents write, and where Multus looks."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import finding
from migrator.inventory.confdir import conf_dir_of
from migrator.model.inventory import Inventory, Neighbour, NetworkAttachment
from migrator.model.plan import Finding, Rule
from migrator.multus.primary import content
from migrator.thick.intent import Intent
from migrator.trees.dig import mapping

MINIMAL = Rule(
    id="N14",
    title="A NAD's mesh configuration differs from the agent's",
    why="the agent writes its kubeconfig, log level and exclusions into the file; a "
    "short configuration in the NAD does not match it, and the plugin then runs "
    "without them",
    reference="istio.io/latest/docs/setup/additional-setup/cni",
    severity="warning",
)
DIRECTORY = Rule(
    id="N15",
    title="The mesh's agent writes to a directory that Multus does not read",
    why="a NAD without spec.config is found only in Multus's conf dir",
    reference="multus-cni#1238",
    severity="warning",
)
RULES = (MINIMAL, DIRECTORY)

_MESHES = ("istio-cni", "linkerd-cni", "kuma-cni")
_KUBECONFIG_KEYS = ("kubernetes", "kubeconfig")
_VALUES = {
    "istio-cni": "set cni.chained=false, cni.cniConfDir={directory}, "
    "cni.cniConfFileName=istio-cni.conf and pilot.cni.provider=multus in Istio's values",
    "linkerd-cni": "set destCNINetDir={directory} in the linkerd2-cni values",
    "kuma-cni": "set cni.chained=false and cni.netDir={directory} in Kuma's values",
}


def findings(intent: Intent) -> Iterable[Finding]:
    """NADs that write a mesh's configuration out, and agents whose directory is not read."""
    for nad in intent.inventory.nads:
        yield from _minimal(nad, intent.inventory)
    for neighbour in intent.inventory.neighbours:
        yield from _directory(neighbour, intent.inventory)


def _minimal(nad: NetworkAttachment, inventory: Inventory) -> Iterable[Finding]:
    config = mapping(nad.data)
    kind = config.get("type")
    if kind not in _MESHES or any(key in config for key in _KUBECONFIG_KEYS):
        return
    written = next(
        (content(f) for f in inventory.cni_files if content(f).get("type") == kind), None
    )
    lacking = sorted(set(written or {}) - set(config) - {"name", "cniVersion"})
    what = f"the agent's file also has {', '.join(lacking)}" if lacking else "it has no kubeconfig"
    yield finding(
        MINIMAL,
        document=nad.document,
        source=nad.document.at(("spec", "config")),
        seen=f"{nad.namespace}/{nad.name}: {', '.join(sorted(config))} only; {what}",
        remedy="leave spec.config out, so that the agent's own file is used, or copy the "
        "whole content of that file; its kubeconfig path stays the path on the host",
    )


def _directory(neighbour: Neighbour, inventory: Inventory) -> Iterable[Finding]:
    facts = neighbour.facts
    writes, read = facts.get("writes_dir", "").rstrip("/"), conf_dir_of(inventory)
    network = facts.get("network", neighbour.kind)
    empty = [n for n in inventory.nads if n.name == network and not n.config]
    alone = neighbour.says("chained")
    if neighbour.kind not in _MESHES or not writes or writes == read or not empty or alone:
        return
    remedy = _VALUES[neighbour.kind].format(directory=read)
    yield finding(
        DIRECTORY,
        document=neighbour.document,
        source=neighbour.source,
        seen=f"{neighbour.kind} writes to {writes}, Multus reads {read}; "
        f"{len(empty)} NADs named {network} have no spec.config",
        error=f"no network available in the name {network} in cni dir {read}",
        remedy=remedy,
    )
