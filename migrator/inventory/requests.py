"""Who asks for networks: the annotations that Multus reads, wherever they stand in an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from migrator.inventory import kubevirt
from migrator.inventory.templates import is_object, namespace_at, wanted_maps
from migrator.model.inputs import Document
from migrator.model.inventory import Workload
from migrator.read.config_maps import ConfigMaps
from migrator.read.releases import helm_values, release_namespace
from migrator.trees.dig import Node, NodePath, dig, mapping, maps, string

NETWORKS = "k8s.v1.cni.cncf.io/networks"
DEFAULT_NETWORK = "v1.multus-cni.io/default-network"

_PODS = frozenset({"Pod", "VirtualMachineInstance", "DataVolume"})
"""Kinds whose own annotations reach a pod (CDI hands a DataVolume's to its importer pods)."""
_NOT_PODS = frozenset({"injectedAnnotations", "commonMetadata"})
"""What is added to others: Istio's webhook, Flux's labels for every object of a build."""


class Request(Struct, frozen=True, kw_only=True):
    """One request for networks; ``at`` is the path of the annotation or field that makes it."""

    document: Document
    at: NodePath
    namespace: str
    networks: str | None
    default_network: str | None
    origin: Literal["annotation", "kubevirt", "injected"]

    @property
    def asked(self) -> tuple[str | None, str | None]:
        return self.networks, self.default_network

    def workload(self) -> Workload:
        return Workload(
            document=self.document,
            namespace=self.namespace,
            networks=self.networks,
            default_network=self.default_network,
            origin=self.origin,
            source=self.document.at(self.at),
        )


def requests_of(document: Document, known: ConfigMaps) -> Iterator[Request]:
    """The requests of one object: annotations, Helm values, KubeVirt's and Rook's networks."""
    values = list(helm_values(document, known))
    wanted = list(wanted_maps(document))
    for path, node in wanted:
        if _asks(node) and _reaches_a_pod(document, path):
            release = any(path[: len(root)] == root for root, _ in values)
            namespace = release_namespace(document) if release else namespace_at(document, path)
            yield _annotated(document, path, node, namespace)
    for root, tree in values:
        if dig(document.data, *root) is not tree:
            yield from _outside(document, root, tree)
    yield from _machines(document, wanted)
    yield from _ceph(document)


def annotation(metadata: Mapping[str, Any], key: str) -> str | None:
    """An annotation's value, None where it is absent. A null is "" to the API server; any other
    value that is no string makes it refuse the object."""
    annotations = mapping(metadata, "annotations")
    return _text(annotations, key)


def annotation_path(annotations: Mapping[str, Any], path: NodePath) -> NodePath:
    """The path of the annotation that makes the request, in the annotations at ``path``."""
    only_default = NETWORKS not in annotations and DEFAULT_NETWORK in annotations
    return (*path, DEFAULT_NETWORK if only_default else NETWORKS)


def _asks(node: Mapping[str, Any]) -> bool:
    return _text(node, NETWORKS) is not None or _text(node, DEFAULT_NETWORK) is not None


def _text(node: Mapping[str, Any], key: str) -> str | None:
    if key not in node:  # as in nearly every map of an estate
        return None
    value = node[key]
    if value is None:
        return ""
    return value if isinstance(value, str) else None


def _reaches_a_pod(document: Document, path: NodePath) -> bool:
    """Annotations of an object itself are not those of its pods: on a Deployment or a Namespace
    Multus never sees them."""
    if not _NOT_PODS.isdisjoint(path):
        return False
    if path[-2:] != ("metadata", "annotations"):
        return True
    owner = mapping(document.data, *path[:-2])
    if not is_object(owner):
        return True
    return owner.get("kind") in _PODS or isinstance(dig(owner, "spec", "containers"), list)


def _annotated(
    document: Document, path: NodePath, node: Mapping[str, Any], namespace: str
) -> Request:
    return Request(
        document=document,
        at=annotation_path(node, path),
        namespace=namespace,
        networks=_text(node, NETWORKS),
        default_network=_text(node, DEFAULT_NETWORK),
        origin="annotation",
    )


def _outside(document: Document, root: NodePath, tree: Mapping[str, Any]) -> Iterator[Request]:
    """Requests in values that are not part of the object's own tree (a text, dotted names);
    their line is that of the text."""
    for path, node in maps(tree, root):
        if _asks(node) and _NOT_PODS.isdisjoint(path):
            yield _annotated(document, path, node, release_namespace(document))


def _machines(document: Document, wanted: Sequence[Node]) -> Iterator[Request]:
    for machine in kubevirt.virtual_machines(document, wanted):
        found = kubevirt.networks(machine)
        if found is not None:
            networks, default, first = found
            yield Request(
                document=document,
                at=first,
                namespace=machine.namespace,
                networks=networks,
                default_network=default,
                origin="kubevirt",
            )


def _ceph(document: Document) -> Iterator[Request]:
    """Rook annotates Ceph's pods with the NADs that ``spec.network.selectors`` names
    (ceph.rook.io/v1, provider multus); a name without namespace means the cluster's own."""
    network = mapping(document.data, "spec", "network")
    if document.ref.kind != "CephCluster" or string(network, "provider") != "multus":
        return
    selectors = mapping(network, "selectors")
    names = [string(selectors, role) for role in ("public", "cluster") if string(selectors, role)]
    if names:
        yield Request(
            document=document,
            at=("spec", "network", "selectors"),
            namespace=namespace_at(document, ()),
            networks=", ".join(names),
            default_network=None,
            origin="annotation",
        )
