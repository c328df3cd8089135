"""Paths into an object: look up, put, compare, and write them for people.

Named lists (containers, volumes, mounts ...) are sets keyed by their merge key here, as the API
server and kustomize see them; every other list is one value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.trees.dig import MAP

LIST_KEYS: Final[Mapping[str, str]] = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "volumes": "name",
    "env": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "imagePullSecrets": "name",
}
"""Merge key of a list by its field name (patchMergeKey, k8s.io/api core/v1 types.go)."""

ORDERED: Final = frozenset({"containers", "initContainers", "env"})
"""Named lists whose order has a meaning: kubectl takes the first container by default, init
containers run one after the other, and $(VAR) refers to what stands above."""


def related(one: Path, other: Path) -> bool:
    """Whether one path is the beginning of the other."""
    return one[: len(other)] == other[: len(one)]


def get(tree: Any, path: Path) -> Any:
    """The value at ``path``, MISSING where there is none. Of equal items the first counts."""
    for segment in path:
        tree = _child(tree, segment)
    return tree


def locate(tree: Any, path: Path) -> tuple[tuple[str | int, ...], Any]:
    """(the path with list indices, as lines are recorded, the value or MISSING); the path ends at
    the last parent that is there."""
    real: tuple[str | int, ...] = ()
    for segment in path:
        step = find_item(tree, segment) if isinstance(segment, ItemKey) else segment
        child = MISSING if step is None else _child(tree, step)
        if step is None or child is MISSING:
            return real, MISSING
        real, tree = (*real, step), child
    return real, tree


def _child(tree: Any, segment: str | int | ItemKey) -> Any:
    if isinstance(segment, ItemKey):
        index = find_item(tree, segment)
        return MISSING if index is None else tree[index]
    if isinstance(tree, MAP):
        return tree.get(segment, MISSING)
    if isinstance(tree, list) and isinstance(segment, int) and 0 <= segment < len(tree):
        return tree[segment]
    return MISSING


def put(tree: Any, path: Path, value: Any) -> Any:
    """A copy of ``tree`` with ``value`` at ``path`` (MISSING removes it).

    Missing parents are made; a new list item goes last. Only what lies on the path is copied.
    """
    if not path:
        return value
    segment, rest = path[0], path[1:]
    if isinstance(segment, ItemKey):
        return _put_item(tree, segment, rest, value)
    if isinstance(segment, int):
        return _put_index(tree, segment, rest, value)
    return _put_key(tree, segment, rest, value)


def _put_key(tree: Any, key: str, rest: Path, value: Any) -> Any:
    old: Mapping[str, Any] = {} if tree is MISSING or tree is None else tree
    if not isinstance(old, Mapping):
        raise MigratorError(f"no map at key {key!r} but {type(tree).__name__}")
    new = put(old.get(key, MISSING), rest, value)
    if new is not MISSING:
        return {**old, key: new}
    return {k: v for k, v in old.items() if k != key} if key in old else tree


def _put_item(tree: Any, item: ItemKey, rest: Path, value: Any) -> Any:
    items = _list(tree, item)
    index = find_item(items, item)
    if index is None:
        if value is MISSING:
            return tree
        return [*items, put({item.field: item.value} if rest else MISSING, rest, value)]
    new = put(items[index], rest, value)
    return [*items[:index], *([] if new is MISSING else [new]), *items[index + 1 :]]


def _put_index(tree: Any, index: int, rest: Path, value: Any) -> Any:
    items = _list(tree, index)
    if index > len(items):
        raise MigratorError(f"no item {index} in a list of {len(items)}")
    old = items[index] if index < len(items) else MISSING
    new = put(old, rest, value)
    return [*items[:index], *([] if new is MISSING else [new]), *items[index + 1 :]]


def _list(tree: Any, segment: object) -> list[Any]:
    if tree is MISSING or tree is None:
        return []
    if not isinstance(tree, list):
        raise MigratorError(f"no list at {segment} but {type(tree).__name__}")
    return tree


def find_item(tree: Any, item: ItemKey) -> int | None:
    """Index of the first item that ``item`` addresses, None without one."""
    if isinstance(tree, list):
        for index, candidate in enumerate(tree):
            if isinstance(candidate, MAP) and str(candidate.get(item.field)) == item.value:
                return index
    return None


def keyed(items: Any, key: str) -> dict[str, Any] | None:
    """The items by merge key, or None: not all are maps with it, or two share a value."""
    if not isinstance(items, list):
        return None
    result: dict[str, Any] = {}
    for item in items:
        value = item.get(key) if isinstance(item, MAP) else None
        if not isinstance(value, str) or value in result:
            return None
        result[value] = item
    return result


def same(left: Any, right: Any) -> bool:
    """Deep equality as JSON has it: ``True`` is not 1, lists keep their order."""
    if left is right:
        return True
    if isinstance(left, str):
        return bool(left == right)
    if isinstance(left, MAP) and isinstance(right, MAP):
        return left.keys() == right.keys() and all(same(v, right[k]) for k, v in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def diff_paths(before: Any, after: Any) -> list[tuple[Path, Any, Any]]:
    """Each place that differs: (path, value before, value after), MISSING where there is none.

    A value that one side lacks is one place, whatever it holds. Items of named lists are
    compared by merge key; a list with doubled keys is one value, and so is one of ORDERED whose
    items are in another order (new ones belong at the end, as ``put`` does it).
    """
    return list(_diff(before, after, ()))


def _diff(before: Any, after: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    if before is after:
        return
    if isinstance(before, MAP) and isinstance(after, MAP):
        yield from _diff_maps(before, after, path)
        return
    key = LIST_KEYS.get(path[-1]) if path and isinstance(path[-1], str) else None
    old, new = (keyed(before, key), keyed(after, key)) if key else (None, None)
    if key and old is not None and new is not None and _in_order(path, old, new):
        for name in dict.fromkeys([*old, *new]):
            item = (*path, ItemKey(key, name))
            yield from _diff(old.get(name, MISSING), new.get(name, MISSING), item)
    elif not same(before, after):
        yield path, before, after


def _in_order(path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    kept_then_new = [*(name for name in old if name in new), *(n for n in new if n not in old)]
    return path[-1] not in ORDERED or kept_then_new == list(new)


def _diff_maps(
    before: Mapping[str, Any], after: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, Any, Any]]:
    for key in dict.fromkeys([*before, *after]):
        yield from _diff(before.get(key, MISSING), after.get(key, MISSING), (*path, key))


_PLAIN_KEY: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_-]*")
_PLAIN_VALUE: Final = re.compile(r"[A-Za-z0-9_./:@$-]+")
_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_SEGMENT: Final = re.compile(
    rf"(?P<dot>\.?)(?P<key>{_PLAIN_KEY.pattern})"
    rf"|\[(?P<index>[0-9]+)\]"
    rf"|\[(?P<quoted>{_STRING})\]"
    rf"|\[(?P<field>{_PLAIN_KEY.pattern})=(?P<value>{_STRING}|{_PLAIN_VALUE.pattern})\]"
)


def format_path(path: Path) -> str:
    """``spec.containers[name=kube-multus].args``; keys that are no plain words are quoted:
    ``metadata.annotations["k8s.v1.cni.cncf.io/networks"]``. "" is the whole object."""
    text = ""
    for segment in path:
        if isinstance(segment, ItemKey):
            value = segment.value
            shown = value if _PLAIN_VALUE.fullmatch(value) else json.dumps(value)
            text += f"[{segment.field}={shown}]"
        elif isinstance(segment, int):
            text += f"[{segment}]"
        elif _PLAIN_KEY.fullmatch(segment):
            text += f".{segment}" if text else segment
        else:
            text += f"[{json.dumps(segment)}]"
    return text


def parse_path(text: str) -> Path:
    """The path that ``format_path`` wrote. Errors: MigratorError where it is none."""
    path: list[str | int | ItemKey] = []
    position = 0
    while position < len(text):
        match = _SEGMENT.match(text, position)
        if match is None or (match["key"] and bool(match["dot"]) != bool(path)):
            raise MigratorError(f"not a path: {text!r} (at character {position + 1})")
        path.append(_segment(match))
        position = match.end()
    return tuple(path)


def _segment(match: re.Match[str]) -> str | int | ItemKey:
    if match["index"]:
        return int(match["index"])
    if match["field"]:
        return ItemKey(match["field"], _unquoted(match["value"]))
    return match["key"] or _unquoted(match["quoted"])


def _unquoted(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text
