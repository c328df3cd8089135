"""P22, P36, P70: Gatekeeper's constraints; those of the PodSecurityPolicy library are evaluated
(open-policy-agent.github.io/gatekeeper-library), Rego of somebody's own is not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from migrator.inventory.admission import (
    Asks,
    is_below,
    matches_any,
    namespace_labels,
    pod_labels,
    selects,
    texts,
)
from migrator.model.inputs import Document
from migrator.trees import pods
from migrator.trees.dig import mapping, string

_GROUP = "constraints.gatekeeper.sh"
_OTHERS = frozenset(
    {
        *("K8sAllowedRepos", "K8sBlockEndpointEditDefaultRole", "K8sBlockLoadBalancer"),
        *("K8sBlockNodePort", "K8sBlockWildcardIngress", "K8sContainerEphemeralStorageLimit"),
        *("K8sContainerLimits", "K8sContainerRatios", "K8sContainerRequests"),
        *("K8sDisallowedRepos", "K8sDisallowedTags", "K8sExternalIPs", "K8sHttpsOnly"),
        *("K8sImageDigests", "K8sPodDisruptionBudget", "K8sReplicaLimits"),
        *("K8sRequiredAnnotations", "K8sRequiredLabels", "K8sRequiredProbes"),
        *("K8sRequiredResources", "K8sStorageClass", "K8sUniqueIngressHost"),
        "K8sUniqueServiceSelector",
    }
)
"""Constraints of the library (general/) that are about nothing which is new in the pod."""


def refusals(
    document: Document, asks: Asks, documents: Iterable[Document]
) -> tuple[list[tuple[str, bool]], list[str]]:
    """(what a constraint refuses and whether that is certain, fields that its Rego is about)."""
    known = tuple(documents)
    if document.ref.group != _GROUP:
        return [], []
    applies = _applies(document, asks, known)
    if applies is False:
        return [], []
    found = _library(document, asks)
    if found is not None:
        exempt = mapping(document.data, "spec", "parameters").get("exemptImages")
        return [(what, applies is True and not exempt) for what in found], []
    template = next((d for d in known if _defines(d, document.ref.kind)), None)
    if template is None and document.ref.kind not in _OTHERS:
        return [], [f"what its ConstraintTemplate {document.ref.kind.lower()} says (not given)"]
    return [], asks.named_in(
        json.dumps([template.data if template else None, document.data], default=str)
    )


def _library(document: Document, asks: Asks) -> list[str] | None:
    """What a constraint of the library refuses; None for one that is not of it."""
    parameters = mapping(document.data, "spec", "parameters")
    kind = document.ref.kind
    if kind == "K8sPSPHostNamespace":
        return ["hostPID"] if "hostPID" in asks.fields else []
    if kind == "K8sPSPHostNetworkingPorts":
        forbidden = parameters.get("hostNetwork") is not True
        return ["hostNetwork"] if forbidden and "hostNetwork" in asks.fields else []
    if kind == "K8sPSPPrivilegedContainer":
        return ["privileged"] if "privileged" in asks.fields else []
    if kind == "K8sPSPVolumeTypes":
        allowed = texts(parameters.get("volumes"))
        return list(asks.host_paths[:1]) if not {"*", "hostPath"} & set(allowed) else []
    if kind == "K8sPSPHostFilesystem":
        prefixes = [string(i, "pathPrefix") for i in pods.items(parameters, "allowedHostPaths")]
        return [p for p in asks.host_paths if not any(is_below(p, prefix) for prefix in prefixes)]
    return [] if kind.startswith("K8sPSP") else None


def _applies(document: Document, asks: Asks, documents: Iterable[Document]) -> bool | None:
    if (string(document.data, "spec", "enforcementAction") or "deny") != "deny":
        return False
    match = mapping(document.data, "spec", "match")
    kinds = pods.items(match, "kinds")
    namespaces = texts(match.get("namespaces"))
    out = (
        (kinds and not any(_is_pod(entry) for entry in kinds))
        or matches_any(asks.namespace, texts(match.get("excludedNamespaces")))
        or (namespaces and not matches_any(asks.namespace, namespaces))
    )
    if out or match.get("scope") == "Cluster" or _left_out(asks, documents):
        return False
    chosen = [
        selects(mapping(match, "namespaceSelector"), namespace_labels(asks.namespace, documents)),
        selects(mapping(match, "labelSelector"), pod_labels(asks)),
    ]
    if False in chosen:
        return False
    return None if None in chosen or match.get("name") else True


def _left_out(asks: Asks, documents: Iterable[Document]) -> bool:
    """By the Config of Gatekeeper, for its webhook (gatekeeper docs, exempt-namespaces)."""
    return any(
        {"webhook", "*"} & set(texts(entry.get("processes")))
        and matches_any(asks.namespace, texts(entry.get("excludedNamespaces")))
        for document in documents
        if (document.ref.group, document.ref.kind) == ("config.gatekeeper.sh", "Config")
        for entry in pods.items(mapping(document.data, "spec"), "match")
    )


def _is_pod(entry: Any) -> bool:
    return bool({"Pod", "DaemonSet", "*"} & set(texts(entry.get("kinds"))))


def _defines(document: Document, kind: str) -> bool:
    own = string(document.data, "spec", "crd", "spec", "names", "kind")
    return document.ref.kind == "ConstraintTemplate" and own == kind
