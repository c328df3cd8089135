"""YAML text -> plain data with lines, as Kubernetes reads it."""

from __future__ import annotations

import re
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.scanner import Scanner

from migrator.errors import InputError
from migrator.model import Problem, Source
from migrator.read.tree import Parsed
from migrator.read.wording import broken_yaml, control_character, unless_template
from migrator.read.yamldata import Builder

# What YAML allows nowhere, not even in a comment (YAML 1.2, c-printable).
_CONTROL: Final = re.compile(r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS: Final = "\n\r\x85\u2028\u2029"


class _TabScanner(Scanner):
    """Takes tabs as white space where libyaml and go-yaml do: after a key, in and after a value."""

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

    def _skip(self, blanks: str) -> str:
        length = 0
        while self.reader.peek(length) in blanks:
            length += 1
        skipped = str(self.reader.prefix(length))
        self.reader.forward(length)
        return skipped


def parse_yaml(text: str, *, file: str, line: int) -> Parsed:
    """The one document of ``text``, which begins on ``line`` of ``file``.

    Raises InputError where it is not YAML. What is YAML but not data as Kubernetes has it
    (duplicate keys, tags, NaN) is kept as problems: the document may not be an object at all.
    """
    if bad := _CONTROL.search(text):
        raise InputError((control_character(text, bad.start(), file=file, line=line),))
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _TabScanner
    try:
        parsed = Builder(yaml.parse(text), file=file, line=line).document()
    except MarkedYAMLError as error:
        raise InputError((broken_yaml(error, text, file=file, line=line),)) from None
    except (ValueError, OverflowError):  # chr() of an escape such as "\UFFFFFFFF"
        source = Source(file=file, line=line)
        message = "broken YAML: an escape in double quotes is not a Unicode character"
        raise InputError((Problem(source=source, message=message, hint="correct it"),)) from None
    problems = tuple(unless_template(p, text, line=line) for p in parsed.problems)
    return parsed._replace(problems=problems)
