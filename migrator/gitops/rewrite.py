"""The text of a file with other values in it: only the lines that must change are changed.

Spans of the text are edited. Comments, the order of keys, quotes, anchors, indentation, the ends of
lines and the document markers stay as they are. What comes out is read again, and is refused unless
it holds what is wanted and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

from migrator.gitops.blockscalars import read_block
from migrator.gitops.edits import alike, edits_of
from migrator.gitops.jsonspans import json_nodes
from migrator.gitops.lines import Lines
from migrator.gitops.narrow import narrowed
from migrator.gitops.page import Edit, Page, document_layout, json_form, layout_of
from migrator.gitops.refusals import Reason, Refused
from migrator.gitops.spans import Kind, Node, has_lists, node_of, nodes
from migrator.gitops.texts import Layout
from migrator.model.errors import InputError
from migrator.model.inputs import Source
from migrator.read.chunks import Chunk, numbered
from migrator.read.streams import parse_text
from migrator.read.tree import LineTree, Parsed
from migrator.trees.dig import keys_and_texts
from migrator.trees.laid_out import LISTS, WIDTH, is_too_long


class _Part(NamedTuple):
    """A document of YAML, or some of JSON that stand one after another: ``values`` as they are
    read, ``first`` the number of the first of them."""

    chunk: Chunk
    text: str
    first: int
    values: tuple[Parsed, ...]
    is_json: bool
    error: InputError | None

    @property
    def numbers(self) -> range:
        return range(self.first, self.first + len(self.values))

    @property
    def end(self) -> int:
        return self.chunk.offset + len(self.chunk.data)


def rewritten(
    text: str,
    wanted: Mapping[int, Any],
    *,
    file: str,
    lists: Callable[[], int] = lambda: LISTS,
) -> str:
    """The text of ``file``, a stream of YAML documents or JSON, with the trees of ``wanted`` in it:
    by the number of their document, from 0 on, as YAML counts (an empty one behind ``---`` too).

    Only the lines that must change are changed, and what is there already changes none. New keys
    stand behind the key that stands before them in the tree, new text has the indentation and
    the ends of lines of its surroundings, and short lines where they are short, quotes stay where they
    can hold the new value. What is removed takes the comment on its lines with it; comments above it stay.
    Patches of this tool within it are laid out as wide as its lines are. ``lists`` says how far a list
    stands to the right of its key where no list of the file tells. Errors: Refused, where that is not
    possible without changing something else.
    """
    given = _File(text.encode("utf-8", "surrogatepass"), wanted, file, lists)
    if missing := [number for number in wanted if not 0 <= number < given.count]:
        raise Refused(Reason.NO_DOCUMENT, Source(file=file, line=1), str(missing[0]))
    done, at = [], 0
    for part in given.parts:
        trees = {n - part.first: wanted[n] for n in part.numbers if n in wanted}
        if trees:
            new = _rewritten(given, part, trees)
            done += [given.data[at : part.chunk.offset], new.encode("utf-8", "surrogatepass")]
            at = part.end
    result = b"".join((*done, given.data[at:]))
    _check_the_others(given, result, wanted)
    return result.decode("utf-8", "surrogatepass")


class _File:
    """A file as it is given. What is not wanted is not read, but for what may be several values of
    JSON; what cannot be read counts as one document."""

    def __init__(
        self, data: bytes, wanted: Mapping[int, Any], name: str, lists: Callable[[], int]
    ) -> None:
        self.data, self.lists = data, lists
        self.name = name
        self.parts: list[_Part] = []
        self.count = 0
        for chunk in numbered(data):
            text = chunk.data.decode("utf-8", "surrogatepass")
            values: tuple[Parsed, ...] = (Parsed(None, LineTree(chunk.line)),)
            is_json, error = False, None
            if self.count in wanted or text.lstrip().startswith(("{", "[")):
                try:
                    values, is_json = parse_text(text, file=name, line=chunk.line)
                except InputError as problem:
                    error = problem
            self.parts.append(_Part(chunk, text, self.count, values, is_json, error))
            self.count += len(values)

    @cached_property
    def layout(self) -> Layout:
        """That of the first document that has lists, for those that have none; else as is usual."""
        for part in self.parts:
            with suppress(InputError):
                parse_text(part.text, file=self.name, line=part.chunk.line)
                lines = Lines(part.text)
                root = None if part.is_json else node_of(lines)
                if root is not None and has_lists(root):
                    return layout_of(lines, nodes(root), Layout())
        return Layout(lists=self.lists())

    @cached_property
    def width(self) -> int:
        """The columns of a line, 0 where the file itself has longer ones."""
        lines = self.data.decode("utf-8", "surrogatepass").splitlines()
        return 0 if any(map(is_too_long, lines)) else WIDTH


def _rewritten(given: _File, part: _Part, trees: Mapping[int, Any]) -> str:
    """The text of a part with other trees."""
    file, line = given.name, part.chunk.line
    problems = part.error.problems if part.error else ()
    problems += tuple(p for n in trees for p in part.values[n].problems)
    if problems:
        raise Refused(Reason.UNREADABLE, problems[0].source, problems[0].message)
    if all(alike(part.values[n].value, tree) for n, tree in trees.items()):
        return part.text
    ends = part.text.endswith(("\n", "\r"))
    lines = Lines(part.text if ends else part.text + Lines(part.text).newline)
    roots = _roots(part, lines, file)
    edits: list[Edit] = []
    made: dict[int, Any] = {}
    for number, wanted in trees.items():
        root, tree = roots[number], wanted
        layout = document_layout(lines, root, lambda: given.layout)._replace(width=given.width)
        if not part.is_json:
            there = frozenset(keys_and_texts(part.values[number].value))
            tree = narrowed(wanted, there, layout)
        made[number] = tree
        page = Page(
            lines=lines,
            root=root,
            layout=layout,
            json=json_form(lines, root) if part.is_json else None,
            file=file,
            line=line,
        )
        edits += edits_of(page, part.values[number].value, tree)
    if not ends:
        edits += _closed(lines, roots[-1], edits)
    values = [made.get(n, parsed.value) for n, parsed in enumerate(part.values)]
    for text in _results(lines, edits, ends=ends):
        if _reads_as(text, values, part, file):
            return text
    line += min((lines.number(edit.start) for edit in edits), default=0)
    raise Refused(Reason.NOT_EQUAL, Source(file=file, line=line))


def _roots(part: _Part, lines: Lines, file: str) -> tuple[Node, ...]:
    if part.is_json:
        return json_nodes(lines.text)
    root = node_of(lines)
    if root is None or (root.kind is Kind.SCALAR and root.end == root.body):
        raise Refused(Reason.EMPTY, Source(file=file, line=part.chunk.line))
    return (root,)


def _closed(lines: Lines, root: Node, edits: list[Edit]) -> list[Edit]:
    """Where something comes behind a block scalar that ends a file without the end of a line: it
    has none as a value either, and needs a ``-`` to stay so."""
    last = list(nodes(root))[-1]
    if last.style not in ("|", ">") or not any(edit.start > last.end for edit in edits):
        return []
    block = read_block(lines, last.body, last.end, last.floor)
    if block.chomp or not block.raw:
        return []
    at = last.body + len(block.header)
    return [] if any(e.start <= at < e.end for e in edits) else [Edit(at, at, "-")]


def _results(lines: Lines, edits: list[Edit], *, ends: bool) -> Iterator[str]:
    """The text with its edits; without the end of its last line where it had none, unless that
    is part of a value."""
    text = applied(lines.text, edits)
    if text is None:
        return
    if not ends:
        yield text.removesuffix("\n").removesuffix("\r")
    yield text


def applied(text: str, edits: Iterable[Edit]) -> str | None:
    """The text with all edits made, None where two of them are in each other's way."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit[:2]):
        if edit.start < at:
            return None
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join((*parts, text[at:]))


def _reads_as(text: str, values: list[Any], part: _Part, file: str) -> bool:
    try:
        read, is_json = parse_text(text, file=file, line=part.chunk.line)
    except InputError:
        return False
    if (part.is_json and not is_json) or any(parsed.problems for parsed in read):
        return False
    return alike([parsed.value for parsed in read], values)


def _check_the_others(given: _File, result: bytes, wanted: Mapping[int, Any]) -> None:
    """No edit makes or swallows a document, nor changes one that it is not about."""
    after = numbered(result)
    same = len(given.parts) == len(after) and all(
        part.chunk.data == now.data or any(n in wanted for n in part.numbers)
        for part, now in zip(given.parts, after, strict=True)
    )
    if not same:
        raise Refused(Reason.NOT_EQUAL, Source(file=given.name, line=1))
