"""The patches of a kustomization: where the text of each stands, what it holds, and which objects it is
for.

The text is a file, or stands within the kustomization itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from migrator.gitops.places import Within, parsed_documents, user_file
from migrator.golang.shape import fold
from migrator.model.errors import MigratorError
from migrator.model.inputs import ObjectRef, Source
from migrator.read.documents import group_of
from migrator.read.files import shown
from migrator.read.kustomization import Kustomization
from migrator.read.tree import LineTree
from migrator.trees.dig import string
from migrator.trees.selectors import may_match

FIELDS: Final = ("patches", "patchesstrategicmerge", "patchesjson6902")
"""The fields that list patches, folded as Go's decoder compares names."""

_INLINE: Final = re.compile(r"[\n{}]|:\s")
"""What is no name of a file."""
_BLOCK: Final = re.compile(rb"[|>][-+0-9]*[ \t]*(?:#.*)?\Z")
"""The end of the line of a key whose value is a block scalar."""


class Spot(NamedTuple):
    """A document of patches: that of a file, or, where ``within`` says so, number ``inner`` of the text
    there."""

    file: Path
    document: int
    within: Within = ()
    inner: int = 0


class Patch(NamedTuple):
    """``tree`` is a part of an object, or a list of JSON6902 operations; ``target`` says whom it is
    for, {} where its own name does."""

    spot: Spot
    tree: Any
    target: Mapping[str, Any]
    lines: LineTree
    line: int
    """Of the kustomization or file, before the first of ``lines``."""

    def source(self, *path: str | int) -> Source:
        """Where a part of it stands."""
        lines: LineTree | None = self.lines
        for step in path:
            lines = lines.child(step) if lines else None
        return Source(file=shown(self.spot.file), line=self.line + (lines or self.lines).line)

    def may_be_of(self, ref: ObjectRef) -> bool:
        """Whether it is for that object, as far as names tell. (What labels a target asks for, and in
        which namespace, is left to the build.)"""
        if self.target:
            wanted = {"group": ref.group, "kind": ref.kind, "name": ref.name}
            return all(may_match(string(self.target, f), value) for f, value in wanted.items())
        here = (group_of(string(self.tree, "apiVersion")), string(self.tree, "kind"))
        name = string(self.tree, "metadata", "name")
        return (*here, name) == (ref.group, ref.kind, ref.name)


def patches_of(member: Kustomization) -> Iterator[Patch]:
    """Those of a kustomization that can be read: one that cannot fails the build of the root, too."""
    top = user_file(member.path)
    rows = top.data.splitlines()
    for number, tree in top.trees.items():
        for key, value in tree.items() if isinstance(tree, Mapping) else ():
            if fold(key) not in FIELDS or not isinstance(value, list):
                continue
            for index, item in enumerate(value):
                below = (top.lines[number].child(key) or top.lines[number]).child(index)
                spot = Spot(member.path, number, (key, index))
                yield from _patches(rows, spot, item, below or top.lines[number])


def _patches(rows: list[bytes], spot: Spot, item: Any, lines: LineTree) -> Iterator[Patch]:
    folder = spot.file.parent
    if isinstance(item, str):
        if _INLINE.search(item):
            yield from _inline(rows, spot, item, {}, lines.line)
        else:
            yield from _in_file(folder / item, {})
    elif isinstance(item, Mapping):
        names = {fold(key): key for key in item}
        target = item.get(names.get("target", ""))
        target = target if isinstance(target, Mapping) else {}
        if path := string(item, names.get("path", "")):
            yield from _in_file(folder / path, target)
        elif text := string(item, key := names.get("patch", "")):
            line = (lines.child(key) or lines).line
            yield from _inline(rows, spot._replace(within=(*spot.within, key)), text, target, line)


def _in_file(path: Path, target: Mapping[str, Any]) -> Iterator[Patch]:
    try:
        file = user_file(path) if path.is_file() else None
    except (MigratorError, OSError):
        return
    if file:
        for number, tree in file.trees.items():
            yield Patch(Spot(path, number), tree, target, file.lines[number], 0)


def _inline(
    rows: list[bytes], spot: Spot, text: str, target: Mapping[str, Any], line: int
) -> Iterator[Patch]:
    """The text of a block scalar begins on the line behind its key; in another one, which line a part
    of it is on is not known."""
    is_block = any(map(_BLOCK.search, rows[line - 1 : line]))
    for number, each in parsed_documents(text.encode("utf-8", "surrogatepass"), ""):
        lines = each.lines if is_block else LineTree(0)
        yield Patch(spot._replace(inner=number), each.value, target, lines, line)
