"""``multus-migrator edit``: the plan, written into the user's own files."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from migrator.cli import exitcodes
from migrator.cli.filediff import unified
from migrator.cli.options import colour, planned, planning, terminal_width, use_colour
from migrator.cli.output import rewrite_files
from migrator.cli.plans import Plans
from migrator.cli.progress import stage
from migrator.gitops.appliers import applied, misplaced, told
from migrator.gitops.choice import Choice, Rewrites, choose, reasons
from migrator.gitops.components import FOLDER, components
from migrator.gitops.in_place import Rewrite, in_place
from migrator.gitops.late import bare, undoing
from migrator.gitops.proof import changed_elsewhere, mismatches, renders_changed
from migrator.gitops.release_values import with_values
from migrator.gitops.repository import Repository, check_writable, repository
from migrator.gitops.value_files import read_by_others
from migrator.gitops.waves import late_files
from migrator.inventory.chart_data import has_values
from migrator.kustomize.emit import COMPONENT_FILE
from migrator.model.errors import EnvironmentProblem, MigratorError, VerificationError
from migrator.model.inputs import Document, Naming
from migrator.model.plan import Plan
from migrator.read.files import shown
from migrator.read.kustomization import Kustomization, closure, kustomization_in, load
from migrator.read.offline import guarded
from migrator.read.streams import parse_documents
from migrator.report.formats import Reports
from migrator.report.safe import visible
from migrator.report.writer import Context, Edited
from migrator.tools.copies import copied
from migrator.tools.kustomize import Build, Tool, builder, find_tool
from migrator.trees.redact import redact_text
from migrator.trees.wording import listed

_PROVED: Final = "Proved: the edited files were read again, and they are the plan, object by object"

IN_PLACE: Final = "in place"
COMPONENT: Final = "in a component"
VALUES: Final = "in the values of the chart"
"""How a writer holds the plan, in words."""

NOTE: Final = (
    f"{FOLDER}/ is a component, which has no base: a CI that builds each folder by itself has to leave "
    f"it out. Its file is {COMPONENT_FILE}, which those pass over that look for kustomization.yaml."
)

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

    Only the lines that have to change are changed. Where a kustomization makes the value, or
    another root has the same base, a component is written beside the root. Before anything is
    kept, a copy of the repository with the change is read and built: it has to be the plan,
    object by object, and no other kustomize root may build something else than before.
    """
    plans = planned(options)
    plan = plans.named(Naming.TYPED)
    choice, top = Choice("", (), ""), Path.cwd()
    if not plan.blockers and plan.changed:
        writes = not (show or check)
        found = repository(
            _folders(plan, options["inputs"], options["rendered"]), writes=writes, force=force
        )
        top = found.root if found.tree else top
        with stage("proving the change on a copy"):
            choice = choose(
                _writers(plans, found, options), partial(_prove, plan, found, options=options)
            )
        if writes:
            rewrite_files(choice.rewrites)
    if show and not plan.blockers:
        click.echo("".join(unified(choice.rewrites, top)), nl=False)
    elif not quiet:
        _print(Reports(plan), choice, written=not (show or check), color=color)
    if check and choice.rewrites:
        return exitcodes.CHANGES
    return exitcodes.of_plan(plan, detailed=False)


def _writers(
    plans: Plans, found: Repository, options: dict[str, Any]
) -> Mapping[str, Callable[[], Rewrites]]:
    """Those that may have a place for the plan, the one that changes the least of its kind first."""
    plan, inputs = plans.named(Naming.TYPED), options["inputs"]
    writers: dict[str, Callable[[], Rewrites]] = {}
    if any(map(has_values, renders_changed(plan))):
        writers[VALUES] = lambda: in_place(plan, inputs, with_values)
    writers[IN_PLACE] = lambda: in_place(plan, inputs)
    root = _top(plan)
    if root is not None and not plan.before.inventory.reading.renders:
        writers[COMPONENT] = lambda: components(
            plan,
            plans.named(Naming.REPOSITORY),
            inputs,
            root,
            _found_by_components(found, root, options["fetch"]),
        )
    return writers


def _found_by_components(found: Repository, root: Kustomization, fetch: bool) -> Sequence[Document]:
    """Errors: MigratorError where the root cannot be built without what comes after components."""
    place = Path(os.path.realpath(root.path))
    with copied(found.root, found.names, {place: bare(root)}) as copy:
        try:
            text = _build(fetch)(copy / place.parent.relative_to(found.root))
        except MigratorError as error:
            message = error.message.replace(f"{copy}/", "")
            raise MigratorError(f"{message}; {_IN_COPY[0].lower()}{_IN_COPY[1:]}") from None
    return parse_documents(text.encode(), f"{shown(root.path.parent)} (without its patches)")[0]


def _print(reports: Reports, choice: Choice, *, written: bool, color: str) -> None:
    context = Context(
        out="written" if written and choice.rewrites else "",
        verification=choice.proof,
        edited=tuple(map(_edited, choice.rewrites)),
        manner="" if choice.writer == IN_PLACE else choice.writer,
        notes=_notes(choice),
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
    top = _top(plan)
    return [*folders, *(member.path.parent for member in (closure(top) if top else ()))]


def _notes(choice: Choice) -> tuple[str, ...]:
    """Why it was not written as it would be first, and what to know of the folder that was written
    instead, or of files that are applied before the release."""
    why = [line.partition("; ")[0] for error in choice.passed for line in reasons(error)]
    if choice.writer == COMPONENT:
        return (f"Not in place: {redact_text(listed(why, 1))}.", NOTE)
    if choice.passed:
        return (f"Not {VALUES}: {redact_text(listed(why, 1))}.",)
    return tuple(late_files(choice.rewrites)) if choice.writer == VALUES else ()


def _prove(
    plan: Plan, found: Repository, rewrites: Sequence[Rewrite], options: dict[str, Any]
) -> str:
    """What the proof showed, in a sentence. Errors: VerificationError where it did not hold,
    InputError where a file is not to be written."""
    check_writable(found, rewrites)
    real = {Path(os.path.realpath(each.path)): each.new for each in rewrites}
    with copied(found.root, found.names, real) as copy:
        inputs = [str(copy / name) for name in _inputs(plan, found, rewrites, options)]
        given = [_within(found, copy, entry) for entry in options["rendered"]]
        try:
            again = planned({**options, "inputs": inputs, "rendered": given}, telling=False).named(
                Naming.TYPED
            )
        except MigratorError as error:
            wrong = [*error.lines(), _IN_COPY]
        else:
            others = changed_elsewhere(
                plan, found, copy, real, options["inputs"], _build(options["fetch"])
            )
            wrong = [*mismatches(plan, again), *others]
    touched = set(map(str, real))
    who = applied(plan, found, touched)
    wrong += who.others
    wrong += [*misplaced(plan, found, touched), *read_by_others(plan, found, touched)]
    if wrong:
        wrong = [*_undoing(plan, found, real, options["fetch"])] or wrong
        lines = tuple(visible(redact_text(line.replace(f"{copy}/", ""))) for line in wrong)
        raise VerificationError(lines, "the edit, of which nothing was written,")
    tool = f" (built with {find_tool()})" if plan.before.inventory.reading.root else ""
    if found.tree is None:
        where = shown(found.root)
        around = f"No other kustomize root in {where} changes; what lies outside was not looked at"
        return f"{_PROVED}{tool}. {around}.{told(who.own)}"
    return f"{_PROVED}{tool}. No other kustomize root of the repository changes.{told(who.own)}"


def _within(found: Repository, copy: Path, entry: str) -> str:
    """RELEASE=FILE with the file's place in the copy, where that has it."""
    name, _, file = entry.partition("=")
    real = Path(os.path.realpath(file))
    there = copy / real.relative_to(found.root) if real.is_relative_to(found.root) else real
    return f"{name}={there if there.is_file() else file}"


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


def _undoing(
    plan: Plan, found: Repository, real: Mapping[Path, bytes], fetch: bool
) -> Iterator[str]:
    """What of a root that lists a component now undoes that, if anything does."""
    top = _top(plan)
    place = Path(os.path.realpath(top.path)) if top else None
    if top is None or place is None or place not in real:
        return

    def build(text: bytes) -> str:
        with copied(found.root, found.names, {**real, place: text}) as copy:
            return _build(fetch)(copy / place.parent.relative_to(found.root))

    yield from undoing(plan, top, load(top.path, real[place]), build)


def _top(plan: Plan) -> Kustomization | None:
    """The kustomization of the root that was read, if one was."""
    root = plan.before.inventory.reading.root
    return kustomization_in(Path(root.path)) if root else None


def _build(fetch: bool) -> Build:
    def build(folder: Path) -> str:
        tool: Tool | None = find_tool()
        if tool is None:
            raise EnvironmentProblem("neither kustomize nor kubectl is at hand to build it")
        return guarded(builder(tool, fetch=fetch), fetch=fetch)(folder)

    return build


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
