"""Files of values that change, and who else of the repository takes values from them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from migrator.gitops.places import UserFile, user_file
from migrator.gitops.repository import Repository
from migrator.model.errors import InputError
from migrator.model.inputs import ObjectRef, Render
from migrator.model.plan import Plan
from migrator.read.files import SUFFIXES, read_bytes
from migrator.read.kustomization import kustomization_in, real_files
from migrator.trees.dig import maps, string, texts

_VARIABLE: Final = re.compile(r"\{\{.*?\}\}|\$\{[^}]*\}|\*+")
"""What a generator of an ApplicationSet, or a pattern, puts something into."""
_LISTS: Final = ("valueFiles", "valuesFiles")
"""Fields of Argo CD and Flux that name files of values."""
_REFERENCE: Final = re.compile(r"^\$[^/{]+/")
"""The source of an Application whose repository the file is in."""


def read_by_others(plan: Plan, found: Repository, touched: Collection[str]) -> Iterator[str]:
    """A sentence for each object of the repository, other than the release itself, that names a file of
    values among the ``touched`` ones (paths with all links followed)."""
    for render in plan.before.inventory.reading.renders:
        for each in render.values:
            real = os.path.realpath(each.source.file)
            if each.owner is None and real in touched:
                yield from _readers(render, _own_files(plan, render), Path(real), found)


def _own_files(plan: Plan, render: Render) -> Collection[str]:
    """The files that may have the release, with all links followed: other clusters may have one of the same
    name."""
    root = plan.before.inventory.reading.root
    top = kustomization_in(Path(root.path)) if root else None
    return {os.path.realpath(render.source.file), *(real_files(top) if top else ())}


def _readers(render: Render, own: Collection[str], file: Path, found: Repository) -> Iterator[str]:
    name = file.relative_to(found.root).as_posix()
    hint = f"and would change too: write the values into {render.release} itself"
    if file.name == "values.yaml" and (file.parent / "Chart.yaml").is_file():
        yield f"{name}: whoever installs this chart has its defaults from here, {hint}"
        return
    words = [word.encode() for word in (file.name, *_LISTS)]
    for other in found.names:
        path = found.root / other
        if not other.endswith(SUFFIXES) or not path.is_file() or path == file:
            continue
        try:
            data = read_bytes(path)
            if any(word in data for word in words):
                release = render.release if os.path.realpath(path) in own else None
                for what in _naming(user_file(path), file, found.root, release):
                    yield f"{other}: {what} takes values from {name}, {hint}"
        except InputError:  # too large to be a manifest
            continue


def _naming(other: UserFile, file: Path, root: Path, own: ObjectRef | None) -> Iterator[str]:
    """What in a file names the file of values, but for the release itself."""
    for number, tree in other.trees.items():
        there = [place.ref for place in other.places if place.document == number]
        folders = [root, Path(os.path.realpath(other.path.parent))]
        folders += [root / string(node, "path").lstrip("/") for _, node in maps(tree)]
        named = {text for text in texts(tree) if file.name in text}
        named.update(*(texts(node.get(key)) for _, node in maps(tree) for key in _LISTS))
        others = not (own and any(_is(ref, own) for ref in there))
        if others and any(_names(_REFERENCE.sub("/", text), file, folders) for text in named):
            yield str(there[0]) if there else "something"


def _is(ref: ObjectRef, own: ObjectRef) -> bool:
    """A root may have put it into its namespace."""
    here = (ref.group, ref.kind, ref.name)
    return here == (own.group, own.kind, own.name) and ref.namespace in (own.namespace, "")


def _names(text: str, file: Path, folders: Collection[Path]) -> bool:
    if "\0" in text or "\n" in text:  # which is in no name of a file
        return False
    if _VARIABLE.search(text):
        pattern = ".*".join(map(re.escape, _VARIABLE.split(text.lstrip("./"))))
        return re.search(rf"(?:^|/){pattern}$", str(file)) is not None
    return any(os.path.realpath(folder / text.lstrip("/")) == str(file) for folder in folders)
