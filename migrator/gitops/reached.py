"""Which kustomize roots build a file, and whether an edit changes what they build."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from migrator.gitops.places import user_file
from migrator.model.errors import InputError, MigratorError
from migrator.read.files import KUSTOMIZATION_NAMES, read_bytes
from migrator.read.kustomization import (
    Kustomization,
    closure,
    kustomization_in,
    resource_files,
)
from migrator.read.streams import parse_text
from migrator.tools.kustomize import Build
from migrator.trees.dig import texts

_KEY: Final = re.compile(r"[^=/]*=")
_INLINE: Final = re.compile(r"[\n{}]|:\s")
"""What stands in the list itself."""
_PLUGINS: Final = ("generators", "transformers", "validators")
"""Fields that list what configures a plugin: text, files, or roots that build such objects. What
these name is read by the root that lists them, from its own folder (seen in kustomize 5.5)."""


def other_roots(
    root: Path, names: Iterable[str], touched: Collection[str], own: Collection[str]
) -> Iterator[Kustomization]:
    """The roots among the files ``names`` of ``root`` that build one of the ``touched`` files, but for
    those whose kustomizations are ``own``; both are paths with all links followed.

    A component is none: it is built by the roots that list it. One that cannot be read is none that
    kustomize builds: a template, say. Errors: InputError where such a one may name a touched file.
    """
    for name in names:
        path = root / name
        if path.name not in KUSTOMIZATION_NAMES or os.path.realpath(path) in own:
            continue
        try:
            found = kustomization_in(path.parent)
        except InputError:
            if _may_name(path, touched):
                raise
            continue
        if found is None or found.path != path or found.fields.get("kind") == "Component":
            continue
        if any(reads(member, touched) for member in closure(found)):
            yield found


def _may_name(path: Path, touched: Collection[str]) -> bool:
    text = read_bytes(path).decode("utf-8", "replace")
    return any(Path(file).name in text or Path(file).parent.name in text for file in touched)


def reads(kustomization: Kustomization, touched: Collection[str]) -> bool:
    """Whether it is one of the ``touched`` files (paths with all links followed), or names one."""
    if os.path.realpath(kustomization.path) in touched:
        return True
    folder = kustomization.path.parent
    return any(
        os.path.realpath(folder / entry) in touched
        for value in (kustomization.fields, *_plugins(kustomization))
        for text in texts(value)
        if "\n" not in text and "\0" not in text  # which is in no name of a file
        for entry in (text, _KEY.sub("", text, count=1))
    )


def _plugins(kustomization: Kustomization) -> Iterator[Any]:
    """The documents that configure its plugins. What is not there is left to kustomize."""
    folder = kustomization.path.parent
    for text in texts([kustomization.fields.get(field) for field in _PLUGINS]):
        if "\0" in text:
            continue
        if _INLINE.search(text):
            yield from (each.value for each in parse_text(text, file="", line=1)[0])
            continue
        path = folder / text
        root = kustomization_in(path) if os.path.isdir(path) else None  # noqa: PTH112  # or too long
        paths = (
            [file for member in closure(root) for file in resource_files(member)]
            if root
            else [path]
        )
        for file in filter(os.path.isfile, paths):
            yield from user_file(file).trees.values()


def changes_of_others(
    root: Path, copy: Path, others: Iterable[Kustomization], builds: tuple[Build, Build]
) -> Iterator[str]:
    """A sentence for each of the other roots whose build in ``copy`` is not that in ``root``, which the first of
    the ``builds`` builds."""
    build_old, build_new = builds
    for other in others:
        folder = other.path.parent
        below = folder.relative_to(root)
        name = below.as_posix() if below.parts else root.name
        try:
            before = build_old(folder)
            after = build_new(copy / below)
        except MigratorError as error:
            said = error.message.replace(str(copy), str(root))
            yield f"{name}: it builds a file that changes, and cannot be built here: {said}"
            continue
        if before != after:
            said = "give it as the INPUT, or use the overlay that plan writes"
            yield f"{name}: it builds a file that changes, and would change too; {said}"
