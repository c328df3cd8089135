"""Which Kubernetes distributions the inputs show: by Node objects and by images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.model.inventory import Inventory
from migrator.multus.images import parse_image
from migrator.multus.platforms import BY_ID, Platform, of_node
from migrator.trees import pods
from migrator.trees.dig import string


def platforms_of(inventory: Inventory) -> tuple[Platform, ...]:
    """The distributions that Node objects and images of the inputs name."""
    found: dict[str, Platform] = {}
    for document in inventory.reading.documents:
        platform = platform_of(document.ref.kind, document.data)
        if platform is not None:
            found[platform.id] = platform
    return tuple(found.values())


def platform_of(kind: str, data: Mapping[str, Any]) -> Platform | None:
    """The distribution that one object tells."""
    if kind == "Node":
        info = ("status", "nodeInfo")
        return of_node(
            string(data, *info, "kubeletVersion"),
            string(data, *info, "osImage"),
            string(data, "spec", "providerID"),
        )
    if kind == "DaemonSet":
        for _, _, container in pods.containers(pods.pod_spec(data)):
            if parse_image(str(container.get("image"))).repository.startswith(
                "ghcr.io/siderolabs/"
            ):
                return BY_ID["talos"]
    return None
