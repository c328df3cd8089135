"""A value of an object as lines of text, so that a person sees what it is and of which type."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from migrator.report.diff import Difference, Field
from migrator.report.differences import scalars
from migrator.trees import dump

_PLAIN: Final = re.compile(r"[A-Za-z/$<({-](?:[^\n]*\S)?")
_WORD: Final = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|nil|none")
_ONE_LINE: Final = 72


def lines(value: Any) -> list[str]:
    """A string as it is (quoted where it could be taken for another type), a list of plain
    values on one line or with one value a line, everything else as YAML."""
    if isinstance(value, list) and value and scalars(value):
        flow = json.dumps(value, ensure_ascii=False)
        return [flow] if len(flow) <= _ONE_LINE else [_one_line(item) for item in value]
    if isinstance(value, (Mapping, list)) and value:
        return dump.dump(value).splitlines()
    if isinstance(value, str) and "\n" in value:
        return value.removesuffix("\n").split("\n")
    return [_one_line(value)]


def _one_line(value: Any) -> str:
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and not _WORD.fullmatch(value)
    return value if plain else json.dumps(value, ensure_ascii=False)


def diff_lines(field: Field) -> list[str]:
    """``- before`` and ``+ after``, a line each; texts that would look alike (the end of the
    last line, blanks at the end of a line) are quoted."""
    before = [] if field.kind == "added" else lines(field.before)
    after = [] if field.kind == "removed" else lines(field.after)
    if [line.rstrip() for line in before] == [line.rstrip() for line in after]:
        before, after = ([json.dumps(v, ensure_ascii=False)] for v in (field.before, field.after))
    return [f"- {line}" for line in before] + [f"+ {line}" for line in after]


def inner_lines(difference: Difference) -> list[str]:
    """The fields that differ inside a JSON text: ``- path: value`` and ``+ path: value``."""
    result = []
    for field in difference.inner or ():
        if field.kind != "added":
            result += _labelled("-", field.path, lines(field.before))
        if field.kind != "removed":
            result += _labelled("+", field.path, lines(field.after))
    return result


def _labelled(sign: str, path: str, shown: list[str]) -> list[str]:
    if len(shown) == 1:
        return [f"{sign} {path}: {shown[0]}"]
    return [f"{sign} {path}:", *(f"{sign}   {line}" for line in shown)]
