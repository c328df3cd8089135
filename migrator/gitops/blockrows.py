"""Entries and items of block maps and lists that go, come or take a place: whole lines.

What goes takes its own lines with it, with the comment behind it and the comments within. Comments
above it and below it stay, whatever they were about: nobody knows that but their author.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping

from migrator.gitops.align import Fate
from migrator.gitops.page import Edit, Page, Slot
from migrator.gitops.spans import Kind, Node, keeps_blank_lines


def changed_rows(
    page: Page, node: Node, fate: Fate, new: Mapping[int, list[str]]
) -> Iterator[Edit]:
    """The edits of a block map or list of which something is left; ``new`` has the lines of what
    comes, at their full indentation."""
    lines, rows = page.lines, node.rows
    lifted = _begins_within_a_line(page, node) and 0 in fate.removed
    yield from _lift(page, node, fate) if lifted else ()
    left, kept = min((*fate.kept, *fate.replaced)), list(fate.kept)
    for index in fate.removed:
        if not (lifted and index < left):
            above = bisect_left(kept, index)
            yield _without(page, node, index, kept[above - 1] if above else -1)
    for index, numbers in fate.replaced.items():
        row = rows[index]
        text = page.joined(line for number in numbers for line in new[number])
        yield Edit(row.start, lines.end(row.end), text.lstrip(" "))
    for index, numbers in fate.added.items():
        text = page.joined(line for number in numbers for line in new[number])
        if index >= 0:
            at = _behind(page, node, index)
            yield Edit(at, at, text + lines.newline)
        else:
            at = rows[0].start
            indent = " " * lines.column(at)
            yield Edit(at, at, f"{text.lstrip(' ')}{lines.newline}{indent}")


def emptied(page: Page, node: Node, slot: Slot) -> Iterator[Edit]:
    """The edits of a block map or list of which nothing is left."""
    empty = "{}" if node.kind is Kind.MAP else "[]"
    first = node.rows[0]
    here = slot.is_root or _begins_within_a_line(page, node)
    if here:
        yield Edit(first.start, page.lines.end(first.end), empty)
    else:
        at = node.props if node.props > node.start else slot.after
        yield Edit(at, at, f" {empty}")
    for index in range(here, len(node.rows)):
        yield _without(page, node, index)


def _begins_within_a_line(page: Page, node: Node) -> bool:
    """As a map in ``- a: 1``."""
    return bool(page.lines.before(node.rows[0].start).strip(" "))


def _without(page: Page, node: Node, index: int, after: int = -1) -> Edit:
    """The edit that takes the lines of a row. Blank lines behind it go too where the row ``after``
    which it stood would take them for its own."""
    lines, row = page.lines, node.rows[index]
    end = lines.next(row.end)
    if after >= 0 and keeps_blank_lines(lines, node.rows[after].value):
        while end < len(lines.text) and not lines.behind(end).strip(" "):
            end = lines.next(end)
    return Edit(lines.start(row.start), end, "")


def _lift(page: Page, node: Node, fate: Fate) -> Iterator[Edit]:
    """The first entry of ``- a: 1`` goes: the next one stands behind the dash, and the lines
    between them above it."""
    lines, rows = page.lines, node.rows
    left = min((*fate.kept, *fate.replaced))
    between, at = "", lines.next(rows[0].end)
    for row in rows[1 : left + 1]:
        between += lines.text[at : lines.start(row.start)]
        at = lines.next(row.end)
    above = lines.start(rows[0].start)
    if between:
        yield Edit(above, above, between)
    yield Edit(rows[0].start, rows[left].start, "")


def _behind(page: Page, node: Node, index: int) -> int:
    """Where the line behind a row begins, and behind the comments that are indented further: they
    are about what the row holds."""
    lines = page.lines
    column = lines.column(node.rows[0].start)
    found = at = lines.next(node.rows[index].end)
    while at < len(lines.text):
        line = lines.behind(at)
        text = line.lstrip(" \t")
        if text and not (text.startswith("#") and len(line) - len(text) > column):
            break
        at = lines.next(at)
        if text:
            found = at
    return found
