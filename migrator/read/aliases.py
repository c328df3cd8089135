"""Alias bombs: a few lines of YAML that stand for more values than a machine has room for."""

from __future__ import annotations

import re
from typing import Final

from migrator.tools.bounds import ALIASES

_ALIAS: Final = re.compile(rb"(?:^|[\s\[{,:-])\*[^\s*]", re.MULTILINE)


def bomb(data: bytes) -> int:
    """The line of the alias at which a stream of YAML passes the bound, 0 where none does.

    Only what has anchors and aliases is parsed, and no values are built. What is no YAML is left
    to whoever reads it for good.
    """
    if b"&" not in data or not _ALIAS.search(data):
        return 0
    from migrator.read import expansion  # with ruamel.yaml, which starts slowly and few inputs need

    return expansion.passes(data, ALIASES.value())


def told() -> tuple[str, str]:
    """What is said of a bomb, and the hint."""
    message = f"its aliases expand to more than {ALIASES.value()} values"
    return message, f"write the document without aliases; {ALIASES.more}"


def weight(text: str) -> int:
    """The values that a scalar counts for: a long text takes room and time, too."""
    return 1 + len(text) // 1000
