"""JSON text -> plain data with lines.

JSON has its own reader since YAML's takes neither tabs before a key nor the escapes of
characters beyond U+FFFF, and is ten times slower.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from typing import Any, Final, NoReturn

from migrator.model.errors import InputError
from migrator.model.inputs import Problem, Source
from migrator.read.scalars import as_number
from migrator.read.tree import LineTree, Parsed
from migrator.read.wording import quoted
from migrator.tools.bounds import DEPTH
from migrator.trees.embedded import in_the_words_of_go

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_Pair = tuple[Any, LineTree, int]


def parse_json(text: str, *, file: str, line: int) -> tuple[Parsed, ...]:
    """The values of ``text`` one after another, as ``kubectl`` and ``jq`` print them.

    Raises json.JSONDecodeError where it is not JSON, with the words of Go's decoder, which are
    kubectl's (CPython's change with its releases), and InputError for what only looks like
    it (NaN) or nests too deep. Duplicate keys are kept as problems.
    """
    reader = _Reader(text, file=file, line=line)
    parsed: list[Parsed] = []
    position = reader.skip(0)
    while position < len(text):
        if parsed and not text.startswith(("{", "["), position):
            raise json.JSONDecodeError("something follows the end", text, position)
        try:
            value, lines, end = reader.value(position, 1)
        except json.JSONDecodeError as error:
            words = in_the_words_of_go(text[position:])
            raise json.JSONDecodeError(words, text, error.pos) from None
        parsed.append(Parsed(value, lines, tuple(reader.problems)))
        reader.problems.clear()
        position = reader.skip(end)
    return tuple(parsed)


class _Reader:
    """Walks one text; each method takes a position and gives the one behind what it read."""

    def __init__(self, text: str, *, file: str, line: int) -> None:
        self.text = text
        self.file = file
        self.line = line
        self.newlines = [match.start() for match in re.finditer("\n", text)]
        self.problems: list[Problem] = []
        self.scalar = json.JSONDecoder(
            parse_int=self.number, parse_float=self.number, parse_constant=self.constant
        ).raw_decode
        self.position = 0

    def skip(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def value(self, position: int, depth: int) -> _Pair:
        self.position = position
        if depth > DEPTH:
            self.stop(f"more than {DEPTH} levels of nesting", "no manifest needs so many")
        opening = self.text[position : position + 1]
        if opening == "{":
            return self.object(position, depth)
        if opening == "[":
            return self.array(position, depth)
        value, end = self.scalar(self.text, position)
        lines = LineTree(self.line_at(position))
        return (self.string(value) if isinstance(value, str) else value), lines, end

    def object(self, start: int, depth: int) -> _Pair:
        data: dict[str, Any] = {}
        children: dict[str, LineTree] = {}
        position = self.skip(start + 1)
        while data or not self.text.startswith("}", position):
            key_line = self.line_at(position)
            key, position = self.key(position)
            if key in data:
                first = children[key].line
                message = (
                    f"key {quoted(repr(key))} is given twice in one map (first on line {first})"
                )
                self.flaw(message, "remove one of them")
            data[key], lines, position = self.value(self.expect(":", position), depth + 1)
            children[key] = lines._replace(line=key_line)
            position = self.skip(position)
            if self.text.startswith("}", position):
                break
            position = self.expect(",", position)
        return data, LineTree(self.line_at(start), children), position + 1

    def array(self, start: int, depth: int) -> _Pair:
        items: list[Any] = []
        children: list[LineTree] = []
        position = self.skip(start + 1)
        while items or not self.text.startswith("]", position):
            value, lines, position = self.value(position, depth + 1)
            items.append(value)
            children.append(lines)
            position = self.skip(position)
            if self.text.startswith("]", position):
                break
            position = self.expect(",", position)
        return items, LineTree(self.line_at(start), children), position + 1

    def key(self, position: int) -> tuple[str, int]:
        self.position = position
        if not self.text.startswith('"', position):
            raise json.JSONDecodeError("no key", self.text, position)
        key, end = self.scalar(self.text, position)
        return self.string(key), self.skip(end)

    def expect(self, char: str, position: int) -> int:
        """Behind ``char`` and the white space that follows it."""
        if not self.text.startswith(char, position):
            raise json.JSONDecodeError(f"no {char}", self.text, position)
        return self.skip(position + 1)

    def string(self, text: str) -> str:
        """Half of a surrogate pair becomes U+FFFD, as in Go's encoding/json."""
        return text if text.isascii() else _SURROGATE.sub("\ufffd", text)

    def number(self, text: str) -> int | float:
        value = as_number(text)
        if value is None:
            self.flaw(
                f"{quoted(text)} is not a number that Kubernetes can hold", "make it a string"
            )
            return 0
        return value

    def constant(self, name: str) -> NoReturn:
        self.stop(f"{name} is not JSON", "make it a number or a string")

    def line_at(self, position: int) -> int:
        return self.line + bisect_left(self.newlines, position)

    def flaw(self, message: str, hint: str) -> None:
        source = Source(file=self.file, line=self.line_at(self.position))
        self.problems.append(Problem(source=source, message=message, hint=hint))

    def stop(self, message: str, hint: str) -> NoReturn:
        self.flaw(message, hint)
        raise InputError((self.problems[-1],))
