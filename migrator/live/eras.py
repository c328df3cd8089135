"""Pods that the way back would leave without a daemon to take them down, or has left so.

What was made under thick mode is deleted through the shim with the configuration of its ADD: without a
daemon it says success, and calls no delegate (P43), so that addresses and devices leak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from migrator.inventory.running_pods import NETWORKS
from migrator.live.dump import Dump, is_over, moment, started
from migrator.live.nodes import Moved, Runs
from migrator.live.records import Era, Node, Stand
from migrator.model.inputs import Document
from migrator.trees import pods
from migrator.trees.dig import dig, mapping, string, strings


def eras(
    dump: Dump,
    running: Sequence[Runs],
    found: Sequence[Node],
    moving: Sequence[Moved],
    stand: Stand,
    *,
    left: bool,
) -> tuple[tuple[Era, ...], tuple[Era, ...]]:
    """(pods to be drained while the daemon runs on their node, pods that outlived the daemon of
    theirs). Each node's own time counts. ``left``: something of the migration is still there,
    without which a thin install that stands as before has not come back.

    Of installs that are thick on both sides there are none.
    """
    if not any((each.old, each.new) == ("thin", "thick") for each in moving):
        return (), ()
    thick = {node.name for node in found if "thick" in node.modes}
    back = {node.name for node in found if node.modes == {"thin"} and _came_back(node, stand, left)}
    daemons = _since(running)
    drain, late = [], []
    for pod in filter(_has_networks, dump.pods):
        node = string(pod.data, "spec", "nodeName")
        at, since = moment(pod), daemons.get(node)
        if node in thick and (at is None or since is None or at.timestamp() >= since):
            drain.append(_era(pod, node))
        elif node in back and (at is None or since is None or at.timestamp() < since):
            late.append(_era(pod, node))
    return tuple(drain), tuple(late)


def _came_back(node: Node, stand: Stand, left: bool) -> bool:
    """Whether the thin pod of a node is one of the way back. Under stage one of it, a pod that
    nobody replaced is of an older template; later, only what tells of a way back counts."""
    if stand is Stand.BACK:
        return node.again is not False
    return stand is Stand.BEFORE and left and node.again is True


def _since(running: Sequence[Runs]) -> Mapping[str, float]:
    """When the youngest Multus pod of each node started."""
    found: dict[str, float] = {}
    for each in running:
        at, node = moment(each.pod), string(each.pod.data, "spec", "nodeName")
        if at is not None:
            found[node] = max(at.timestamp(), found.get(node, 0.0))
    return found


def _has_networks(pod: Document) -> bool:
    asked = strings(pod.data, "metadata", "annotations").get(NETWORKS)
    return bool(asked) and not dig(pod.data, "spec", "hostNetwork") and not is_over(pod)


def _era(pod: Document, node: str) -> Era:
    return Era(
        namespace=pod.ref.namespace,
        name=pod.ref.name,
        node=node,
        controller=next(_controllers(pod), ""),
        started=started(pod),
    )


def _controllers(pod: Document) -> Iterator[str]:
    for reference in pods.items(mapping(pod.data, "metadata"), "ownerReferences"):
        if reference.get("controller") is True:
            yield string(reference, "kind")
