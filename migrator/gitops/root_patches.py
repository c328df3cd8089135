"""Values that a strategic merge patch of the root makes: the plan's value is written into that patch.

A patch that stands in a file of its own is looked at; JSON6902 patches, and those within a
kustomization, are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from migrator.gitops.places import UserFile, user_file
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ObjectRef
from migrator.model.plan import Change
from migrator.read.documents import group_of
from migrator.read.kustomization import Kustomization, patch_files
from migrator.trees.dig import keys_and_texts, string
from migrator.trees.paths import get, put, same


class Patch(NamedTuple):
    """One document of a file of patches."""

    file: Path
    document: int


class RootPatches:
    """The patches of a root and of what it builds on, and what becomes of them."""

    def __init__(self, members: Iterable[Kustomization]) -> None:
        self._trees = {patch: tree for member in members for patch, tree in _patches(member)}
        self.wanted: dict[Patch, Any] = {}

    def take(self, ref: ObjectRef, change: Change) -> bool:
        """Whether one patch alone makes what was there; it shall make what was planned then."""
        found = [
            patch
            for patch, tree in self._trees.items()
            if _is_of(tree, ref) and same(get(tree, change.path), change.before)
        ]
        if len(found) != 1 or change.before is MISSING:
            return False
        tree = self.wanted.get(found[0], self._trees[found[0]])
        self.wanted[found[0]] = put(tree, change.path, change.after)
        return True


def _patches(member: Kustomization) -> Iterator[tuple[Patch, Mapping[str, Any]]]:
    for path in dict.fromkeys(patch_files(member)):
        file = _read(path)
        for document, tree in file.trees.items() if file else ():
            plain = isinstance(tree, Mapping) and "$patch" not in set(keys_and_texts(tree))
            if plain and string(tree, "kind"):
                yield Patch(path, document), tree


def _read(path: Path) -> UserFile | None:
    try:
        return user_file(path) if path.is_file() else None
    except MigratorError:  # a patch that cannot be read fails the build of the root, too
        return None


def _is_of(tree: Mapping[str, Any], ref: ObjectRef) -> bool:
    here = (group_of(string(tree, "apiVersion")), string(tree, "kind"))
    return (*here, string(tree, "metadata", "name")) == (ref.group, ref.kind, ref.name)
