"""``multus-migrator edit``: the plan, written into the user's own files."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from migrator.cli import exitcodes
from migrator.cli.filediff import unified
from migrator.cli.options import built_from, colour, planned, planning, terminal_width, use_colour
from migrator.cli.output import rewrite_files
from migrator.cli.progress import doing
from migrator.gitops.choice import Choice, choose
from migrator.gitops.in_place import Rewrite
from migrator.gitops.repository import repository
from migrator.gitops.trial import Trial, once, prove, top
from migrator.gitops.writers import IN_PLACE, claim, notes, writers
from migrator.model.errors import MigratorError
from migrator.model.inputs import Naming
from migrator.model.plan import Plan
from migrator.read.files import shown
from migrator.read.kustomization import closure
from migrator.read.offline import guarded
from migrator.report.formats import Reports
from migrator.report.writer import Context, Edited
from migrator.tools.kustomize import Build, builder, find_tool, no_tool


@click.command()
@planning
@click.option(
    "--diff", "show", is_flag=True, help="Print the change as a unified diff; write nothing."
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit with 2 if something would be written."
)
@click.option("--force", is_flag=True, help="Write where no Git can take it back.")
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
    kept, a copy of the repository with the change is read and built: it has to be the plan,
    object by object (where a chart has a thick mode of its own, nothing left to plan, and each
    network as planned), and no other kustomize root may build something else than before.
    """
    plans = planned(options)
    plan = plans.named(Naming.TYPED)
    choice, around = Choice("", (), ""), Path.cwd()
    writes = not (show or check)
    if not plan.blockers and plan.changed:
        trial = _trial(plan, options, writes=writes, force=force)
        around = trial.found.root if trial.found.tree else around
        with doing("proving the change on a copy"):
            choice = choose(
                writers(trial, partial(plans.named, Naming.REPOSITORY)),
                lambda writer, rewrites: prove(trial, claim(trial, writer), rewrites),
            )
        if writes:
            rewrite_files(choice.rewrites)
    if show and not plan.blockers:
        click.echo("".join(unified(choice.rewrites, around)), nl=False)
    elif not quiet:
        _print(Reports(plan), choice, written=writes, color=color)
    if check and choice.rewrites:
        return exitcodes.CHANGES
    return exitcodes.of_plan(plan, detailed=False)


def _trial(plan: Plan, options: dict[str, Any], *, writes: bool, force: bool) -> Trial:
    folders = _folders(plan, options["inputs"], options["rendered"])
    build = _build(options["fetch"])

    def again(inputs: Sequence[str], rendered: Sequence[str]) -> Plan:
        changed = {**options, "inputs": inputs, "rendered": rendered}
        return planned(changed, telling=False).named(Naming.TYPED)

    return Trial(
        plan=plan,
        found=repository(folders, writes=writes, force=force),
        inputs=options["inputs"],
        rendered=options["rendered"],
        build=build,
        before=once(build),
        tool=lambda: str(find_tool()),
        again=again,
        fetch=partial(built_from, fetch=True) if options["fetch"] else None,
    )


def _folders(plan: Plan, inputs: Sequence[str], rendered: Sequence[str]) -> list[Path]:
    """The folders of the inputs, and of all that a root builds on.

    Errors: MigratorError for what is no file of the user.
    """
    if "-" in (*inputs, *(entry.partition("=")[2] for entry in rendered)):
        raise MigratorError("standard input cannot be edited", hint="give the files themselves")
    folders = [path if (path := Path(name)).is_dir() else path.parent for name in inputs]
    root = top(plan)
    return [*folders, *(member.path.parent for member in (closure(root) if root else ()))]


def _build(fetch: bool) -> Build:
    def build(folder: Path) -> str:
        tool = find_tool()
        if tool is None:
            raise no_tool("nothing builds it")
        return guarded(builder(tool, fetch=fetch), fetch=fetch)(folder)

    return build


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
