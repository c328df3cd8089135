"""Block scalars (``|`` and ``>``) in a text: what they cover, and their lines for a new value."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from migrator.gitops.lines import Lines
from migrator.gitops.matching import matching

_HEADER: Final = re.compile(r"[|>](?:[1-9][-+]?|[-+]?[1-9]?)")
_UNFIT: Final = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What a reader would take for a line break, or not take at all."""


class Block(NamedTuple):
    """``header`` is ``|2-``; ``comment`` what follows it on its line; ``raw`` the lines as they
    stand, without their ends; ``indent`` the column of the content; ``end`` is behind the last
    line, before its end."""

    header: str
    digit: str
    chomp: str
    comment: str
    raw: tuple[str, ...]
    indent: int
    end: int


def read_block(lines: Lines, body: int, stop: int, floor: int) -> Block:
    """The block scalar whose header is at ``body``, and which ends at ``stop`` for the parser:
    behind blank lines that are none of it, unless it keeps them (``|+``)."""
    header = "".join(_HEADER.findall(lines.text[body : body + 3])[:1])
    digit, chomp = header[1:].strip("+-"), header[1:].strip("123456789")
    spans = []
    at = lines.next(body)
    while at < stop:
        spans.append((at, lines.end(at)))
        at = lines.next(at)
    raw = [lines.text[start:end] for start, end in spans]
    first = next((line for line in raw if line.strip(" ")), "")
    indent = floor + int(digit) if digit else len(first) - len(first.lstrip(" "))
    if chomp != "+":
        while raw and len(raw[-1]) <= max(indent, 0) and not raw[-1].strip(" "):
            raw.pop()
    end = spans[len(raw) - 1][1] if raw else lines.end(body)
    comment = lines.behind(body + len(header))
    return Block(header, digit, chomp, comment, tuple(raw), indent, end)


def rewritten_block(block: Block, value: str, floor: int, step: int) -> list[str] | None:
    """Header and lines of a new value in the style of ``block``, None where it cannot hold it.

    A folded text stays folded as one line, since nobody knows where its author would wrap it.
    """
    text = value.rstrip("\n")
    if not text.strip(" \t\n") or _UNFIT.search(value):
        return None
    ends = len(value) - len(text)
    content = [*text.split("\n"), *[""] * (ends - 1)]
    style = block.header[0]
    if style == ">" and (len(content) > 1 or content[0][0] in " \t"):
        style = "|"
    indent = block.indent if block.raw else floor + step
    digit = block.digit
    first = next(line for line in content if line.strip(" "))
    if not digit and (first.startswith(" ") or content[0].startswith(" ")):
        digit = str(indent - floor)
    if digit not in ("", *"123456789"):
        return None
    chomp = block.chomp if block.chomp == "+" and ends else ("-", "", "+")[min(ends, 2)]
    same = (style, digit, chomp) == (block.header[0], block.digit, block.chomp)
    header = block.header if same else f"{style}{digit}{chomp}"
    return [header, *_raw(block, content, indent)]


def _raw(block: Block, content: list[str], indent: int) -> list[str]:
    """The content with its indentation; blank lines of the old text that stay keep their blanks."""
    new = [f"{' ' * indent}{line}" if line else "" for line in content]
    if not any(line and not line.strip(" ") for line in block.raw):
        return new
    old = [line[indent:] for line in block.raw]
    for i, j in matching(old, content):
        new[j] = block.raw[i]
    return new
