"""Whom a rule of Kyverno reaches: its match and exclude, and the PolicyExceptions
(kyverno.io/docs/policy-types/cluster-policy/match-exclude, kyverno.io/docs/guides/exceptions)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.inventory.admission import (
    Asks,
    all_of,
    any_of,
    matches_any,
    namespace_labels,
    pod_labels,
    selects,
    texts,
)
from migrator.model.inputs import Document
from migrator.trees.dig import mapping, string
from migrator.trees.pods import items

_UNJUDGED = ("subjects", "roles", "clusterRoles")
"""Who asks for the object: the DaemonSet's controller for its pods, nobody knows for itself."""


def block_applies(
    block: Mapping[str, Any], kind: str, asks: Asks, labels: Mapping[str, str]
) -> bool | None:
    """Whether a ``match`` or ``exclude`` reaches the DaemonSet's object of ``kind``; an empty one
    reaches nothing."""
    if "any" in block:
        return any_of(_clause(c, kind, asks, labels) for c in items(block, "any"))
    if "all" in block:
        return all_of(_clause(c, kind, asks, labels) for c in items(block, "all"))
    return _clause(block, kind, asks, labels) if block else False


def _clause(
    clause: Mapping[str, Any], kind: str, asks: Asks, labels: Mapping[str, str]
) -> bool | None:
    resources = mapping(clause, "resources")
    found: list[bool | None] = [None for key in _UNJUDGED if clause.get(key)]
    if kinds := texts(resources.get("kinds")):
        found.append(any(k.rsplit("/", 1)[-1] in (kind, "*") for k in kinds))
    if namespaces := texts(resources.get("namespaces")):
        found.append(matches_any(asks.namespace, namespaces))
    names = texts(resources.get("names")) + texts(
        [resources["name"]] if "name" in resources else []
    )
    if names:
        name = asks.daemonset.ref.name + ("-x" if kind == "Pod" else "")
        found.append(matches_any(name, names))
    if operations := texts(resources.get("operations")):
        found.append(bool({"CREATE", "UPDATE"} & set(operations)))
    if selector := mapping(resources, "selector"):
        found.append(selects(selector, pod_labels(asks)))
    if selector := mapping(resources, "namespaceSelector"):
        found.append(selects(selector, labels))
    if resources.get("annotations"):
        found.append(None)
    return all_of(found)


def covers(
    policy: Document, rule: Mapping[str, Any], asks: Asks, documents: Iterable[Document]
) -> bool | None:
    """Whether PolicyExceptions leave the daemon out of a rule: its pods, and the DaemonSet, which a
    rule for pods reaches under another name (autogen-<rule>). None where they do so in part, or
    under conditions."""
    known = tuple(documents)
    labels = namespace_labels(asks.namespace, known)
    exceptions = [
        mapping(d.data, "spec")
        for d in known
        if (d.ref.group, d.ref.kind) == ("kyverno.io", "PolicyException")
    ]
    named = string(rule, "name")
    reached = {
        kind: block_applies(mapping(rule, "match"), kind, asks, labels) is not False
        for kind in ("Pod", "DaemonSet")
    }
    wanted = [("Pod", named)] if reached["Pod"] else []
    wanted.append(("DaemonSet", named if reached["DaemonSet"] else f"autogen-{named}"))
    found = [
        any_of(_excepts(s, kind, asks, labels) for s in exceptions if _names(s, policy, name))
        for kind, name in wanted
    ]
    return None if True in found and False in found else all_of(found)


def _names(spec: Mapping[str, Any], policy: Document, rule: str) -> bool:
    full = f"{policy.ref.namespace}/{policy.ref.name}" if policy.ref.namespace else ""
    return any(
        matches_any(full or policy.ref.name, [string(item, "policyName")])
        and matches_any(rule, texts(item.get("ruleNames")))
        for item in items(spec, "exceptions")
    )


def _excepts(
    spec: Mapping[str, Any], kind: str, asks: Asks, labels: Mapping[str, str]
) -> bool | None:
    """Under conditions, or for single controls of podSecurity, it may be that it does not."""
    partly = bool(spec.get("conditions") or spec.get("podSecurity"))
    reached = block_applies(mapping(spec, "match"), kind, asks, labels)
    return None if partly and reached else reached
