"""Which files of a repository Flux leaves out of a source: its ``spec.ignore``.

Each file is matched by itself, and the last pattern that matches it decides: unlike with Git, a file
below an excluded folder may be taken back (source-controller, Storage.Archive; fluxcd/pkg,
sourceignore/gitignore, Match).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from migrator.model.errors import MigratorError
from migrator.read.wording import quoted

_ODD: Final = "[]\\"
"""Signs of Go's path.Match that stand in no pattern for a name of upstream's."""
_MOST: Final = 1000
"""Patterns of one source; upstream's repository has fewer files."""


class Pattern(NamedTuple):
    """One line: ``takes_back`` for ``!``; ``parts`` are what stands between the slashes, one part alone
    matches at any depth; ``folders`` for one that ends with a slash."""

    takes_back: bool
    parts: tuple[str, ...]
    folders: bool


def patterns(ignore: str) -> tuple[Pattern, ...]:
    """The patterns of a ``spec.ignore``. Errors: MigratorError for one that is not understood here."""
    lines = [line for line in ignore.split("\n") if line.strip() and not line.startswith("#")]
    if len(lines) > _MOST:
        raise MigratorError(f"its ignore has more than {_MOST} patterns")
    return tuple(_pattern(line.removesuffix("\r")) for line in lines)


def _pattern(line: str) -> Pattern:
    if any(sign in line for sign in _ODD):
        raise MigratorError(f"its ignore has {quoted(line)}, which is not understood here")
    takes_back, text = line.startswith("!"), line.removeprefix("!").rstrip(" ")
    folders = text.endswith("/")
    return Pattern(takes_back, tuple(text.removesuffix("/").split("/")), folders)


def is_left_out(file: str, among: Sequence[Pattern]) -> bool:
    """Whether a file, named from the root of the repository on, is left out."""
    return next((not p.takes_back for p in reversed(among) if matches(p, file)), False)


def matches(pattern: Pattern, file: str) -> bool:
    """Whether a pattern is one of the file, or of a folder above it."""
    path = file.split("/")
    if len(pattern.parts) == 1:
        at = next((n for n, name in enumerate(path) if is_named(name, pattern.parts[0])), None)
        return at is not None and not (pattern.folders and at == len(path) - 1)
    return _matches_path(pattern, path)


def _matches_path(pattern: Pattern, path: list[str]) -> bool:
    """As go-git does it: from the root on, and ``**`` stands for any number of folders."""
    matched = anywhere = False
    for index, part in enumerate(pattern.parts):
        if not part:
            anywhere = False
        elif part == "**":
            anywhere = index < len(pattern.parts) - 1
        elif "**" in part or not path:
            return False
        elif anywhere:
            anywhere = False
            at = next((n for n, name in enumerate(path) if is_named(name, part)), len(path))
            matched, path = at < len(path), path[at + 1 :]
        elif is_named(path[0], part):
            matched, path = True, path[1:]
        else:
            return False
    return matched and not (pattern.folders and not path)


def is_named(name: str, pattern: str) -> bool:
    """Whether a name is one of the pattern, in which ``*`` stands for any signs and ``?`` for one. It
    takes no longer than the product of their lengths."""
    here = at = tried = 0
    star = -1
    while here < len(name):
        if pattern[at : at + 1] == "*":
            star, tried, at = at, here, at + 1
        elif at < len(pattern) and pattern[at] in ("?", name[here]):
            at, here = at + 1, here + 1
        elif star >= 0:  # the last star takes one sign more
            tried, at = tried + 1, star + 1
            here = tried
        else:
            return False
    return not pattern[at:].strip("*")
