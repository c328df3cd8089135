"""Alias bombs: a few lines of YAML that stand for more values than a machine has room for."""

from __future__ import annotations

import re
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from migrator.read.yamlscan import Scanner
from migrator.tools.bounds import ALIASES

_ALIAS: Final = re.compile(rb"(?:^|[\s\[{,:-])\*[^\s*]", re.MULTILINE)


def bomb(data: bytes) -> int:
    """The line of the alias at which a stream of YAML passes the bound, 0 where none does.

    Only what has anchors and aliases is parsed, and no values are built. What is no YAML is left
    to whoever reads it for good.
    """
    if b"&" not in data or not _ALIAS.search(data):
        return 0
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = Scanner
    anchors: dict[str, int] = {}
    stack: list[tuple[str | None, int]] = [(None, 0)]
    expanded, most = 0, ALIASES.value()
    try:
        for event in yaml.parse(data.decode("utf-8-sig")):
            expanded += _count(event, anchors, stack)
            if expanded > most:
                return int(event.start_mark.line) + 1
    except (YAMLError, ValueError, OverflowError):
        return 0
    return 0


def told() -> tuple[str, str]:
    """What is said of a bomb, and the hint."""
    message = f"its aliases expand to more than {ALIASES.value()} values"
    return message, f"write the document without aliases; {ALIASES.more}"


def weight(text: str) -> int:
    """The values that a scalar counts for: a long text takes room and time, too."""
    return 1 + len(text) // 1000


def _count(event: Any, anchors: dict[str, int], stack: list[tuple[str | None, int]]) -> int:
    """The values that this event adds by an alias; keeps the size of each anchor."""
    added, alias = 0, 0
    if isinstance(event, MappingStartEvent | SequenceStartEvent):
        stack.append((event.anchor, 1))
        return 0
    if isinstance(event, MappingEndEvent | SequenceEndEvent):
        anchor, added = stack.pop()
        if anchor:
            anchors[anchor] = added
    elif isinstance(event, ScalarEvent):
        added = weight(event.value)
        if event.anchor:
            anchors[event.anchor] = added
    elif isinstance(event, AliasEvent):
        added = alias = anchors.get(event.anchor, 1)
    above, size = stack[-1]
    stack[-1] = (above, size + added)
    return alias
