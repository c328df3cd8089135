"""The lines of a text by offset, as YAML ends them."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

BREAKS: Final = "\n\r\x85\u2028\u2029"
"""What ends a line for the reader, in a comment too."""
_BREAK: Final = re.compile(f"\r\n|[{BREAKS}]")
_SPACE: Final = re.compile(f"(?:[ \t\ufeff{BREAKS}]|#[^{BREAKS}]*)*")
_SPACE_AND_COMMAS: Final = re.compile(f"(?:[ \t\ufeff,{BREAKS}]|#[^{BREAKS}]*)*")


class Lines:
    """A text that ends with the end of a line, and where its lines begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _BREAK.finditer(text))]
        windows = text.count("\r\n")
        self.newline = "\r\n" if 2 * windows > text.count("\n") else "\n"

    def number(self, at: int) -> int:
        """The line of an offset, from 0 on."""
        return bisect_right(self.starts, at) - 1

    def start(self, at: int) -> int:
        """Where the line of an offset begins."""
        return self.starts[self.number(at)]

    def next(self, at: int) -> int:
        """Where the line behind that of an offset begins; the end of the text for the last."""
        number = self.number(at) + 1
        return self.starts[number] if number < len(self.starts) else len(self.text)

    def end(self, at: int) -> int:
        """Where the line of an offset ends, before its line break."""
        following = self.next(at)
        stop = following
        if stop > at and self.text[stop - 1] in BREAKS:
            stop -= 2 if self.text.endswith("\r\n", at, stop) else 1
        return stop

    def before(self, at: int) -> str:
        """What stands before an offset on its line."""
        return self.text[self.start(at) : at]

    def behind(self, at: int) -> str:
        """What stands from an offset to the end of its line."""
        return self.text[at : self.end(at)]

    def column(self, at: int) -> int:
        return at - self.start(at)

    def indent(self, at: int) -> str:
        """The white space that the line of an offset begins with."""
        line = self.text[self.start(at) : self.end(at)]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def skip(self, at: int, *, commas: bool = False) -> int:
        """Behind the white space, line breaks and comments (and ``commas``) that begin at an
        offset."""
        match = (_SPACE_AND_COMMAS if commas else _SPACE).match(self.text, at)
        return match.end() if match else at
