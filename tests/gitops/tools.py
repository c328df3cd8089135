"""What the tables of this room share."""

from __future__ import annotations

from typing import Any

from migrator.gitops.rewrite import rewritten


def turned(before: str, wanted: Any, number: int = 0) -> str:
    """The text with a tree in the place of one of its documents."""
    return rewritten(before, {number: wanted}, file="app.yaml")
