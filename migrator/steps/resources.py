"""Gives the daemon the memory that the plugins need which now run in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.model.inputs import MISSING
from migrator.model.plan import Change, Rule
from migrator.steps.common import change, main_path
from migrator.thick.intent import Intent
from migrator.trees.paths import get
from migrator.trees.quantities import quantity

RULE = Rule(
    id="S09",
    title="Remove limits that kill the daemon",
    why="every CNI plugin runs in the daemon's cgroup: with 50Mi it is OOM-killed "
    "again and again, which blocks all pod creation, and a CPU limit makes every "
    "pod start more slowly (P23)",
    reference="multus-cni#1346, #1416, #1349, #1144",
)

_MINIMUM = 256 * 2**20
_LEAST = "256Mi"
_UPSTREAM_REQUESTS = ("50Mi", "90Mi")
_REASON = (
    "plugins run in the daemon's cgroup: a CPU limit or less than 256Mi of memory blocks pod "
    "creation (P23)"
)
_ABOVE = (
    "plugins run in the daemon's cgroup (P23); the request is above the memory "
    "limit that is removed, so that a server that keeps that limit rejects the "
    "daemon instead of running it with it (P58)"
)


def changes(intent: Intent) -> Iterable[Change]:
    """CPU limit removed; a memory limit below 256Mi too (ruling 8); upstream's requests of thin
    mode replaced, a user's own kept where it is above the memory limit that goes. Init containers
    keep theirs."""
    for form in intent.moving:
        document = form.install.daemonset
        path = (*main_path(form.install), "resources")
        present = get(document.data, path)
        own: Mapping[str, Any] = present if isinstance(present, Mapping) else {}
        wanted = _wanted(own, form.pod["containers"][0]["resources"])
        if present is MISSING or not own:
            yield from change(document, path, wanted, _REASON, RULE, hardening=True)
            continue
        goes = _loses_memory_limit(own, wanted.get("limits", {}))
        for field, reason in (("limits", _REASON), ("requests", _ABOVE if goes else _REASON)):
            at, value = (*path, field), wanted.get(field, MISSING)
            yield from change(document, at, value, reason, RULE, hardening=True)


def _wanted(own: Mapping[str, Any], blueprint: Mapping[str, Any]) -> dict[str, Any]:
    limits = {
        name: value
        for name, value in (own.get("limits") or {}).items()
        if name != "cpu" and not (name == "memory" and _too_small(value))
    }
    requests = dict(own.get("requests") or {})
    if not requests or str(requests.get("memory")) in _UPSTREAM_REQUESTS:
        requests = {**requests, "memory": blueprint["requests"]["memory"]}
    requests.setdefault("cpu", blueprint["requests"]["cpu"])
    if _loses_memory_limit(own, limits):
        usual = blueprint["requests"]["memory"]
        requests["memory"] = _above(own["limits"]["memory"], requests.get("memory", usual), usual)
    memory, limit = quantity(requests.get("memory", "")), quantity(limits.get("memory", ""))
    if memory is not None and limit is not None and memory > limit:
        requests["memory"] = limits["memory"]
    return {"requests": requests, **({"limits": limits} if limits else {})}


def _loses_memory_limit(own: Mapping[str, Any], limits: Mapping[str, Any]) -> bool:
    return "memory" in (own.get("limits") or {}) and "memory" not in limits


def _above(limit: object, request: object, usual: object) -> object:
    """A memory request above the limit that goes. A field that something else than ``kubectl apply``
    had set stays in the cluster (P58): the server then refuses the DaemonSet, which is better than a
    daemon that is killed at that limit. A request that a variable stands for is the user's.

    There is none of the kind for a CPU limit that goes: where that stays, the daemon is slow and
    lives, and a request above a user's two CPUs would keep it off every busy node."""
    if quantity(request) is None or _is_above(request, limit):
        return request
    return usual if _is_above(usual, limit) else _LEAST


def with_room(resources: Mapping[str, Any]) -> dict[str, Any]:
    """Resources none of whose limits can be taken away, each raised to what a daemon needs: 256Mi of memory,
    and what is requested, above which the API server takes no limit. Pure."""
    found, limits = dict(resources), resources.get("limits")
    if not isinstance(limits, Mapping):
        return found
    requests = resources.get("requests") or {}
    raised = {
        name: _LEAST if name == "memory" and _too_small(value) else value
        for name, value in limits.items()
    }
    found["limits"] = {
        name: requests[name] if _is_above(requests.get(name), value) else value
        for name, value in raised.items()
    }
    return found


def _is_above(value: object, other: object) -> bool:
    amounts = quantity(value), quantity(other)
    return amounts[0] is not None and amounts[1] is not None and amounts[0] > amounts[1]


def _too_small(value: object) -> bool:
    amount = quantity(value)
    return amount is not None and amount < _MINIMUM
