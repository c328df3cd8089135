"""What differs between two objects, as patches for kustomize.

A strategic merge patch says it wherever it can. Seen in kustomize 5.5, which decides the rest:
named lists of a pod spec merge by key, patched items first; an item ``$patch: replace`` makes the
others the whole list, in lists that merge and only there (elsewhere it stays as an item); a map
may have ``$patch: replace``; null deletes; a map cannot become a scalar, nor a string
another scalar; an empty list deletes nothing from one that merges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.trees.paths import LIST_KEYS, ORDERED, keyed, same

_TEMPLATE: Final = ("spec", "template", "spec")
_POD_SPECS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("v1", "Pod"): ("spec",),
    ("v1", "ReplicationController"): _TEMPLATE,
    ("apps/v1", "DaemonSet"): _TEMPLATE,
    ("apps/v1", "Deployment"): _TEMPLATE,
    ("apps/v1", "ReplicaSet"): _TEMPLATE,
    ("apps/v1", "StatefulSet"): _TEMPLATE,
    ("batch/v1", "Job"): _TEMPLATE,
    ("batch/v1", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE),
}
_CONTAINERS: Final = ("containers", "initContainers")
_POD_LISTS: Final = frozenset({*_CONTAINERS, "volumes", "imagePullSecrets"})
_CONTAINER_LISTS: Final = frozenset({"env", "volumeMounts"})
_REPLACEABLE: Final = frozenset({*_CONTAINER_LISTS, "volumeDevices", "ports"})


class Patches(NamedTuple):
    """``replaced`` are (path of map keys, new value) for JSON6902, which come first; ``merge`` is
    the strategic merge patch of the rest, without the object's identity ({} if there is none)."""

    replaced: list[tuple[Path, Any]]
    merge: dict[str, Any]


class _NotMergeable(Exception):
    """A strategic merge patch cannot turn this list item, or list, into the other."""


def patches(before: Mapping[str, Any], after: Mapping[str, Any]) -> Patches:
    """What turns ``before`` into ``after``. The apiVersion of ``after`` decides what merges:
    kustomize knows the lists of the types of its OpenAPI document, and no others."""
    pod = pod_path(str(after.get("apiVersion")), str(after.get("kind")))
    replaced: list[tuple[Path, Any]] = []
    merge = _map(before, after, (), _Context(pod, replaced))
    return Patches(replaced, merge)


def pod_path(api_version: str, kind: str) -> tuple[str, ...] | None:
    """Where the pod spec stands in a type whose lists kustomize merges, None in any other."""
    return _POD_SPECS.get((api_version, kind))


class _Context(NamedTuple):
    """``pod`` is where lists merge (None: nowhere); ``replaced`` is None within a list item,
    where a JSON6902 path would need an index (K13)."""

    pod: Path | None
    replaced: list[tuple[Path, Any]] | None


def _map(
    before: Mapping[str, Any], after: Mapping[str, Any], path: Path, context: _Context
) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    for key, value in after.items():
        if key not in before:
            patch[key] = value
        elif not same(before[key], value):
            new = _value(before[key], value, (*path, key), context)
            if new is not MISSING:
                patch[key] = new
    patch.update({key: None for key in before if key not in after})
    return patch


def _value(before: Any, after: Any, path: Path, context: _Context) -> Any:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        try:
            return _map(before, after, path, context) or MISSING
        except _NotMergeable:
            return {"$patch": "replace", **after}
    if isinstance(before, list) and isinstance(after, list):
        return _list(before, after, path, context)
    if before is None or not _changes_type(before, after):
        return after
    if context.replaced is None:
        raise _NotMergeable
    context.replaced.append((path, after))
    return MISSING


def _changes_type(before: Any, after: Any) -> bool:
    """kustomize also keeps the quotes of a string that a number or a boolean replaces."""
    return any(isinstance(before, t) != isinstance(after, t) for t in (Mapping, list)) or (
        isinstance(before, str) and not isinstance(after, str)
    )


def _list(before: list[Any], after: list[Any], path: Path, context: _Context) -> Any:
    key = _merge_key(path, context.pod)
    if key:
        try:
            return _items(before, after, key, path, context)
        except _NotMergeable:
            pass
    if context.replaced is not None:
        context.replaced.append((path, after))
        return MISSING
    if path[-1] in _REPLACEABLE and isinstance(path[-2], ItemKey):
        return [{"$patch": "replace"}, *after]
    return after


def _merge_key(path: Path, pod: Path | None) -> str | None:
    """The key by which kustomize merges the list at ``path``, None if it does not."""
    if pod is None or path[: len(pod)] != pod:
        return None
    match path[len(pod) :]:
        case (str(field),) if field in _POD_LISTS:
            return LIST_KEYS[field]
        case (str(parent), ItemKey(), str(field)) if parent in _CONTAINERS:
            return LIST_KEYS[field] if field in _CONTAINER_LISTS else None
    return None


def _items(
    before: list[Any], after: list[Any], key: str, path: Path, context: _Context
) -> list[dict[str, Any]]:
    old, new = keyed(before, key), keyed(after, key)
    if old is None or new is None:
        raise _NotMergeable
    patched: dict[str, dict[str, Any]] = {}
    for name, item in new.items():
        if name not in old:
            patched[name] = {key: name, **item}
        elif not same(old[name], item):
            inner = _Context(context.pod, None)
            changes = _map(old[name], item, (*path, ItemKey(key, name)), inner)
            patched[name] = {key: name, **changes}
    built = [*patched, *(name for name in old if name in new and name not in patched)]
    if path[-1] in ORDERED and built != list(new):
        patched = {name: patched.get(name, {key: name}) for name in new}
    deleted = [{key: name, "$patch": "delete"} for name in old if name not in new]
    return [*patched.values(), *deleted]
