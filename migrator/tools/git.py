"""What Git knows of files: where a work tree begins, what is committed, changed, left out.

Only questions are asked. Hooks, filters, the file system monitor, remotes and prompts are off, no
submodule is entered, and nothing of the index is written (ruling 20).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from migrator.model.errors import EnvironmentProblem
from migrator.tools import process
from migrator.trees.redact import redact_text

_SECONDS: Final = 60.0
_KEPT: Final = (
    *("PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"),
)
_OPTIONS: Final = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "core.quotePath=false"),
)
_STATUS: Final = (
    *("status", "--porcelain=v1", "-z", "--untracked-files=all"),
    *("--no-renames", "--ignore-submodules=dirty"),
)
_REGULAR: Final = ("100644", "100755")
_SKIPPED: Final = "S"
_FILTER: Final = re.compile(r"(filter\..*)\.[^.]*", re.DOTALL)


_PLAIN: Final = ("--no-replace-objects",)
"""Objects as they are, whatever refs/replace says."""


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that a commit holds: its path with ``/``, the mode as Git writes it, its object, and
    the size of a file in bytes."""

    name: str
    mode: str
    blob: str
    size: int

    @property
    def is_file(self) -> bool:
        return self.mode in _REGULAR

    @property
    def is_link(self) -> bool:
        return self.mode == "120000"


class WorkTree(Struct, frozen=True, kw_only=True):
    """A work tree as it is, its paths relative to ``root`` (absolute, links followed) with ``/``.

    ``regular`` are the tracked files that are neither links nor submodules, ``others`` what else is
    tracked, ``modified`` tracked files that differ from the commit, ``untracked`` what is neither
    tracked nor ignored. ``unseen`` are tracked files of whose changes Git was told to see nothing
    (`git update-index --assume-unchanged`, `--skip-worktree`).
    """

    root: Path
    regular: frozenset[str]
    others: frozenset[str]
    modified: tuple[str, ...]
    untracked: frozenset[str]
    unseen: frozenset[str]


def root_of(folder: Path) -> Path | None:
    """The work tree that ``folder`` lies in, None where it is in none.

    Errors: EnvironmentProblem where there is a work tree and no git to ask.
    """
    real = Path(os.path.realpath(folder))
    if not any((parent / ".git").exists() for parent in (real, *real.parents)):
        return None
    done = _git(real, "rev-parse", "--show-toplevel")
    if done.code != 0:
        raise EnvironmentProblem(f"git does not read the work tree of {folder}: {_said(done.err)}")
    return Path(os.path.realpath(os.fsdecode(done.out.removesuffix(b"\n"))))


def work_tree(root: Path) -> WorkTree:
    """Errors: EnvironmentProblem where git cannot tell."""
    regular: set[str] = set()
    others: set[str] = set()
    unseen: set[str] = set()
    for entry in _lines(root, "ls-files", "-z", "--stage", "-v"):
        stage, _, name = entry.partition("\t")
        tag, mode, *_ = stage.split(" ")
        (regular if mode in _REGULAR else others).add(name)
        if tag.islower() or tag == _SKIPPED:
            unseen.add(name)
    modified: list[str] = []
    untracked: set[str] = set()
    for entry in _lines(root, *_STATUS, options=_without_filters(root)):
        state, name = entry[:2], entry[3:]
        if state == "??":
            untracked.add(name)
        else:
            modified.append(name)
    return WorkTree(
        root=root,
        regular=frozenset(regular),
        others=frozenset(others),
        modified=tuple(sorted(modified)),
        untracked=frozenset(untracked),
        unseen=frozenset(unseen),
    )


def remotes(root: Path) -> frozenset[str]:
    """The URLs of the remotes of the work tree at ``root``, as configured and as git calls them
    (`insteadOf`); none where git is not on PATH, or does not read this tree.

    Errors: EnvironmentProblem where git does not end in time.
    """
    place = root / ".git"
    if not (place.is_file() or (place / "config").is_file()) or shutil.which("git") is None:
        return frozenset()
    keys = ("config", "--local", "-z", "--get-regexp", r"^remote\..*\.(push)?url$")
    configured, called = (
        _git(root, *words, above=False) for words in (keys, ("remote", "--verbose"))
    )
    if called.code != 0:
        return frozenset()
    urls = [entry.partition("\n")[2] for entry in _split(configured.out)]
    lines = os.fsdecode(called.out).splitlines()
    urls += [line.partition("\t")[2].rpartition(" (")[0] for line in lines]
    return frozenset(filter(None, urls))


def ignored(root: Path, names: Collection[str]) -> frozenset[str]:
    """Those of the ``names`` (relative to the root), which need not be there, that git is told to ignore.

    Errors: EnvironmentProblem where git cannot tell.
    """
    if not names:
        return frozenset()
    given = b"".join(os.fsencode(f"./{name}\0") for name in names)  # a name may begin with :
    done = _git(root, "check-ignore", "-z", "--stdin", given=given)
    if done.code not in (0, 1):
        raise EnvironmentProblem(f"`git check-ignore` failed in {root}: {_said(done.err)}")
    return frozenset(name.removeprefix("./") for name in _split(done.out))


def answer(root: Path, *words: str, given: bytes = b"") -> str | None:
    """What git answers to a question, without the end of its last line; None where it cannot. It reads
    what is ``given``.

    Errors: EnvironmentProblem where git does not end in time.
    """
    done = _git(root, *words, options=_PLAIN, given=given)
    return os.fsdecode(done.out).removesuffix("\n") if done.code == 0 else None


def commit(root: Path, name: str) -> str | None:
    """The commit that a revision names, None where there is none of that name.

    Errors: EnvironmentProblem where git does not end in time.
    """
    if name.startswith("-"):  # git would take it for an option
        return None
    done = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", options=_PLAIN)
    return os.fsdecode(done.out).strip() or None if done.code == 0 else None


def commits(root: Path, names: Sequence[str]) -> list[str | None]:
    """The same for several revisions, none of which has a line break in its name."""
    given = "".join(f"{name}^{{commit}}\n" for name in names)
    done = _git(root, "cat-file", "--batch-check", options=_PLAIN, given=os.fsencode(given))
    found = [line.split(" ") for line in os.fsdecode(done.out).splitlines()]
    there = [words[0] if len(words) == 3 and words[1] == "commit" else None for words in found]
    return [*there, *[None] * len(names)][: len(names)]


def merge_base(root: Path, one: str, other: str) -> str | None:
    """The commit that two commits began from, None where they have none in common.

    Errors: EnvironmentProblem where git does not end in time.
    """
    done = _git(root, "merge-base", one, other, options=_PLAIN)
    return os.fsdecode(done.out).strip() if done.code == 0 else None


def tree(root: Path, commit_id: str) -> Iterator[Entry]:
    """All that a commit holds, by name. Errors: EnvironmentProblem where git cannot tell."""
    words = ("ls-tree", "-r", "-z", "--long", "--full-tree", commit_id)
    for line in _lines(root, *words, options=_PLAIN):
        about, _, name = line.partition("\t")
        mode, _, blob, size = about.split()
        yield Entry(name=name, mode=mode, blob=blob, size=int(size) if size.isdecimal() else 0)


def blobs(root: Path, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """What these blobs hold, as they are stored: no filter and no text conversion is run. Of what is
    told by another name than its id, that is found.

    Errors: EnvironmentProblem where git cannot tell; MigratorError for more than a bound.
    """
    words = ("cat-file", "--batch")
    given = "".join(f"{blob}\n" for blob in ids).encode()
    done = _git(root, *words, options=_PLAIN, given=given) if ids else None
    if done is not None and done.code != 0:
        raise EnvironmentProblem(f"`git cat-file` failed in {root}: {_said(done.err)}")
    out, at = done.out if done else b"", 0
    for blob in ids:
        end = out.find(b"\n", at)
        head = out[at:end].split()
        if end < 0 or len(head) != 3:
            hint = "fetch the whole history: git fetch --refetch, without --filter"
            raise EnvironmentProblem(f"the repository at {root} lacks {blob}", hint=hint)
        size = int(head[2])
        yield head[0].decode(), out[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _without_filters(root: Path) -> list[str]:
    """Options that let each filter of the configuration do nothing: `git status` runs the programs
    of those that the attributes of a changed file name.

    Errors: EnvironmentProblem for a name that no option can have.
    """
    done = _git(root, "config", "-z", "--name-only", "--get-regexp", r"^filter\.")
    names = sorted({match[1] for key in _split(done.out) if (match := _FILTER.fullmatch(key))})
    if odd := next((name for name in names if "=" in name), None):
        raise EnvironmentProblem(f"{odd} in the configuration of git has a = in its name")
    off = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    return [
        word for name in names for key, value in off for word in ("-c", f"{name}.{key}={value}")
    ]


def _lines(root: Path, *words: str, options: Sequence[str] = ()) -> list[str]:
    """The answer, split at NUL."""
    done = _git(root, *words, options=options)
    if done.code != 0:
        raise EnvironmentProblem(f"`git {words[0]}` failed in {root}: {_said(done.err)}")
    return _split(done.out)


def _split(out: bytes) -> list[str]:
    return os.fsdecode(out).split("\0")[:-1]


def _git(
    folder: Path,
    *words: str,
    options: Sequence[str] = (),
    above: bool = True,
    given: bytes = b"",
) -> process.Done:
    """``above`` says whether the work tree may begin above the folder; ``given`` is what git reads."""
    program = shutil.which("git")
    if program is None:
        raise EnvironmentProblem(
            f"{folder} is in a Git work tree, and git is not on PATH", hint="install git"
        )
    command = [program, *_OPTIONS, *options, "-C", str(folder), *words]
    environment = dict(_environment())
    if not above:
        environment["GIT_CEILING_DIRECTORIES"] = str(folder.parent)
    return process.run(
        command,
        called=f"git {words[0]}",
        environment=environment,
        seconds=_SECONDS,
        given=given,
    )


def _environment() -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "LC_ALL": "C",
    }


def _said(stderr: bytes) -> str:
    return " ".join(redact_text(stderr.decode("utf-8", "replace")).split()) or "no message"
