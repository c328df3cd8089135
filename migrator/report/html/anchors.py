"""Names to link to: readable, unique in a page, and made of harmless characters only."""

from __future__ import annotations

import re
from collections.abc import Callable


def anchors() -> Callable[..., str]:
    """A function that makes one anchor of the words it is given, another one each time."""
    seen: dict[str, int] = {}

    def anchor(*words: str) -> str:
        name = "-".join(re.sub(r"[^a-z0-9._]+", "-", w.lower()).strip("-") for w in words if w)
        seen[name] = count = seen.get(name, 0) + 1
        return name if count == 1 else anchor(f"{name}-{count}")

    return anchor
