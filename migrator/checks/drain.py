"""P43: what a pod's deletion leaves behind while no daemon runs, and pods that drain does not move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from migrator.checks.common import finding
from migrator.checks.rollout import plugins_of
from migrator.inventory.controllers import controller_of
from migrator.model.inventory import Inventory, Workload
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent
from migrator.trees import pods
from migrator.trees.dig import mapping, string, strings
from migrator.trees.wording import listed

RULE = Rule(
    id="P43",
    title="Pods deleted while the daemon is down leave devices behind",
    why="in the shim, DEL (the call that disconnects a pod) never fails, and without a "
    "daemon it calls no plugin (since v4.1.0 it asks the daemon once): a host "
    "device or a VF stays in the network namespace that is gone, and an address "
    "stays taken. So nodes are drained; but kubectl drain leaves the pods of "
    "DaemonSets where they are, and stops at a pod that no controller recreates",
    reference="pkg/server/api/shim.go CmdDel; multus-cni#1239, #1134; kubectl drain",
    handling="Reported where networks of devices are used, and for DaemonSets and bare pods with networks; "
    "the runbook drains nodes.",
    severity="info",
    when="on each node",
)
RULES = (RULE,)

_DEVICES: Final = frozenset({"host-device", "sriov", "ib-sriov", "rdma", "accelerated-bridge"})
"""Plugins that take a device of the node; ovs does so only with a resourceName."""
_LABEL: Final = "have its nodeSelector ask for a label, and remove that from the node"
_MIRROR: Final = "kubernetes.io/config.mirror"


def findings(intent: Intent) -> Iterable[Finding]:
    """For the whole plan: they are about the rollout, not about one object."""
    inventory = intent.inventory
    attached = sorted(
        (w for w in inventory.workloads if (w.networks or "").strip()),
        key=lambda w: (w.document.ref.sort_key, w.source),
    )
    if inventory.installs and attached:
        yield from _devices(inventory)
    if intent.moving:
        own = [pods.pod_spec(install.daemonset.data) for install in inventory.installs]
        yield from _daemonsets(attached, taint=all(map(pods.outlives_taints, own)))
        yield from _bare(attached)


def _devices(inventory: Inventory) -> Iterable[Finding]:
    found = [
        nad
        for nad in sorted(inventory.nads, key=lambda nad: (nad.namespace, nad.name))
        if any(string(p, "type") in _DEVICES for p in plugins_of(nad)) or nad.resource_name
    ]
    if found:
        yield finding(
            RULE,
            document=found[0].document,
            seen="networks of devices: " + listed(f"{n.namespace}/{n.name}" for n in found),
            remedy="drain each node before its Multus pod is replaced",
            manual=True,
        )


def _daemonsets(attached: Sequence[Workload], *, taint: bool) -> Iterable[Finding]:
    """Nothing says that they stay, so this is a warning. ``taint`` says that Multus itself stays on a node
    with a taint; else that would take the daemon away before the networks of the others are."""
    found = [w for w in attached if _daemonset(w) and not _is_on_host(w)]
    if not found:
        return
    names = listed(_daemonset(w) for w in found)
    everywhere = listed(_daemonset(w) for w in found if pods.outlives_taints(_pod(w)))
    remedy = (
        "on the way forward, delete their pods on a node once it has moved; on the way back, keep them off "
        "the node while its daemon still runs, until thin mode runs there: "
    )
    if not taint:
        remedy += (
            f"{_LABEL}, since a NoExecute taint would evict Multus, too, which does not tolerate it"
        )
    elif everywhere:
        remedy += f"with a NoExecute taint; {everywhere} tolerates every taint: {_LABEL}"
    else:
        remedy += "with a NoExecute taint"
    yield finding(
        RULE,
        document=found[0].document,
        source=found[0].source,
        severity="warning",
        seen=f"pods with networks that drain leaves on the node: {names}",
        remedy=remedy,
        manual=True,
    )


def _bare(attached: Sequence[Workload]) -> Iterable[Finding]:
    """drain itself says so, and stops."""
    found = [w for w in attached if _is_bare(w) and not _is_on_host(w)]
    if found:
        yield finding(
            RULE,
            document=found[0].document,
            source=found[0].source,
            seen="pods with networks that no controller recreates: "
            + listed(str(w.document.ref) for w in found),
            error="cannot delete Pods that declare no controller (use --force to override)",
            remedy="save each (kubectl get pod -o yaml), delete it before its node is drained, "
            "while Multus still runs on that node, and create it again by hand once the "
            "node has moved; do the same on the way back",
            manual=True,
        )


def _daemonset(workload: Workload) -> str:
    """The DaemonSet whose pods these are, also where the input holds a pod of it alone; "" for others."""
    document = workload.document
    if (document.ref.kind, document.ref.group) == ("DaemonSet", "apps"):
        return str(document.ref)
    owner = controller_of(document, ()) if document.ref.kind == "Pod" else None
    return f"DaemonSet {owner[1]}/{owner[2]}" if owner and owner[0] == "DaemonSet" else ""


def _is_bare(workload: Workload) -> bool:
    """A pod that drain stops at: not one that has ended, nor the mirror of a static pod."""
    document = workload.document
    metadata = mapping(document.data, "metadata")
    owners = pods.items(metadata, "ownerReferences")
    return (
        (document.ref.kind, document.ref.group) == ("Pod", "")
        and not any(owner.get("controller") is True for owner in owners)
        and _MIRROR not in strings(metadata, "annotations")
        and string(document.data, "status", "phase") not in ("Succeeded", "Failed")
    )


def _pod(workload: Workload) -> Mapping[str, Any]:
    data = workload.document.data
    return mapping(data, "spec") if workload.document.ref.kind == "Pod" else pods.pod_spec(data)


def _is_on_host(workload: Workload) -> bool:
    """The runtime calls no CNI plugin for such a pod, whatever it asks for."""
    return _pod(workload).get("hostNetwork") is True
