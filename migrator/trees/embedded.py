"""JSON that stands in a string of an object, or in a CNI file: only data that can be written again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from migrator.golang import shape
from migrator.golang.errors import GoError

_MAX_DEPTH: Final = 100
_BRACKET: Final = re.compile(r"[][{}]")
_ESCAPE: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def decoder(pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> json.JSONDecoder:
    """What reads a JSON text for ``loads``; ``pairs`` makes something else of its objects than a
    dict. To make one takes as long as to read a small text."""
    return json.JSONDecoder(object_pairs_hook=pairs, parse_constant=_refuse, parse_float=_finite)


_PLAIN: Final = decoder()
_LONG: Final = 64
"""Signs of a line of JSON that stands in a manifest, whose lines are to end at 80."""
_PAIR: Final = re.compile(r'( *)("(?:[^"\\]|\\.)*":) (.*)')


def lines_of(tree: Any, indent: int) -> str:
    """The text of a tree as it is written into a manifest, with ``indent`` blanks a level; a value that is too
    long for the line of its key stands on the next."""
    lines = json.dumps(tree, indent=indent, ensure_ascii=False).split("\n")
    return "".join(f"{_broken(line, indent)}\n" for line in lines)


def _broken(line: str, indent: int) -> str:
    return line if len(line) <= _LONG else _PAIR.sub(rf"\1\2\n\g<1>{' ' * indent}\3", line, count=1)


def loads(text: str, by: json.JSONDecoder = _PLAIN) -> Any:
    """The value of a JSON text, read by a `decoder`.

    Errors: ValueError for what is no JSON to Go (NaN, numbers beyond float64), with the words of
    Go's decoder, which stand in Multus's log; and for what is nested deeper than any real config
    and than recursion should follow. Half of a surrogate pair becomes U+FFFD, as in Go.
    """
    if too_deep(text):
        raise ValueError(f"nested more than {_MAX_DEPTH} levels deep")
    if "\\" in text and "\\ud" in text.lower():
        text = _ESCAPE.sub(lambda match: "\\ufffd" if match["half"] else match[0], text)
    try:
        return by.decode(text)
    except ValueError:
        raise ValueError(in_the_words_of_go(text)) from None


def json_map(text: str) -> Mapping[str, Any]:
    """The object that a JSON text holds, {} where it holds none."""
    try:
        data = loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def json_or_text(text: str) -> Any:
    """The value of a JSON text, the text itself where it is none."""
    try:
        return loads(text)
    except ValueError:
        return text


def too_deep(text: str) -> bool:
    """Whether JSON is nested deeper than any real one, and than recursion should follow it."""
    if text.count("{") + text.count("[") <= _MAX_DEPTH:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket[0] in "{[" else -1
        if depth > _MAX_DEPTH:
            return True
    return False


def in_the_words_of_go(text: str) -> str:
    """What is wrong with a text that is no JSON; CPython's own words change with its releases."""
    try:
        shape.unmarshal(text, shape.ANYTHING)
    except GoError as error:
        return str(error)
    return "not JSON"
