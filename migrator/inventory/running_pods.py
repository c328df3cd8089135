"""Pods that run without a network that they asked for: the silent failure of P26.

While 00-multus.conf is away, the runtime starts pods with the primary CNI alone: they run, and
nothing says that an interface is missing but the network-status annotation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from migrator.inventory.overasked import too_much
from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import Problem, Source
from migrator.multus import annotation
from migrator.multus.releases import Release
from migrator.trees.dig import dig, mapping, string, strings
from migrator.trees.embedded import loads

NETWORKS = "k8s.v1.cni.cncf.io/networks"
NO_INTERFACE = ("istio-cni", "linkerd-cni", "kuma-cni")
"""Networks of meshes, by the names that their webhooks give them: their plugins make no interface."""
STATUS = ("k8s.v1.cni.cncf.io/network-status", "k8s.v1.cni.cncf.io/networks-status")
"""v4 writes the first, v3.1 to v3.9 the second (both from v3.4.2 on)."""


class Lacking(Struct, frozen=True, kw_only=True):
    """One pod and the networks that its annotation names and its status has not.

    ``silent`` is the failure of P26: the pod has no status at all, so Multus did not run for it.
    A status without one of the networks is no failure: Multus attaches all or none, and since
    v4.1 leaves out plugins that make no interface, as those of meshes (CreateNetworkStatuses).
    """

    namespace: str
    name: str
    node: str
    phase: str
    networks: tuple[str, ...]
    reason: str
    silent: bool


class PodsReport(Struct, frozen=True, kw_only=True):
    """``asked`` counts the running pods with a networks annotation, of ``total`` that were read."""

    total: int
    asked: int
    lacking: tuple[Lacking, ...]

    @property
    def silent(self) -> tuple[Lacking, ...]:
        return tuple(pod for pod in self.lacking if pod.silent)


def examine(text: str, name: str, release: Release) -> PodsReport:
    """The output of ``kubectl get pods -A -o json``, as `examined`.

    Errors: MigratorError where it is no such output.
    """
    return examined(list(_pods(text, name)), name, release)


def examined(pods: Sequence[Mapping[str, Any]], name: str, release: Release) -> PodsReport:
    """Pods, each with its metadata, of the file ``name``. Those that do not run (yet, or any more)
    are passed over.

    Errors: InputError where one asks for more networks than any has.
    """
    asking = [pod for pod in pods if _annotations(pod).get(NETWORKS) and _runs(pod)]
    if problems := tuple(_overasking(asking, name)):
        raise InputError(problems)
    lacking = [found for pod in asking for found in _lacking(pod, release)]
    return PodsReport(total=len(pods), asked=len(asking), lacking=tuple(lacking))


def _pods(text: str, name: str) -> Iterator[Mapping[str, Any]]:
    hint = "give the output of: kubectl get pods -A -o json"
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise MigratorError("not JSON", source=Source(file=name, line=line), hint=hint) from None
    items = data.get("items", [data]) if isinstance(data, dict) else None
    if not isinstance(items, list) or not all(_is_pod(item) for item in items):
        raise MigratorError("no list of Pods", source=Source(file=name, line=1), hint=hint)
    yield from items


def _overasking(pods: Sequence[Mapping[str, Any]], file: str) -> Iterator[Problem]:
    for pod in pods:
        if said := too_much(_annotations(pod)[NETWORKS]):
            name = f"Pod {string(pod, 'metadata', 'namespace')}/{string(pod, 'metadata', 'name')}"
            message = f"the networks annotation of {name} {said[0]}"
            yield Problem(source=Source(file=file, line=1), message=message, hint=said[1])


def _is_pod(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and item.get("kind", "Pod") == "Pod"
        and isinstance(item.get("metadata"), dict)
    )


def _annotations(pod: Mapping[str, Any]) -> Mapping[str, str]:
    return strings(pod, "metadata", "annotations")


def _runs(pod: Mapping[str, Any]) -> bool:
    phase = mapping(pod, "status").get("phase", "Running")
    return not dig(pod, "spec", "hostNetwork") and phase == "Running"


def _lacking(pod: Mapping[str, Any], release: Release) -> Iterator[Lacking]:
    namespace = string(pod, "metadata", "namespace") or "default"
    asked = annotation.parse(_annotations(pod)[NETWORKS], namespace, release)
    attached, reason = _attached(_annotations(pod))
    silent = not attached
    missing = _without([f"{n.namespace}/{n.name}" for n in asked.networks], attached)
    if asked.error or asked.panic:
        missing, reason = ["(the annotation)"], asked.error or asked.panic
    elif silent and all(name.rpartition("/")[2] in NO_INTERFACE for name in missing):
        silent = not _has_status(_annotations(pod))
    if missing:
        yield Lacking(
            namespace=namespace,
            name=string(pod, "metadata", "name"),
            node=string(pod, "spec", "nodeName"),
            phase=string(pod, "status", "phase"),
            networks=tuple(missing),
            reason=reason,
            silent=silent,
        )


def _has_status(annotations: Mapping[str, str]) -> bool:
    return any(annotations.get(key) for key in STATUS)


def _attached(annotations: Mapping[str, str]) -> tuple[list[str], str]:
    for key in STATUS:
        if annotations.get(key):
            try:
                entries = loads(annotations[key])
                return [str(e.get("name", "")) for e in entries], "not in network-status"
            except (ValueError, AttributeError, TypeError):
                return [], "network-status cannot be read"
    return [], "no network-status"


def _without(asked: Sequence[str], attached: Sequence[str]) -> list[str]:
    """Each attachment counts once: a network may be asked for twice."""
    left = Counter(attached)
    missing = []
    for name in asked:
        if left[name]:
            left[name] -= 1
        else:
            missing.append(name)
    return missing
