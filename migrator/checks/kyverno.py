"""P22, P36, P70: Kyverno's policies, as far as a pattern tells (kyverno.io/docs/policy-types)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from migrator.inventory.admission import (
    Asks,
    all_of,
    matches_any,
    namespace_labels,
    negated,
    texts,
)
from migrator.inventory.kyverno import block_applies, covers
from migrator.model.inputs import Document
from migrator.trees import pods
from migrator.trees.dig import mapping, string

Refusal = tuple[str, bool]
"""What is refused, a field of Asks or a host path, and whether that is certain."""

_FORBIDDEN = "X("


def refusals(
    document: Document, asks: Asks, documents: Iterable[Document]
) -> tuple[list[Refusal], list[str]]:
    """(what its patterns refuse, the fields that its other rules are about)."""
    if document.ref.group != "kyverno.io" or document.ref.kind not in ("ClusterPolicy", "Policy"):
        return [], []
    if document.ref.kind == "Policy" and document.ref.namespace != asks.namespace:
        return [], []
    spec = mapping(document.data, "spec")
    refused: list[Refusal] = []
    unjudged: list[str] = []
    known = tuple(documents)
    for rule in pods.items(spec, "rules"):
        validate = mapping(rule, "validate")
        kind, applies = _applies(rule, asks, known)
        if applies is False or not validate or not _enforces(spec, validate, asks):
            continue
        excepted = covers(document, rule, asks, known)
        if excepted is True:
            continue
        certain = applies is True and excepted is False and not rule.get("preconditions")
        patterns = [validate["pattern"]] if "pattern" in validate else validate.get("anyPattern")
        if isinstance(patterns, list):
            found = [_pattern(p, asks, kind) for p in patterns]
            if found and all(found):
                refused += [(what, certain and sure) for what, sure in found[0]]
        elif "podSecurity" in validate:
            unjudged += _pod_security(mapping(validate, "podSecurity"), asks)
        else:
            # foreach, deny, cel, assert: not run here. What a context fetches may be the condition
            text = json.dumps([validate, rule.get("context")], default=str)
            unjudged += asks.named_in(text)
    return refused, unjudged


def _pod_security(wanted: Mapping[str, Any], asks: Asks) -> list[str]:
    """The controls of Pod Security that what is new comes under, less those that are left out
    (kubernetes.io/docs/concepts/security/pod-security-standards: all of them are baseline)."""
    if string(wanted, "level") == "privileged":
        return []
    controls = {
        "Host Namespaces": bool({"hostPID", "hostNetwork"} & asks.fields),
        "Privileged Containers": "privileged" in asks.fields,
        "HostPath Volumes": bool(asks.host_paths),
    }
    left_out = {
        string(control, "controlName")
        for control in pods.items(wanted, "exclude")
        if not control.get("restrictedField") and not control.get("images")
    }
    asked = [name for name, concerned in controls.items() if concerned and name not in left_out]
    return [f"podSecurity ({name})" for name in asked]


def _enforces(spec: Mapping[str, Any], validate: Mapping[str, Any], asks: Asks) -> bool:
    action = string(validate, "failureAction") or string(spec, "validationFailureAction")
    overrides = pods.items(validate, "failureActionOverrides") + pods.items(
        spec, "validationFailureActionOverrides"
    )
    for override in overrides:
        if matches_any(asks.namespace, texts(override.get("namespaces"))):
            action = string(override, "action")
    return action.lower() == "enforce"


def _applies(
    rule: Mapping[str, Any], asks: Asks, documents: Iterable[Document]
) -> tuple[str, bool | None]:
    """The kind whose fields the rule sees, and whether it reaches the pods of the DaemonSet: Kyverno
    makes a rule for Pods into one for their controllers (autogen)."""
    kinds: list[tuple[str, bool | None]] = []
    labels = namespace_labels(asks.namespace, documents)
    for kind in ("Pod", "DaemonSet"):
        excluded = block_applies(mapping(rule, "exclude"), kind, asks, labels)
        matched = block_applies(mapping(rule, "match"), kind, asks, labels)
        kinds.append((kind, all_of([matched, negated(excluded)])))
    return next((found for found in kinds if found[1] is not False), ("", False))


def _pattern(pattern: Any, asks: Asks, kind: str) -> list[Refusal]:
    """What the pattern refuses. A conditional anchor makes it uncertain."""
    steps = ("spec",) if kind == "Pod" else ("spec", "template", "spec")
    node: Any = pattern
    for step in steps:
        node = next((v for k, v in _items(node) if _bare(k) == step), None)
    anchored = any(key.startswith(("(", "<(")) for key in _keys(pattern))
    sure = not anchored and "{{" not in json.dumps(pattern, default=str)
    refused = [
        (_bare(key), sure)
        for key, wanted in _items(node)
        if _bare(key) in asks.fields and not _admits(key, wanted, "true")
    ]
    for key, volumes in _items(node):
        if _bare(key) == "volumes" and isinstance(volumes, list):
            refused += [(path, sure) for v in volumes for path in _paths(v, asks)]
        if _bare(key) == "containers" and "privileged" in asks.fields:
            refused += [("privileged", sure) for c in _list(volumes) if _forbids_privileged(c)]
    return refused


def _paths(volume: Any, asks: Asks) -> list[str]:
    for key, wanted in _items(volume):
        if _bare(key) != "hostPath":
            continue
        if key.startswith(_FORBIDDEN):
            return list(asks.host_paths[:1])
        for inner, allowed in _items(wanted):
            if _bare(inner) == "path":
                return [p for p in asks.host_paths if not _admits(inner, allowed, p)]
    return []


def _forbids_privileged(container: Any) -> bool:
    for key, context in _items(container):
        if _bare(key) == "securityContext":
            return any(
                _bare(k) == "privileged" and not _admits(k, v, "true") for k, v in _items(context)
            )
    return False


def _admits(key: str, wanted: Any, value: str) -> bool:
    """Whether a value fits ``a | !b*`` of a pattern; below ``X(`` the key must not be there."""
    if key.startswith(_FORBIDDEN):
        return False
    if not isinstance(wanted, str | bool):
        return True
    text = str(wanted).lower() if isinstance(wanted, bool) else wanted
    choices = [choice.strip() for choice in text.split("|")]
    return any(
        not matches_any(value, [c[1:].strip()]) if c.startswith("!") else matches_any(value, [c])
        for c in choices
    )


def _bare(key: str) -> str:
    return key.partition("(")[2].rstrip(")") if key.endswith(")") else key


def _items(node: Any) -> list[tuple[str, Any]]:
    return [(str(k), v) for k, v in node.items()] if isinstance(node, Mapping) else []


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _keys(node: Any) -> Iterable[str]:
    for key, value in _items(node):
        yield key
        yield from _keys(value)
    for item in _list(node):
        yield from _keys(item)
