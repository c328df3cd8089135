"""What Git knows of branches and commits. As in `git`, questions only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem
from migrator.tools import git

_HEADS: Final = "refs/heads/"
_PLAIN_NAME: Final = re.compile(r"(?!HEAD$)[A-Za-z0-9][\w-]*(?:/[A-Za-z0-9][\w-]*)*", re.ASCII)
_GONE: Final = "0" * 6
"""The mode that git gives of what is not there."""


class Changed(Struct, frozen=True, kw_only=True, order=True):
    """One path that a commit changes: its mode and object after it, both "" where it is gone."""

    name: str
    mode: str
    blob: str


class Commit(Struct, frozen=True, kw_only=True):
    """A commit as it is stored; ``author`` is a name, and ``text`` the whole message."""

    id: str
    parents: tuple[str, ...]
    author: str
    text: str


def tip(root: Path, branch: str) -> str | None:
    """The commit of a local branch."""
    return git.answer(root, "rev-parse", "--verify", "--quiet", f"{_HEADS}{branch}^{{commit}}")


def tracked_tip(root: Path, remote: str, branch: str) -> str | None:
    """The commit that a branch of a remote had when it was fetched last."""
    name = f"refs/remotes/{remote}/{branch}"
    return git.answer(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")


def tips(root: Path, remote: str, branches: Sequence[str]) -> list[tuple[str | None, str | None]]:
    """Both of these for several branches."""
    names = [f"{where}{name}" for name in branches for where in (_HEADS, f"refs/remotes/{remote}/")]
    found = git.commits(root, names)
    return list(zip(found[::2], found[1::2], strict=True))


def head(root: Path) -> str | None:
    """The commit that is checked out, None where there is none yet."""
    return git.answer(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")


def current_branch(root: Path) -> str:
    """The branch that is checked out, "" for a commit by itself."""
    return (git.answer(root, "symbolic-ref", "--quiet", "HEAD") or "").removeprefix(_HEADS)


def checked_out(root: Path) -> frozenset[str]:
    """The branches of all work trees of the repository."""
    text = git.answer(root, "worktree", "list", "--porcelain") or ""
    lines = (line.partition(f"branch {_HEADS}") for line in text.splitlines())
    return frozenset(name for before, found, name in lines if found and not before)


def branches(root: Path) -> list[str]:
    """All local branches."""
    text = git.answer(root, "for-each-ref", "--format=%(refname)", _HEADS) or ""
    return [line.removeprefix(_HEADS) for line in text.splitlines()]


def in_the_way(there: Iterable[str], name: str) -> str:
    """A branch of these beside which there can be none of that name, as ``a`` and ``a/b``; "" where there is none."""
    found = (b for b in there if name.startswith(f"{b}/") or b.startswith(f"{name}/"))
    return next(found, "")


def default_branch(root: Path, remote: str) -> str:
    """The branch that a clone of the remote checks out, "" where that is not known here."""
    prefix = f"refs/remotes/{remote}/"
    found = git.answer(root, "symbolic-ref", "--quiet", f"{prefix}HEAD") or ""
    return found.removeprefix(prefix)


def is_branch_name(root: Path, name: str) -> bool:
    """Whether git takes it for the name of a branch; of plain words it takes all."""
    if _PLAIN_NAME.fullmatch(name):
        return True
    well_formed = git.answer(root, "check-ref-format", f"{_HEADS}{name}") is not None
    return well_formed and not name.startswith("-") and name != "HEAD"


def is_ancestor(root: Path, one: str, other: str) -> bool:
    return git.answer(root, "merge-base", "--is-ancestor", one, other) is not None


def remote_url(root: Path, remote: str) -> str | None:
    """Where git pushes to, None where there is no such remote."""
    known = (git.answer(root, "remote") or "").splitlines()
    if remote not in known:
        return None
    return git.answer(root, "remote", "get-url", "--push", remote)


def git_path(root: Path, name: str) -> Path:
    """A path in the folder that Git has for a work tree, or for all of them where that is git's way."""
    return root / (git.answer(root, "rev-parse", "--git-path", name) or f".git/{name}")


def ahead(root: Path, base: str, tip: str, most: int) -> list[Commit]:
    """The commits of ``tip`` that ``base`` does not have, the newest first.

    Errors: EnvironmentProblem where git cannot tell.
    """
    text = git.answer(root, "rev-list", "--topo-order", f"--max-count={most}", tip, f"^{base}")
    if text is None:
        raise EnvironmentProblem(f"`git rev-list` cannot tell what {tip} has and {base} has not")
    return [_commit(name, data) for name, data in git.blobs(root, text.split())]


def commit(root: Path, name: str) -> Commit:
    """The commit of that name. Errors: EnvironmentProblem where there is none."""
    ((found, data),) = git.blobs(root, [name])
    return _commit(found, data)


def _commit(name: str, data: bytes) -> Commit:
    head, _, text = data.decode("utf-8", "replace").partition("\n\n")
    fields = [line.partition(" ") for line in head.splitlines()]
    authors = [value.rpartition(" <")[0] for key, _, value in fields if key == "author"]
    return Commit(
        id=name,
        parents=tuple(value for key, _, value in fields if key == "parent"),
        author=authors[0] if authors else "",
        text=text,
    )


def changes(root: Path, old: str, new: str) -> tuple[Changed, ...]:
    """What differs between two commits or trees, by name. Errors: EnvironmentProblem where git cannot tell."""
    text = git.answer(root, "diff-tree", "-r", "-z", "--raw", "--no-renames", old, new)
    if text is None:
        raise EnvironmentProblem(f"`git diff-tree` cannot tell {old} from {new}")
    return tuple(sorted(raw(text)))


def changes_of(root: Path, commits: Sequence[Commit]) -> list[tuple[Changed, ...]]:
    """What each of these commits changes, against its first parent. Errors: as `changes`."""
    if not commits:
        return []
    given = "".join(f"{each.id} {each.parents[0]}\n" for each in commits).encode()
    options = ("-r", "-z", "--raw", "--no-renames", "--always", "--stdin")
    text = git.answer(root, "diff-tree", *options, given=given)
    if text is None:
        raise EnvironmentProblem(f"`git diff-tree` cannot tell what {commits[0].id} changes")
    found: list[list[str]] = []
    parts = iter(text.split("\0")[:-1])
    for part in parts:  # the id of a commit, and then what it changes
        if part.startswith(":"):
            found[-1] += [part, next(parts)]
        else:
            found.append([])
    return [tuple(sorted(raw("\0".join(each)))) for each in found]


def raw(text: str) -> Iterator[Changed]:
    """The entries of a diff as git prints it for programs (`git diff-tree --raw -z`)."""
    parts = text.split("\0")
    for about, name in zip(parts[::2], parts[1::2], strict=False):
        _, mode, _, blob, _ = about.split(" ")
        gone = mode == _GONE
        yield Changed(name=name, mode="" if gone else mode, blob="" if gone else blob)


def files_of(root: Path, commit: str, names: frozenset[str]) -> dict[str, git.Entry]:
    """Those of the ``names`` that a commit has."""
    return {entry.name: entry for entry in git.tree(root, commit) if entry.name in names}
