"""What a server makes of an object that is applied, as far as it decides about a rollout.

Client-side apply takes away what the last-applied annotation has and the new object has not;
server-side apply what the same manager had set, and no other manager has. Nothing else goes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Object = dict[str, Any]

_KEYS: Final = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "volumeMounts": "mountPath",
    "imagePullSecrets": "name",
}
"""patchMergeKey of the lists of a pod; every other list is replaced as a whole."""


def merged(live: Any, removed: Sequence[Any], new: Any, field: str = "") -> Any:
    """``live`` with all of ``new``, without what every one of ``removed`` says was set and is not in
    ``new``; ``removed`` are earlier objects."""
    if isinstance(live, Mapping) and isinstance(new, Mapping):
        return _maps(live, [r for r in removed if isinstance(r, Mapping)], new)
    key = _KEYS.get(field)
    if key and isinstance(live, list) and isinstance(new, list):
        return _lists(live, [r for r in removed if isinstance(r, list)], new, key)
    return copy.deepcopy(new)


def _maps(
    live: Mapping[str, Any], removed: Sequence[Mapping[str, Any]], new: Mapping[str, Any]
) -> Object:
    made: Object = {}
    for name in [*live, *(n for n in new if n not in live)]:
        if name in new:
            before = [r[name] for r in removed if name in r]
            made[name] = merged(live.get(name), before, new[name], name)
        elif not any(name in r for r in removed):
            made[name] = live[name]
        else:
            inner = [r[name] for r in removed if name in r]
            if isinstance(live[name], Mapping) and all(isinstance(i, Mapping) for i in inner):
                rest = _maps(live[name], inner, {})
                if rest:  # what somebody else has set below it stays
                    made[name] = rest
    return made


def _lists(live: list[Any], removed: Sequence[list[Any]], new: list[Any], key: str) -> list[Any]:
    here = {item[key]: item for item in live}
    wanted = {item[key]: item for item in new}
    gone = [{item[key]: item for item in r} for r in removed]
    made = [
        merged(here.get(name), [g[name] for g in gone if name in g], item)
        for name, item in wanted.items()
    ]
    return made + [
        item
        for name, item in here.items()
        if name not in wanted and not any(name in g for g in gone)
    ]


def without(owned: Any, others: Iterable[Any], field: str = "") -> Any:
    """What of ``owned`` none of ``others`` has set too: only that can be taken away."""
    others = list(others)
    if isinstance(owned, Mapping):
        made = {}
        for name, value in owned.items():
            theirs = [o[name] for o in others if isinstance(o, Mapping) and name in o]
            if not theirs:
                made[name] = value
            elif isinstance(value, (Mapping, list)):
                rest = without(value, theirs, name)
                if rest:
                    made[name] = rest
        return made
    key = _KEYS.get(field)
    if key and isinstance(owned, list):
        kept = []
        for item in owned:
            theirs = [i for o in others if isinstance(o, list) for i in o if i[key] == item[key]]
            if not theirs:
                kept.append(item)
            elif rest := without(item, theirs):
                kept.append({key: item[key], **rest})
        return kept
    return [] if others else owned


def rejection(obj: Object) -> str:
    """Why the server refuses a DaemonSet, "" where it does not: the case that was recorded."""
    pod = obj.get("spec", {}).get("template", {}).get("spec", {})
    for at, container in enumerate(pod.get("containers", [])):
        resources = container.get("resources") or {}
        for name in resources.get("limits") or {}:
            asked, limit = (resources.get("requests") or {}).get(name), resources["limits"][name]
            if asked and amount(asked) > amount(limit):
                return (
                    f'The DaemonSet "{obj["metadata"]["name"]}" is invalid: '
                    f'spec.template.spec.containers[{at}].resources.requests: Invalid value: "{asked}": '
                    f"must be less than or equal to {name} limit of {limit}"
                )
    return ""


_FACTORS: Final = {"": 1.0, "m": 0.001, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}


def amount(quantity: object) -> float:
    """A quantity as a number. Errors: KeyError for a unit that no sample has."""
    text = str(quantity)
    digits = text.rstrip("KMGim")
    return float(digits) * _FACTORS[text[len(digits) :]]
