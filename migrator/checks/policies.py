"""P22, P36: policies of the cluster that refuse what the daemon needs and thin Multus did not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from migrator.checks.common import daemons, finding
from migrator.checks.container import RIGHTS
from migrator.checks.mounts import CHROOT
from migrator.model.inputs import Document
from migrator.model.inventory import Install, State
from migrator.model.plan import Finding
from migrator.trees import pods
from migrator.trees.dig import mapping, string, strings

RULES = ()
"""P22 and P36 belong to mounts.py and container.py; here is where a policy forbids them."""

_ENFORCE = "pod-security.kubernetes.io/enforce"


def findings(state: State) -> Iterable[Finding]:
    for install in daemons(state):
        for document in state.inventory.reading.documents:
            yield from _pod_security(install, document)
            yield from _host_filesystem(install, document)
            yield from _kyverno(install, document)


def _pod_security(install: Install, document: Document) -> Iterable[Finding]:
    level = strings(document.data, "metadata", "labels").get(_ENFORCE, "privileged")
    here = document.ref.kind == "Namespace" and document.ref.name == install.daemonset.ref.namespace
    if here and level != "privileged":
        yield finding(
            RIGHTS,
            document=document,
            severity="warning",
            seen=f"{_ENFORCE}: {level} on the namespace of {install.daemonset.ref}",
            error=f'violates PodSecurity "{level}:latest": host namespaces, hostPath volumes, '
            "privileged",
            remedy=f"{_ENFORCE}: privileged, or an exemption for Multus's service account",
            manual=True,
        )


def _host_filesystem(install: Install, document: Document) -> Iterable[Finding]:
    """Gatekeeper's list of allowed host paths: the daemon's chroot needs / itself."""
    if document.ref.kind != "K8sPSPHostFilesystem" or not _enforced(install, document):
        return
    allowed = pods.items(mapping(document.data, "spec", "parameters"), "allowedHostPaths")
    prefixes = [string(item, "pathPrefix") for item in allowed]
    if "/" not in prefixes:
        yield finding(
            CHROOT,
            document=document,
            seen=f"{document.ref} allows host paths below {', '.join(prefixes) or 'nothing'} only",
            error="HostPath volume ... is not allowed",
            remedy=f"leave namespace {install.daemonset.ref.namespace} out (spec.match."
            "excludedNamespaces), or allow pathPrefix / there",
            manual=True,
        )


def _enforced(install: Install, document: Document) -> bool:
    action = string(document.data, "spec", "enforcementAction") or "deny"
    match = mapping(document.data, "spec", "match")
    namespace = install.daemonset.ref.namespace
    excluded = any(_matches(namespace, n) for n in _texts(match.get("excludedNamespaces")))
    only = _texts(match.get("namespaces"))
    included = not only or any(_matches(namespace, n) for n in only)
    return action == "deny" and included and not excluded


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _matches(namespace: str, pattern: str) -> bool:
    return namespace.startswith(pattern[:-1]) if pattern.endswith("*") else namespace == pattern


def _kyverno(install: Install, document: Document) -> Iterable[Finding]:
    if document.ref.group != "kyverno.io" or document.ref.kind not in ("ClusterPolicy", "Policy"):
        return
    spec: Mapping[str, Any] = mapping(document.data, "spec")
    actions = {string(spec, "validationFailureAction").lower()} | {
        string(rule, "validate", "failureAction").lower() for rule in pods.items(spec, "rules")
    }
    namespace = install.daemonset.ref.namespace
    text = json.dumps(spec, default=str)
    if "enforce" in actions and "hostPath" in text and f'"{namespace}"' not in text:
        yield finding(
            CHROOT,
            document=document,
            severity="warning",
            seen=f"{document.ref} is about hostPath, enforces, and does not name {namespace}",
            error="admission webhook denied the request: ... hostPath",
            remedy=f"see that Multus in {namespace} is left out of it: the hostPath / is new",
            manual=True,
        )
