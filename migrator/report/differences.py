"""Where two trees differ: named lists are compared by identity, lists of plain values as one.

deepdiff compares lists whose items have no identity; it is imported only here, and only its
comparison is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.trees import paths

_BOOL: Final = "bool"
"""Marks true and false in a list of plain values, where deepdiff takes true for 1 as Python does."""


def leaves(before: Any, after: Any, field: str) -> Iterator[tuple[Path, Any, Any]]:
    """Each differing place of two trees in the order in which they stand there."""
    old, new = _identified(before, field), _identified(after, field)
    for place in sorted(_places(old, new, ()), key=lambda path: _position(path, old, new)):
        yield place, _restored(_at(old, place)), _restored(_at(new, place))
    yield from _reordered(old, new, ())


def _places(old: Any, new: Any, path: Path) -> Iterator[Path]:
    """Maps key by key; a list of plain values is one value."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            if key in old and key in new:
                yield from _places(old[key], new[key], (*path, key))
            else:
                yield (*path, key)
    elif isinstance(old, list) and isinstance(new, list) and not (scalars(old) and scalars(new)):
        yield from ((*path, *place) for place in _by_deepdiff(old, new))
    elif not _alike(old, new):
        yield path


def _alike(old: Any, new: Any) -> bool:
    """Whether two plain values, or lists of such, are written alike: 1 is not 1.0."""
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_alike, old, new))
    return type(old) is type(new) and bool(old == new)


def _by_deepdiff(old: Any, new: Any) -> Iterable[Path]:
    """What differs in two trees, among them lists whose items have no identity."""
    from deepdiff import DeepDiff  # starts slowly, and few plans have such lists

    found = DeepDiff(
        old,
        new,
        view="tree",
        verbose_level=2,
        ignore_order=False,
        # 0.33 by default: few common keys would be shown as one change of everything
        threshold_to_diff_deeper=0,
        # True by default: a key that begins with two underscores would not be compared
        ignore_private_variables=False,
    )
    return {
        _whole_list(tuple(level.path(output_format="list")), old, new)
        for levels in found.values()
        for level in levels
    }


def _reordered(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    """Named lists whose common items stand in another order: plugins run in theirs."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return
    before, after = (
        [key for key in one if key in other] for one, other in ((old, new), (new, old))
    )
    if before != after and all(isinstance(key, ItemKey) for key in before):
        yield (*path, "order"), [key.value for key in old], [key.value for key in new]
    for key in before:
        yield from _reordered(old[key], new[key], (*path, key))


def _identified(tree: Any, field: str) -> Any:
    """Lists of named maps as maps from their ItemKey, so that items meet by identity and no
    order has to be ignored."""
    if isinstance(tree, Mapping):
        return {key: _identified(value, str(key)) for key, value in tree.items()}
    if not isinstance(tree, list):
        return tree
    if scalars(tree):
        return [(_BOOL, item) if isinstance(item, bool) else item for item in tree]
    items = [_identified(item, "") for item in tree]
    keys = _keys(tree, field)
    return dict(zip(keys, items, strict=True)) if keys else items


def _keys(items: list[Any], field: str) -> list[ItemKey]:
    """The identities of a list's items, [] where they have none. CNI plugins are known by their
    type, rules of a role by their resources."""
    known = paths.LIST_KEYS.get(field)
    for name in (known,) if known else ("name", "type", "resources"):
        values = [_identity(item, name) for item in items]
        if values and all(values) and len(set(values)) == len(values):
            return [ItemKey(name, value) for value in values]
    return []


def _identity(item: Any, name: str) -> str:
    value = item.get(name) if isinstance(item, Mapping) else None
    if isinstance(value, list) and name == "resources" and scalars(value):
        return ",".join(map(str, value))
    return value if isinstance(value, str) else ""


def scalars(items: list[Any]) -> bool:
    """Whether a list holds neither maps nor lists."""
    return not any(isinstance(item, (Mapping, list)) for item in items)


def _whole_list(path: Path, old: Any, new: Any) -> Path:
    """A list of plain values is one value: the path ends where it begins."""
    for depth in range(len(path)):
        sides = [_at(tree, path[:depth]) for tree in (old, new)]
        if all(isinstance(side, list) and scalars(side) for side in sides):
            return path[:depth]
    return path


def _at(tree: Any, path: Path) -> Any:
    for segment in path:
        is_item = isinstance(tree, list) and isinstance(segment, int) and segment < len(tree)
        if not is_item and not (isinstance(tree, Mapping) and segment in tree):
            return MISSING
        tree = tree[segment]
    return tree


def _position(path: Path, old: Any, new: Any) -> tuple[int, ...]:
    """Where a path stands in a document: what only the new one has comes after the old."""
    position: list[int] = []
    for segment in path:
        keys = [
            *(old if isinstance(old, Mapping) else ()),
            *(new if isinstance(new, Mapping) else ()),
        ]
        position.append(segment if isinstance(segment, int) else keys.index(segment))
        old, new = _at(old, (segment,)), _at(new, (segment,))
    return tuple(position)


def _restored(tree: Any) -> Any:
    """The inverse of `_identified`."""
    if isinstance(tree, Mapping):
        values = [_restored(value) for value in tree.values()]
        if tree and all(isinstance(key, ItemKey) for key in tree):
            return values
        return dict(zip(tree, values, strict=True))
    if isinstance(tree, tuple):
        return tree[1]
    return [_restored(item) for item in tree] if isinstance(tree, list) else tree
