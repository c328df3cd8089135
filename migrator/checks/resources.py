"""P23, P24: memory, CPU and priority of a daemon on which all pod creation of its node depends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.checks.common import container_at, finding, main_of, pod_of
from migrator.inventory.distributions import platforms_of
from migrator.model.inputs import Document
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.trees import pods
from migrator.trees.dig import dig, mapping
from migrator.trees.quantities import quantity

LIMITS = Rule(
    id="P23",
    title="A resource limit kills or slows the daemon",
    why="every CNI plugin now runs in the daemon's cgroup, and with thin mode's 50Mi "
    "it is OOM-killed again and again, which blocks all pod creation on the node; "
    "a CPU limit makes every pod start more slowly",
    reference="multus-cni#1346, #1416, #1349, #1144",
    handling="CPU limits are removed, and memory limits below 256Mi; a larger one of yours "
    "is kept (S09).",
    severity="warning",
)
PRIORITY = Rule(
    id="P24",
    title="The daemon may be evicted",
    why="in thin mode an evicted pod did no harm; in thick mode no pod on the node can "
    "start until the daemon is back",
    reference="multus-cni#1160, #1093, #1312, #1531",
    handling="priorityClassName becomes system-node-critical, unless there is one (S10).",
    severity="warning",
)
RULES = (LIMITS, PRIORITY)

_MINIMUM = 256 * 2**20
_KILLED = "OOMKilled, exit code 137; FailedCreatePodSandBox: timed out waiting for the condition"


def findings(state: State) -> Iterable[Finding]:
    """Limits of thin installs count too: a patch that leaves them makes them the daemon's."""
    for install in state.inventory.installs:
        yield from _limits(install)
        yield from _defaults(install, state.inventory)
        if install.mode == "thick":
            yield from _priority(install, state.inventory)


def _limits(install: Install) -> Iterable[Finding]:
    limits = mapping(main_of(install), "resources", "limits")
    memory = quantity(limits.get("memory", ""))
    bad = [f"memory {limits['memory']}"] if memory is not None and memory < _MINIMUM else []
    bad += [f"cpu {limits['cpu']}"] if "cpu" in limits else []
    if bad:
        yield finding(
            LIMITS,
            document=install.daemonset,
            source=container_at(install, "resources", "limits"),
            seen=f"limits: {', '.join(bad)}",
            error=_KILLED,
            remedy="set no CPU limit, and no memory limit or one of at least 256Mi; from v4.3.0 "
            "on connectionLimit limits bursts",
        )


def _defaults(install: Install, inventory: Inventory) -> Iterable[Finding]:
    """A LimitRange gives a container without limits its defaults."""
    for document in inventory.reading.documents:
        same = document.ref.namespace == install.daemonset.ref.namespace
        if document.ref.kind != "LimitRange" or not same:
            continue
        for entry in pods.items(mapping(document.data, "spec"), "limits"):
            memory = quantity(dig(entry, "default", "memory"))
            small = memory is not None and memory < _MINIMUM
            if entry.get("type") == "Container" and small:
                yield finding(
                    LIMITS,
                    document=document,
                    seen=f"{document.ref} gives every container a limit of "
                    f"{dig(entry, 'default', 'memory')}",
                    error=_KILLED,
                    remedy="give Multus a limit of its own of at least 256Mi, or another namespace",
                    manual=True,
                )


def _priority(install: Install, inventory: Inventory) -> Iterable[Finding]:
    name = pod_of(install).get("priorityClassName")
    if not name:
        yield finding(
            PRIORITY,
            document=install.daemonset,
            seen="no priorityClassName",
            error="The node was low on resource: memory",
            remedy="set priorityClassName: system-node-critical",
        )
        return
    namespace = install.daemonset.ref.namespace
    on_gke = any(p.id == "gke" for p in platforms_of(inventory)) or (
        install.paths.bin_dir == "/home/kubernetes/bin"
    )
    critical = str(name).startswith("system-") and namespace != "kube-system"
    if critical and on_gke and not any(map(_allows_critical, _quotas(inventory, namespace))):
        yield finding(
            PRIORITY,
            document=install.daemonset,
            seen=f"priorityClassName {name} in namespace {namespace} on GKE, without a ResourceQuota",
            error="insufficient quota to match these scopes: [{PriorityClass In "
            "[system-node-critical system-cluster-critical]}]",
            remedy=f"add a ResourceQuota in {namespace} with scopeSelector PriorityClass In "
            f"[{name}]",
            manual=True,
        )


def _quotas(inventory: Inventory, namespace: str) -> list[Mapping[str, Any]]:
    documents: tuple[Document, ...] = inventory.reading.documents
    return [
        d.data for d in documents if d.ref.kind == "ResourceQuota" and d.ref.namespace == namespace
    ]


def _allows_critical(quota: Mapping[str, Any]) -> bool:
    selector = mapping(quota, "spec", "scopeSelector")
    return any(
        e.get("scopeName") == "PriorityClass" for e in pods.items(selector, "matchExpressions")
    )
