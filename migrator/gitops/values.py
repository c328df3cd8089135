"""One value of a document that becomes another: the edit of its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.gitops.blockscalars import read_block, rewritten_block
from migrator.gitops.folded import respelled
from migrator.gitops.page import Edit, Page, Slot
from migrator.gitops.spans import Kind, Node
from migrator.gitops.texts import (
    at_root,
    behind_dash,
    in_flow,
    in_json,
    in_quotes,
    under_key,
)
from migrator.trees.laid_out import EXEMPT, IMAGE, folded, is_too_long


def replaced(page: Page, node: Node, wanted: Any, slot: Slot) -> Edit:
    """The edit that puts a value in the place of ``node``. Its anchor stays, a tag does not."""
    if page.json or slot.in_flow or _shares_line_of_marker(page, slot):
        return _in_flow(page, node, wanted, slot)
    if node.style in ("|", ">") and isinstance(wanted, str):
        block = read_block(page.lines, node.body, node.end, node.floor)
        text = rewritten_block(block, wanted, node.floor, slot.layout.maps)
        following = page.lines.behind(page.lines.next(node.end))
        takes_more = "+" in "".join(text or ())[:3] and "+" not in block.header
        if text and not (takes_more and not following.strip(" ")):
            head = f"{_anchor(node)}{text[0]}{block.comment}"
            return Edit(node.start, node.end, page.joined([head, *text[1:]]))
    spelled = _respelled(page, node, wanted)
    if spelled is not None:
        return Edit(node.body, node.end, spelled)
    quoted = node.style in ("'", '"') and isinstance(wanted, str)
    if quoted and not (node.style == "'" and "\n" in wanted):
        word = _anchor(node) + in_quotes(wanted, node.style)
        if slot.name == IMAGE or not _is_too_long(page, node, word, slot):
            return Edit(node.start, node.end, word + _exempted(page, node, word, slot))
    head, below = _block(page, wanted, slot)
    if node.anchor and node.kind is not Kind.ALIAS and wanted and _is_compact(wanted, slot):
        column = 0 if slot.is_root else slot.column + slot.layout.gap
        head, below = "", [f"{' ' * column}{head}", *below]  # no anchor stands before a key
    is_word = node.kind in (Kind.SCALAR, Kind.ALIAS) and node.style not in ("|", ">")
    if is_word and not below and node.end > node.body:
        word = _anchor(node) + head
        long = isinstance(wanted, str) and _is_too_long(page, node, word, slot)
        if not long or slot.is_item or slot.name == IMAGE:
            return Edit(node.start, node.end, word + _exempted(page, node, word, slot))
        column = slot.column + slot.layout.maps  # with the comment behind it, it is too long
        head, lines = folded(wanted, slot.layout.width - column)
        below = [f"{' ' * column}{line}" for line in lines]
    return _lines(page, node, slot, head, below)


def _respelled(page: Page, node: Node, wanted: Any) -> str | None:
    """The text of a scalar of several lines, or with escapes, with what differs in it."""
    if node.kind is not Kind.SCALAR or node.tagged or not isinstance(wanted, str):
        return None
    if node.style in ("|", ">"):
        return None
    text = page.lines.text[node.body : node.end]
    long = page.lines.number(node.body) < page.lines.number(node.end)
    return respelled(text, node.style, node.text, wanted) if long or "\\" in text else None


def _is_too_long(page: Page, node: Node, text: str, slot: Slot) -> bool:
    """Whether the line gets too long on which ``text`` takes the place of a scalar."""
    lines = page.lines
    line = lines.before(node.start) + text + lines.behind(node.end)
    return slot.layout.width > 0 and is_too_long(line, slot.layout.width)


def _exempted(page: Page, node: Node, text: str, slot: Slot) -> str:
    """What keeps a linter from the line of an image, where that gets too long and has no comment."""
    is_last = not page.lines.behind(node.end).strip(" \t")
    long = slot.name == IMAGE and EXEMPT not in text and _is_too_long(page, node, text, slot)
    return EXEMPT if long and is_last else ""


def _shares_line_of_marker(page: Page, slot: Slot) -> bool:
    return slot.is_root and page.lines.before(page.root.start).startswith("---")


def _is_compact(wanted: Any, slot: Slot) -> bool:
    return isinstance(wanted, Mapping | list) and (slot.is_item or slot.is_root)


def _block(page: Page, wanted: Any, slot: Slot) -> tuple[str, list[str]]:
    """What stands behind the colon or dash, and the lines below."""
    if slot.is_root:
        head, *below = at_root(wanted, slot.layout)
        return head, below
    if slot.is_item:
        return behind_dash(wanted, slot.column, slot.layout)
    at = page.lines.column(slot.after) + 1
    return under_key(wanted, slot.column, slot.layout, at=at, is_image=slot.name == IMAGE)


def _lines(page: Page, node: Node, slot: Slot, head: str, below: list[str]) -> Edit:
    """The edit that replaces all from the colon or dash to the end of the node's last line, but for
    the comment on the first of them."""
    lines = page.lines
    end = lines.end(max(node.end, slot.after))
    before = f" {_anchor(node)}{head}".rstrip(" ")
    if slot.is_root:
        start, before = node.start, f"{_anchor(node)}{head}".rstrip(" ")
        comment = "" if node.is_block or node.style in ("|", ">") else lines.behind(node.end)
    else:
        start, comment = slot.after, _comment(page, node, slot)
        if slot.is_item and lines.number(slot.after) == lines.number(node.start):
            gap = lines.text[slot.after : node.start]
            before = f"{gap or ' '}{_anchor(node)}{head}".rstrip(" ")
    return Edit(start, end, page.joined([f"{before}{comment}", *below]))


def _comment(page: Page, node: Node, slot: Slot) -> str:
    """The comment that stays on the line of the colon or dash, with the blanks before it."""
    lines = page.lines
    begins = max(slot.after, node.props if node.props > node.start else 0)
    if node.style in ("|", ">"):
        rest = read_block(lines, node.body, node.end, node.floor).comment
    elif lines.number(node.body) != lines.number(slot.after):
        rest = lines.behind(begins)
        if not rest.strip(" \t") and not node.is_block:
            rest = lines.behind(node.end)
    else:
        rest = "" if node.is_block else lines.behind(max(node.end, begins))
    return rest if rest.strip(" \t") else ""


def _anchor(node: Node) -> str:
    return f"&{node.anchor} " if node.anchor and node.kind is not Kind.ALIAS else ""


def flow_text(page: Page, wanted: Any, at: int, *, quote: str) -> str:
    """The text of a value between brackets, on the line of ``at``."""
    if page.json:
        return in_json(wanted, page.json, page.lines.indent(at))
    return in_flow(wanted, quote)


def _in_flow(page: Page, node: Node, wanted: Any, slot: Slot) -> Edit:
    quote = node.style if node.style in ("'", '"') else ""
    if not quote and isinstance(wanted, Mapping | list):
        quote = quote_of(node)
    text = _anchor(node) + flow_text(page, wanted, node.start, quote=quote)
    if node.end > node.start:
        return Edit(node.start, node.end, text)
    return Edit(slot.after, slot.after, f" {text}" if slot.has_colon else f": {text}")


def quote_of(node: Node) -> str:
    """The quotes that a flow collection puts around its first string."""
    for row in node.rows:
        if row.key is not None and row.key.style:
            return row.key.style
        if row.key is None and row.value.style in ("'", '"'):
            return row.value.style
    return ""
