"""How lists and likely spellings are put into words, the same everywhere."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable


def listed(names: Iterable[str], most: int = 5) -> str:
    """``a, b, c and 4 more``; equal names once, in order."""
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - most} more" if len(unique) > most else ""
    return ", ".join(unique[:most]) + more


def sentence(text: str) -> str:
    """With a capital letter and a full stop. A name stays as it is written: v4.2.1, apps/v1."""
    word = text.partition(" ")[0]
    return f"{text[:1].upper() if word.isalpha() else text[:1]}{text[1:]}."


def closest(word: str, known: Collection[str], most: int = 1) -> str:
    """The known words that ``word`` may have meant, ``a, b``; "" if none is near."""
    return ", ".join(difflib.get_close_matches(word, sorted(known), n=most))
