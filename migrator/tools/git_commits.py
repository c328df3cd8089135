"""Commits, branches and pushes, made by the user's own git: with their hooks, author and signature.

The checkout of the user is not touched. Commits are made in a linked work tree of their own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem, MigratorError
from migrator.tools import as_user, git_refs
from migrator.tools.as_user import ProgramFailed
from migrator.tools.copies import temporary
from migrator.tools.git_refs import Changed
from migrator.tools.leftovers import noted, remove
from migrator.tools.process import Done

_ON_COMMIT: Final = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit")


class Move(Struct, frozen=True, kw_only=True):
    """A local branch that goes from the ``old`` commit, None where it is new, to the ``new`` one."""

    branch: str
    old: str | None
    new: str


@contextlib.contextmanager
def linked(root: Path, commit: str) -> Iterator[Path]:
    """A work tree of its own at a commit, which is gone when the block ends, however it ends; that of a run
    that was killed is taken out first.

    Errors: MigratorError where git makes none.
    """
    with temporary("commit in") as made:
        place = Path(os.path.realpath(made)) / Path(made).name
        with noted(root, place):
            try:
                _done(root, "worktree", "add", "--quiet", "--detach", str(place), commit)
                yield place
            finally:
                remove(root, place)


def blob(root: Path, name: str, data: bytes) -> str:
    """The id that git will give ``data`` as the file ``name``, with the filters of the user.

    Errors: MigratorError where git, or a filter, fails.
    """
    return _text(_done(root, "hash-object", f"--path={name}", "--stdin", given=data))


def stage(folder: Path, files: Mapping[str, bytes | None]) -> tuple[Changed, ...]:
    """Writes files into a linked work tree, or removes them (None), and puts them into its index: what
    that has then, against its commit.

    Errors: MigratorError where git does not take them.
    """
    for name, data in files.items():
        place = folder / name
        try:
            if data is None:
                place.unlink(missing_ok=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
        except OSError as error:
            message = f"{place} cannot be written: {error.strerror or error}"
            raise EnvironmentProblem(message) from error
    given = b"".join(os.fsencode(name) + b"\0" for name in files)
    _done(folder, "update-index", "--add", "--remove", "-z", "--stdin", given=given)
    words = ("diff-index", "--cached", "--raw", "-z", "--no-renames", "HEAD")
    return tuple(sorted(git_refs.raw(_text(_done(folder, *words)))))


def commit(folder: Path, hooks: Path, message: str) -> git_refs.Commit:
    """What `git commit` makes of the index of a linked work tree.

    The ``hooks`` are those of the checkout: where their folder is told by a relative path, as husky does,
    Git would look for it in the linked work tree, find none, and say nothing. Errors: MigratorError
    with what it printed where it, or a hook, fails.
    """
    there = _runnable(hooks, _ON_COMMIT)
    hint = f"hooks that git runs on it: {', '.join(there)}" if there else ""
    options = ("-c", f"core.hooksPath={hooks}")
    words = ("commit", "--quiet", "--cleanup=whitespace", "--file=-")
    _done(folder, *words, options=options, given=message.encode("utf-8"), hint=hint)
    return git_refs.commit(folder, "HEAD")


def move_branches(root: Path, moves: Sequence[Move], why: str) -> None:
    """Moves local branches, all or none. Errors: MigratorError where one is not where it was."""
    given = os.fsencode("".join(map(_order, moves)))
    done = _run(root, "update-ref", "-m", why, "--stdin", "-z", given=given)
    if done.code != 0:
        hint = "run it again; what was committed is not lost, and on no branch"
        raise ProgramFailed("git update-ref", done, hint)


def _order(move: Move) -> str:
    if move.old is None:
        return f"create refs/heads/{move.branch}\0{move.new}\0"
    return f"update refs/heads/{move.branch}\0{move.new}\0{move.old}\0"


def remote_tips(root: Path, remote: str, branches: Sequence[str]) -> dict[str, str]:
    """The commits that branches have at the remote now; and under "HEAD" the name of its default branch,
    if it tells.

    Errors: MigratorError where the remote does not answer.
    """
    refs = [f"refs/heads/{branch}" for branch in branches]
    done = _done(root, "ls-remote", "--symref", "--", remote, "HEAD", *refs)
    found: dict[str, str] = {}
    for line in os.fsdecode(done.out).splitlines():
        value, _, name = line.partition("\t")
        if name == "HEAD" and value.startswith("ref: refs/heads/"):
            found["HEAD"] = value.removeprefix("ref: refs/heads/")
        elif name in refs:
            found[name.removeprefix("refs/heads/")] = value
    return found


def fetch(root: Path, remote: str, branch: str) -> None:
    """Fetches one branch of a remote. Errors: MigratorError where the remote does not give it."""
    options = ("--quiet", "--no-tags", "--no-recurse-submodules")
    _done(root, "fetch", *options, "--", remote, f"refs/heads/{branch}")


def push_words(remote: str, branches: Mapping[str, str | None]) -> list[str]:
    """The words of a push that overwrites branches only where they are at the commits that were seen,
    None for one that is not there."""
    leases = [f"--force-with-lease=refs/heads/{n}:{seen or ''}" for n, seen in branches.items()]
    return ["push", *leases, remote, *(f"refs/heads/{n}:refs/heads/{n}" for n in branches)]


def push(root: Path, remote: str, branches: Mapping[str, str | None]) -> None:
    """Errors: MigratorError with what git, a hook or the remote said where it is refused."""
    done = _run(root, *push_words(remote, branches))
    if done.code != 0:
        hooks = _runnable(hooks_folder(root), ("pre-push",))
        hint = "there is a hook for it: pre-push" if hooks else ""
        raise ProgramFailed("git push", done, hint)


def commit_hooks(folder: Path) -> list[str]:
    """The hooks that `git commit` runs there."""
    return _runnable(hooks_folder(folder), _ON_COMMIT)


def _runnable(hooks: Path, names: Sequence[str]) -> list[str]:
    """Those of the hooks of these names that git runs, of a folder of them."""
    return [name for name in names if os.access(hooks / name, os.X_OK)]


def hooks_folder(folder: Path) -> Path:
    """Where git looks for the hooks of a work tree."""
    return folder / _text(_done(folder, "rev-parse", "--git-path", "hooks"))


def _text(done: Done) -> str:
    return os.fsdecode(done.out).removesuffix("\n")


def _done(
    root: Path,
    *words: str,
    options: Sequence[str] = (),
    given: bytes = b"",
    hint: str = "",
) -> Done:
    done = _run(root, *words, options=options, given=given)
    if done.code != 0:
        raise ProgramFailed(f"git {words[0]}", done, hint)
    return done


def _run(root: Path, *words: str, options: Sequence[str] = (), given: bytes = b"") -> Done:
    program = as_user.program("git")
    if program is None:
        raise MigratorError("git is not on PATH", hint="install it")
    command = [program, *options, *words]
    return as_user.run(command, called=f"git {words[0]}", folder=root, given=given)
