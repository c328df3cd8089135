"""Which plugins a CNI file calls: by ``type``, also of chained, delegated and IPAM plugins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrator.trees.dig import NodePath, maps, string
from migrator.trees.embedded import json_or_text

KINDS: Mapping[str, str] = {
    "istio-cni": "istio-cni",
    "linkerd-cni": "linkerd-cni",
    "kuma-cni": "kuma-cni",
    "cilium-cni": "cilium",
    "calico": "calico",
    "flannel": "flannel",
    "whereabouts": "whereabouts",
    "dhcp": "dhcp-daemon",
    "sriov": "sriov-cni",
    "ovs": "ovs-cni",
    "kube-ovn": "kube-ovn",
    "antrea": "antrea",
    "aws-cni": "aws-vpc-cni",
    "ovn-k8s-cni-overlay": "ovn-kubernetes",
    "spiderpool": "spiderpool",
}
"""CNI type -> kind of neighbour. "calico-ipam" comes with calico and says nothing more."""


def plugins_in(content: str) -> Iterator[tuple[NodePath, Mapping[str, Any]]]:
    """(path, plugin) of every map with a known ``type``; none where the file is not JSON."""
    for path, node in maps(json_or_text(content)):
        if string(node, "type") in KINDS:
            yield path, node
