"""Entries and items between brackets that go, come or take a place: JSON, ``{a: 1}``, ``[a, b]``.

A row that has its lines for itself comes and goes as lines; any other within its line. Comments
stay, but for those on the lines that go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migrator.gitops.align import Fate
from migrator.gitops.page import Edit, Page
from migrator.gitops.spans import Kind, Node


def changed_flow(page: Page, node: Node, fate: Fate, new: Mapping[int, str]) -> Iterator[Edit]:
    """The edits of a flow map or list that is not empty; ``new`` has the texts of what comes."""
    rows = node.rows
    gone = [_without(page, node, index) for index in fate.removed]
    if len(gone) == len(rows) and "#" not in _rest(page, node, gone):
        yield Edit(node.body, node.end, "{}" if node.kind is Kind.MAP else "[]")
        return
    yield from gone
    left = [*fate.kept, *fate.replaced]
    if left and max(left) < len(rows) - 1 and _comma(page, rows[-1].end) is None:
        yield from _without_comma(page, rows[max(left)].end)
    for index, numbers in fate.replaced.items():
        between = _between(page, node, index)
        text = between.join(new[number] for number in numbers)
        yield Edit(rows[index].start, rows[index].end, text)
    for index, numbers in fate.added.items():
        yield from _added(page, node, index, [new[number] for number in numbers])


def _rest(page: Page, node: Node, gone: list[Edit]) -> str:
    """What stays of a flow collection whose rows all go."""
    rest, at = "", node.body
    for edit in gone:
        rest += page.lines.text[at : edit.start]
        at = edit.end
    return rest + page.lines.text[at : node.end]


def _has_lines(page: Page, node: Node, index: int) -> bool:
    """Whether nothing else stands on the lines of a row."""
    row = node.rows[index]
    comma = _comma(page, row.end)
    rest = page.lines.behind(row.end if comma is None else comma + 1).strip(" \t")
    alone = comma is None or page.lines.number(comma) == page.lines.number(row.end)
    return alone and not page.lines.before(row.start).strip(" \t") and rest[:1] in ("", "#")


def _comma(page: Page, end: int) -> int | None:
    """Where the comma behind a row is."""
    at = page.lines.skip(end)
    return at if page.lines.text[at : at + 1] == "," else None


def _blanks(page: Page, at: int) -> int:
    line = page.lines.behind(at)
    return at + len(line) - len(line.lstrip(" \t"))


def _without(page: Page, node: Node, index: int) -> Edit:
    row = node.rows[index]
    comma = _comma(page, row.end)
    end = row.end if comma is None else comma + 1
    if _has_lines(page, node, index):
        return Edit(page.lines.start(row.start), page.lines.next(end), "")
    return Edit(row.start, row.end if comma is None else _blanks(page, end), "")


def _without_comma(page: Page, end: int) -> Iterator[Edit]:
    comma = _comma(page, end)
    if comma is not None:
        behind = _blanks(page, comma + 1)
        at_end = behind == page.lines.end(comma)
        yield Edit(comma, comma + 1 if at_end or page.lines.text[behind] == "#" else behind, "")


def _between(page: Page, node: Node, index: int) -> str:
    if _has_lines(page, node, index):
        return f",{page.lines.newline}{page.lines.indent(node.rows[index].start)}"
    return page.json.comma if page.json else ", "


def _added(page: Page, node: Node, index: int, texts: list[str]) -> Iterator[Edit]:
    lines = page.lines
    row = node.rows[max(index, 0)]
    between = _between(page, node, max(index, 0))
    text = between.join(texts)
    if not _has_lines(page, node, max(index, 0)):
        if index < 0:
            yield Edit(row.start, row.start, f"{text}{between}")
        else:
            yield Edit(row.end, row.end, f"{between}{text}")
        return
    indent = lines.indent(row.start)
    if index < 0:
        at = lines.start(row.start)
        yield Edit(at, at, f"{indent}{text},{lines.newline}")
        return
    comma = _comma(page, row.end)
    at = lines.next(row.end if comma is None else comma)
    if comma is None:
        yield Edit(row.end, row.end, ",")
    yield Edit(at, at, f"{indent}{text}{'' if comma is None else ','}{lines.newline}")
