"""A page of the documentation as a reader follows it: files to save, commands to type, what they print.

A block ``console`` holds commands, each on a line that begins with ``$ `` (with ``\\`` or ``|`` at
its end it goes on in the next line), and below each what it prints. A line ``...`` stands for any lines. A
block whose first line begins with NOT_RUN is not run, and says so to the reader as well. A block
below the words "Save this as `NAME`:" is a file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
NOT_RUN: Final = "# not run by our tests: "
CUT: Final = "..."
FOLLOWED: Final = ("README.md", "docs/tutorial.md", "docs/how-to/*.md", "docs/explanation/*.md")
"""The pages whose every block of commands is run, or says that it is not."""

_FENCE: Final = re.compile(r"^```(\S*)\n(.*?)^```$", re.M | re.S)
_SAVED: Final = r"Save this as\s+`([\w./-]+)`:\n\n"
_OTHER_SHELLS: Final = {"sh", "bash", "shell", "shellsession", "zsh", ""}


class PageError(Exception):
    """A page that cannot be followed: ``file:line: what``."""


@dataclass(frozen=True)
class Command:
    """``line`` is that of its prompt, ``shown`` the lines below it, ``end`` the line after them."""

    line: int
    text: str
    shown: tuple[str, ...]
    end: int


@dataclass(frozen=True)
class Saved:
    name: str
    text: str


def followed() -> list[str]:
    return sorted(p.relative_to(ROOT).as_posix() for g in FOLLOWED for p in ROOT.glob(g))


def steps(name: str, text: str) -> Iterator[Command | Saved]:
    """What a reader does, in order. Errors: PageError for a block of commands that is neither run
    nor says that it is not; in the README, which shows what is there, for one of ``console`` alone."""
    strict = name != "README.md"
    if text.count("Save this as") != len(re.findall(f"{_SAVED}```", text)):
        raise PageError(f"{name}: a file is to be saved, and no block follows at once")
    for block in _FENCE.finditer(text):
        kind, body = block.groups()
        first = text.count("\n", 0, block.start(2)) + 1
        if saved := re.search(rf"{_SAVED}\Z", text[: block.start()]):
            yield Saved(saved[1], body)
        elif kind == "console":
            yield from _commands(name, first, body.splitlines())
        elif strict and kind in _OTHER_SHELLS:
            raise PageError(f"{name}:{first}: {kind or 'no kind'}: blocks of commands are console")


def _commands(name: str, first: int, lines: list[str]) -> Iterator[Command]:
    if lines[0].startswith(NOT_RUN):
        return
    if not lines[0].startswith("$ "):
        raise PageError(
            f"{name}:{first}: a block console begins with a command, or {NOT_RUN}REASON"
        )
    starts = [i for i, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        after = start + 1
        while lines[after - 1].endswith(("\\", "|")):
            after += 1
        text = "\n".join(lines[start:after])[2:]
        yield Command(first + start, text, tuple(lines[after:end]), first + end)


def matches(shown: Sequence[str], said: Sequence[str]) -> bool:
    """Whether the lines are those that were said, with a CUT for any of them."""
    parts = [re.escape("".join(f"{line}\n" for line in part)) for part in _parts(shown)]
    return re.fullmatch("(?:.*\n)*".join(parts), "".join(f"{line}\n" for line in said)) is not None


def _parts(shown: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in shown:
        if line == CUT:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def renewed(shown: Sequence[str], said: Sequence[str]) -> list[str]:
    """The lines that were said, cut where they were cut before; to be read by a person."""
    found: list[str] = []
    matcher = difflib.SequenceMatcher(None, list(shown), list(said), autojunk=False)
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        old, new = shown[i1:i2], said[j1:j2]
        if CUT in old:
            before = old.index(CUT)
            after = len(old) - 1 - before
            found += [*new[:before], CUT, *new[max(before, len(new) - after) :]]
        elif new and not (old == new[:0] and found[-1:] == [CUT]):
            found += new
    return found


def replaced(text: str, command: Command, said: Sequence[str]) -> str:
    """The page with what the command prints today."""
    lines = text.splitlines()
    start = command.end - 1 - len(command.shown)
    lines[start : command.end - 1] = renewed(command.shown, said)
    return "\n".join(lines) + "\n"
