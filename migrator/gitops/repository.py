"""What an edit may write to (ruling 20): regular files of a clean Git work tree, and new ones."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.gitops.in_place import Rewrite
from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import Problem, Source
from migrator.read.files import shown
from migrator.tools import git
from migrator.trees.wording import listed

_SEALED: Final = re.compile(
    rb"""^(?:[ ]{2})?["']?sops["']?[ ]*:|["']sops["']\s*:|ENC\[AES256_GCM,""", re.M
)
"""What SOPS writes into a file: it is signed, and a change breaks it."""


POLICY: Final = b"$imagepolicy"
"""The marker of Flux's image automation (fluxcd.io/flux/guides/image-update)."""


class Repository(Struct, frozen=True, kw_only=True):
    """The files around the inputs: those of a Git work tree, or of a folder outside of any.

    ``root`` is absolute, with links followed; ``names`` are relative to it, in order.
    """

    root: Path
    names: tuple[str, ...]
    tree: git.WorkTree | None


def repository(folders: Sequence[Path], *, writes: bool, force: bool) -> Repository:
    """The work tree that holds all of ``folders``; outside of Git the folder that they have in common.

    Errors: MigratorError, where something is to be written, for a work tree that has changes, and
    without ``force`` where there is none.
    """
    common = Path(os.path.commonpath([os.path.realpath(folder) for folder in folders]))
    root = git.root_of(common)
    if root is None:
        if writes and not force:
            hint = "--force writes all the same, and nothing undoes that"
            raise MigratorError(f"{shown(common)} is in no Git work tree", hint=hint)
        return Repository(root=common, names=tuple(sorted(_walked(common))), tree=None)
    tree = git.work_tree(root)
    if writes and tree.modified:
        hint = "commit or stash that first, so that the edit can be told from it"
        message = f"the work tree has changes: {listed(tree.modified, 3)}"
        raise MigratorError(message, hint=hint)
    names = tree.regular | tree.untracked | tree.others
    return Repository(root=root, names=tuple(sorted(names)), tree=tree)


def _walked(folder: Path) -> Iterator[str]:
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in (*files, *(each for each in folders if Path(path, each).is_symlink())):
            yield Path(path, name).relative_to(folder).as_posix()


def check_writable(found: Repository, rewrites: Iterable[Rewrite]) -> None:
    """Errors: InputError with a line for each file that is not to be written."""
    edited = tuple(rewrites)
    new = {name for each in edited if each.old is None and (name := _name(found, each.path))}
    ignored = git.ignored(found.root, new) if found.tree is not None else frozenset()
    if problems := tuple(problem for each in edited for problem in _refused(found, each, ignored)):
        raise InputError(problems)


def _name(found: Repository, path: Path) -> str:
    """The name of a file below the root, "" where it lies outside, or in the folder of Git."""
    real = Path(os.path.realpath(path))
    if found.root not in real.parents or ".git" in real.relative_to(found.root).parts:
        return ""
    return real.relative_to(found.root).as_posix()


def _refused(found: Repository, rewrite: Rewrite, ignored: Collection[str]) -> Iterator[Problem]:
    path = rewrite.path
    real = Path(os.path.realpath(path))
    if real != Path(os.path.abspath(path)) and path.is_symlink():  # noqa: PTH100  # follows no link
        yield _problem(path, "is a link", "give the file that it leads to")
    elif not (name := _name(found, path)):
        yield _problem(
            path, f"lies outside of {shown(found.root)}", "edit that repository by itself"
        )
    elif _SEALED.search(rewrite.old or b""):
        yield _problem(path, "is encrypted by SOPS, which would not take it", "use `sops edit`")
    elif found.tree is not None:
        if rewrite.old is not None and name not in found.tree.regular:
            hint = "commit it first, so that the edit can be undone"
            yield _problem(path, "is not a file that Git tracks", hint)
        elif name in found.tree.unseen:
            hint = "`git update-index --no-assume-unchanged --no-skip-worktree` undoes that"
            yield _problem(path, "is one whose changes Git was told to ignore", hint)
        elif rewrite.old is None and name in ignored:
            yield _problem(path, "would be ignored by Git, and is needed", "see .gitignore")
    yield from _steered(rewrite)


def _steered(rewrite: Rewrite) -> Iterator[Problem]:
    """Lines that Flux's image automation writes anew: it would put the old image back (ruling 16)."""
    old = set((rewrite.old or b"").splitlines())
    for number, line in enumerate(rewrite.new.splitlines(), start=1):
        if POLICY in line and line not in old:
            message = (
                "Flux sets the value of this line by an ImagePolicy, and would undo the change"
            )
            hint = "let the policy choose thick tags and take the marker off until it does"
            source = Source(file=shown(rewrite.path), line=number)
            yield Problem(source=source, message=message, hint=hint)


def _problem(path: Path, message: str, hint: str) -> Problem:
    return Problem(
        source=Source(file=shown(path), line=1), message=f"this file {message}", hint=hint
    )
