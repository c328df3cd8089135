"""Scalars that go over several lines (in quotes or plain), or hold escapes: only what differs of
their text is written anew, so that their other lines stay."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from migrator.gitops.lines import BREAKS
from migrator.gitops.matching import shared
from migrator.gitops.texts import in_quotes, leaf

_BREAK: Final = f"(?:\r\n|[{BREAKS}])"
_FOLD: Final = rf"(?P<fold>[ \t]*{_BREAK}(?:[ \t]*{_BREAK})*[ \t]*)"
_ESCAPE: Final = (
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<one>.))"
)
_UNITS: Final = {
    "": re.compile(rf"{_FOLD}|(?P<char>.)", re.DOTALL),
    "'": re.compile(rf"{_FOLD}|(?P<quote>'')|(?P<char>.)", re.DOTALL),
    '"': re.compile(rf"{_FOLD}|{_ESCAPE}|(?P<char>.)", re.DOTALL),
}
_ONE: Final = dict(
    zip('0abt\tnvfre "/\\N_LP', '\0\a\b\t\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029', strict=True)
)
"""Escapes of one sign (YAML 1.2, 5.7)."""


class _Unit(NamedTuple):
    """Some signs of the text, and what they read as."""

    text: str
    value: str


def respelled(text: str, style: str, old: str, new: str) -> str | None:
    """The text of a scalar that reads as ``old``, so that it reads as ``new``; None where it has
    to be written anew. ``style`` is its quote, which is a part of ``text``."""
    if style == "" and leaf(new) != (new, []):
        return None
    inner = text[1:-1] if style else text
    units = _units(inner, style)
    if units is None or "".join(unit.value for unit in units) != old:
        return None
    head, tail = _common(units, new), _common([_turned(u) for u in reversed(units)], new[::-1])
    tail = min(tail, len(units) - head)
    while tail and _length(units[:head]) + _length(units[-tail:]) > len(new):
        tail -= 1
    for first, last in ((head, len(units) - tail), _without_blanks(units, head, len(units) - tail)):
        found = _joined(units, first, last, style, new)
        if found is not None:
            return f"{style}{found}{style}"
    return None


def _units(text: str, style: str) -> list[_Unit] | None:
    units = []
    for match in _UNITS[style].finditer(text):
        value = _value(match)
        if value is None:
            return None
        units.append(_Unit(match[0], value))
    return units


def _value(match: re.Match[str]) -> str | None:
    kind = match.lastgroup
    if kind == "fold":
        breaks = len(re.findall(_BREAK, match[0]))
        return "\n" * (breaks - 1) or " "
    if kind == "quote":
        return "'"
    if kind == "one":
        return _ONE.get(match["one"])
    if kind in ("x", "u", "U"):
        code = int(match[kind], 16)
        return chr(code) if code < 0x110000 else None
    return match[0]


def _length(units: list[_Unit]) -> int:
    return sum(len(unit.value) for unit in units)


def _turned(unit: _Unit) -> _Unit:
    return _Unit(unit.text, unit.value[::-1])


def _common(units: list[_Unit], new: str) -> int:
    """How many units stand whole at the beginning of a text."""
    common = shared("".join(unit.value for unit in units), new)
    length = 0
    for count, unit in enumerate(units):
        length += len(unit.value)
        if length > common:
            return count
    return len(units)


def _without_blanks(units: list[_Unit], first: int, last: int) -> tuple[int, int]:
    """A blank at the end of a line is none: what borders on one takes it in."""
    while first and units[first - 1].value.isspace():
        first -= 1
    while last < len(units) and units[last].value.isspace():
        last += 1
    return first, last


def _joined(units: list[_Unit], first: int, last: int, style: str, new: str) -> str | None:
    before, behind = units[:first], units[last:]
    middle = new[_length(before) : len(new) - _length(behind)]
    if style:
        quoted = in_quotes(middle, style)
        if quoted[0] != style:
            return None
        middle = quoted[1:-1]
    text = "".join([*(unit.text for unit in before), middle, *(unit.text for unit in behind)])
    again = _units(text, style)
    return text if again and "".join(unit.value for unit in again) == new else None
