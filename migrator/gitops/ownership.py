"""Whose a commit is: one that this tool made says in a trailer what it changes, and changes that.

What a person puts on the branch of a pull request is never overwritten; Renovate stops there, too.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from itertools import takewhile, zip_longest
from pathlib import Path
from typing import Final

from migrator.model.errors import MigratorError
from migrator.read.files import shown
from migrator.tools import git, git_refs
from migrator.tools.git_refs import Changed, Commit

_TRAILER: Final = "Multus-Migrator-Plan"
_TOLD: Final = re.compile(rf"^{_TRAILER}: ([0-9a-f]{{64}})$", re.MULTILINE)
_ANY_TRAILER: Final = re.compile(r"[A-Za-z0-9-]+: .*")
_MOST: Final = 20
"""More commits than this tool ever puts on a branch."""
_SHORT: Final = 9


def digest(entries: Iterable[Changed]) -> str:
    """What a commit changes, as 64 hexadecimal digits."""
    lines = (f"{each.name}\0{each.mode}\0{each.blob}\0" for each in sorted(entries))
    return hashlib.sha256(os.fsencode("".join(lines))).hexdigest()


def with_trailer(message: str, entries: Iterable[Changed]) -> str:
    """The whole message of a commit that changes that."""
    return f"{message.rstrip()}\n\n{_TRAILER}: {digest(entries)}\n"


def told(commit: Commit) -> str:
    """The digest that a commit tells, "" where it tells none."""
    found = _TOLD.findall(commit.text)
    return found[-1] if found else ""


def own_commits(root: Path, base: str, branch: str, tip: str) -> list[Commit]:
    """The commits of a branch that ``base`` has not, the oldest first.

    Errors: MigratorError for one that a person made or changed, and where the history does not go back
    to where the branch began.
    """
    if git.merge_base(root, base, tip) is None:
        message = f"the history that is here does not say where {branch} began"
        raise MigratorError(
            message, hint="fetch it: git fetch --unshallow, or fetch-depth: 0 in CI"
        )
    commits = git_refs.ahead(root, base, tip, _MOST)
    telling = list(takewhile(lambda each: len(each.parents) == 1 and told(each), commits))
    made = git_refs.changes_of(root, telling)
    for commit, entries in zip_longest(commits, made):
        if entries is None or told(commit) != digest(entries):
            raise _foreign(branch, commit)
    return commits[::-1]


def _foreign(branch: str, commit: Commit) -> MigratorError:
    subject = commit.text.partition("\n")[0]
    about = f"{commit.id[:_SHORT]} ({_line(subject)}, by {_line(commit.author)})"
    message = f"{branch} has a commit that somebody made or changed: {about}"
    return MigratorError(message, hint="merge it, or close it; or use another: --branch OTHER")


def _line(text: str, most: int = 80) -> str:
    line = " ".join(shown(Path(text)).split()) if text else ""
    return line if len(line) <= most else f"{line[:most]}..."


def is_same(commit: Commit, message: str, entries: Sequence[Changed]) -> bool:
    """Whether a commit of this tool is the one that would be made now."""
    return told(commit) == digest(entries) and says(commit.text, message)


def says(stored: str, message: str) -> bool:
    """Whether a commit has this message, beside what hooks add: trailers, comments, and words around the
    subject."""
    wanted = [line for line in message.splitlines() if line.strip()]
    there = [line for line in stored.splitlines() if line.strip()]
    if not there or wanted[0] not in there[0]:
        return False
    rest = iter(wanted[1:])
    awaited = next(rest, None)
    for line in there[1:]:
        if line == awaited:
            awaited = next(rest, None)
        elif not (_ANY_TRAILER.fullmatch(line) or line.startswith("#")):
            return False
    return awaited is None
