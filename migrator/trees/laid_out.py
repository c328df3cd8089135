"""How YAML that is committed is laid out: what yamllint asks for where nobody configured it.

Lists stand to the right of their key, and no line goes beyond 80 columns that could be broken
(yamllint.readthedocs.io, "Rules", indentation and line-length). `dump` writes for those who compare:
lists below their key, a value on one line.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from migrator.trees.dump import Location, dump, is_printable
from migrator.trees.unseen import json_text

WIDTH: Final = 80
"""Columns of a line."""
LISTS: Final = 2
"""How far a list stands to the right of its key."""
_COMMENT: Final = 96
"""Signs of a comment where the lines have no end."""
_NARROWEST: Final = 24
_ENTRY: Final = re.compile(
    r"(?P<dashes>(?:- )*)"
    r"(?P<key>(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s\"'].*?):(?: |$))?(?P<value>.*)"
)
"""A line of what `dump` writes, without its indentation."""
_LITERAL: Final = frozenset({"|", "|-", "|+"})
_COMMAND: Final = "kubectl "
"""What a comment begins with that people type."""
_PASSED: Final = re.compile(r" *(?:#+ ?|- )?")
_SIGN: Final = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\.|.")
_DOLLAR: Final = "\\x24"
"""A dollar sign that keeps others from filling something in (`gitops/dollars.py`)."""
_COMPLEX: Final = re.compile(r"^ *(?:- )*\? ", re.MULTILINE)
"""A key of several lines, or of more than 128 signs."""
IMAGE: Final = "image"
"""A key whose value stays behind it: Renovate looks for the two on one line (its kubernetes manager,
extract.ts), and would never raise it again."""
EXEMPT: Final = "  # yamllint disable-line rule:line-length"


def page(
    tree: Any,
    *,
    header: Sequence[str] = (),
    comments: Mapping[Location, Sequence[str]] | None = None,
    lists: int = LISTS,
) -> str:
    """One document as it is committed; the rest is as in `dump`."""
    return neat(dump(tree, header=header, comments=comments), lists=lists)


def is_too_long(line: str, width: int = WIDTH) -> bool:
    """Whether yamllint has something against the length of a line: one word alone may be longer."""
    if len(line) <= width:
        return False
    passed = _PASSED.match(line)
    return " " in line[passed.end() if passed else 0 :]


def neat(text: str, *, lists: int = LISTS, width: int | None = WIDTH, within: bool = False) -> str:
    """A document that `dump` wrote, which reads the same and is laid out anew. Without a ``width`` no value
    is broken, and a comment has up to 96 signs. ``within`` says that it is the text of a value, in
    which no comment speaks to a linter.

    A line of a text in a literal block stays as it is: a break would be another text. So does a document
    with keys of several lines.
    """
    if _COMPLEX.search(text):
        return text
    return "".join(f"{line}\n" for line in _Lines(lists, width, within).of(text))


class _Lines:
    """Reads the lines of a document; ``open`` are the columns of the lists in which it is."""

    def __init__(self, lists: int, width: int | None, within: bool) -> None:
        self.lists, self.width, self.within = lists, width, within
        self.open: list[int] = []
        self.above: list[str] = []

    def of(self, text: str) -> Iterator[str]:
        key_at = literal = None  # the column of a key without a value, of the owner of a block
        for line in text.removesuffix("\n").split("\n"):
            indent = len(line) - len(line.lstrip(" "))
            if literal is not None and (not line or indent > literal):
                yield f"{self.pad}{line}" if line else line
                continue
            literal = None
            if line.startswith("#", indent):
                self.above.append(line)
                continue
            self.enter(indent, line[indent : indent + 2] == "- ", key_at)
            yield from self.comments()
            entry = _ENTRY.fullmatch(line[indent:])
            assert entry is not None  # noqa: S101  # each part of it may be empty
            column = indent + len(entry["dashes"])
            key_at = column if entry["key"] and not entry["value"] else None
            if entry["value"] in _LITERAL:
                literal = column if entry["key"] else column - 2
            yield from self.entry(f"{self.pad}{line}", column + len(self.pad), entry)
        yield from self.comments()

    @property
    def pad(self) -> str:
        return " " * (self.lists * len(self.open))

    def enter(self, indent: int, is_item: bool, key_at: int | None) -> None:
        while self.open and (indent < self.open[-1] or (indent == self.open[-1] and not is_item)):
            self.open.pop()
        if is_item and key_at == indent:
            self.open.append(indent)

    def comments(self) -> Iterator[str]:
        for line in self.above:
            indent, _, text = line.partition("# ")
            start = f"{self.pad}{indent}# "
            room = max(self.width - len(start), _NARROWEST) if self.width else _COMMENT
            end = " \\" if text.startswith(_COMMAND) else ""
            *parts, last = _wrapped(text, room - len(end)) or [""]
            yield from (f"{start}{part}{end}" for part in parts)
            yield f"{start}{last}"
        self.above.clear()

    def entry(self, line: str, column: int, entry: re.Match[str]) -> Iterator[str]:
        value = entry["value"]
        if not self.width or value in _LITERAL or not is_too_long(line, self.width):
            yield line
            return
        if entry["key"] == f"{IMAGE}: " and not self.within:
            yield f"{line}{EXEMPT}"
            return
        text = yaml.safe_load(value)
        if not isinstance(text, str) or _DOLLAR in value:
            yield line
            return
        at = " " * (column + 2 if entry["key"] else column)
        head, below = folded(text, self.width - len(at))
        yield f"{line.removesuffix(value)}{head}"
        yield from (f"{at}{part}" for part in below)


def folded(text: str, room: int) -> tuple[str, list[str]]:
    """A string of one line on several: what stands behind its key or dash, and the lines below that, each of
    at most ``room`` signs or one word. YAML 1.1 and 1.2 read both forms alike."""
    room = max(room, _NARROWEST)
    if text.strip() == text and not re.search(r"\s\s|[^\S ]", text) and is_printable(text):
        return ">-", _wrapped(text, room)
    return '"\\', [*_in_quotes(json_text(text).rstrip("\n")[1:-1], room)]


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)


def _in_quotes(escaped: str, room: int) -> Iterator[str]:
    """The lines of a text in double quotes, each of which goes on in the next: a break behind a backslash is
    none, and blanks before that stay (YAML 1.2, 7.3.1)."""
    line = "\\" if escaped.startswith(" ") else ""
    end = 0  # behind the last blank
    for sign in _SIGN.findall(escaped):
        if len(line) + len(sign) > room - 2:
            at = end or len(line)
            yield f"{line[:at]}\\"
            line = line[at:]
            end = 0
            if (line or sign).startswith(" "):
                line = f"\\{line}"
        line += sign
        if sign == " ":
            end = len(line)
    yield f'{line}"'
