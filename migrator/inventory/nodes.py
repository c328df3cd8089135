"""The nodes of the cluster, as far as Node objects of the inputs and the node files tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.model.inventory import Install, Inventory
from migrator.trees import pods
from migrator.trees.dig import mapping

_OS = "kubernetes.io/os"
_OTHERS = "the other nodes"
"""Stands for those of a cluster that did not give its Node objects; no node has such a name."""


def nodes_of(inventory: Inventory, install: Install | None) -> tuple[str, ...]:
    """The nodes on which ``install`` runs, by name; ("",) where one set of files stands for all of
    them, and where nothing tells any.

    Node objects count that fit the DaemonSet's nodeSelector; Multus has no Windows image. Where a
    snapshot lacks them, the nodes that were copied need not be all, so one more stands for the rest.
    """
    copied = inventory.reading.node_files.nodes
    if not copied or "" in copied:
        return ("",)
    selector = mapping(pods.pod_spec(install.daemonset.data), "nodeSelector") if install else {}
    objects = [
        document
        for document in inventory.reading.documents
        if (document.ref.group, document.ref.kind) == ("", "Node")
    ]
    fitting = [
        document.ref.name
        for document in objects
        if _fits(mapping(document.data, "metadata", "labels"), selector)
    ]
    snapshot = inventory.reading.snapshot
    untold = not objects and snapshot is not None and snapshot.lacks("nodes")
    return tuple(dict.fromkeys((*copied, *fitting, *([_OTHERS] if untold else []))))


def _fits(labels: Mapping[str, Any], selector: Mapping[str, Any]) -> bool:
    """A label that the selector asks for and the Node has with another value keeps Multus away."""
    wanted = {_OS: "linux", **selector}
    return all(labels.get(key, value) == value for key, value in wanted.items())
