"""The command group, and what every command has in common: options, errors, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from migrator import __version__
from migrator.cli import exitcodes
from migrator.cli.check import check
from migrator.cli.diff import diff
from migrator.cli.explain import explain
from migrator.cli.plan import plan
from migrator.cli.rules import rules
from migrator.cli.verify import verify
from migrator.model.errors import MigratorError

PROGRAM = "multus-migrator"

EPILOG = """\b
Exit codes: 0 done; 1 error, nothing written, or verify --pods found pods that
lack a network; 4 blocked: plan and report are written, patches are not; 64
wrong command line. --detailed-exitcode adds 2 (changes planned) and 3
(something needs a person).

Every option can be set in the environment: MULTUS_MIGRATOR_PLAN_TARGET=4.3.0
is plan --target 4.3.0.
"""


@click.group(
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
@click.version_option(__version__, "-V", "--version", prog_name=PROGRAM)
def cli() -> None:
    """Plan the move of Multus CNI from thin to thick mode.

    Reads the manifests of a Multus v3 or v4 thin installation and the CNI files of its nodes, and
    writes a kustomize overlay whose build is a v4 thick installation, with a report of every
    change. Works on files alone: no cluster, no network.
    """


for _command in (plan, check, diff, verify, explain, rules):
    cli.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code. Errors are one line each on stderr."""
    try:
        code = cli.main(
            list(arguments),
            prog_name=PROGRAM,
            standalone_mode=False,
            auto_envvar_prefix="MULTUS_MIGRATOR",
        )
    except click.UsageError as error:
        error.show(sys.stderr)
        return exitcodes.USAGE
    except click.Abort:
        click.echo("interrupted; nothing was written", err=True)
        return exitcodes.ERROR
    except MigratorError as error:
        for line in error.lines():
            click.echo(f"error: {line}", err=True)
        return exitcodes.ERROR
    except BrokenPipeError:
        # the reader of stdout went away (head, less): not an error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exitcodes.OK
    return int(code or exitcodes.OK)
