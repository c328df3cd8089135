"""``multus-migrator edit``: the plan, written into the user's own files."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from migrator.cli import exitcodes
from migrator.cli.filediff import unified
from migrator.cli.options import colour, planned, planning, terminal_width, use_colour
from migrator.cli.output import rewrite_files
from migrator.cli.progress import stage
from migrator.gitops.in_place import Rewrite, in_place
from migrator.gitops.proof import changed_elsewhere, mismatches
from migrator.gitops.repository import Repository, check_writable, repository
from migrator.model.errors import EnvironmentProblem, MigratorError, VerificationError
from migrator.model.inputs import Naming
from migrator.model.plan import Plan
from migrator.read.files import shown
from migrator.read.kustomization import closure, kustomization_in
from migrator.read.offline import guarded
from migrator.report.formats import Reports
from migrator.report.safe import visible
from migrator.report.writer import Context, Edited
from migrator.tools.copies import copied
from migrator.tools.kustomize import Tool, builder, find_tool
from migrator.trees.redact import redact_text

_PROVED: Final = "Proved: the edited files were read again, and they are the plan, object by object"

_IN_COPY: Final = "It was tried on a copy, which holds no file that Git ignores and no submodule"


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

    Only the lines that have to change are changed. Before anything is kept, a copy of the
    repository with the change is read and built: it has to be the plan, object by object, and no
    other kustomize root may build something else than before.
    """
    plans = planned(options)
    plan = plans.named(Naming.TYPED)
    rewrites: tuple[Rewrite, ...] = ()
    proof, top = "", Path.cwd()
    if not plan.blockers and plan.changed:
        writes = not (show or check)
        found = repository(
            _folders(plan, options["inputs"], options["rendered"]), writes=writes, force=force
        )
        top = found.root if found.tree else top
        rewrites = in_place(plan, options["inputs"])
        check_writable(found, rewrites)
        with stage("proving the change on a copy"):
            proof = _prove(plan, found, rewrites, options)
        if writes:
            rewrite_files(rewrites)
    if show and not plan.blockers:
        click.echo("".join(unified(rewrites, top)), nl=False)
    elif not quiet:
        _print(Reports(plan), rewrites, proof, written=not (show or check), color=color)
    if check and rewrites:
        return exitcodes.CHANGES
    return exitcodes.of_plan(plan, detailed=False)


def _print(
    reports: Reports, rewrites: Sequence[Rewrite], proof: str, *, written: bool, color: str
) -> None:
    context = Context(
        out="written" if written and rewrites else "",
        verification=proof,
        edited=tuple(map(_edited, rewrites)),
        color=use_colour(color),
        width=terminal_width(),
    )
    click.echo(reports.screen("edit", context), nl=False, color=context.color)


def _folders(plan: Plan, inputs: Sequence[str], rendered: Sequence[str]) -> list[Path]:
    """The folders of the inputs, and of all that a root builds on.

    Errors: MigratorError for what is no file of the user.
    """
    if "-" in (*inputs, *(entry.partition("=")[2] for entry in rendered)):
        raise MigratorError("standard input cannot be edited", hint="give the files themselves")
    folders = [path if (path := Path(name)).is_dir() else path.parent for name in inputs]
    root = plan.before.inventory.reading.root
    top = kustomization_in(Path(root.path)) if root else None
    return [*folders, *(member.path.parent for member in (closure(top) if top else ()))]


def _prove(
    plan: Plan, found: Repository, rewrites: Sequence[Rewrite], options: dict[str, Any]
) -> str:
    """What the proof showed, in a sentence. Errors: VerificationError where it did not hold."""
    real = {Path(os.path.realpath(each.path)): each.new for each in rewrites}
    with copied(found.root, found.names, real) as copy:
        inputs = [str(copy / name) for name in _inputs(plan, found, rewrites, options)]
        try:
            again = planned({**options, "inputs": inputs}, telling=False).named(Naming.TYPED)
        except MigratorError as error:
            wrong = [*error.lines(), _IN_COPY]
        else:
            others = changed_elsewhere(plan, found, copy, real, options["inputs"], _build)
            wrong = [*mismatches(plan, again), *others]
    if wrong:
        lines = tuple(visible(redact_text(line.replace(f"{copy}/", ""))) for line in wrong)
        raise VerificationError(lines, "the edit, of which nothing was written,")
    tool = f" (built with {find_tool()})" if plan.before.inventory.reading.root else ""
    if found.tree is None:
        where = shown(found.root)
        around = f"No other kustomize root in {where} changes; what lies outside was not looked at"
        return f"{_PROVED}{tool}. {around}."
    return f"{_PROVED}{tool}. No other kustomize root of the repository changes."


def _inputs(
    plan: Plan, found: Repository, rewrites: Sequence[Rewrite], options: dict[str, Any]
) -> list[Path]:
    """The inputs below the root of the repository, and the new files that are in none of them: a root
    builds those that it lists."""
    given = [_below(found, name) for name in options["inputs"]]
    if plan.before.inventory.reading.root:
        return given
    new = [Path(os.path.realpath(r.path)).relative_to(found.root) for r in rewrites if not r.old]
    return [*given, *(path for path in new if not any(map(path.is_relative_to, given)))]


def _build(folder: Path) -> str:
    tool: Tool | None = find_tool()
    if tool is None:
        raise EnvironmentProblem("neither kustomize nor kubectl is at hand to build it")
    return guarded(builder(tool))(folder)


def _below(found: Repository, name: str) -> Path:
    """Errors: MigratorError for a link that leads out of the repository."""
    real = Path(os.path.realpath(name))
    if not real.is_relative_to(found.root):
        message = f"{shown(Path(name))} is a link that leads out of {shown(found.root)}"
        raise MigratorError(message, hint="give files of one repository")
    return real.relative_to(found.root)


def _edited(rewrite: Rewrite) -> Edited:
    """Its lines are counted as the diff of it has them: to look for the fewest takes the square of
    the lines that are alike."""
    old, new = ((data or b"").decode("utf-8").splitlines() for data in (rewrite.old, rewrite.new))
    signs = [line[0] for line in difflib.unified_diff(old, new, n=0, lineterm="")][2:]
    return Edited(shown(rewrite.path), signs.count("-"), signs.count("+"), new=rewrite.old is None)
