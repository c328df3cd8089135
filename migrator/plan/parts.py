"""The parts of an object that are accounted for one by one: together they are the whole object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from migrator.model.inputs import ItemKey, Path
from migrator.trees.paths import LIST_KEYS, keyed

Kind = Literal["volume", "mount", "env", "rbac-rule", "field"]

_DEEP = frozenset(
    {
        *("metadata", "labels", "annotations", "spec", "template", "data", "rules", "subjects"),
        *("containers", "initContainers", "volumes", "volumeMounts", "env", "tolerations"),
        *("imagePullSecrets", "nodeSelector", "resources", "limits", "requests"),
        "securityContext",
    }
)
"""Fields whose entries are parts of their own; everything else is one part as it stands."""
_KINDS: Mapping[str, Kind] = {
    "volumes": "volume",
    "volumeMounts": "mount",
    "env": "env",
    "rules": "rbac-rule",
}
_SERVERS = frozenset(
    {
        ("status",),
        ("kind",),
        *(
            ("metadata", field)
            for field in (
                *("managedFields", "resourceVersion", "uid", "generation", "selfLink"),
                "creationTimestamp",
            )
        ),
    }
)
"""What the server writes, and the kind itself."""


class Part(Struct, frozen=True, kw_only=True):
    """``path`` addresses list items by their merge key, ``at`` by their index (for source lines)."""

    kind: Kind
    path: Path
    at: tuple[str | int, ...]
    value: Any


def parts(tree: Any, path: Path = (), at: tuple[str | int, ...] = ()) -> Iterator[Part]:
    """Every part below ``tree``, in the order of the document. An empty map or list is one."""
    if at in _SERVERS:
        return
    field = next((step for step in reversed(at) if isinstance(step, str)), "")
    inside = not at or field in _DEEP
    if inside and isinstance(tree, Mapping) and tree:
        for key, value in tree.items():
            yield from parts(value, (*path, str(key)), (*at, str(key)))
    elif at and at[-1] in _DEEP and isinstance(tree, list) and tree:
        yield from _items(tree, path, at)
    else:
        yield Part(kind=_kind(at), path=path, at=at, value=tree)


def _items(items: list[Any], path: Path, at: tuple[str | int, ...]) -> Iterator[Part]:
    field = str(at[-1])
    name = LIST_KEYS.get(field)
    by_name = keyed(items, name) is not None if name else False
    for index, item in enumerate(items):
        key = ItemKey(name, str(item[name])) if name and by_name else index
        if field in ("containers", "initContainers") and isinstance(item, Mapping) and item:
            yield from _container(item, (*path, key), (*at, index))
        else:
            yield Part(kind=_kind(at), path=(*path, key), at=(*at, index), value=item)


def _container(item: Mapping[str, Any], path: Path, at: tuple[str | int, ...]) -> Iterator[Part]:
    for key, value in item.items():
        yield from parts(value, (*path, str(key)), (*at, str(key)))


def _kind(at: tuple[str | int, ...]) -> Kind:
    field = next((step for step in reversed(at) if isinstance(step, str)), "")
    return _KINDS.get(field, "field")
