"""Go's encoding/json without types: its strict scanner, its errors word by word, its output.

A decoded value is None, bool, ``Number``, str, list or ``Object``. Written to need no recursion:
Go accepts 10,000 levels, and whoever writes a NAD may use them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NoReturn

from msgspec import Struct, field

from migrator.golang.errors import GoError
from migrator.golang.text import first_byte, float_text, quote_byte

MAX_DEPTH: Final = 10_000


class Number(float):
    """A number as Go decodes it into an interface{}: a float64. ``literal`` is its text."""

    __slots__ = ("literal",)

    literal: str

    def __new__(cls, literal: str) -> Number:
        self = super().__new__(cls, literal)
        self.literal = literal
        return self


class Object(dict[str, Any]):
    """An object: as a dict the last of two equal keys wins, ``pairs`` has all in order."""

    __slots__ = ("pairs",)

    pairs: list[tuple[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.pairs = []

    def add(self, key: str, value: Any) -> None:
        self.pairs.append((key, value))
        self[key] = value


Value = Any
"""None | bool | Number | str | list[Value] | Object."""

_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))|[\ud800-\udfff]")
_LITERALS: Final = {"true": True, "false": False, "null": None}
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class _Reader(Struct):
    """Where the scanner stands: the text, the next character, the open containers and keys."""

    text: str
    at: int = 0
    open: list[list[Any] | Object] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@lru_cache(maxsize=64)
def parse(text: str) -> Value:
    """Decode a document, or raise ``GoError`` with the scanner's words for the first fault.

    One text is decoded into several types, and by several releases, one after the other. Nobody
    changes what is returned.
    """
    if text.isascii() and "\\u" not in text and text.count("{") + text.count("[") <= _SHALLOW:
        try:
            return _PLAINLY.decode(text)
        except (ValueError, RecursionError):
            pass  # the scanner below knows Go's words for it
    return _parse(_Reader(text))


def _object(pairs: Sequence[tuple[str, Value]]) -> Object:
    found = Object()
    found.update(pairs)
    found.pairs.extend(pairs)
    return found


def _no_json(word: str) -> NoReturn:
    """NaN and Infinity, which Python takes and JSON does not have."""
    raise ValueError(word)


_SHALLOW: Final = 500  # containers, within each other or not: far from any limit on recursion
_PLAINLY: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_no_json
)
"""Python's decoder takes what Go's does, but for what ``parse`` keeps from it: surrogates, alone
or in pairs, and depth."""


def fault_line(text: str) -> int:
    """The line of the first fault, counted from 1; 0 for a document without one."""
    reader = _Reader(text)
    try:
        _parse(reader)
    except GoError:
        return text.count("\n", 0, reader.at) + 1
    return 0


def _parse(reader: _Reader) -> Value:
    while True:
        done, value = _begin(reader)
        while done and reader.open:
            done, value = _end(reader, value)
        if done:
            break
    _skip(reader)
    if reader.at < len(reader.text):
        raise _invalid(reader, "after top-level value")
    return value


def _begin(reader: _Reader) -> tuple[bool, Value]:
    """Read a scalar or an empty container (done), or open a container."""
    char = _skip(reader)
    if char in "{[" and char:
        if len(reader.open) >= MAX_DEPTH:
            raise _invalid(reader, "exceeded max depth")
        reader.at += 1
        container: list[Any] | Object = Object() if char == "{" else []
        if _skip(reader) == ("}" if char == "{" else "]"):
            reader.at += 1
            return True, container
        reader.open.append(container)
        if isinstance(container, Object):
            _key(reader)
        return False, None
    return True, _scalar(reader, char)


def _end(reader: _Reader, value: Value) -> tuple[bool, Value]:
    """Put a finished value into its container; done where that ends the container too."""
    container = reader.open[-1]
    char = _skip(reader)
    if isinstance(container, Object):
        container.add(reader.keys.pop(), value)
        closing, context = "}", "after object key:value pair"
    else:
        container.append(value)
        closing, context = "]", "after array element"
    if char not in (",", closing):
        raise _expected(reader, context)
    reader.at += 1
    if char == closing:
        return True, reader.open.pop()
    if isinstance(container, Object):
        _skip(reader)
        _key(reader)
    return False, None


def _key(reader: _Reader) -> None:
    if reader.text[reader.at : reader.at + 1] != '"':
        raise _expected(reader, "looking for beginning of object key string")
    reader.keys.append(_string(reader))
    if _skip(reader) != ":":
        raise _expected(reader, "after object key")
    reader.at += 1


def _skip(reader: _Reader) -> str:
    """Go behind white space; the character there, "" at the end."""
    reader.at = _SPACE.match(reader.text, reader.at).end()  # type: ignore[union-attr]
    return reader.text[reader.at : reader.at + 1]


def _scalar(reader: _Reader, char: str) -> Value:
    if char == '"':
        return _string(reader)
    if char and char in "-0123456789":
        return _number(reader)
    if char and char in "tfn":
        return _literal(reader, {"t": "true", "f": "false", "n": "null"}[char])
    raise _expected(reader, "looking for beginning of value")


def _literal(reader: _Reader, word: str) -> Value:
    for expected in word[1:]:
        reader.at += 1
        if reader.text[reader.at : reader.at + 1] != expected:
            raise _invalid(reader, f"in literal {word} (expecting '{expected}')")
    reader.at += 1
    return _LITERALS[word]


def _number(reader: _Reader) -> Number:
    match = _NUMBER.match(reader.text, reader.at)
    if match is None:
        reader.at += 1
        raise _invalid(reader, "in numeric literal")
    reader.at = match.end()
    following = reader.text[reader.at : reader.at + 1]
    fraction, exponent = match.groups()
    if following == "." and fraction is None and exponent is None:
        reader.at += 1
        raise _invalid(reader, "after decimal point in numeric literal")
    if following in ("e", "E") and exponent is None:
        reader.at += 1
        if reader.text[reader.at : reader.at + 1] in ("+", "-"):
            reader.at += 1
        raise _invalid(reader, "in exponent of numeric literal")
    return Number(match.group())


def _string(reader: _Reader) -> str:
    match = _STRING.match(reader.text, reader.at)
    if match is None:
        raise _string_fault(reader)
    reader.at = match.end()
    raw = match.group()[1:-1]
    if raw.isascii() and "\\" not in raw:
        return raw
    return _join_surrogates(_ESCAPE.sub(_unescape, raw))


def _unescape(match: re.Match[str]) -> str:
    """One escape; a byte that is not UTF-8 becomes U+FFFD. Escaped surrogates wait as they are."""
    code, char = match.groups()
    if code is not None:
        return chr(int(code, 16))
    return _SHORT.get(char, char) if char is not None else "\ufffd"


_PAIR = re.compile(r"([\ud800-\udbff])([\udc00-\udfff])|[\ud800-\udfff]")


def _join_surrogates(text: str) -> str:
    def joined(match: re.Match[str]) -> str:
        high, low = match.groups()
        if high is None:
            return "\ufffd"
        return chr(0x10000 + ((ord(high) - 0xD800) << 10) + ord(low) - 0xDC00)

    return _PAIR.sub(joined, text)


def _string_fault(reader: _Reader) -> GoError:
    """Find what is wrong inside the string that starts here."""
    reader.at += 1
    while True:
        reader.at = _PLAIN.match(reader.text, reader.at).end()  # type: ignore[union-attr]
        if reader.text[reader.at : reader.at + 1] != "\\":
            return _expected(reader, "in string literal")
        reader.at += 1
        char = reader.text[reader.at : reader.at + 1]
        if not char or char not in 'u"\\/bfnrt':
            return _invalid(reader, "in string escape code")
        reader.at += 1
        for _ in range(4 if char == "u" else 0):
            if not re.match("[0-9a-fA-F]", reader.text[reader.at : reader.at + 1]):
                return _invalid(reader, "in \\u hexadecimal character escape")
            reader.at += 1


def _expected(reader: _Reader, context: str) -> GoError:
    """A fault where white space may stand: the end of the text is then just too early."""
    if reader.at >= len(reader.text):
        return GoError("unexpected end of JSON input")
    return _invalid(reader, context)


def _invalid(reader: _Reader, context: str) -> GoError:
    """A fault that Go reports as a space where the text ends (scanner.eof)."""
    char = reader.text[reader.at : reader.at + 1] or " "
    return GoError(f"invalid character {quote_byte(first_byte(char))} {context}")


_UNSAFE = re.compile(r'["\\<>&\x00-\x1f\u2028\u2029]')
_WRITTEN: Final = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}


def marshal(value: Value) -> str:
    """json.Marshal: keys sorted, no white space, <, > and & escaped, numbers as float64 or int."""
    out: list[str] = []
    todo: list[Any] = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, _Piece):
            out.append(item.text)
        elif isinstance(item, dict):
            out.append("{")
            todo.append(_Piece("}"))
            for place, key in enumerate(sorted(item, reverse=True), 1 - len(item)):
                todo += [item[key], _Piece(f"{',' if place else ''}{_write_string(key)}:")]
        elif isinstance(item, (list, tuple)):
            out.append("[")
            todo.append(_Piece("]"))
            for place in range(len(item) - 1, -1, -1):
                todo += [item[place], _Piece("," if place else "")]
        else:
            out.append(_write_scalar(item))
    return "".join(out)


class _Piece(Struct, frozen=True):
    text: str


def _write_scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value, low=1e-6, high=1e21, padded=False)
    return _write_string(value) if isinstance(value, str) else str(value)


def _write_string(text: str) -> str:
    return f'"{_UNSAFE.sub(_written, text)}"'


def _written(match: re.Match[str]) -> str:
    char = match.group()
    return _WRITTEN.get(char, f"\\u{ord(char):04x}")
