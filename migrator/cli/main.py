"""The command group, and what every command has in common: options, errors, exit codes."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import cast

import click

from migrator import __version__
from migrator.cli import exitcodes, habits
from migrator.cli.written import WRITTEN
from migrator.model.errors import MigratorError

PROGRAM = "multus-migrator"

EPILOG = """\b
Exit codes: 0 done; 1 error, or no Multus found, nothing written, or verify
--pods or --against found something wrong in the cluster, or pr was stopped by
somebody's commit, a hook or the remote; 4 blocked or not seen whole: plan and
report are written, patches are not; 64 wrong command line.
--detailed-exitcode adds 2 (changes planned) and 3 (manual steps or
unrecognised settings); edit --check exits with 2 if it would write. review: 4 a
network is lost, or the new install cannot work; with --detailed-exitcode 2 if
anything changes. fleet: 4 a cluster is blocked, else 1 one has no plan; a --shard
that was written is 0.

Every option can be set in the environment: MULTUS_MIGRATOR_PLAN_TARGET=4.3.0
is plan --target 4.3.0.
"""

COMMANDS = {
    "check": "Run every check on manifests and node files; write no patches.",
    "collect": "Read a cluster into files, with your own kubectl.",
    "diff": "Show each object before and after the migration, and write nothing.",
    "edit": "Write the plan into your own files, and prove it.",
    "explain": "Explain a step or check: why it exists, with an example.",
    "fleet": "Plan many clusters; tell which plans are equal.",
    "plan": "Plan the migration; write a kustomize overlay and a report.",
    "pr": "Put the plan on a branch of its own, for a pull request.",
    "review": "Judge a change: lost networks, new findings.",
    "rules": "List every step and check: id, severity, title.",
    "verify": "Prove that OUT builds to the plan; compare a cluster with it.",
}
"""What each command does. It is the function of that name in the module of that name."""


class _Commands(click.Group):
    """Imports a command when it is called: most of the time of ``--help`` would go to that."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return cast(click.Command, getattr(import_module(f"migrator.cli.{cmd_name}"), cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(habits.no_command(args[0], PROGRAM, COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
@click.version_option(__version__, "-V", "--version", prog_name=PROGRAM)
def cli() -> None:
    """Plan the migration of Multus CNI from thin to thick mode.

    Reads the manifests of a Multus v3 or v4 thin installation and the CNI files of its nodes, and
    writes a kustomize overlay whose build is a v4 thick installation, with a report of every
    change. Works on files alone: only collect asks a cluster, with GET requests, and only
    --fetch and pr --push need a network.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code. Errors are one line each on stderr."""
    WRITTEN.forget()
    _open_streams()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader of stdout went away (head, less): not an error of ours
        _discard_output()
        return exitcodes.OK
    except OSError as error:
        if error.filename is not None:  # no stream, and so a bug
            raise
        _discard_output()
        done = f"; {', '.join(WRITTEN.places())} had been written whole" if WRITTEN.places() else ""
        reason = error.strerror or str(error)
        click.echo(f"error: standard output cannot be written: {reason}{done}", err=True)
        return exitcodes.ERROR
    return code


def _run(arguments: Sequence[str]) -> int:
    for line in habits.unknown_variables(cli):
        click.echo(f"warning: {_shown(line)}", err=True)
    try:
        code = cli.main(
            list(arguments),
            prog_name=PROGRAM,
            standalone_mode=False,
            auto_envvar_prefix=habits.PREFIX,
        )
    except click.UsageError as error:
        usage = io.StringIO()
        error.show(usage)
        told = habits.instead(error)
        click.echo(_shown(usage.getvalue() + told, keep="\n"), nl=bool(told), err=True)
        return exitcodes.USAGE
    except click.Abort:
        written = ", ".join(WRITTEN.places())
        told = f"{written} had been written whole" if written else "nothing was written"
        click.echo(f"interrupted; {told}", err=True)
        return exitcodes.ERROR
    except MigratorError as error:
        for line in error.lines():
            click.echo(f"error: {_shown(line)}", err=True)
        return exitcodes.ERROR
    except SystemExit:  # what click makes of EPIPE, and of nothing else in this mode
        raise BrokenPipeError from None
    return int(code or exitcodes.OK)


def _shown(text: str, keep: str = "") -> str:
    """A line for stderr. What it needs is loaded when something goes wrong."""
    from migrator.report.safe import visible
    from migrator.trees.redact import redact_text

    return visible(redact_text(text), keep=keep)


def _open_streams() -> None:
    """A stream that the caller closed (``>&-``) is read or written to nowhere. Python has None for
    it, and the next file that is opened would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8", closefd=False))


def _discard_output() -> None:
    """What is still buffered for stdout goes nowhere, so that the interpreter ends in silence."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
