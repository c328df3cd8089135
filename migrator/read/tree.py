"""A parsed document: its value, and where each part of it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from migrator.model.inputs import Problem
from migrator.trees.dig import MAP


class LineTree(NamedTuple):
    """The line of a value and, for a map or a list, the trees of what it holds."""

    line: int
    children: Mapping[str, LineTree] | Sequence[LineTree] | None = None

    def child(self, step: str | int) -> LineTree | None:
        """The tree below one map key or list index, None if there is none."""
        children = self.children
        if children is None:
            return None
        if isinstance(children, MAP):
            return children.get(step) if isinstance(step, str) else None
        if isinstance(step, str):
            return None
        return children[step] if 0 <= step < len(children) else None


class Parsed(NamedTuple):
    """One document of a stream. ``problems`` matter only if it is a Kubernetes object."""

    value: Any
    lines: LineTree
    problems: tuple[Problem, ...] = ()


class LineMap(Mapping[tuple[str | int, ...], int]):
    """A LineTree as the mapping from path to 1-based line that a Document carries."""

    __slots__ = ("tree",)

    def __init__(self, tree: LineTree) -> None:
        self.tree = tree

    def __getitem__(self, path: tuple[str | int, ...]) -> int:
        tree: LineTree | None = self.tree
        for step in path:
            tree = tree.child(step) if tree else None
        if tree is None:
            raise KeyError(path)
        return tree.line

    def __iter__(self) -> Iterator[tuple[str | int, ...]]:
        return _paths(self.tree)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _paths(tree: LineTree) -> Iterator[tuple[str | int, ...]]:
    yield ()
    children = tree.children
    if children is None:
        return
    pairs = children.items() if isinstance(children, Mapping) else enumerate(children)
    for step, child in pairs:
        for path in _paths(child):
            yield (step, *path)
