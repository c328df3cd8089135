"""How lists and likely spellings are put into words, the same everywhere."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable


def listed(names: Iterable[str], most: int = 5) -> str:
    """``a, b, c and 4 more``; equal names once, in order."""
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - most} more" if len(unique) > most else ""
    return ", ".join(unique[:most]) + more


def closest(word: str, known: Collection[str], most: int = 1) -> str:
    """The known words that ``word`` may have meant, ``a, b``; "" if none is near."""
    return ", ".join(difflib.get_close_matches(word, sorted(known), n=most))
