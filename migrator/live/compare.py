"""A built object against a live one: every leaf of what is built has to be there, and nothing of
what goes; what the API server and its controllers add is no drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.live.records import Drift
from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.trees.paths import LIST_KEYS, diff_paths, get, keyed, same
from migrator.trees.quantities import quantity

_DEFAULTS: Final[Mapping[str, tuple[Any, ...]]] = {
    "dnsPolicy": ("ClusterFirst",),
    "imagePullPolicy": ("Always", "IfNotPresent"),
    "protocol": ("TCP",),
    "restartPolicy": ("Always",),
    "revisionHistoryLimit": (10,),
    "schedulerName": ("default-scheduler",),
    "terminationGracePeriodSeconds": (30,),
    "terminationMessagePath": ("/dev/termination-log",),
    "terminationMessagePolicy": ("File",),
}
"""What the API server fills in where a field is absent, by the field's name (k8s.io/kubernetes
pkg/apis/core/v1/defaults.go and pkg/apis/apps/v1/defaults.go)."""
_QUANTITIES: Final = frozenset({"limits", "requests"})

_Place = tuple[Path, Any, Any]
"""(path, what has to be there, what is); MISSING for nothing."""


def drifts(built: Any, other: Any, live: Any) -> tuple[Drift, ...]:
    """Where ``live`` is not ``built``; ``other`` is the object on the other side of the move, or
    the same where the plan leaves it alone."""
    found = [*lacking(built, live), *_staying(built, other, live)]
    return tuple(
        Drift(
            path=path,
            expected=expected,
            found=there,
            other=other is not built and _as_in(other, path, there),
        )
        for path, expected, there in found
    )


def lacking(built: Any, live: Any, path: Path = ()) -> Iterator[_Place]:
    """The leaves of ``built`` that ``live`` has not got; of what it lacks whole, the whole."""
    if is_nothing(live) and path:
        if not is_nothing(built) and not is_default(path, built):
            yield path, built, live
    elif isinstance(built, Mapping) and isinstance(live, Mapping):
        for key, value in built.items():
            yield from lacking(value, live.get(key, MISSING), (*path, key))
    elif isinstance(built, list) and isinstance(live, list):
        yield from _lacking_items(built, live, path)
    elif not (is_nothing(built) and is_default(path, live)) and not _equal(path, built, live):
        yield path, built, live


def _lacking_items(built: list[Any], live: list[Any], path: Path) -> Iterator[_Place]:
    key = _merge_key(path)
    wanted, there = (keyed(built, key), keyed(live, key)) if key else (None, None)
    if key and wanted is not None and there is not None:
        for name, item in wanted.items():
            at = (*path, ItemKey(key, name))
            yield from lacking(item, there.get(name, MISSING), at)
    elif len(built) != len(live) or any(
        True for one, two in zip(built, live, strict=True) for _ in lacking(one, two, (*path, 0))
    ):
        yield path, built, live


def _staying(built: Any, other: Any, live: Any) -> Iterator[_Place]:
    """What only the other side has, and is there."""
    for path, gone, kept in diff_paths(other, built) if other is not built else ():
        key = _merge_key(path)
        old, new = (keyed(gone, key), keyed(kept, key)) if key else (None, None)
        if kept is MISSING:
            yield from _there(gone, get(live, path), path)
        elif key and old is not None and new is not None:  # the same items in another order
            left = [item for name, item in old.items() if name not in new]
            yield from _there(left, get(live, path), path)


def _there(gone: Any, live: Any, path: Path) -> Iterator[_Place]:
    if is_nothing(live) or is_default(path, live):
        return
    inner = isinstance(gone, Mapping) and isinstance(live, Mapping)
    if inner and not (path and isinstance(path[-1], ItemKey)):
        for key, value in gone.items():
            yield from _there(value, live.get(key, MISSING), (*path, key))
        return
    key = _merge_key(path)
    old, there = (keyed(gone, key), keyed(live, key)) if key else (None, None)
    if key and old is not None and there is not None:
        for name in old:
            yield from _there(old[name], there.get(name, MISSING), (*path, ItemKey(key, name)))
    else:
        yield path, MISSING, live


def _merge_key(path: Path) -> str | None:
    return LIST_KEYS.get(path[-1]) if path and isinstance(path[-1], str) else None


def _as_in(other: Any, path: Path, there: Any) -> bool:
    there_too = get(other, path)
    if is_nothing(there_too) or is_nothing(there):
        return is_nothing(there_too) and is_nothing(there)
    return not any(True for _ in lacking(there_too, there, path))


def is_nothing(value: Any) -> bool:
    """Whether a value is as good as absent: the API server leaves out what is empty, false or 0."""
    if isinstance(value, Mapping):
        return all(map(is_nothing, value.values()))
    if isinstance(value, list):
        return not value
    return value is MISSING or value is None or value is False or value in ("", 0)


def is_default(path: Path, value: Any) -> bool:
    """Whether a value is what the API server puts where a manifest says nothing."""
    name = path[-1] if path else None
    return isinstance(name, str) and any(same(value, each) for each in _DEFAULTS.get(name, ()))


def _equal(path: Path, built: Any, live: Any) -> bool:
    """Quantities are written anew by the API server: 1000m is 1 there, and 1024Mi is 1Gi."""
    if same(built, live):
        return True
    if _QUANTITIES.isdisjoint(path):
        return False
    amounts = quantity(built), quantity(live)
    return None not in amounts and amounts[0] == amounts[1]
