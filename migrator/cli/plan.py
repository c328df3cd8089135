"""``multus-migrator plan``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import click

from migrator.cli import exitcodes
from migrator.cli.options import colour, planned, planning, terminal_width, use_colour
from migrator.cli.output import left_behind
from migrator.cli.places import check_out, root_around
from migrator.cli.progress import doing
from migrator.cli.result import proof, write_overlay
from migrator.cli.talk import advise
from migrator.kustomize.smoke import Wanted
from migrator.model.inputs import Naming
from migrator.model.plan import Readiness
from migrator.report.formats import naming
from migrator.report.writer import Context
from migrator.tools.kustomize import find_tool


@click.command()
@planning
@click.option(
    "-o",
    "--out",
    metavar="OUT",
    default="multus-thick",
    show_default=True,
    help="Folder to write, outside of every INPUT; that of an earlier run is replaced.",
)
@click.option("--dry-run", is_flag=True, help="Show the summary, write nothing.")
@click.option("--no-verify", is_flag=True, help="Do not build the result with kustomize.")
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit with 2 if changes are planned, 3 for manual steps or unrecognised settings.",
)
@click.option(
    "--smoke-tests",
    type=click.Choice(get_args(Wanted)),
    default="auto",
    show_default=True,
    help="Networks that get a test pod; auto: those that the migration changes, and one "
    "for each list of plugins.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@colour
def plan(
    out: str,
    dry_run: bool,
    no_verify: bool,
    smoke_tests: Wanted,
    detailed_exitcode: bool,
    quiet: bool,
    color: str,
    **options: Any,
) -> int:
    """Plan the migration and write it as a kustomize overlay with its report.

    INPUT is a file, a folder, a kustomize root, or - for standard input:

    \b
      multus-migrator plan multus-daemonset.yml
      multus-migrator plan manifests/ --node-files nodes/ -o overlay
      kustomize build overlays/prod | multus-migrator plan -
    """
    if out == "-":
        hint = "the result is a folder: name one, and see diff for standard output"
        raise click.BadParameter(hint, param_hint="-o")
    tool = None if no_verify else find_tool()
    plans = planned(options)
    result = plans.named(Naming.COMMON)
    place = Path(out)
    verification = proof(result, tool, wanted=not no_verify)
    if dry_run or result.readiness is Readiness.NOT_FOUND:
        verification = ""
    else:
        folders = filter(None, (*options["inputs"], options["node_files"]))
        check_out(place, plans.reading, tuple(folders))
        with doing(f"writing {place}" + (f" and building it with {tool}" if tool else "")):
            write_overlay(plans, place, tool, verification, smoke_tests, fetch=options["fetch"])
        if root := root_around(place):
            advise(f"{place} lies below {root}, which applies it only where it lists it")
        for left in left_behind(place):
            click.echo(f"warning: {left} was left by a run that was stopped; remove it", err=True)
    if not quiet:
        shown = plans.reports(naming("plan", to_file=False))
        text = shown.screen(
            "plan",
            Context(
                out="" if dry_run else out,
                verification=verification,
                color=use_colour(color),
                width=terminal_width(),
            ),
        )
        click.echo(text, nl=False, color=use_colour(color))
    return exitcodes.of_plan(result, detailed=detailed_exitcode)
