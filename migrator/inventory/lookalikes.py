"""What seems to be Multus and is not recognised as an install: each is named, never passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from migrator.inventory.install import runs_multus
from migrator.model.inputs import Document, Source
from migrator.multus.images import names_multus, parse_image
from migrator.trees import pods
from migrator.trees.dig import mapping, string, strings
from migrator.trees.embedded import json_or_text

_CNI_CONF = "cni/net.d"
"""In the host path of the runtime's CNI directory on every known platform."""
_CONTROLLERS = ("DaemonSet", "Deployment", "StatefulSet", "ReplicaSet", "Job")


class LookAlike(Struct, frozen=True, kw_only=True):
    document: Document
    source: Source
    what: str


def find_lookalikes(documents: Sequence[Document]) -> tuple[LookAlike, ...]:
    """Pods that run Multus, DaemonSets that are named after it and mount the CNI directory, and
    ConfigMaps with a config of type multus, in input order."""
    return tuple(found for document in documents for found in _of(document, documents))


def _of(document: Document, documents: Sequence[Document]) -> Iterator[LookAlike]:
    kind, pod = document.ref.kind, _pod(document)
    containers = pods.items(pod, "containers")
    if any(runs_multus(container) for container in containers):
        yield _found(document, (), f"a {kind} that runs Multus, and no DaemonSet")
    elif kind == "DaemonSet" and _is_patch(containers) and _is_named_so(document, pod, containers):
        what = "a patch, and no install: its container has no image; give the root that uses it"
        yield _found(document, (), what)
    elif kind == "DaemonSet" and _mounts_cni(pod) and _is_named_so(document, pod, containers):
        image = string(containers[0], "image") if containers else ""
        what = "named after Multus, with the CNI directory of the node mounted"
        yield _found(
            document, (), f"{what}; its image {image or '(none)'} is not known as Multus's"
        )
    elif kind == "ConfigMap":
        for key, text in strings(document.data, "data").items():
            if _is_multus_config(text):
                users = ", ".join(str(d.ref) for d in _users(document, documents))
                how = f"which {users} mounts" if users else "which no object of the inputs mounts"
                yield _found(document, ("data", key), f"{key} is a config of type multus, {how}")


def _found(document: Document, at: tuple[str | int, ...], what: str) -> LookAlike:
    return LookAlike(document=document, source=document.at(at), what=what)


def _pod(document: Document) -> Mapping[str, Any]:
    if document.ref.kind == "Pod":
        return mapping(document.data, "spec")
    return pods.pod_spec(document.data) if document.ref.kind in _CONTROLLERS else {}


def _is_patch(containers: Sequence[Mapping[str, Any]]) -> bool:
    """A strategic merge patch names containers and says nothing of their images."""
    return bool(containers) and not any(string(c, "image") for c in containers)


def _mounts_cni(pod: Mapping[str, Any]) -> bool:
    return any(_CNI_CONF in pods.host_path(volume) for volume in pods.items(pod, "volumes"))


def _is_named_so(
    document: Document, pod: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]
) -> bool:
    """By its own name, its service account, a container, or an image's repository."""
    names = [document.ref.name, string(pod, "serviceAccountName")]
    for container in containers:
        names += [string(container, "name"), parse_image(string(container, "image")).name]
    return any(map(names_multus, names))


def _is_multus_config(text: str) -> bool:
    config = json_or_text(text) if "multus" in text else None
    if not isinstance(config, dict):
        return False
    return "multus" in (config.get("type"), *(p.get("type") for p in pods.items(config, "plugins")))


def _users(config_map: Document, documents: Sequence[Document]) -> Iterator[Document]:
    """The workloads that mount it."""
    for document in documents:
        same = document.ref.namespace == config_map.ref.namespace
        volumes = pods.items(_pod(document), "volumes") if same else []
        if any(string(v, "configMap", "name") == config_map.ref.name for v in volumes):
            yield document
