"""Reading an object whose shape is not known: every step copes with what is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

NodePath = tuple["str | int", ...]
"""Map keys and list indices, as in ``Document.lines``."""
Node = tuple[NodePath, Mapping[str, Any]]
"""A map with its path."""

MAP = (dict, Mapping)
"""What a map may be. Nearly all are a dict; whether something is another kind of Mapping Python answers
slowly."""
_DEPTH = 64
"""Deeper than any real manifest; an anchor that holds itself ends here."""


def dig(value: Any, *path: str | int) -> Any:
    """The value at ``path``, None where any step is missing."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list):
            if not isinstance(step, int) or step >= len(value):
                return None
            value = value[step]
        elif value is None or not isinstance(value, Mapping):
            return None
        else:
            value = value.get(step)
    return value


def mapping(value: Any, *path: str | int) -> Mapping[str, Any]:
    """The map at ``path``, {} where it is anything else."""
    found = dig(value, *path)
    if found is None:
        return {}
    return found if isinstance(found, MAP) else {}


def string(value: Any, *path: str | int) -> str:
    """The string at ``path``, "" where it is anything else."""
    found = dig(value, *path)
    return found if isinstance(found, str) else ""


def strings(value: Any, *path: str | int) -> dict[str, str]:
    """The string entries of the map at ``path``: labels, annotations, ConfigMap data."""
    return {k: v for k, v in mapping(value, *path).items() if isinstance(v, str)}


def scalar(value: Any, *path: str | int) -> str:
    """The scalar at ``path`` as a Helm template or a ConfigMap would print it, "" if absent."""
    found = dig(value, *path)
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int | float) else ""


def texts(value: Any) -> Iterator[str]:
    """Every string of a tree that is a value, in document order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for below in value.values():
            yield from texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from texts(below)


def keys_and_texts(value: Any) -> Iterator[str]:
    """Every string of a tree, in no order."""
    todo = [value]
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, list):
            todo.extend(node)
        elif type(node) not in _SCALARS and isinstance(node, Mapping):
            todo.extend(node.keys())
            todo.extend(node.values())


def maps(value: Any, path: NodePath = (), without: frozenset[str] = frozenset()) -> Iterator[Node]:
    """Every map below ``value``, itself first, with its path; document order. What stands under a
    key of ``without`` is passed over."""
    todo = [(path, value)] if _is_container(value) else []
    while todo:
        at, node = todo.pop()
        if len(at) > _DEPTH:
            continue
        if isinstance(node, list):
            below = [((*at, i), child) for i, child in enumerate(node) if _is_container(child)]
        else:
            yield at, node
            below = [
                ((*at, key), child)
                for key, child in node.items()
                if type(child) not in _SCALARS and isinstance(child, _CONTAINERS)
                if isinstance(key, str | int)
                if key not in without
            ]
        todo.extend(reversed(below))


_SCALARS = frozenset({str, int, float, bool, type(None)})
"""What most values are. Whether one is a Mapping, an abstract class, is asked last: Python answers
that, and slowly."""
_CONTAINERS = (dict, list, Mapping)


def _is_container(value: Any) -> bool:
    return type(value) not in _SCALARS and isinstance(value, _CONTAINERS)
