"""The text of a new value: what `trees/dump.py` writes, laid out as its surroundings are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from migrator.trees.dump import dump
from migrator.trees.laid_out import EXEMPT, IMAGE, folded
from migrator.trees.unseen import json_text, shows

_FLOW_SAFE: Final = re.compile(r"[A-Za-z0-9_./+-](?:[A-Za-z0-9_./@=$()+ -]|:(?=[A-Za-z0-9_./-]))*")
"""Plain scalars that mean the same between brackets."""


class Layout(NamedTuple):
    """How far maps and lists are indented below their key, and behind the dash of an item: ``gap``
    for maps and lists, ``word`` for scalars. ``width`` is the columns of a line, 0 where no line ends."""

    maps: int = 2
    lists: int = 0
    gap: int = 2
    word: int = 2
    width: int = 0


class JsonForm(NamedTuple):
    """``unit`` is the indentation of a level, None for all on one line; ``colon`` and ``comma`` are
    the signs with the blanks behind them, ``newline`` the end of a line."""

    unit: str | None
    colon: str
    comma: str
    newline: str


def leaf(value: Any) -> tuple[str, list[str]]:
    """A value without anything below it: its text, and the lines of a block scalar."""
    first, *content = dump({"k": value}).rstrip("\n").split("\n")
    return first.removeprefix("k: "), [line[2:] for line in content]


def fitted(
    value: Any, at: int, column: int, layout: Layout, *, alone: bool = False
) -> tuple[str, list[str]]:
    """A `leaf` whose text begins at ``at``, and whose lines below at ``column``; on several lines where it is
    too long for one. What stands ``alone`` behind a dash may be a longer word."""
    head, content = leaf(value)
    long = layout.width and at + len(head) > layout.width and (" " in head or not alone)
    if long and isinstance(value, str) and not content:
        return folded(value, layout.width - column)
    return head, content


def entry(key: str, value: Any, column: int, layout: Layout) -> list[str]:
    """The lines of ``key: value`` in a block map at ``column``."""
    pad = " " * column
    lines = [pad + line for line in dump({key: None}).rstrip("\n").split("\n")]
    lines[-1] = lines[-1].removesuffix("null").rstrip(" ")
    at = len(lines[-1]) + 1
    head, below = under_key(value, column, layout, at=at, is_image=key == IMAGE)
    lines[-1] += f" {head}" if head else ""
    return [*lines, *below]


def under_key(
    value: Any, column: int, layout: Layout, *, at: int = 0, is_image: bool = False
) -> tuple[str, list[str]]:
    """What stands behind the colon of a key at ``column``, from ``at`` on, and the lines below it."""
    if isinstance(value, Mapping) and value:
        return "", _entries(value, column + layout.maps, layout)
    if isinstance(value, list) and value:
        return "", _items(value, column + layout.lists, layout)
    inner = column + layout.maps
    head, content = leaf(value) if is_image else fitted(value, at, inner, layout)
    if is_image and not content and 0 < layout.width < at + len(head):
        head += EXEMPT
    return head, [_indented(line, inner) for line in content]


def item(value: Any, column: int, layout: Layout) -> list[str]:
    """The lines of an item of a block list at ``column``."""
    head, below = behind_dash(value, column, layout)
    gap = layout.gap if isinstance(value, Mapping | list) and value else layout.word
    return [f"{' ' * column}-{' ' * (gap - 1)}{head}", *below]


def behind_dash(value: Any, column: int, layout: Layout) -> tuple[str, list[str]]:
    """What stands behind the dash of an item at ``column``, and the lines below it."""
    inner = column + layout.gap
    if isinstance(value, Mapping) and value:
        first, *below = _entries(value, inner, layout)
        return first[inner:], below
    if isinstance(value, list) and value:
        first, *below = _items(value, inner, layout)
        return first[inner:], below
    head, content = fitted(value, column + layout.word, inner, layout, alone=True)
    return head, [_indented(line, inner) for line in content]


def at_root(value: Any, layout: Layout) -> list[str]:
    """The lines of a whole document."""
    if isinstance(value, Mapping) and value:
        return _entries(value, 0, layout)
    if isinstance(value, list) and value:
        return _items(value, 0, layout)
    head, content = leaf(value)
    return [head, *(_indented(line, layout.maps) for line in content)]


def _entries(tree: Mapping[str, Any], column: int, layout: Layout) -> list[str]:
    return [line for key, value in tree.items() for line in entry(key, value, column, layout)]


def _items(tree: list[Any], column: int, layout: Layout) -> list[str]:
    return [line for value in tree for line in item(value, column, layout)]


def _indented(line: str, column: int) -> str:
    return f"{' ' * column}{line}" if line else ""


def in_quotes(text: str, quote: str) -> str:
    """A string in the quotes that stood there; in double ones where single ones cannot hold it."""
    if quote == "'" and all(map(shows, text)):
        return "'" + text.replace("'", "''") + "'"
    return json_text(text).rstrip("\n")


def in_flow(value: Any, quote: str = "") -> str:
    """A value between the brackets of a flow collection of YAML; ``quote`` is that of its strings
    where they have one."""
    if isinstance(value, Mapping):
        pairs = (f"{in_flow(key, quote)}: {in_flow(child, quote)}" for key, child in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(in_flow(child, quote) for child in value) + "]"
    if not isinstance(value, str):
        return leaf(value)[0]
    if quote:
        return in_quotes(value, quote)
    head, content = leaf(value)
    if content or head.startswith('"') or not _FLOW_SAFE.fullmatch(value):
        return head if head.startswith("'") and not content else in_quotes(value, '"')
    return head


def in_json(value: Any, form: JsonForm, indent: str = "") -> str:
    """A value of a JSON file on a line that begins with ``indent``."""
    text = json.dumps(
        value,
        ensure_ascii=False,
        indent=form.unit,
        separators=("," if form.unit is not None else form.comma, form.colon),
    )
    return text.replace("\n", f"{form.newline}{indent}")
