"""The difference of two trees -> edits of the text that reads as the first of them.

A document is walked in the order of its text, so that an anchor's new value is known where an
alias of it stands. An alias stays where it still stands for what is wanted; else what is wanted is
written in its place. So a change below an anchor never changes another place unasked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from migrator.gitops.align import Fate, aligned_items, aligned_keys, fate_of
from migrator.gitops.blockrows import changed_rows, emptied
from migrator.gitops.flowrows import changed_flow
from migrator.gitops.page import Edit, Page, Slot, layout_of
from migrator.gitops.refusals import Reason
from migrator.gitops.spans import Kind, Node, Row, nodes
from migrator.gitops.texts import Layout, entry, in_flow, item
from migrator.gitops.values import flow_text, quote_of, replaced
from migrator.trees.laid_out import is_too_long

_WIDEST: Final = 100
"""Signs of a line beyond which a new item is not written in brackets, where lines are long."""


def edits_of(page: Page, old: Any, wanted: Any) -> list[Edit]:
    """What turns the text of a document that reads as ``old`` into one that reads as ``wanted``,
    none where they are alike. Errors: Refused."""
    slot = Slot(page.root.start, 0, is_root=True, in_flow=bool(page.json), layout=page.layout)
    return list(_Walk(page).visit(page.root, old, wanted, slot))


def alike(left: Any, right: Any) -> bool:
    """Whether two trees are equal by value and type; the order of keys is no difference."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(alike(v, right[k]) for k, v in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(alike, left, right))
    return type(left) is type(right) and bool(left == right)


class _Walk:
    """``news`` are the wanted values of the anchored nodes that stay."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.news: dict[Node, Any] = {}
        self.aliases = any(node.kind is Kind.ALIAS for node in nodes(page.root))

    def visit(self, node: Node, old: Any, wanted: Any, slot: Slot) -> Iterator[Edit]:
        if not self.aliases and alike(old, wanted):
            return
        if node.kind is Kind.ALIAS:
            yield from self.alias(node, wanted, slot)
            return
        if node.anchor:
            self.news[node] = wanted
        if node.kind is Kind.MAP and isinstance(wanted, Mapping) and node.rows:
            yield from self.short(node, wanted, slot, self.mapping(node, old, wanted, slot))
        elif node.kind is Kind.LIST and isinstance(wanted, list) and node.rows:
            yield from self.short(node, wanted, slot, self.sequence(node, old, wanted, slot))
        elif not alike(old, wanted):
            yield replaced(self.page, node, wanted, slot)

    def short(self, node: Node, wanted: Any, slot: Slot, edits: Iterator[Edit]) -> Iterator[Edit]:
        """The edits, or, where they make the line of brackets too long, one that has lines in their place."""
        lines, width = self.page.lines, slot.layout.width
        outermost = not (node.is_block or slot.in_flow or slot.is_root or self.page.json)
        if not (width and outermost and lines.number(node.start) == lines.number(node.end)):
            yield from edits
            return
        made = list(edits)
        line, at = lines.before(node.start), node.start
        for edit in sorted(made):
            line += lines.text[at : edit.start] + edit.text
            at = edit.end
        line += lines.text[at : lines.end(node.end)]
        marked = any(each.anchor or each.kind is Kind.ALIAS for each in nodes(node))
        if not made or marked or not is_too_long(line, width):
            yield from made
        else:
            yield replaced(self.page, node, wanted, slot)

    def alias(self, node: Node, wanted: Any, slot: Slot) -> Iterator[Edit]:
        if not alike(self.value_of(node), wanted):
            yield replaced(self.page, node, wanted, slot)

    def value_of(self, alias: Node) -> Any:
        """What an alias will stand for; Refused where its anchor goes."""
        if alias.target is None or alias.target not in self.news:
            raise self.page.refused(Reason.ANCHOR_GONE, alias.start, alias.anchor)
        return self.news[alias.target]

    def sequence(self, node: Node, old: Any, wanted: list[Any], slot: Slot) -> Iterator[Edit]:
        fate = fate_of(aligned_items(old, wanted, slot.name))
        layout = self.layout(node)
        for index, row in enumerate(node.rows):
            if index in fate.kept:
                below = self.slot(node, row, slot, layout)
                yield from self.visit(row.value, old[index], wanted[fate.kept[index]], below)
        yield from self.rows(node, fate, slot, dict(enumerate(wanted)), layout)

    def mapping(
        self, node: Node, old: Mapping[str, Any], wanted: Mapping[str, Any], slot: Slot
    ) -> Iterator[Edit]:
        merged = self.merged(node, old, wanted)
        expands = any(key not in wanted for key in merged)
        names: list[str | int | None] = [
            (None if expands else index) if row.merges else row.name if row.name in wanted else None
            for index, row in enumerate(node.rows)
        ]
        keys = self.keys(names, merged, wanted, expands=expands)
        fate = fate_of(aligned_keys(names, keys, _places(node, merged)))
        if node.pair and fate.changes:
            yield replaced(self.page, node, wanted, slot)
            return
        layout = self.layout(node)
        for index, row in enumerate(node.rows):
            if index in fate.kept and not row.merges:
                yield from self.entry(row, old, wanted, self.slot(node, row, slot, layout))
        new = {n: (key, wanted[key]) for n, key in enumerate(keys) if isinstance(key, str)}
        yield from self.rows(node, fate, slot, new, layout)

    def keys(
        self,
        names: Sequence[str | int | None],
        merged: Mapping[str, Any],
        wanted: Mapping[str, Any],
        *,
        expands: bool,
    ) -> list[str | int]:
        """The keys that the map itself shall hold; a merge key that stays is its index."""
        own = set(names)
        stays = [name for name in names if isinstance(name, int)]
        return stays + [
            key
            for key, value in wanted.items()
            if key in own or expands or key not in merged or not alike(merged[key], value)
        ]

    def entry(
        self, row: Row, old: Mapping[str, Any], wanted: Mapping[str, Any], slot: Slot
    ) -> Iterator[Edit]:
        key = row.key
        if key is not None and key.anchor and key.kind is not Kind.ALIAS:
            self.news[key] = row.name
        elif key is not None and key.kind is Kind.ALIAS and self.value_of(key) != row.name:
            raise self.page.refused(Reason.KEY_ALIAS, key.start, key.anchor)
        if row.explicit and not alike(old[row.name], wanted[row.name]):
            raise self.page.refused(Reason.COMPLEX_KEY, row.start)
        yield from self.visit(row.value, old[row.name], wanted[row.name], slot)

    def merged(
        self, node: Node, old: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the merge keys of a map will put into it; the first source that has a key wins."""
        found: dict[str, Any] = {}
        for row in node.rows:
            if not row.merges:
                continue
            listed = row.value.kind is Kind.LIST
            sources = [r.value for r in row.value.rows] if listed else [row.value]
            for source in sources:
                if source.kind is Kind.ALIAS:
                    value = self.value_of(source)
                    found = {**value, **found} if isinstance(value, Mapping) else found
                elif not alike(old, wanted):
                    raise self.page.refused(Reason.INLINE_MERGE, row.start)
                else:
                    own = {row.name for row in node.rows if not row.merges}
                    return {key: value for key, value in old.items() if key not in own}
        return found

    def rows(
        self, node: Node, fate: Fate, slot: Slot, new: Mapping[int, Any], layout: Layout
    ) -> Iterator[Edit]:
        """The rows that go and come; ``new`` are values of items, or keys with values."""
        if not fate.changes:
            return
        if any(row.explicit for row in node.rows):
            raise self.page.refused(Reason.COMPLEX_KEY, node.body)
        coming = [n for part in (fate.added, fate.replaced) for js in part.values() for n in js]
        if not node.is_block:
            quote = quote_of(node)
            texts = {n: self.flow(node, new[n], quote) for n in coming}
            yield from changed_flow(self.page, node, fate, texts)
        elif fate.kept or fate.replaced:
            flat = node.kind is Kind.LIST and all(map(self.is_flow_item, node.rows))
            lines = {n: self.lines(node, new[n], layout, flat=flat) for n in coming}
            yield from changed_rows(self.page, node, fate, lines)
        else:
            yield from emptied(self.page, node, slot)

    def lines(self, node: Node, new: Any, layout: Layout, *, flat: bool) -> list[str]:
        """The lines of a new entry or item; ``flat`` puts a map on one line in brackets."""
        column = self.page.lines.column(node.rows[0].start)
        if node.kind is Kind.MAP:
            key, value = new
            return entry(key, value, column, layout)
        if flat and new and isinstance(new, Mapping):
            line = f"{' ' * column}- {in_flow(new)}"
            if len(line) <= (layout.width or _WIDEST):
                return [line]
        return item(new, column, layout)

    def is_flow_item(self, row: Row) -> bool:
        """Whether an item is a map on one line in brackets."""
        lines, value = self.page.lines, row.value
        return value.style == "{" and lines.number(row.start) == lines.number(value.end)

    def flow(self, node: Node, new: Any, quote: str) -> str:
        at = node.rows[0].start
        if node.kind is Kind.LIST:
            return flow_text(self.page, new, at, quote=quote)
        key, value = new
        text = flow_text(self.page, value, at, quote=quote)
        name = flow_text(self.page, key, at, quote=quote)
        return f"{name}{self.page.json.colon if self.page.json else ': '}{text}"

    def layout(self, node: Node) -> Layout:
        return layout_of(self.page.lines, [node], self.page.layout)

    def slot(self, node: Node, row: Row, slot: Slot, layout: Layout) -> Slot:
        return Slot(
            after=row.after,
            column=self.page.lines.column(row.start),
            name=row.name if row.key is not None else slot.name,
            is_item=row.key is None,
            in_flow=not node.is_block,
            has_colon=row.colon,
            layout=layout,
        )


def _places(node: Node, merged: Mapping[str, Any]) -> dict[str, int]:
    """The row of the merge key, whose place its keys take where they are written out."""
    merges = [index for index, row in enumerate(node.rows) if row.merges]
    own = {row.name for row in node.rows if not row.merges}
    return {key: merges[0] for key in merged if key not in own}
