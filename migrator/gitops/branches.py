"""The branches of a pull request: what they are called, and whose they may be."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.model.errors import MigratorError
from migrator.read.files import TOOL
from migrator.tools import git_refs

STAGE_TWO: Final = "-stage-2"
"""What the name of the branch of stage two ends with."""
BACK: Final = "-back"
"""And that of the branch of the way back."""
_LONGEST: Final = 60
_DIGEST: Final = 8
_PROTECTED: Final = frozenset({"main", "master"})


class Base(Struct, frozen=True, kw_only=True):
    """What a branch begins from: the commit of the checkout, and the branch that it is proposed to."""

    commit: str
    branch: str


def branch_name(root: Path, inputs: Sequence[str]) -> str:
    """The name that the branch of these inputs always has: the folder that they share, below ``root``."""
    common = os.path.commonpath([os.path.realpath(name) for name in inputs])
    return f"{TOOL}/{slug(Path(common).relative_to(root).as_posix())}"


def slug(path: str) -> str:
    """A path as one part of the name of a branch: lower case, digits and dashes, at most 60 characters; with
    a digest of the path where two paths could become the same."""
    path = "" if path == "." else path
    bare = path.lower().removesuffix(Path(path).suffix.lower())
    text = re.sub(r"[^a-z0-9]+", "-", bare).strip("-") or "root"
    if text.replace("-", "/") == path and len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:_DIGEST]
    return f"{text[: _LONGEST - _DIGEST - 1].rstrip('-')}-{digest}"


def base_of(root: Path, remote: str, stated: str) -> Base:
    """What the branch begins from. Errors: MigratorError where nothing says which branch it is for."""
    commit = git_refs.head(root)
    if commit is None:
        raise MigratorError("the repository has no commit yet", hint="commit the manifests first")
    branch = stated or git_refs.current_branch(root) or _of_remote(root, remote, commit)
    if not branch:
        message = "no branch is checked out, so nothing says which one the pull request is for"
        raise MigratorError(message, hint="name it: --base BRANCH")
    if not git_refs.is_branch_name(root, branch):
        raise MigratorError(f"--base {branch} is not the name of a branch")
    return Base(commit=commit, branch=branch)


def _of_remote(root: Path, remote: str, commit: str) -> str:
    """The default branch of the remote, if it has the commit that is checked out."""
    name = git_refs.default_branch(root, remote)
    there = git_refs.tracked_tip(root, remote, name) if name else None
    return name if there and git_refs.is_ancestor(root, commit, there) else ""


def check_names(root: Path, names: Sequence[str], base: Base, default: Collection[str]) -> None:
    """Errors: MigratorError for a name that is no branch of this tool: no name, the ``default`` branch of a
    remote, the one that the pull request is for, one that a work tree has checked out, or one that Git cannot
    have beside another."""
    taken, there = git_refs.checked_out(root), git_refs.branches(root)
    for name in names:
        if not git_refs.is_branch_name(root, name):
            raise MigratorError(
                f"{name} is not the name of a branch", hint="name another: --branch NAME"
            )
        if name in taken and git_refs.current_branch(root) == name:
            wanted = next(iter(sorted(default)), "")
            hint = f"check out the branch that it is for{wanted and f': git switch {wanted}'}"
            raise MigratorError(
                f"{name} is checked out, and is the branch to be written", hint=hint
            )
        if name in taken:
            hint = "check out another one there, or name another: --branch NAME"
            raise MigratorError(f"{name} is checked out in another work tree", hint=hint)
        if other := git_refs.in_the_way(there, name):
            message = f"beside the branch {other} Git can have none that is called {name}"
            raise MigratorError(message, hint="say another: --branch NAME")
        if name == base.branch or name in default or name in _PROTECTED:
            hint = "name another: --branch NAME"
            raise MigratorError(f"{name} is a branch that others build on", hint=hint)
