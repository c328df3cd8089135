"""The documents that hold nothing but maps, lists, scalars and a few aliases, read with libyaml.

libyaml is some ten times as fast as a parser in Python. What it leaves to `oddyaml` is what is
rare, and all that is refused: tags, merge keys, many aliases, doubled and odd keys, line breaks of
YAML 1.1, and every error. So there is one reader that gives verdicts and messages.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from migrator.read.aliases import weight
from migrator.read.scalars import MAY_BE_SPECIAL, NULL_KEYS, NotFinite, Scalar, resolve
from migrator.read.tree import LineTree, Parsed
from migrator.tools.bounds import ALIASES, DEPTH

_ODD: Final = re.compile("[\x85\u2028\u2029\ufeff]|\r(?!\n)")
"""Breaks of lines and marks on which the parsers differ; directives are another."""
_NOT_PLAIN: Final = ("*", "&", "!", "%", "@", "`")
"""What begins an alias, an anchor, a tag or nothing at all: never a plain scalar."""
_TEXT: Final = frozenset(f"{string.ascii_letters}/_") - MAY_BE_SPECIAL
"""What begins a plain scalar that is a string, to be told at a glance."""
_AFTER_ANCHOR: Final = " \n"
_AFTER_ALIAS: Final = " \n,]}"
"""What may follow the name of either, or nothing."""
_LEFT_KEYS: Final = frozenset((*NULL_KEYS, "<<"))
_PARSER: Final[Callable[[str], Any] | None] = getattr(getattr(yaml, "cyaml", None), "CParser", None)
"""libyaml's parser; None where PyYAML was built without libyaml."""

Node = tuple[Any, LineTree]
_new: Final = tuple.__new__
"""Makes a LineTree in half the time of its own constructor, which is a function in Python."""


class _NotHere(Exception):
    """Something that the other reader has to judge."""


class _Anchors:
    """The anchored nodes of a document, each with what an alias of it counts: never less than the other
    reader takes it for, which alone says that they are too many."""

    __slots__ = ("aliased", "known", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[str, tuple[Node, int]] = {}
        self.aliased = 0

    def keep(self, event: Any, node: Node, aliased: int) -> None:
        """A node within which ``aliased`` are counted already."""
        self._check(event, "&", _AFTER_ANCHOR)
        size = weight(_seen(event).value) if type(event) is ScalarEvent else len(self.text)
        self.known[event.anchor] = node, size + aliased

    def alias(self, event: Any) -> Node:
        self._check(event, "*", _AFTER_ALIAS)
        node, size = self.known.get(event.anchor, (None, 0))
        self.aliased += size
        if node is None or self.aliased > ALIASES.value():
            raise _NotHere
        return node

    def _check(self, event: Any, sign: str, after: str) -> None:
        """Where a name ends at anything but a space, the parsers differ."""
        start: int = event.start_mark.index
        end = start + 1 + len(event.anchor)
        if self.text[start:end] != sign + event.anchor or self.text[end : end + 1] not in after:
            raise _NotHere


def parse(text: str, line: int) -> Parsed | None:
    """The one document of ``text``, which begins on ``line``; None where the other reader has to
    look."""
    if _PARSER is None or _is_odd(text):
        return None
    parser = _PARSER(text)
    try:
        return _document(parser.get_event, line, _Anchors(text))
    except (_NotHere, NotFinite, yaml.YAMLError, UnicodeError):
        return None
    finally:
        parser.dispose()


def _is_odd(text: str) -> bool:
    if text.startswith("%") or "\n%" in text:
        return True
    return ("\r" in text or not text.isascii()) and _ODD.search(text) is not None


def _document(following: Callable[[], Any], line: int, anchors: _Anchors) -> Parsed:
    root: Node = (None, LineTree(line))
    seen = False
    while not isinstance(event := following(), StreamEndEvent):
        if isinstance(event, DocumentStartEvent):
            if seen or event.version or event.tags:
                raise _NotHere
            seen = True
            root = _node(_outermost(following()), following, line, anchors, 1)
        elif isinstance(event, DocumentEndEvent) and event.explicit:
            raise _NotHere
    return Parsed(*root)


def _outermost(event: Any) -> Any:
    """The text of a block that is a whole document may begin at the margin, where the parsers differ."""
    if type(event) is ScalarEvent and event.style in ("|", ">"):
        raise _NotHere
    return _seen(event)


def _node(
    event: Any, following: Callable[[], Any], line: int, anchors: _Anchors, depth: int
) -> Node:
    kind = type(event)
    if kind is AliasEvent:
        return anchors.alias(event)
    before = anchors.aliased
    if kind is ScalarEvent:
        node: Node = _scalar(event), _new(LineTree, (line + event.start_mark.line, None))
    elif depth > DEPTH or getattr(event, "tag", None) is not None:
        raise _NotHere
    elif kind is MappingStartEvent:
        node = _mapping(event, following, line, anchors, depth)
    elif kind is SequenceStartEvent:
        node = _sequence(event, following, line, anchors, depth)
    else:
        raise _NotHere
    if event.anchor is not None:
        anchors.keep(event, node, anchors.aliased - before)
    return node


def _seen(event: Any) -> Any:
    """The event, where it is of something: the parsers differ in where they see what is not there."""
    if type(event) is ScalarEvent and not event.value and not event.style:
        raise _NotHere
    return event


def _scalar(event: Any) -> Scalar:
    if event.tag is not None:
        raise _NotHere
    text: str = event.value
    if event.style or text[:1] in _TEXT:
        return text
    if text.startswith(_NOT_PLAIN):
        raise _NotHere
    return resolve(text)


def _mapping(
    event: Any, following: Callable[[], Any], line: int, anchors: _Anchors, depth: int
) -> Node:
    """Half of all the work, so what most maps hold is dealt with right here."""
    start: Any = event.start_mark
    values: dict[str, Any] = {}
    lines: dict[str, LineTree] = {}
    while type(key_event := following()) is ScalarEvent:
        key = _key(key_event)
        mark: Any = key_event.start_mark
        if key in values or (event.flow_style and mark.index == start.index):  # as in [a: 1]
            raise _NotHere
        child = following()
        if type(child) is ScalarEvent and child.anchor is None:
            values[key] = _scalar(child)
            lines[key] = _new(LineTree, (line + mark.line, None))
        else:
            values[key], below = _node(child, following, line, anchors, depth + 1)
            lines[key] = _new(LineTree, (line + mark.line, below.children))
    if type(key_event) is not MappingEndEvent:
        raise _NotHere
    return values, _new(LineTree, (line + start.line, lines))


def _key(event: Any) -> str:
    if event.anchor is not None or event.tag is not None:
        raise _NotHere
    key: str = event.value
    if not event.style and (key in _LEFT_KEYS or key.startswith(_NOT_PLAIN)):
        raise _NotHere
    return key


def _sequence(
    event: Any, following: Callable[[], Any], line: int, anchors: _Anchors, depth: int
) -> Node:
    values: list[Any] = []
    lines: list[LineTree] = []
    while type(item := following()) is not SequenceEndEvent:
        value, below = _node(_seen(item), following, line, anchors, depth + 1)
        values.append(value)
        lines.append(below)
    return values, _new(LineTree, (line + event.start_mark.line, lines))
