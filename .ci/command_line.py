#!/usr/bin/env python3
"""Print docs/cli.md: every command, option and variable, as the program itself has them."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator

import click

from migrator.cli.habits import PREFIX
from migrator.cli.main import PROGRAM, cli

_EXAMPLES = "\b\n"
"""What click begins a paragraph with that it does not wrap: examples here."""


def page() -> Iterator[str]:
    context = click.Context(cli, info_name=PROGRAM)
    names = cli.list_commands(context)
    yield "# Commands and options"
    yield (
        "Made by `make docs` from the program itself; change nothing here by hand. "
        f"`{PROGRAM} COMMAND --help` says the same."
    )
    yield " · ".join(f"[{name}](#{name})" for name in (*names, "environment"))
    for name in names:
        if command := cli.get_command(context, name):
            yield from _command(name, click.Context(command, info_name=name, parent=context))
    yield from _variables()


def _command(name: str, context: click.Context) -> Iterator[str]:
    command = context.command
    yield f"## {name}"
    yield f"```text\n{command.get_usage(context).removeprefix('Usage: ')}\n```"
    yield from _paragraphs(inspect.cleandoc(command.help or ""))
    options = [p for p in command.get_params(context) if isinstance(p, click.Option)]
    rows = [_row(name, o, context) for o in options if not (o.hidden or o.is_eager)]
    if rows:
        yield "\n".join(["| option | what it does | variable |", "|---|---|---|", *rows])


def _paragraphs(text: str) -> Iterator[str]:
    for part in text.split("\n\n"):
        if part.startswith(_EXAMPLES):
            yield f"```text\n{inspect.cleandoc(part.removeprefix(_EXAMPLES))}\n```"
        else:
            yield _plain(" ".join(part.split()))


def _plain(text: str) -> str:
    """Names in angle brackets are no tags, bars no columns, and options are code."""
    text = re.sub(r"(?<![\w`/-])(--[a-z][a-z-]*)(?![\w-])", r"`\1`", text)
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _row(name: str, option: click.Option, context: click.Context) -> str:
    names, told = option.get_help_record(context) or ("", "")  # None is for what is hidden
    twin = f"{PREFIX}_{name}_{option.name}".upper().replace("-", "_")
    shown = f"`{twin}`" if option.allow_from_autoenv else ""
    code = names.replace("|", "\\|")
    return f"| `{code}` | {_plain(' '.join(told.split()))} | {shown} |"


def _variables() -> Iterator[str]:
    yield "## environment"
    yield (
        "Each option has a variable, which stands beside it above; what is typed outranks it. A "
        "flag is on with `1`, `true` or `yes`; values of an option that may be given several times "
        "are separated by spaces. A variable with this prefix that is none is told."
    )
    yield (
        "`NO_COLOR`, `FORCE_COLOR` and `SOURCE_DATE_EPOCH` are honoured "
        "([settings](settings.md#environment)). Bounds on inputs have variables, too: "
        "[trust.md](trust.md#bounds)."
    )
    yield "Exit codes: [README](../README.md#exit-codes)."


if __name__ == "__main__":
    sys.stdout.write("\n\n".join(page()) + "\n")
