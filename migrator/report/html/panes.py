"""Two values side by side: lines, and which of them the other side does not have."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from migrator.report.diff import Difference, Field, Kind
from migrator.report.values import lines

_MOST_LINES: Final = 400
"""Longer texts are shown without marks: comparing them takes quadratic time."""

Line = tuple[str, bool]
"""A line, and whether it is only on this side of two that can be compared line by line."""


class Pane(Struct, frozen=True, kw_only=True):
    """One place before and after. ``path`` is "" where it needs no name of its own."""

    path: str
    kind: Kind
    before: tuple[Line, ...]
    after: tuple[Line, ...]


def panes(difference: Difference) -> tuple[Pane, ...]:
    """One pane for a difference, or one for each field that differs inside its JSON."""
    if difference.inner is None:
        return (_pane("", difference.field),)
    return tuple(_pane(field.path, field) for field in difference.inner)


def _pane(path: str, field: Field) -> Pane:
    before = [] if field.kind == "added" else lines(field.before)
    after = [] if field.kind == "removed" else lines(field.after)
    old, new = _marked(before, after)
    return Pane(path=path, kind=field.kind, before=old, after=new)


def _marked(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[Line, ...], ...]:
    """Marks where both sides are texts of several lines; a single line is new as a whole."""
    alone = min(len(before), len(after)) < 2 or max(len(before), len(after)) > _MOST_LINES
    if alone or before == after:
        return tuple(tuple((line, False) for line in side) for side in (before, after))
    same = difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    old = {block.a + offset for block in same for offset in range(block.size)}
    new = {block.b + offset for block in same for offset in range(block.size)}
    return (
        tuple((line, index not in old) for index, line in enumerate(before)),
        tuple((line, index not in new) for index, line in enumerate(after)),
    )


@lru_cache(maxsize=4096)
def configs(before: str, after: str) -> Pane:
    """Two CNI configs, each written the same way; "" where there is none."""
    left = _pretty(before)
    right = left if before == after else _pretty(after)
    marked = _marked(left, right)
    kind: Kind = "added" if not left else "changed" if right else "removed"
    return Pane(path="", kind=kind, before=marked[0], after=marked[1])


def _pretty(config: str) -> list[str]:
    """JSON with one field a line; what is no JSON stays as it is written."""
    try:
        config = json.dumps(json.loads(config), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        config = config.removesuffix("\n")
    return config.split("\n") if config else []
