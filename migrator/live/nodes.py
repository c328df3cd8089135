"""What each node runs, by the Multus pods of the dump: recognised as an install is, never by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from migrator.inventory.install import mode_of
from migrator.kustomize.plan_file import PlannedInstall
from migrator.live.dump import Dump, is_over, moment, started
from migrator.live.records import Node, Side
from migrator.live.stands import Pair
from migrator.model.inputs import Document
from migrator.model.inventory import Mode
from migrator.trees import pods
from migrator.trees.dig import mapping, string, strings
from migrator.trees.paths import get, same

_GENERATION: Final = "deprecated.daemonset.template.generation"
_POD_GENERATION: Final = "pod-template-generation"
"""The DaemonSet controller numbers its templates in an annotation, and writes the number on each
pod as a label (k8s.io/kubernetes pkg/controller/daemon, util.CreatePodTemplate)."""
_OS: Final = "kubernetes.io/os"
"""Multus has no image for another than Linux."""
_OWN: Final = ("image", "command", "args")
_SYSTEM_TAINT: Final = "node.kubernetes.io/"
"""Taints that the DaemonSet controller lets its pods tolerate (util.AddOrUpdateDaemonPodTolerations)."""


class Moved(Struct, frozen=True, kw_only=True):
    """A DaemonSet whose pods the plan replaces, and the modes of both sides."""

    pair: Pair
    container: str
    old: Mode | None
    new: Mode | None

    @property
    def changes_mode(self) -> bool:
        return self.old != self.new


class Runs(Struct, frozen=True, kw_only=True):
    """A Multus pod, the DaemonSet of the plan that it belongs to, and its side."""

    pod: Document
    mode: Mode
    of: Moved | None
    side: Side | None


def moved(found: Sequence[Pair], installs: Sequence[PlannedInstall]) -> tuple[Moved, ...]:
    """The DaemonSets of Multus whose pods the plan replaces."""
    containers = {install.daemonset: install.container for install in installs}
    return tuple(
        Moved(
            pair=pair,
            container=containers[pair.ref],
            old=mode_of(pods.pod_spec(pair.old)),
            new=mode_of(pods.pod_spec(pair.new)),
        )
        for pair in found
        if pair.moves
    )


def multus_pods(dump: Dump, moving: Sequence[Moved]) -> tuple[Runs, ...]:
    """The pods of the dump that run Multus on a node, those that are being deleted left out."""
    owners = {
        (each.pair.live.ref.namespace, each.pair.live.ref.name): each
        for each in moving
        if each.pair.live is not None
    }
    return tuple(_runs(dump.pods, owners, moving))


def _runs(
    found: Sequence[Document], owners: Mapping[tuple[str, str], Moved], moving: Sequence[Moved]
) -> Iterator[Runs]:
    for pod in found:
        if string(pod.data, "metadata", "deletionTimestamp") or is_over(pod):
            continue
        mode = mode_of(mapping(pod.data, "spec"))
        if mode is not None and string(pod.data, "spec", "nodeName"):
            own = owners.get((pod.ref.namespace, _daemonset(pod)))
            yield Runs(pod=pod, mode=mode, of=own, side=_side(pod, mode, own, moving))


def _daemonset(pod: Document) -> str:
    names = (
        string(reference, "name")
        for reference in pods.items(mapping(pod.data, "metadata"), "ownerReferences")
        if string(reference, "kind") == "DaemonSet"
    )
    return next(names, "")


def _side(pod: Document, mode: Mode, own: Moved | None, moving: Sequence[Moved]) -> Side | None:
    """The install that a pod is of: by its mode where that changes, else by what its own
    DaemonSet has for it."""
    if own is None and moving and all(each.changes_mode for each in moving):
        own = moving[0]
    if own is None:
        return None
    if own.changes_mode:
        return Side.NEW if mode == own.new else Side.OLD
    there = pods.container(mapping(pod.data, "spec"), own.container)
    old, new = (
        pods.container(pods.pod_spec(own.pair.of(side)), own.container)
        for side in (Side.OLD, Side.NEW)
    )
    told = [name for name in _OWN if not same(get(old, (name,)), get(new, (name,)))]
    for side, built in ((Side.NEW, new), (Side.OLD, old)):
        if told and all(same(get(there, (name,)), get(built, (name,))) for name in told):
            return side
    return None


def nodes(dump: Dump, running: Sequence[Runs], moving: Sequence[Moved]) -> tuple[Node, ...]:
    """Each node of the dump, by name: its Node object, or a Multus pod on it, tells that it is there."""
    by_node: dict[str, list[Runs]] = {document.ref.name: [] for document in dump.nodes}
    for each in running:
        by_node.setdefault(string(each.pod.data, "spec", "nodeName"), []).append(each)
    objects = {document.ref.name: document for document in dump.nodes}
    return tuple(_node(name, by_node[name], objects.get(name), moving) for name in sorted(by_node))


def _node(
    name: str, running: Sequence[Runs], document: Document | None, moving: Sequence[Moved]
) -> Node:
    youngest = max(running, key=lambda each: _time(each.pod), default=None)
    found = {each.side for each in running}
    return Node(
        name=name,
        modes=frozenset(each.mode for each in running),
        side=found.pop() if len(found) == 1 else None,
        ready=all(_is_ready(each.pod) for each in running),
        wanted=document is not None and any(_wants(each.pair, document) for each in moving),
        since=started(youngest.pod) if youngest else "",
        again=_is_current(youngest) if youngest else None,
    )


def _time(pod: Document) -> float:
    at = moment(pod)
    return 0.0 if at is None else at.timestamp()


def _is_ready(pod: Document) -> bool:
    """Whether the kubelet says so; of a pod without conditions its phase tells."""
    conditions = {
        string(each, "type"): string(each, "status")
        for each in pods.items(mapping(pod.data, "status"), "conditions")
    }
    return conditions.get("Ready", "True") == "True" and string(pod.data, "status", "phase") in (
        "Running",
        "",
    )


def _is_current(run: Runs) -> bool | None:
    """Whether the pod was made of the template that its DaemonSet has now; None: not known."""
    live = run.of.pair.live if run.of else None
    now = strings(live.data, "metadata", "annotations").get(_GENERATION) if live else None
    made = strings(run.pod.data, "metadata", "labels").get(_POD_GENERATION)
    return None if now is None or made is None else now == made


def _wants(pair: Pair, node: Document) -> bool:
    """Whether a DaemonSet has to have a pod on the node. Not known, and so not, under an affinity."""
    spec = pods.pod_spec(pair.live.data if pair.live else pair.new)
    if mapping(spec, "affinity", "nodeAffinity"):
        return False
    labels = mapping(node.data, "metadata", "labels")
    tolerations = pods.items(spec, "tolerations")
    selected = all(labels.get(k) == v for k, v in mapping(spec, "nodeSelector").items())
    return (
        selected
        and labels.get(_OS, "linux") == "linux"
        and all(
            _tolerated(t, tolerations) for t in pods.items(mapping(node.data, "spec"), "taints")
        )
    )


def _tolerated(taint: Mapping[str, Any], tolerations: Sequence[Mapping[str, Any]]) -> bool:
    key = string(taint, "key")
    if key.startswith(_SYSTEM_TAINT) or taint.get("effect") == "PreferNoSchedule":
        return True
    return any(
        each.get("effect") in (None, "", taint.get("effect"))
        and each.get("key") in (None, "", key)
        and (
            each.get("operator") == "Exists"
            or (each.get("value") or "") == (taint.get("value") or "")
        )
        for each in tolerations
    )
