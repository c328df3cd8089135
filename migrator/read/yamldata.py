"""Parser events -> plain data with lines.

The events of ruamel.yaml's pure parser become data right here: its constructors would make
datetimes, resolve scalars by YAML 1.2 and keep no lines, and its round-trip loader takes three
times as long.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from migrator.model.errors import InputError
from migrator.model.inputs import Problem, Source
from migrator.read.aliases import weight
from migrator.read.scalars import NULL_KEYS, NotFinite, Scalar, resolve
from migrator.read.tree import LineTree, Parsed
from migrator.read.wording import KEY_IS_NO_STRING, quoted
from migrator.tools.bounds import ALIASES, DEPTH

_TAG: Final = "tag:yaml.org,2002:"
_COLLECTION_TAGS: Final = (None, "!", f"{_TAG}map", f"{_TAG}seq", f"{_TAG}set", f"{_TAG}omap")
_TEXT_TAGS: Final = (None, "!", f"{_TAG}str", f"{_TAG}timestamp")
_RESOLVED_TAGS: Final[dict[str, tuple[type, ...]]] = {
    f"{_TAG}int": (int,),
    f"{_TAG}float": (int, float),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}
_HEAD: Final = frozenset({"apiVersion", "kind"})
"""What every object has once: the second one is another object, as in ``cat a.yaml b.yaml``."""
_APART: Final = "put a line with --- between the two, or give the files themselves"
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


class _Node(NamedTuple):
    value: Any
    lines: LineTree
    size: int  # values that it holds, aliases expanded


class Builder:
    """Consumes the events of one document; holds its anchors and what was found wrong."""

    def __init__(self, events: Iterator[Any], *, file: str, line: int) -> None:
        self.events = events
        self.file = file
        self.line = line
        self.anchors: dict[str, _Node] = {}
        self.aliased, self.most_aliased = 0, ALIASES.value()
        self.problems: list[Problem] = []

    def document(self) -> Parsed:
        root = _Node(None, LineTree(self.line), 1)
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                root = self._node(next(self.events), 1)
        return Parsed(root.value, root.lines, tuple(self.problems))

    def _node(self, event: Any, depth: int) -> _Node:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        if depth > DEPTH:
            self._stop(event, f"more than {DEPTH} levels of nesting", "no manifest needs so many")
        if isinstance(event, ScalarEvent):
            node = _Node(self._scalar(event), self._line(event), weight(event.value))
        elif isinstance(event, MappingStartEvent):
            node = self._mapping(event, depth)
        else:
            node = self._sequence(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> _Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            message = f"alias *{quoted(event.anchor)} has no anchor before it"
            self._flaw(event, message, f"define &{quoted(event.anchor)} first")
            return _Node(None, self._line(event), 1)
        self.aliased += node.size
        if self.aliased > self.most_aliased:
            message = f"its aliases expand to more than {self.most_aliased} values"
            self._stop(event, message, f"write the document without aliases; {ALIASES.more}")
        return node

    def _sequence(self, event: Any, depth: int) -> _Node:
        self._check_tag(event)
        items = []
        while not isinstance(following := next(self.events), SequenceEndEvent):
            items.append(self._node(following, depth + 1))
        lines = self._line(event)._replace(children=[item.lines for item in items])
        return _Node([i.value for i in items], lines, 1 + sum(i.size for i in items))

    def _mapping(self, event: Any, depth: int) -> _Node:
        self._check_tag(event)
        own: dict[str, _Node] = {}
        merged: dict[str, _Node] = {}
        size = 1
        while not isinstance(key_event := next(self.events), MappingEndEvent):
            key = self._key(key_event, depth)
            child = self._node(next(self.events), depth + 1)
            size += child.size
            if _is_plain(key_event) and key == "<<":
                self._merge(key_event, child, merged)
                continue
            if key in own:
                if depth == 1 and key in _HEAD:
                    self._stop(
                        key_event, "a second object begins here without --- before it", _APART
                    )
                first = own[key].lines.line
                message = (
                    f"key {quoted(repr(key))} is given twice in one map (first on line {first})"
                )
                self._flaw(key_event, message, "remove one of them")
            own[key] = child._replace(lines=self._line(key_event, child.lines))
        children = {**merged, **own}
        lines = self._line(event)._replace(children={k: n.lines for k, n in children.items()})
        return _Node({k: n.value for k, n in children.items()}, lines, size)

    def _key(self, event: Any, depth: int) -> str:
        """A key's text, since JSON has no other keys: ``1: x`` is ``"1": x``."""
        if isinstance(event, ScalarEvent):
            self._text(event)
            if _is_plain(event) and event.value in NULL_KEYS:
                self._flaw(event, "a key is null", "quote it, or give the key that is missing")
            return str(event.value)
        key = self._node(event, depth + 1).value
        if isinstance(key, str):
            return key
        self._flaw(event, KEY_IS_NO_STRING, "quote a value that begins with { or [")
        return f"{event.start_mark.index}"

    def _merge(self, event: Any, node: _Node, merged: dict[str, _Node]) -> None:
        """``<<: *a`` or ``<<: [*a, *b]``: the first that has a key wins."""
        sources = node.value if isinstance(node.value, list) else [node.value]
        for index, source in enumerate(sources):
            lines = node.lines.child(index) if source is not node.value else node.lines
            if not isinstance(source, dict) or lines is None:
                self._flaw(event, "a merge key << takes a map", "give it an alias of a map")
                continue
            for key, value in source.items():
                below = lines.child(key) or lines
                merged.setdefault(key, _Node(value, below, 1))

    def _scalar(self, event: Any) -> Scalar:
        tag = event.tag
        if tag in _TEXT_TAGS and not _is_plain(event):
            return self._text(event)
        if tag == f"{_TAG}binary":
            return self._binary(event)
        if tag is not None and tag not in _RESOLVED_TAGS:
            self._check_tag(event)
            return self._text(event)
        try:
            value = resolve(event.value)
        except NotFinite:
            self._flaw(event, f"{event.value} is not a number that Kubernetes can hold", "quote it")
            return self._text(event)
        if tag and (type(value) not in _RESOLVED_TAGS[tag]):
            kind = tag.removeprefix(_TAG)
            self._flaw(
                event, f"{quoted(event.value)} is tagged !!{kind} but is none", "drop the tag"
            )
        return value

    def _text(self, event: Any) -> str:
        text = str(event.value)
        if not text.isascii() and _SURROGATE.search(text):
            message = "half of a surrogate pair (\\ud800 to \\udfff) in double quotes"
            self._flaw(event, message, "write the character itself, or \\U and eight digits")
            return _SURROGATE.sub("\ufffd", text)
        return text

    def _binary(self, event: Any) -> str:
        """The text that base64 stands for: Kubernetes reads a !!binary scalar as that string."""
        try:
            return base64.b64decode(event.value).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            self._flaw(
                event, "a !!binary value is not base64 of UTF-8 text", "write it as a string"
            )
            return self._text(event)

    def _check_tag(self, event: Any) -> None:
        if event.tag not in (*_COLLECTION_TAGS, *_TEXT_TAGS):
            tag = event.tag.replace(_TAG, "!!")
            self._flaw(event, f"the tag {quoted(tag)} is unknown to Kubernetes", "remove it")

    def _line(self, event: Any, below: LineTree | None = None) -> LineTree:
        line = self.line + event.start_mark.line
        return LineTree(line, below.children if below else None)

    def _flaw(self, event: Any, message: str, hint: str) -> None:
        source = Source(file=self.file, line=self.line + event.start_mark.line)
        self.problems.append(Problem(source=source, message=message, hint=hint))

    def _stop(self, event: Any, message: str, hint: str) -> None:
        self._flaw(event, message, hint)
        raise InputError((self.problems[-1],))


def _is_plain(event: Any) -> bool:
    """An unquoted scalar without a tag, whose type its text tells."""
    return isinstance(event, ScalarEvent) and not event.style and event.tag is None
