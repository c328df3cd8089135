"""Which rights the rules of a ClusterRole give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from migrator.trees import pods


def is_bound(subject: Mapping[str, Any], account: str, namespace: str) -> bool:
    """Whether a subject of a ClusterRoleBinding is the ServiceAccount, by its name or by a group
    that it is in. A DaemonSet without a namespace ("") is applied to the one that the binding
    names (kubectl -n)."""
    kind, name = subject.get("kind"), str(subject.get("name", ""))
    if kind == "ServiceAccount":
        return name == account and namespace in ("", subject.get("namespace", ""))
    if kind == "Group":
        groups = ("system:authenticated", "system:serviceaccounts")
        return name in (*groups, f"system:serviceaccounts:{namespace}")
    return kind == "User" and name == f"system:serviceaccount:{namespace}:{account}"


def covers(rules: Sequence[Any], needed: Mapping[str, Any]) -> bool:
    """Whether each (group, resource, verb) of ``needed`` is allowed by some rule."""
    return all(
        any(_allows(rule, group, resource, verb) for rule in rules)
        for group in needed["apiGroups"]
        for resource in needed["resources"]
        for verb in needed["verbs"]
    )


def keeps(rules: Sequence[Any], rule: Mapping[str, Any]) -> bool:
    """Whether rules give all that one rule gives, as somebody wrote it: what lacks a field gives
    nothing. Paths of the API server (``nonResourceURLs``) are looked for in no other rule."""
    if "nonResourceURLs" in rule:
        return rule in rules
    fields = ("apiGroups", "resources", "verbs")
    return covers(rules, {field: pods.words(rule, field) for field in fields})


def without_informers(needed: Mapping[str, Any]) -> dict[str, Any]:
    """The same right for v4.0.x, which asks for each pod and NAD when it needs it."""
    verbs = [verb for verb in needed["verbs"] if verb not in ("list", "watch")]
    return {**needed, "verbs": verbs}


def _allows(rule: Any, group: str, resource: str, verb: str) -> bool:
    if not isinstance(rule, Mapping) or rule.get("resourceNames"):
        return False
    return (
        _has(rule, "apiGroups", group)
        and _has(rule, "resources", resource)
        and _has(rule, "verbs", verb)
    )


def _has(rule: Mapping[str, Any], field: str, value: str) -> bool:
    values = rule.get(field)
    return isinstance(values, list) and (value in values or "*" in values)
