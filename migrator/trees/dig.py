"""Reading an object whose shape is not known: every step copes with what is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

NodePath = tuple["str | int", ...]
"""Map keys and list indices, as in ``Document.lines``."""
Node = tuple[NodePath, Mapping[str, Any]]
"""A map with its path."""

_DEPTH = 64
"""Deeper than any real manifest; an anchor that holds itself ends here."""


def dig(value: Any, *path: str | int) -> Any:
    """The value at ``path``, None where any step is missing."""
    for step in path:
        if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101  # dict is fast
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def mapping(value: Any, *path: str | int) -> Mapping[str, Any]:
    """The map at ``path``, {} where it is anything else."""
    found = dig(value, *path)
    return found if isinstance(found, Mapping) else {}


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


def maps(value: Any, path: NodePath = (), without: frozenset[str] = frozenset()) -> Iterator[Node]:
    """Every map below ``value``, itself first, with its path; document order. What stands under a
    key of ``without`` is passed over."""
    todo = [(path, value)]
    while todo:
        at, node = todo.pop()
        if len(at) > _DEPTH:
            continue
        if isinstance(node, dict) or isinstance(node, Mapping):  # noqa: SIM101  # dict is fast
            yield at, node
            below = [
                ((*at, key), child)
                for key, child in node.items()
                if isinstance(child, _CONTAINERS) and isinstance(key, str | int)
                if key not in without
            ]
        elif isinstance(node, list):
            below = [
                ((*at, i), child) for i, child in enumerate(node) if isinstance(child, _CONTAINERS)
            ]
        else:
            continue
        todo.extend(reversed(below))


_CONTAINERS = (dict, list, Mapping)
