"""ruamel.yaml's scanner with the white space rules of libyaml, which go-yaml shares."""

from __future__ import annotations

from typing import Final

from ruamel.yaml.scanner import Scanner as RuamelScanner

_BREAKS: Final = "\n\r\x85\u2028\u2029"


class Scanner(RuamelScanner):
    """Reads what Kubernetes reads and ruamel.yaml alone refuses.

    That is: tabs after a key and in and after a value, and block scalars whose first line is
    blank but indented.
    """

    def scan_to_next_token(self) -> None:
        """Skips white space, comments and line breaks."""
        while True:
            self._skip(" \t" if self.flow_level or not self.allow_simple_key else " ")
            if self.reader.peek() == "#":
                while self.reader.peek() not in f"{_BREAKS}\0":
                    self.reader.forward()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_plain_spaces(self, indent: int, start_mark: object) -> list[str]:
        """The white space behind a word of a plain scalar, folded; nothing where it ends."""
        blanks = self._skip(" \t")
        breaks = 0
        while self.reader.peek() in _BREAKS:
            self.scan_line_break()
            self.allow_simple_key = True
            breaks += 1
            if self.check_document_start() or self.check_document_end():
                return []
            self._skip(" ")
            if self.reader.column >= indent:
                self._skip(" \t")
        if breaks:
            return ["\n"] * (breaks - 1) or [" "]
        return [blanks] if blanks else []

    def scan_block_scalar_indicators(self, start_mark: object) -> tuple[bool | None, int | None]:
        """``+`` or ``-`` and an indentation, each at most once; what follows is checked next."""
        chomping, indentation = None, None
        for _ in range(2):
            char = self.reader.peek()
            if char in "+-" and chomping is None:
                chomping = char == "+"
            elif char in "123456789" and indentation is None:
                indentation = int(char)
            else:
                break
            self.reader.forward()
        return chomping, indentation

    def scan_block_scalar_ignored_line(self, start_mark: object) -> object:
        """What may follow on the line of the ``|``."""
        self._skip(" \t")
        return super().scan_block_scalar_ignored_line(start_mark)

    def scan_block_scalar_indentation(self) -> tuple[list[str], int, object]:
        """The blank lines a block scalar begins with, which may be indented less than its text."""
        breaks: list[str] = []
        indent, end_mark = 0, self.reader.get_mark()
        while self.reader.peek() in f" {_BREAKS}":
            self._skip(" ")
            indent = max(indent, self.reader.column)
            if line_break := self.scan_line_break():
                breaks.append(line_break)
                end_mark = self.reader.get_mark()
        return breaks, indent, end_mark

    def _skip(self, blanks: str) -> str:
        length = 0
        while self.reader.peek(length) in blanks:
            length += 1
        skipped = str(self.reader.prefix(length))
        self.reader.forward(length)
        return skipped
