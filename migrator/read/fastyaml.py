"""The documents that hold nothing but maps, lists and scalars, read with libyaml.

libyaml is some ten times as fast as a parser in Python. What it leaves to `yamltext` is what is
rare, and all that is refused: anchors, aliases, tags, merge keys, doubled and odd keys, line breaks
of YAML 1.1, and every error. So there is one reader that gives verdicts and messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import yaml
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from migrator.read.scalars import NotFinite, resolve
from migrator.read.tree import LineTree, Parsed
from migrator.read.yamldata import NULL_KEYS
from migrator.tools.bounds import DEPTH

_ODD: Final = re.compile("[\x85\u2028\u2029\ufeff]|\r(?!\n)|^%", re.MULTILINE)
"""Breaks of lines, marks and directives on which the parsers differ."""
_NOT_PLAIN: Final = ("*", "&", "!", "%", "@", "`")
"""What begins an alias, an anchor, a tag or nothing at all: never a plain scalar."""
_PARSER: Final[type[Any] | None] = getattr(yaml, "CSafeLoader", None)
"""None where PyYAML was built without libyaml."""

Node = tuple[Any, LineTree]


class _NotHere(Exception):
    """Something that the other reader has to judge."""


def parse(text: str, line: int) -> Parsed | None:
    """The one document of ``text``, which begins on ``line``; None where the other reader has to
    look."""
    if _PARSER is None or _ODD.search(text):
        return None
    loader = _PARSER(text)
    try:
        return _document(loader.get_event, line)
    except (_NotHere, NotFinite, yaml.YAMLError, UnicodeError):
        return None
    finally:
        loader.dispose()


def _document(following: Callable[[], Any], line: int) -> Parsed:
    root: Node = (None, LineTree(line))
    seen = False
    while not isinstance(event := following(), StreamEndEvent):
        if isinstance(event, DocumentStartEvent):
            if seen or event.version or event.tags:
                raise _NotHere
            seen = True
            root = _node(_seen(following()), following, line, 1)
        elif isinstance(event, DocumentEndEvent) and event.explicit:
            raise _NotHere
    return Parsed(*root)


def _node(event: Any, following: Callable[[], Any], line: int, depth: int) -> Node:
    kind = type(event)
    if kind is ScalarEvent:
        value = _scalar(event)
        return (resolve(value) if not event.style else value), LineTree(line + _at(event).line)
    if depth > DEPTH or event.anchor is not None or getattr(event, "tag", None) is not None:
        raise _NotHere
    if kind is MappingStartEvent:
        return _mapping(event, following, line, depth)
    if kind is SequenceStartEvent:
        return _sequence(event, following, line, depth)
    raise _NotHere


def _seen(event: Any) -> Any:
    """The event, where it is of something: the parsers differ in where they see what is not there."""
    if type(event) is ScalarEvent and not event.value and not event.style:
        raise _NotHere
    return event


def _scalar(event: Any) -> str:
    if event.anchor is not None or event.tag is not None:
        raise _NotHere
    text: str = event.value
    if not event.style and text.startswith(_NOT_PLAIN):
        raise _NotHere
    return text


def _mapping(event: Any, following: Callable[[], Any], line: int, depth: int) -> Node:
    values: dict[str, Any] = {}
    lines: dict[str, LineTree] = {}
    while type(key_event := following()) is not MappingEndEvent:
        pair = event.flow_style and _at(key_event).index == _at(event).index  # as in [a: 1]
        if pair or type(key_event) is not ScalarEvent:
            raise _NotHere
        key = _scalar(key_event)
        if key in values or (not key_event.style and (key == "<<" or key in NULL_KEYS)):
            raise _NotHere
        value, below = _node(following(), following, line, depth + 1)
        values[key] = value
        lines[key] = LineTree(line + _at(key_event).line, below.children)
    return values, LineTree(line + _at(event).line, lines)


def _sequence(event: Any, following: Callable[[], Any], line: int, depth: int) -> Node:
    values: list[Any] = []
    lines: list[LineTree] = []
    while type(item := following()) is not SequenceEndEvent:
        value, below = _node(_seen(item), following, line, depth + 1)
        values.append(value)
        lines.append(below)
    return values, LineTree(line + _at(event).line, lines)


def _at(event: Any) -> Any:
    """The mark where an event begins."""
    return event.start_mark
