"""In every real YAML file: one scalar changed, a key and an item added, an item removed.

What may differ is told by the lines that the reader has for each node, of which the editor knows
nothing.
"""

from __future__ import annotations

import copy
import difflib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from migrator.gitops.refusals import Refused
from migrator.gitops.rewrite import rewritten
from migrator.model.errors import InputError
from migrator.read.chunks import numbered
from migrator.read.streams import parse_text
from migrator.read.tree import LineTree
from migrator.trees.laid_out import is_too_long
from tests.corpus import MARKS, manifests

pytestmark = MARKS

_ALIAS = re.compile(r"(?m)[:-] \*[a-z]")

Steps = tuple["str | int", ...]


class Place(NamedTuple):
    """A node of a document; ``first`` and ``last`` are the lines (0-based, of the file) on which
    nothing but it may stand, besides what shares a line with it."""

    path: Steps
    value: Any
    first: int
    last: int


class Document(NamedTuple):
    number: int
    tree: Any
    places: tuple[Place, ...]


def places(tree: Any, lines: LineTree, last: int) -> tuple[Place, ...]:
    found = list(_walk(tree, lines, ()))
    result = []
    for index, (path, value, line) in enumerate(found):
        behind = next((n for p, _, n in found[index + 1 :] if p[: len(path)] != path), None)
        end = last if behind is None else max(line, behind - 1)
        result.append(Place(path, value, line - 1, end - 1))
    return tuple(result)


def _walk(tree: Any, lines: LineTree, path: Steps) -> Iterator[tuple[Steps, Any, int]]:
    yield path, tree, lines.line
    steps = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for step in steps:
        below = lines.child(step)
        if below is not None:
            yield from _walk(tree[step], below, (*path, step))


def documents(text: str) -> Iterator[Document]:
    """The documents of a file that hold a map and nothing that is refused."""
    number = 0
    for chunk in numbered(text.encode()):
        last = chunk.line + chunk.data.count(b"\n")
        try:
            values, _ = parse_text(chunk.data.decode(), file="f.yaml", line=chunk.line)
        except InputError:
            number += 1
            continue
        for parsed in values:
            if isinstance(parsed.value, dict) and parsed.value and not parsed.problems:
                yield Document(number, parsed.value, places(parsed.value, parsed.lines, last))
            number += 1


def at(tree: Any, path: Steps) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str) and value.endswith("\n"):
        return value[:-1] + "x\n"
    return f"{value}x" if isinstance(value, str) else "x"


class Change(NamedTuple):
    kind: str
    place: Place
    tree: Any


def changes(document: Document, rng: random.Random) -> Iterator[Change]:
    """One change of each kind that the document has room for."""
    scalars = [p for p in document.places if p.path and not isinstance(p.value, dict | list)]
    maps = [p for p in document.places if isinstance(p.value, dict)]
    lists = [p for p in document.places if isinstance(p.value, list)]
    items = [p for p in document.places if p.path and isinstance(p.path[-1], int)]
    entries = [p for p in document.places if len(p.path) > 1 and isinstance(p.path[-1], str)]
    gone = rng.choice((("remove an item", items), ("remove a key", entries)))
    for kind, found in (
        ("change a scalar", scalars),
        ("add a key", maps),
        ("add an item", lists),
        gone if gone[1] else ("remove a key", entries),
    ):
        if found:
            place = rng.choice(found)
            yield Change(kind, place, changed(kind, document.tree, place, rng))


def changed(kind: str, tree: Any, place: Place, rng: random.Random) -> Any:
    new = copy.deepcopy(tree)
    parent = at(new, place.path[:-1])
    if kind == "change a scalar":
        parent[place.path[-1]] = other(place.value)
    elif kind == "add a key":
        at(new, place.path)["added-key"] = rng.choice(["text", ["a", {"b": 1}], {"c": "l\nm\n"}])
    elif kind == "add an item":
        items = at(new, place.path)
        item = copy.deepcopy(items[-1]) if items and rng.random() < 0.5 else "added"
        items.insert(rng.randint(0, len(items)), item)
    else:
        del parent[place.path[-1]]
    return new


def wrong(change: Change, before: str, after: str) -> str:
    """What is wrong with the text that differs, "" if nothing is."""
    if change.kind.startswith("add"):
        gone = _between(before, after).strip(" ")
        return "" if gone in ("", "{}", "[]", "null", "~") else f"takes away {gone!r}"
    old, new = _lines(before), _lines(after)
    first, last = change.place.first, min(change.place.last + 1, len(old))
    if change.kind == "change a scalar":
        rest = len(old) - last
        if old[:first] != new[:first] or (rest and old[last:] != new[-rest:]):
            return "another line changed"
        one = last - first == 1 or "\n" not in str(change.place.value)
        return "" if len(old) == len(new) or not one else "more lines"
    beside, more = _beside(old[:first] + old[last:], new)
    come = [line for line in more if line not in old[first:last]]
    return "" if len(beside) <= 1 and len(come) <= 1 else "another line changed"


def _lines(text: str) -> list[str]:
    """The lines with their ends; the last one may lack it."""
    return (text if text.endswith("\n") else f"{text}\n").split("\n")


def _between(before: str, after: str) -> str:
    """What of ``before`` is neither at the beginning nor at the end of ``after``."""
    least = min(len(before), len(after))
    head = next((n for n in range(least) if before[n] != after[n]), least)
    tail = 0
    while tail < least - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return before[head : len(before) - tail]


def _beside(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    """The lines that only one of both has."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    gone = [line for _, i1, i2, _, _ in codes for line in old[i1:i2]]
    return gone, [line for _, _, _, j1, j2 in codes for line in new[j1:j2]]


BROKEN = "has lines in place of brackets that got too long"


def outcome(text: str, document: Document, change: Change) -> str:
    """How a change went. Where a document has aliases, they may be written out: the lines of the
    reader are those of the anchors there."""
    try:
        after = rewritten(text, {document.number: change.tree}, file="f.yaml")
    except Refused as refused:
        return f"refused: {refused.reason.value}"
    if _ALIAS.search(text):
        return "reads as wanted"
    found = wrong(change, text, after)
    return BROKEN if found and is_broken(text, after) else found or "exact"


def is_broken(text: str, after: str) -> bool:
    """Whether the one line that went ended with brackets, in a file none of whose lines is too long: with one
    item more it would have been."""
    before, now = text.splitlines(), after.splitlines()
    gone = [line[2:] for line in difflib.ndiff(before, now) if line.startswith("- ")]
    short = not any(map(is_too_long, (*before, *now)))
    return short and len(gone) == 1 and gone[0].rstrip().endswith(("]", "}"))


def texts() -> Iterator[tuple[Path, str]]:
    for path in manifests():
        with suppress(UnicodeDecodeError):
            yield path, path.read_bytes().decode("utf-8")


def test_each_change_of_a_real_file_changes_its_own_lines(
    tell: Callable[[str, str], None],
) -> None:
    found: Counter[tuple[str, str]] = Counter()
    refused = []
    for path, text in texts():
        rng = random.Random(path.name)  # noqa: S311  # the same in each run
        held = list(documents(text))
        for document in rng.sample(held, min(1, len(held))):
            assert rewritten(text, {document.number: document.tree}, file="f.yaml") == text
            for change in changes(document, rng):
                result = outcome(text, document, change)
                found[change.kind, result] += 1
                if result not in ("exact", "reads as wanted", BROKEN):
                    refused.append((result, change.kind, bool(_ALIAS.search(text))))
    for (kind, result), count in found.items():
        tell("changes of real files, by spans of text", f"{kind}: {result} {count}")
    assert sum(found.values()) > 1000
    assert sum(count for (_, result), count in found.items() if result == BROKEN) <= 5
    assert len(refused) <= 5
    assert set(refused) <= {("refused: anchor gone", "remove a key", True)}
