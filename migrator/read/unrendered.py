"""Template actions that stand in quoted scalars: YAML parses, and yet it is no manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.model.inputs import Document, Problem, Source
from migrator.read.wording import unrendered
from migrator.trees import pods
from migrator.trees.dig import NodePath, mapping, maps, string, strings

_ACTION: Final = re.compile(r"\{\{|\{%")
_APPLIED: Final = frozenset({"", "apps", "batch", "extensions", "k8s.cni.cncf.io"})
"""Groups whose objects hold no ``{{ }}`` once they are rendered, in the fields below. An Argo
Workflow, an ApplicationSet or a Kyverno policy is applied with them."""
_ANNOTATIONS: Final = ("k8s.v1.cni.cncf.io/networks", "v1.multus-cni.io/default-network")
_MULTUS_CONFIG: Final = re.compile(r'"type"\s*:\s*"multus"')


def unrendered_in(document: Document) -> Problem | None:
    """The first place where a template was not filled in, in what a plan reads of an object.

    Scripts, dashboards and rules of alerts hold ``{{ }}`` for good, and are not looked at.
    """
    if document.ref.group not in _APPLIED:
        return None
    for path, text in _fields(document):
        if _ACTION.search(text):
            source = document.at(path)
            return unrendered(Source(file=source.file, line=source.line), text)
    return None


def _fields(document: Document) -> Iterator[tuple[NodePath, str]]:
    for name in ("name", "namespace"):
        yield ("metadata", name), string(document.data, "metadata", name)
    if document.ref.kind == "NetworkAttachmentDefinition":
        yield ("spec", "config"), string(document.data, "spec", "config")
    if document.ref.kind == "ConfigMap":
        for key, text in strings(document.data, "data").items():
            if key == "daemon-config.json" or _MULTUS_CONFIG.search(text):
                yield ("data", key), text
    for path, node in maps(document.data):
        for name in _ANNOTATIONS:
            yield (*path, "annotations", name), string(node, "annotations", name)
        if isinstance(node.get("containers"), list):
            yield from _of_pod(node, path)


def _of_pod(pod: Mapping[str, Any], path: NodePath) -> Iterator[tuple[NodePath, str]]:
    for field, index, container in pods.containers(pod):
        at = (*path, field, index)
        image = string(container, "image")
        yield (*at, "image"), image
        if "multus" in image or "multus" in string(container, "name"):
            flags = (word for word in pods.words(container, "args") if word.startswith("-"))
            yield (*at, "args"), " ".join(flags)
    for index, volume in enumerate(pods.items(pod, "volumes")):
        place = mapping(volume, "hostPath")
        yield (*path, "volumes", index, "hostPath"), string(place, "path")
