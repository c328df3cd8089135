"""Pod templates, found by their shape and not by a list of kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from migrator.model.inputs import Document
from migrator.read.namespaces import effective_namespace
from migrator.trees.dig import MAP, NodePath, dig, mapping, maps, string

_NOT_WANTED = frozenset({"status", "managedFields"})
"""What the server reports is not what the user asks for."""
_NO_PODS = frozenset(
    {"ControllerRevision", "VirtualMachineSnapshotContent", "CustomResourceDefinition"}
)
"""Kinds of which no pod is made: they keep old templates, or (a large tree) only schemas."""


class PodTemplate(Struct, frozen=True, kw_only=True):
    """A map with ``spec.containers`` (a pod) or ``spec.domain`` (a KubeVirt machine).

    ``path`` is where the map stands in the document: () for a bare Pod,
    ("spec", "jobTemplate", "spec", "template") for a CronJob.
    """

    document: Document
    path: NodePath
    namespace: str
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]


def pod_templates(document: Document) -> Iterator[PodTemplate]:
    """Every pod template of an object: workloads, operators' custom resources, bare Pods."""
    for path, node in wanted_maps(document):
        spec = node.get("spec")
        if (
            isinstance(spec, MAP)
            and isinstance(spec.get("containers"), list)
            and _is_template(node)
        ):
            yield template_at(document, path)


def template_at(document: Document, path: NodePath) -> PodTemplate:
    """The template at ``path``, which the caller knows to be one."""
    node = mapping(document.data, *path)
    return PodTemplate(
        document=document,
        path=path,
        namespace=namespace_at(document, path),
        metadata=mapping(node, "metadata"),
        spec=mapping(node, "spec"),
    )


def wanted_maps(document: Document) -> Iterator[tuple[NodePath, Mapping[str, Any]]]:
    """Every map of the object, itself first, without what the server wrote."""
    if document.ref.kind in _NO_PODS:
        return
    yield from maps(document.data, without=_NOT_WANTED)


def is_object(node: Mapping[str, Any]) -> bool:
    """Whether a map is an API object of its own, also inside another one (a ManifestWork, an
    OpenShift Template)."""
    return bool(string(node, "kind")) and bool(string(node, "apiVersion"))


def namespace_at(document: Document, path: NodePath) -> str:
    """The namespace of what stands at ``path``: that of the nearest object around it."""
    for length in range(len(path), 0, -1):
        node = dig(document.data, *path[:length])
        if isinstance(node, Mapping) and is_object(node):
            return string(node, "metadata", "namespace") or effective_namespace(document)
    return effective_namespace(document)


def _is_template(node: Mapping[str, Any]) -> bool:
    """An API object with ``spec.containers`` is a pod only if it is a Pod: a Prometheus has such
    a list too, and patches its pods with it."""
    return not is_object(node) or node.get("kind") == "Pod"
