"""What of a text each value of a JSON file covers, for texts that the reader takes for JSON."""

from __future__ import annotations

import json
import re
from typing import Final

from migrator.gitops.spans import Kind, Node, Row

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_SCALAR: Final = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


def json_nodes(text: str) -> tuple[Node, ...]:
    """The values that stand one after another in a text that is JSON."""
    found = []
    at = _skip(text, 0)
    while at < len(text):
        found.append(_node(text, at))
        at = _skip(text, found[-1].end)
    return tuple(found)


def _node(text: str, at: int) -> Node:
    opens = text[at]
    if opens not in "{[":
        value, end = _SCALAR(text, at)
        style = '"' if opens == '"' else ""
        return Node(Kind.SCALAR, at, at, at, end, style, text=str(value))
    node = Node(Kind.MAP if opens == "{" else Kind.LIST, at, at, at, at, opens)
    cursor = _skip(text, at + 1)
    while text[cursor] not in "}]":
        row = _entry(text, cursor) if opens == "{" else _item(text, cursor)
        node.rows.append(row)
        cursor = _skip(text, row.end)
        if text[cursor] == ",":
            cursor = _skip(text, cursor + 1)
    node.end = cursor + 1
    return node


def _entry(text: str, at: int) -> Row:
    key = _node(text, at)
    after = _skip(text, key.end) + 1
    value = _node(text, _skip(text, after))
    return Row(start=at, after=after, value=value, key=key, name=key.text)


def _item(text: str, at: int) -> Row:
    return Row(start=at, after=at, value=_node(text, at))


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
