"""What of a text each node of a YAML document covers.

The marks of the parser's events say where a node begins. They do not say where it ends: a block
scalar's end lies behind the blank lines that follow it, that of a block map or list where the next
token begins. Nor do they know dashes and colons. Both are found in the text here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

import yaml
from msgspec import Struct, field
from ruamel.yaml import YAML
from ruamel.yaml import events as ruamel

from migrator.gitops.blockscalars import read_block
from migrator.gitops.lines import BREAKS, Lines
from migrator.read.yamlscan import Scanner

_ALIAS: Final = (yaml.AliasEvent, ruamel.AliasEvent)
_SCALAR: Final = (yaml.ScalarEvent, ruamel.ScalarEvent)
_MAP: Final = (yaml.MappingStartEvent, ruamel.MappingStartEvent)
_END: Final = (
    *(yaml.MappingEndEvent, yaml.SequenceEndEvent),
    *(ruamel.MappingEndEvent, ruamel.SequenceEndEvent),
)
_DOCUMENT: Final = (yaml.DocumentStartEvent, ruamel.DocumentStartEvent)
_ODD: Final = re.compile("[\x85\u2028\u2029\ufeff]|\r(?!\n)|^%", re.MULTILINE)
"""What libyaml may read otherwise than the reader of this program (`read/fastyaml.py`)."""
_PROPERTY: Final = re.compile(rf"[&!][^ \t{BREAKS}]*")
_LIBYAML: Final = getattr(yaml, "CSafeLoader", None)


class Kind(Enum):
    MAP = "map"
    LIST = "list"
    SCALAR = "scalar"
    ALIAS = "alias"


class Node(Struct, eq=False):
    """A node of a document. All places are offsets of the text.

    ``start`` is where its anchor or tag begins, ``props`` where these end, ``body`` where the node
    itself begins, and ``end`` is behind its last character, without the end of that line. An
    empty node stands behind its colon or dash. ``style`` is ``{`` or ``[`` of a flow collection,
    the quote of a scalar, ``|`` or ``>`` of a block scalar, "" of anything else. ``floor`` is the
    column of the block collection around it, 0 without one.
    """

    kind: Kind
    start: int
    props: int
    body: int
    end: int
    style: str = ""
    floor: int = 0
    text: str = ""
    """What a scalar reads as, before its type is known."""
    anchor: str = ""
    tagged: bool = False
    rows: list[Row] = field(default_factory=list)
    target: Node | None = None
    pair: bool = False
    """A map without braces in a flow list: ``[a: 1]``."""

    @property
    def is_block(self) -> bool:
        """A map or list that is told by its indentation."""
        return self.kind in (Kind.MAP, Kind.LIST) and not self.style and not self.pair


class Row(Struct, eq=False):
    """A key with its value, or an item. ``start`` is where the key, ``?`` or dash begins (in a flow
    list the item), ``after`` is behind the colon or dash."""

    start: int
    after: int
    value: Node
    key: Node | None = None
    name: str = ""
    merges: bool = False
    explicit: bool = False
    colon: bool = True

    @property
    def end(self) -> int:
        return max(self.after, self.value.end)


def node_of(lines: Lines) -> Node | None:
    """The root of the one document of a text that the reader takes for YAML, None where it is
    empty."""
    return _Builder(lines).document()


def nodes(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the text."""
    yield node
    for row in node.rows:
        if row.key is not None:
            yield from nodes(row.key)
        yield from nodes(row.value)


def has_lists(root: Node) -> bool:
    """Whether a key of a document holds a list that is told by its indentation."""
    return any(
        row.value.kind is Kind.LIST and row.value.is_block and row.key is not None
        for node in nodes(root)
        for row in node.rows
    )


def keeps_blank_lines(lines: Lines, node: Node) -> bool:
    """Whether a node ends with a block scalar that takes blank lines for its own (``|+``)."""
    last = list(nodes(node))[-1]
    return (
        last.style in ("|", ">") and read_block(lines, last.body, last.end, last.floor).chomp == "+"
    )


def _events(text: str) -> Iterator[Any]:
    if _LIBYAML is not None and not _ODD.search(text):
        try:
            return iter(list(yaml.parse(text, Loader=_LIBYAML)))
        except (yaml.YAMLError, UnicodeError):
            pass  # the reader takes more than libyaml does
    pure = YAML(typ="safe", pure=True)
    pure.Scanner = Scanner
    events: Iterator[Any] = pure.parse(text)
    return events


def _end(event: Any) -> int:
    at: int = event.end_mark.index
    return at


class _Builder:
    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.text = lines.text
        self.events = _events(lines.text)
        self.anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        for event in self.events:
            if isinstance(event, _DOCUMENT):
                return self.node(next(self.events), _end(event), 0)
        return None

    def node(self, event: Any, after: int, floor: int) -> Node:
        """The node that begins with an event, somewhere behind ``after``."""
        start: int = event.start_mark.index
        name = str(event.anchor or "")
        if isinstance(event, _ALIAS):
            target = self.anchors.get(name)
            return Node(Kind.ALIAS, start, start, start, _end(event), anchor=name, target=target)
        if isinstance(event, _SCALAR):
            node = self.scalar(event, after, floor)
        else:
            props, body = self.opening(event)
            kind = Kind.MAP if isinstance(event, _MAP) else Kind.LIST
            node = Node(kind, start, props, body, body, floor=floor)
            opens = self.text[body : body + 1]
            if event.flow_style and opens in ("{", "["):
                node.style = opens
            node.pair = bool(event.flow_style) and kind is Kind.MAP and opens != "{"
            self.fill(node)
        node.tagged = event.tag is not None
        if name:
            node.anchor = name
            self.anchors[name] = node
        return node

    def scalar(self, event: Any, after: int, floor: int) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if not event.value and not event.style:
            if event.anchor is None and event.tag is None:
                start = end = after
            else:  # the mark may lie behind white space
                end = start + len(self.text[start:end].rstrip(f" \t{BREAKS}"))
            return Node(Kind.SCALAR, start, end, end, end, floor=floor)  # its text is ""
        props, body = self.opening(event)
        style = event.style or ""
        if style in ("|", ">"):
            end = read_block(self.lines, body, end, floor).end
        return Node(Kind.SCALAR, start, props, body, end, style, floor, event.value)

    def opening(self, event: Any) -> tuple[int, int]:
        """Behind the anchor and tag of a node, and where the node itself begins."""
        props = body = event.start_mark.index
        left = (event.anchor is not None) + (event.tag is not None)
        while left and (match := _PROPERTY.match(self.text, body)):
            props = match.end()
            body = self.lines.skip(props)
            left -= 1
        return props, body

    def fill(self, node: Node) -> None:
        flow = not node.is_block
        cursor = node.body + bool(node.style)
        inner = node.floor if flow else self.lines.column(node.body)
        while not isinstance(event := next(self.events), _END):
            at = self.lines.skip(cursor, commas=flow)
            row = self.entry if node.kind is Kind.MAP else self.item
            node.rows.append(row(event, at, inner, flow=flow))
            cursor = node.rows[-1].end
        node.end = _end(event) if node.style else cursor

    def entry(self, event: Any, at: int, column: int, *, flow: bool) -> Row:
        explicit = self.text[at : at + 1] == "?" and self.text[at + 1 : at + 2] in f" \t{BREAKS}"
        key = self.node(event, at + explicit, column)
        colon = self.lines.skip(key.end)
        has = self.text[colon : colon + 1] == ":"
        after = colon + 1 if has else key.end
        value = self.node(next(self.events), after, column)
        plain = key.kind is Kind.SCALAR and not key.style and not key.tagged
        name = (key.target if key.target is not None else key).text
        return Row(
            start=at if explicit else key.start,
            after=after,
            value=value,
            key=key,
            name=name,
            merges=plain and name == "<<",
            explicit=explicit,
            colon=has,
        )

    def item(self, event: Any, at: int, column: int, *, flow: bool) -> Row:
        after = at if flow else at + 1
        value = self.node(event, after, column)
        return Row(start=value.start if flow else at, after=after, value=value)
