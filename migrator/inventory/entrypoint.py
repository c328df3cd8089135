"""Which program a container runs, and with which words: exec form, image default, or a script."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, Literal

from msgspec import Struct

from migrator.multus.images import Image, runs_by_default
from migrator.trees.pods import words

Program = Literal["shell", "pflag", "daemon", "unknown"]

_PROGRAMS: Mapping[str, Program] = {
    "entrypoint.sh": "shell",
    "thin_entrypoint": "pflag",
    "multus-daemon": "daemon",
}
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_PROGRAM = re.compile(rf"(?:^|(?<=[\s;&/\"']))(?:{'|'.join(map(re.escape, _PROGRAMS))})")
_REST = re.compile(r"(?:\\\n|[^\n;&|])*")
"""What follows a program, up to the end of its command."""


class CommandLine(Struct, frozen=True, kw_only=True):
    """``argv`` without the program; ``script`` is the shell script around it ("" if none).

    ``in_args`` tells whether argv begins in ``args`` (for source lines).
    """

    program: Program
    argv: tuple[str, ...]
    script: str
    in_args: bool


def command_line(container: Mapping[str, Any], image: Image) -> CommandLine:
    """What the container runs. Without a command it is the image's ENTRYPOINT."""
    command, args = words(container, "command"), words(container, "args")
    if not command:
        default: Program = runs_by_default(image) or "unknown"
        return CommandLine(program=default, argv=tuple(args), script="", in_args=True)
    base = command[0].rsplit("/", 1)[-1]
    if base in _SHELLS:
        return _from_script("\n".join([*command[1:], *args]))
    program = _PROGRAMS.get(base, "unknown")
    rest = command[1:]
    return CommandLine(
        program=program, argv=(*rest, *args), script="", in_args=not rest and bool(args)
    )


def _from_script(script: str) -> CommandLine:
    calls = list(_calls(script))
    if not calls:
        return CommandLine(program="unknown", argv=(), script=script, in_args=False)
    program, rest = calls[-1]
    text = _continued(script, rest)
    try:
        argv = tuple(shlex.split(text.replace("\\\n", " "), comments=True))
    except ValueError:
        argv = tuple(text.split())
    return CommandLine(program=_PROGRAMS[program], argv=argv, script=script, in_args=False)


def _calls(script: str) -> Iterator[tuple[str, re.Match[str]]]:
    """The first call of each line outside of comments: the program, and what follows it."""
    at = 0
    while call := _PROGRAM.search(script, at):
        rest = next(_REST.finditer(script, call.end()))  # it matches nothing as well
        begin = script.rfind("\n", 0, call.start()) + 1
        if "#" not in script[begin : call.start()]:
            yield call[0], rest
        end = script.find("\n", rest.end())
        at = end if end >= 0 else len(script)


def _continued(script: str, rest: re.Match[str]) -> str:
    """The rest of the call; a folded YAML scalar keeps flags on lines of their own."""
    lines = script[rest.end() :].split("\n")[1:]
    return " ".join((rest[0], *takewhile(lambda line: line.strip().startswith("--"), lines)))
