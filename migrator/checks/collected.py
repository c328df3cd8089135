"""M31: kinds of objects that a snapshot lacks, since the cluster did not give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from migrator.checks.common import finding
from migrator.model.inputs import NotRead, Snapshot
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent

RULE = Rule(
    id="M31",
    title="Part of the cluster was not collected",
    why="what the cluster did not give is not in the plan: networks that would be "
    "lost, missing rights, or a policy that rejects the daemon would go unnoticed",
    reference="docs/collect.md",
    handling="Blocks the plan where the missing part decides what Multus does or which "
    "networks there are: DaemonSets, ConfigMaps and NetworkAttachmentDefinitions. "
    "Each other kind is a warning, and the verdict is READY IF at best.",
    severity="blocker",
    unseen=True,
)
RULES = (RULE,)

_DECIDE: Final = frozenset(
    {"daemonsets.apps", "configmaps", "network-attachment-definitions.k8s.cni.cncf.io"}
)


def findings(intent: Intent) -> Iterable[Finding]:
    snapshot = intent.inventory.reading.snapshot
    if snapshot is None:
        return
    for unread in snapshot.unread:
        yield _unread(snapshot, unread)
    yield from _of_some_namespaces(snapshot)


def _unread(snapshot: Snapshot, unread: NotRead) -> Finding:
    where = f" of the namespace {unread.namespace}" if unread.namespace else ""
    detail = f": {unread.detail}" if unread.detail else ""
    return finding(
        RULE,
        severity=None if unread.resource in _DECIDE else "warning",
        source=snapshot.source,
        seen=f"{unread.resource}{where} were not read ({unread.reason.value}{detail})",
        remedy="collect again with the right to list them (docs/collect.md has the ClusterRole)"
        + _by_hand(unread),
    )


def _by_hand(unread: NotRead) -> str:
    """The other way, "" for all kinds of a group, which one command does not get."""
    if unread.resource.startswith("*"):
        return ""
    scope = f"-n {unread.namespace}" if unread.namespace else "-A"
    return f", or give a dump beside the snapshot, with --allow M31: kubectl get {unread.resource} {scope} -o yaml"


def _of_some_namespaces(snapshot: Snapshot) -> Iterator[Finding]:
    if snapshot.namespaces:
        yield finding(
            RULE,
            severity="warning",
            source=snapshot.source,
            seen=f"only these namespaces were collected: {', '.join(snapshot.namespaces)}",
            remedy="collect without --namespace; in the others a workload may ask for a network "
            "that the migration breaks",
        )
