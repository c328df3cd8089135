"""How many values a stream of YAML stands for once its aliases are expanded."""

from __future__ import annotations

from typing import Any

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

from migrator.read.aliases import weight
from migrator.read.yamlscan import Scanner


def passes(data: bytes, most: int) -> int:
    """The line of the alias at which a stream passes ``most`` values that aliases add, 0 where none
    does, and where it is no YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = Scanner
    anchors: dict[str, int] = {}
    stack: list[tuple[str | None, int]] = [(None, 0)]
    expanded = 0
    try:
        for event in yaml.parse(data.decode("utf-8-sig")):
            expanded += _count(event, anchors, stack)
            if expanded > most:
                return int(event.start_mark.line) + 1
    except (YAMLError, ValueError, OverflowError):
        return 0
    return 0


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
