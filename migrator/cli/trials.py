"""The plan in the user's own files, tried and proved: what ``edit`` and ``pr`` have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from migrator.cli.options import built_from, planned
from migrator.cli.plans import Plans
from migrator.cli.progress import doing
from migrator.gitops.choice import Choice, choose
from migrator.gitops.repository import repository
from migrator.gitops.trial import Trial, once, prove, top
from migrator.gitops.writers import claim, writers
from migrator.model.errors import MigratorError
from migrator.model.inputs import Naming
from migrator.model.plan import Plan
from migrator.read.kustomization import closure
from migrator.read.offline import downloads, guarded
from migrator.tools.kustomize import Build, builder, find_tool, no_tool


def chosen(trial: Trial, plans: Plans) -> Choice:
    """What the first writer whose files are proved writes. Errors: MigratorError where there is none."""
    with doing("proving the change on a copy"):
        return choose(
            writers(trial, partial(plans.named, Naming.REPOSITORY)),
            lambda writer, rewrites: prove(trial, claim(trial, writer), rewrites),
        )


def trial_of(plan: Plan, options: dict[str, Any], *, writes: bool, force: bool) -> Trial:
    """The trial of a plan and the options of which it is. ``writes`` and ``force`` as `repository` has
    them.

    Errors: MigratorError where nothing may be written there.
    """
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
        fetches = fetch and downloads(folder)
        return guarded(builder(tool, fetch=fetches), fetch=fetch)(folder)

    return build
