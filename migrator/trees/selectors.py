"""The targets of patches, which strangers write."""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = re.compile(r"[\w./-]*")
"""A regular expression, or a part of one between two ``.*``, that means what it says."""


def may_match(pattern: str, value: str) -> bool:
    """Whether a field of a target, a regular expression that is anchored on both sides, takes a value;
    "" takes all, and so may each whose meaning is not seen at once: strangers write them, and some
    take for ever (kustomize, api/types/selector.go)."""
    if not pattern:
        return True
    ways = pattern.removeprefix("^").removesuffix("$").split("|")
    parts = [way.split(".*") for way in ways]
    if not all(_PLAIN.fullmatch(part) for way in parts for part in way):
        return True
    return any(_is_made_of(way, value) for way in parts)


def _is_made_of(parts: list[str], value: str) -> bool:
    """Whether a text has the parts in their order, with anything between two of them."""
    if len(parts) == 1:
        return parts[0] == value
    first, *middle, last = parts
    if not value.startswith(first):
        return False
    at = len(first)
    for part in middle:
        found = value.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return value.endswith(last) and at <= len(value) - len(last)
