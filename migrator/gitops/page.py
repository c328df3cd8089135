"""A document as its edits need it: text and lines, its form, and how it is laid out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import Struct

from migrator.gitops.lines import Lines
from migrator.gitops.refusals import Reason, Refused
from migrator.gitops.spans import Kind, Node, Row, nodes
from migrator.gitops.texts import JsonForm, Layout
from migrator.model.inputs import Source
from migrator.read.wording import quoted


class Edit(NamedTuple):
    """``text`` takes the place of what stands from ``start`` to ``end``."""

    start: int
    end: int
    text: str


class Slot(NamedTuple):
    """Where a value stands: ``after`` is behind its colon or dash, ``column`` that of its key or
    dash, ``name`` the key of a list (that of the list for its items); ``has_colon`` is False for the
    ``a`` of ``{a}``."""

    after: int
    column: int
    name: str = ""
    is_item: bool = False
    in_flow: bool = False
    is_root: bool = False
    has_colon: bool = True
    layout: Layout = Layout()


class Page(Struct, frozen=True, kw_only=True):
    """One document. ``json`` is its form if it is JSON; ``line`` the line on which it begins."""

    lines: Lines
    root: Node
    layout: Layout
    json: JsonForm | None
    file: str
    line: int

    def joined(self, lines: Iterable[str]) -> str:
        return self.lines.newline.join(lines)

    def refused(self, reason: Reason, at: int, what: str = "") -> Refused:
        """The error at an offset; ``what`` is a word of the text."""
        source = Source(file=self.file, line=self.line + self.lines.number(at))
        return Refused(reason, source, quoted(what))


def layout_of(lines: Lines, above: Iterable[Node], usual: Layout) -> Layout:
    """How the children of some nodes are indented; ``usual`` where none of them tells."""
    maps: Counter[int] = Counter()
    lists: Counter[int] = Counter()
    gaps: Counter[int] = Counter()
    words: Counter[int] = Counter()
    for node in above:
        if not node.is_block:
            continue
        for row in node.rows:
            offset = _offset(lines, row)
            if offset is None:
                continue
            if row.value.kind in (Kind.SCALAR, Kind.ALIAS):
                words[offset] += 1
            elif node.kind is Kind.LIST:
                gaps[offset] += 1
            else:
                (maps if row.value.kind is Kind.MAP else lists)[offset] += 1
    return Layout(
        maps=_most(maps, usual.maps),
        lists=_most(lists, usual.lists),
        gap=_most(gaps, usual.gap),
        word=_most(words, usual.word),
        width=usual.width,
    )


def document_layout(lines: Lines, root: Node, elsewhere: Callable[[], Layout]) -> Layout:
    """How most of a document is indented; where it has no list, as ``elsewhere`` in its file."""
    unknown = -1
    layout = layout_of(lines, nodes(root), Layout(lists=unknown))
    return layout if layout.lists != unknown else layout._replace(lists=elsewhere().lists)


def _offset(lines: Lines, row: Row) -> int | None:
    """How far a block collection stands to the right of its key, or what is behind a dash of it."""
    same_line = lines.number(row.after) == lines.number(row.value.body)
    if row.key is not None:
        tells = row.value.is_block and not same_line
    else:
        scalar = row.value.kind in (Kind.SCALAR, Kind.ALIAS) and row.value.start > row.after
        tells = same_line and (row.value.is_block or scalar)
    return lines.column(row.value.body) - lines.column(row.start) if tells else None


def _most(counts: Counter[int], usual: int) -> int:
    return min(counts, key=lambda offset: (-counts[offset], offset)) if counts else usual


def json_form(lines: Lines, root: Node) -> JsonForm:
    """How a JSON file is laid out, by its first entries."""
    text, unit = lines.text, None
    if root.rows and lines.number(root.rows[0].start) != lines.number(root.body):
        outer = lines.indent(root.body)
        unit = lines.indent(root.rows[0].start).removeprefix(outer) or "  "
    key = next((row for node in nodes(root) for row in node.rows if row.key is not None), None)
    colon = text[key.key.end : key.value.start] if key is not None and key.key is not None else ""
    two = next((node for node in nodes(root) if len(node.rows) > 1), None)
    comma = text[two.rows[0].end : two.rows[1].start] if two is not None else ""
    return JsonForm(
        unit,
        colon if colon.strip(" ") == ":" else ": ",
        comma if comma.strip(" ") == "," else ", ",
        lines.newline,
    )
