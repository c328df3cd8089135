"""The branches of a pull request in a repository: what they are, what they shall be, and how they get there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from migrator.gitops.branches import Base
from migrator.gitops.commits import Part
from migrator.gitops.ownership import is_same, own_commits, with_trailer
from migrator.model.errors import MigratorError
from migrator.read.files import shown
from migrator.tools import git, git_commits, git_refs
from migrator.tools.git_commits import Move
from migrator.tools.git_refs import Changed
from migrator.trees.wording import listed


class Proposed(Struct, frozen=True, kw_only=True):
    """A commit that is to be: its files, its message without the trailer, and what it changes as Git has
    it."""

    part: Part
    text: str
    entries: tuple[Changed, ...]


class Branch(Struct, frozen=True, kw_only=True):
    """A branch that is to be: its commits, on top of those of the branch before it."""

    name: str
    commits: tuple[Proposed, ...]


class Seen(Struct, frozen=True, kw_only=True):
    """Where a branch is now: here, and at the remote (or where that was when it was fetched last)."""

    local: str | None
    remote: str | None


def entries(root: Path, base: str, parts: Sequence[Part]) -> list[tuple[Changed, ...]]:
    """What each of these commits changes, one on top of the other. Errors: MigratorError where git, or
    a filter of the user, fails."""
    names = frozenset(name for part in parts for name in part.files)
    modes = {name: entry.mode for name, entry in git_refs.files_of(root, base, names).items()}
    return [
        tuple(
            Changed(name=name, mode="", blob="")
            if data is None
            else Changed(
                name=name, mode=modes.get(name, "100644"), blob=git_commits.blob(root, name, data)
            )
            for name, data in part.files.items()
        )
        for part in parts
    ]


def seen_here(root: Path, remote: str, names: Sequence[str]) -> dict[str, Seen]:
    """Where branches are as far as the repository knows."""
    tips = git_refs.tips(root, remote, names)
    return {n: Seen(local=here, remote=there) for n, (here, there) in zip(names, tips, strict=True)}


def seen_there(
    root: Path, remote: str, here: Mapping[str, Seen], tips: Mapping[str, str]
) -> dict[str, Seen]:
    """The same, with what the remote says (``tips``), each of whose commits is fetched.

    Errors: MigratorError where it does not give one.
    """
    wanted = {name: tip for name in here if (tip := tips.get(name))}
    known = git.commits(root, [*wanted.values()]) if wanted else ()
    for (name, tip), there in zip(wanted.items(), known, strict=True):
        if not there:
            git_commits.fetch(root, remote, name)
            if not git.commit(root, tip):
                message = f"{name} changed at {remote} in the meantime"
                raise MigratorError(message, hint="run it again")
    return {name: Seen(local=each.local, remote=tips.get(name)) for name, each in here.items()}


def held(
    root: Path, base: Base, branches: Sequence[Branch], seen: Mapping[str, Seen]
) -> tuple[bool, bool]:
    """Whether all branches are as they shall be: here, and at the remote.

    Errors: MigratorError where one has a commit of a person.
    """
    wanted: list[Proposed] = []
    local = remote = True
    for branch in branches:
        wanted += branch.commits
        there = seen[branch.name]
        tips = dict.fromkeys((there.local, there.remote))  # once where both are the same
        holds = {tip: _holds(root, base, branch.name, tip, wanted) for tip in tips}
        local &= holds[there.local]
        remote &= holds[there.remote]
    return local, remote


def _holds(root: Path, base: Base, name: str, tip: str | None, wanted: Sequence[Proposed]) -> bool:
    if tip is None:
        return False
    commits = own_commits(root, base.commit, name, tip)
    return len(commits) == len(wanted) and all(
        is_same(commit, each.text, each.entries)
        for commit, each in zip(commits, wanted, strict=True)
    )


def committed(root: Path, base: Base, branches: Sequence[Branch]) -> dict[str, str]:
    """Commits all of them on the base: the last commit of each, to which no branch has moved yet.

    Errors: MigratorError where git or a hook refuses, or changes what is committed.
    """
    tips: dict[str, str] = {}
    last = base.commit
    hooks = git_commits.hooks_folder(root)
    with git_commits.linked(root, base.commit) as folder:
        for branch in branches:
            for proposed in branch.commits:
                last = _committed(root, folder, hooks, last, proposed)
            tips[branch.name] = last
    return tips


def move_to(root: Path, tips: Mapping[str, str], seen: Mapping[str, Seen]) -> None:
    """Moves the branches here to these commits, all or none.

    Errors: MigratorError where one is not where it was seen.
    """
    moves = [Move(branch=name, old=seen[name].local, new=tip) for name, tip in tips.items()]
    git_commits.move_branches(root, moves, "multus-migrator pr")


def _committed(root: Path, folder: Path, hooks: Path, parent: str, proposed: Proposed) -> str:
    staged = git_commits.stage(folder, proposed.part.files)
    made = git_commits.commit(folder, hooks, with_trailer(proposed.text, staged))
    changed = git_refs.changes(root, parent, made.id)
    if made.parents != (parent,) or changed != staged:
        raise _changed_by_hook(root, changed, staged)
    return made.id


def _changed_by_hook(
    root: Path, made: Sequence[Changed], staged: Sequence[Changed]
) -> MigratorError:
    names = sorted({each.name for each in {*made} ^ {*staged}})
    what = listed(shown(Path(name)) for name in names) or "its history"
    hooks = " or ".join(git_commits.commit_hooks(root)) or "a hook"
    hint = "that was not proved; make the hook skip these files"
    return MigratorError(f"{hooks} changed what is committed: {what}", hint=hint)
