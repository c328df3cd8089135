"""``multus-migrator edit``: the plan, written into the user's own files."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import click

from migrator.cli import exitcodes
from migrator.cli.filediff import unified
from migrator.cli.options import colour, planned, planning, terminal_width, use_colour
from migrator.cli.output import rewrite_files
from migrator.cli.trials import chosen, trial_of
from migrator.gitops.choice import Choice
from migrator.gitops.in_place import Rewrite
from migrator.gitops.writers import IN_PLACE, notes
from migrator.model.inputs import Naming
from migrator.read.files import shown
from migrator.report.formats import Reports
from migrator.report.writer import Context, Edited


@click.command()
@planning
@click.option(
    "--diff", "show", is_flag=True, help="Print the change as a unified diff; write nothing."
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit with 2 if something would be written."
)
@click.option("--force", is_flag=True, help="Write even where Git cannot undo it.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@colour
def edit(show: bool, check: bool, force: bool, quiet: bool, color: str, **options: Any) -> int:
    """Write the plan into your own files, and prove it.

    INPUT is a file, a folder or a kustomize root in a clean Git work tree:

    \b
      multus-migrator edit deploy/multus --diff
      multus-migrator edit deploy/multus && git diff

    Only the lines that have to change are changed. Where a kustomization makes the value, or
    another root has the same base, a component is written beside the root. Before anything is
    kept, a copy of the repository with the change is read and built: it must equal the plan,
    object by object (with a chart that has a thick mode of its own: nothing left to plan, and
    each network as planned), and every other kustomize root must build what it built before.
    """
    plans = planned(options)
    plan = plans.named(Naming.TYPED)
    choice, around = Choice("", (), ""), Path.cwd()
    writes = not (show or check)
    if not plan.blockers and plan.changed:
        trial = trial_of(plan, options, writes=writes, force=force)
        around = trial.found.root if trial.found.tree else around
        choice = chosen(trial, plans)
        if writes:
            rewrite_files(choice.rewrites)
    if show and not plan.blockers:
        click.echo("".join(unified(choice.rewrites, around)), nl=False)
    elif not quiet:
        _print(Reports(plan), choice, written=writes, color=color)
    if check and choice.rewrites:
        return exitcodes.CHANGES
    return exitcodes.of_plan(plan, detailed=False)


def _print(reports: Reports, choice: Choice, *, written: bool, color: str) -> None:
    context = Context(
        verification=choice.proof,
        edited=tuple(map(_edited, choice.rewrites)),
        written=written,
        manner="" if choice.writer == IN_PLACE else choice.writer,
        notes=notes(choice),
        color=use_colour(color),
        width=terminal_width(),
    )
    click.echo(reports.screen("edit", context), nl=False, color=context.color)


def _edited(rewrite: Rewrite) -> Edited:
    """Its lines are counted as the diff of it has them: to look for the fewest takes the square of
    the lines that are alike."""
    old, new = ((data or b"").decode("utf-8").splitlines() for data in (rewrite.old, rewrite.new))
    signs = [line[0] for line in difflib.unified_diff(old, new, n=0, lineterm="")][2:]
    return Edited(shown(rewrite.path), signs.count("-"), signs.count("+"), new=rewrite.old is None)
