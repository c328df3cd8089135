"""What people type out of habit, and what to type instead."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import click

from migrator.tools import bounds
from migrator.trees.wording import closest

PREFIX: Final = "MULTUS_MIGRATOR"
_OF_KUBECTL: Final = frozenset({"-f", "-k", "-R", "--filename", "--kustomize", "--recursive"})
_FLAGS: Final[Mapping[str, str]] = {"help": "--help", "version": "--version"}


def instead(error: click.UsageError) -> str:
    """A line that says what to type in place of an option of kubectl; "" for another error."""
    if isinstance(error, click.NoSuchOption) and error.option_name in _OF_KUBECTL and error.ctx:
        return (
            f"Name files, folders and kustomize roots by themselves: {error.ctx.command_path} FILE"
        )
    return ""


def no_command(word: str, program: str, commands: Collection[str]) -> str:
    """What is said of a word that is no command, with the one that was meant, if any is near."""
    meant = _FLAGS.get(word) or closest(word, commands)
    return f"No such command {word!r}." + (f"\nDid you mean: {program} {meant}" if meant else "")


def unknown_variables(program: click.Group) -> Iterator[str]:
    """The variables of the environment that begin as ours do, and are none, each with the one that was
    meant, if any is near. All commands are loaded only where there is such a variable."""
    set_here = sorted(name for name in os.environ if name.startswith(f"{PREFIX}_"))
    if not set_here:
        return
    known = {*_bounds(), *_twins(program), f"{PREFIX}_QUIET"}
    for name in set_here:
        if name not in known:
            meant = closest(name, known)
            yield f"{name} is not a variable of this program" + (
                f"; did you mean {meant}?" if meant else ""
            )


def _bounds() -> Iterator[str]:
    return (bound.variable for bound in vars(bounds).values() if isinstance(bound, bounds.Bound))


def _twins(program: click.Group) -> Iterator[str]:
    """The environment twins of all options (click, ``auto_envvar_prefix``)."""
    context = click.Context(program)
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        for parameter in command.params if command else ():
            if parameter.name and getattr(parameter, "allow_from_autoenv", False):
                yield f"{PREFIX}_{name}_{parameter.name}".upper().replace("-", "_")
