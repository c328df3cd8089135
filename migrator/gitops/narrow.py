"""The patches that are committed within a kustomization or a release, with lines that end where those of
the file around them do."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from migrator.gitops.texts import Layout
from migrator.trees.laid_out import neat

_OURS: Final = re.compile(r"# (?:Guard|Strategic merge patch) of ")
"""How the texts of `inline_patches` begin."""
_ROOM: Final = 40


def narrowed(tree: Any, there: Collection[str], layout: Layout, column: int = 0) -> Any:
    """A tree whose keys stand at ``column``: each patch of this tool that is not ``there`` yet says the same
    on lines of ``layout.width`` columns, if they end."""
    if isinstance(tree, Mapping):
        return {
            key: _patch(value, layout, column)
            if key == "patch" and _is_new(value, there)
            else narrowed(value, there, layout, _below(value, layout, column))
            for key, value in tree.items()
        }
    if isinstance(tree, list):
        return [narrowed(item, there, layout, column + layout.gap) for item in tree]
    return tree


def _below(value: Any, layout: Layout, column: int) -> int:
    return column + (layout.lists if isinstance(value, list) else layout.maps)


def _is_new(value: Any, there: Collection[str]) -> bool:
    return isinstance(value, str) and value not in there and bool(_OURS.match(value))


def _patch(text: str, layout: Layout, column: int) -> str:
    room = max(layout.width - column - layout.maps, _ROOM) if layout.width else None
    return neat(text, lists=0, width=room, within=True)
