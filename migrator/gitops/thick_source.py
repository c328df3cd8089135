"""A Flux source of upstream's repository that shall give the thick manifest of a release: its ref, and what
it leaves out; and the images that are set over it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Final

from migrator.gitops.root_images import made_of, making
from migrator.model.errors import MigratorError
from migrator.model.inputs import Path
from migrator.model.plan import Plan
from migrator.read import sourceignore
from migrator.read.upstream import THICK
from migrator.trees.dig import string
from migrator.trees.paths import get, put, same
from migrator.trees.wording import listed

REF: Final[Path] = ("spec", "ref")
IGNORE: Final[Path] = ("spec", "ignore")


def thick_source(source: Mapping[str, Any], file: str, tag: str) -> Mapping[str, Any]:
    """The GitRepository with ``tag`` for its ref, and the thick manifest kept in place of ``file``. Pure.

    Errors: MigratorError where the ref is a commit, or where the patterns name that file otherwise.
    """
    if posixpath.dirname(file) != posixpath.dirname(THICK):
        raise MigratorError(f"{file} has no thick manifest beside it")
    tree = _with_tag(source, tag)
    return tree if file == THICK else _keeping(tree, file)


def changes_of(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[tuple[Path, Any, Any], ...]:
    """(path, before, after) of the fields that differ, of those that are changed here."""
    paths = [(*REF, field) for field in ("tag", "name", "branch", "semver")]
    found = ((path, get(before, path), get(after, path)) for path in (*paths, REF, IGNORE))
    differing = [each for each in found if not same(*each[1:])]
    new = not isinstance(get(before, REF), Mapping)
    return tuple(d for d in differing if (d[0] == REF) == new or d[0] == IGNORE)


def images(entries: Sequence[Any], plan: Plan) -> list[Any]:
    """The entries of ``images``, each as the plan has the image that it makes.

    Errors: MigratorError for one that would have to make two.
    """
    wanted = {
        change.before: change.after
        for planned in plan.changed
        for change in planned.changes
        if change.path[-1:] == ("image",) and isinstance(change.before, str)
    }
    made: list[Any] = []
    for item in entries:
        known = isinstance(item, Mapping)
        any_tag = f"{string(item, 'name')}:any" if known else ""
        becomes = {wanted[image] for image in wanted if known and made_of(item, any_tag) == image}
        if len(becomes) > 1:
            raise MigratorError(f"images of {string(item, 'name')} would become {listed(becomes)}")
        made.append(making(item, becomes.pop()) if becomes else item)
    return made


def _with_tag(source: Mapping[str, Any], tag: str) -> Mapping[str, Any]:
    ref = get(source, REF)
    fields = dict(ref) if isinstance(ref, Mapping) else {}
    if string(fields, "commit"):
        message = (
            f"its ref is the commit {string(fields, 'commit')[:12]}, of which no release is known"
        )
        raise MigratorError(message, hint=f"write tag: {tag} in its place, and plan again")
    if string(fields, "name"):
        fields["name"] = f"refs/tags/{tag}"
    else:
        fields = {k: v for k, v in fields.items() if k not in ("branch", "semver")}
        fields["tag"] = tag
    return dict(put(source, REF, fields))


def _keeping(source: Mapping[str, Any], file: str) -> Mapping[str, Any]:
    """With the thick manifest named where the patterns name ``file``."""
    ignore = string(source, "spec", "ignore")
    old, new = posixpath.basename(file), posixpath.basename(THICK)
    lines = ignore.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("!") and posixpath.basename(line[1:].rstrip()) == old:
            lines[number] = line.replace(old, new)
    tree: Mapping[str, Any] = put(source, IGNORE, "\n".join(lines))
    among = sourceignore.patterns(string(tree, "spec", "ignore"))
    if sourceignore.is_left_out(THICK, among) or not sourceignore.is_left_out(file, among):
        message = f"its ignore does not name {old} by itself, so it cannot be told to keep {new}"
        raise MigratorError(message)
    return tree
