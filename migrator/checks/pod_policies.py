"""P22, P36 for policies that admit: SecurityContextConstraints and PodSecurityPolicies, of which one
has to let the pod in; and the ValidatingAdmissionPolicies, whose CEL is not run (P70)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from migrator.checks.common import finding, pod_of
from migrator.checks.container import RIGHTS
from migrator.inventory.admission import (
    Asks,
    all_of,
    is_below,
    namespace_labels,
    negated,
    selects,
    texts,
)
from migrator.inventory.service_account import account_name
from migrator.model.inputs import Document
from migrator.model.inventory import Install
from migrator.model.plan import Finding
from migrator.trees import pods
from migrator.trees.dig import mapping, string
from migrator.trees.wording import listed

_SCC = "SecurityContextConstraints"
_PSP = "PodSecurityPolicy"
_CEL = ("ValidatingAdmissionPolicy", "ValidatingPolicy", "NamespacedValidatingPolicy")
_FIELDS = {
    _SCC: {
        "hostPID": "allowHostPID",
        "hostNetwork": "allowHostNetwork",
        "privileged": "allowPrivilegedContainer",
    },
    _PSP: {"hostPID": "hostPID", "hostNetwork": "hostNetwork", "privileged": "privileged"},
}
"""Which field of the policy allows a field of the pod; absent is false (both APIs)."""


def findings(install: Install, asks: Asks, documents: Sequence[Document]) -> Iterable[Finding]:
    """Where none of the policies that the service account may use admits what is new: each."""
    for kind in (_SCC, _PSP):
        every = [d for d in documents if d.ref.kind == kind]
        usable = [d for d in every if _may_use(install, asks, d)]
        if kind == _PSP and not usable:
            usable = every  # what else may be used stands in no input
        lacking = [(d, _lacking(d, asks)) for d in usable]
        if all(lacks for _, lacks in lacking):
            for document, lacks in lacking:
                yield _refused(document, asks, lacks)


def _refused(document: Document, asks: Asks, lacks: Sequence[str]) -> Finding:
    return finding(
        RIGHTS,
        document=document,
        severity="warning",  # another policy, which is not in the inputs, may admit the pod
        seen=f"{document.ref} does not allow {listed(lacks)}, which is new in {asks.daemonset.ref}",
        error=f"unable to validate against any {document.ref.kind}",
        remedy=f"allow it there ({listed(_fields(document, lacks))}), or have the service "
        "account use another one that does",
        manual=True,
    )


def _fields(document: Document, lacks: Sequence[str]) -> list[str]:
    table = _FIELDS[document.ref.kind]
    directory = "allowHostDirVolumePlugin: true"
    paths = directory if document.ref.kind == _SCC else "allowedHostPaths: [{pathPrefix: /}]"
    return list(dict.fromkeys(f"{table[w]}: true" if w in table else paths for w in lacks))


def _lacking(document: Document, asks: Asks) -> list[str]:
    table = _FIELDS[document.ref.kind]
    spec = document.data if document.ref.kind == _SCC else mapping(document.data, "spec")
    lacks = [name for name in sorted(asks.fields) if spec.get(table[name]) is not True]
    if document.ref.kind == _SCC:
        volumes = spec.get("allowHostDirVolumePlugin") is True
        return lacks + ([] if volumes else list(asks.host_paths[:1]))
    prefixes = [string(i, "pathPrefix") for i in pods.items(spec, "allowedHostPaths")]
    if not {"*", "hostPath"} & set(texts(spec.get("volumes"))):
        return lacks + list(asks.host_paths[:1])
    refused = [p for p in asks.host_paths if not any(is_below(p, prefix) for prefix in prefixes)]
    return lacks + (refused if prefixes else [])


def _may_use(install: Install, asks: Asks, document: Document) -> bool:
    """By the SCC's own users and groups, or a bound role with the verb use."""
    account = account_name(pod_of(install))
    namespace = asks.namespace
    if f"system:serviceaccount:{namespace}:{account}" in texts(document.data.get("users")):
        return True
    groups = {
        "system:authenticated",
        "system:serviceaccounts",
        f"system:serviceaccounts:{namespace}",
    }
    if groups & set(texts(document.data.get("groups"))):
        return True
    plural = "securitycontextconstraints" if document.ref.kind == _SCC else "podsecuritypolicies"
    for role in install.cluster_roles:
        for rule in pods.items(role.data, "rules"):
            named = texts(rule.get("resourceNames"))
            there = {plural, "*"} & set(texts(rule.get("resources")))
            uses = {"use", "*"} & set(texts(rule.get("verbs")))
            if there and uses and (not named or document.ref.name in named):
                return True
    return False


def expressions(document: Document, asks: Asks, documents: Sequence[Document]) -> list[str]:
    """The new fields that a policy of CEL names, where it reaches the pods: Kubernetes' own, and
    Kyverno's of the same form, which says itself whether it denies."""
    if document.ref.kind not in _CEL or document.ref.namespace not in ("", asks.namespace):
        return []
    spec = mapping(document.data, "spec")
    actions = texts(spec.get("validationActions"))
    if actions and "Deny" not in actions:
        return []
    bindings = [
        d
        for d in documents
        if d.ref.kind == "ValidatingAdmissionPolicyBinding"
        and string(d.data, "spec", "policyName") == document.ref.name
    ]
    labels = namespace_labels(asks.namespace, documents)
    reached = [_reaches(mapping(spec, "matchConstraints"), labels)]
    if bindings:
        reached.append(any(_denies(binding, labels) for binding in bindings))
    if all_of(reached) is False:
        return []
    kind = string(spec, "paramKind", "kind")
    parameters = [d.data for d in documents if kind and d.ref.kind == kind]
    return asks.named_in(
        json.dumps([spec.get("validations"), spec.get("variables"), parameters], default=str)
    )


def _denies(binding: Document, labels: Mapping[str, str]) -> bool:
    spec = mapping(binding.data, "spec")
    chosen = selects(mapping(spec, "matchResources", "namespaceSelector"), labels)
    return "Deny" in texts(spec.get("validationActions")) and chosen is not False


def _reaches(constraints: Mapping[str, Any], labels: Mapping[str, str]) -> bool | None:
    """Rules for pods, or for DaemonSets, less those that are excluded."""
    included = any(map(_is_ours, pods.items(constraints, "resourceRules")))
    excluded = any(map(_is_ours, pods.items(constraints, "excludeResourceRules")))
    chosen = selects(mapping(constraints, "namespaceSelector"), labels)
    return all_of([included, negated(excluded), chosen])


def _is_ours(rule: Mapping[str, Any]) -> bool:
    resources = {"pods", "daemonsets", "*", "*/*"} & set(texts(rule.get("resources")))
    operations = {"CREATE", "UPDATE", "*"} & set(texts(rule.get("operations")))
    return bool(resources and operations and not rule.get("resourceNames"))
