"""What ``pr`` proposes: branches, commits and texts, as they shall be. Nothing of it is written here."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from migrator.cli.options import planned
from migrator.cli.plans import Plans
from migrator.cli.progress import doing
from migrator.cli.trials import chosen, trial_of
from migrator.gitops.branches import BACK, STAGE_TWO, Base, base_of, branch_name, check_names
from migrator.gitops.choice import Choice, Rewrites
from migrator.gitops.commits import Part, back, originals, parts, stage_two
from migrator.gitops.in_place import Rewrite
from migrator.gitops.proposal import Branch, Proposed, entries
from migrator.gitops.trial import Trial
from migrator.gitops.way_back import way_back
from migrator.gitops.writers import notes
from migrator.model.errors import MigratorError
from migrator.model.inputs import Naming
from migrator.model.plan import Plan
from migrator.plan.planner import about_root
from migrator.read.files import shown
from migrator.report.commit_messages import ends_rollout, messages, title
from migrator.report.formats import Reports
from migrator.report.writer import Context, Request
from migrator.tools import git, git_refs
from migrator.tools.hosts import Wish


class Edit(NamedTuple):
    """The edit of one stage, or of the whole."""

    plans: Plans
    trial: Trial
    choice: Choice


class Place(NamedTuple):
    """Where it goes: the repository, what the branches begin from, and what the first is called."""

    root: Path
    base: Base
    name: str


class Line(NamedTuple):
    """A branch that is to be: its name, and what it commits with which message."""

    name: str
    commits: tuple[tuple[Part, str], ...]


class Proposal(NamedTuple):
    """The ``branches``, each on top of the one before and the first on the ``base``; a request for each that
    is proposed (the way back, the last, is not), and the ``edit`` of the first."""

    root: Path
    base: Base
    branches: tuple[Branch, ...]
    wishes: tuple[Wish, ...]
    edit: Edit


def place_of(options: dict[str, Any]) -> Place:
    """Where the branches of a run go. Errors: MigratorError where there is no repository, or one of them is
    not to be written."""
    inputs, remote = options["inputs"], options["remote"]
    if "-" in inputs:
        raise MigratorError("standard input cannot be edited", hint="give the files themselves")
    common = Path(os.path.commonpath([os.path.realpath(name) for name in inputs]))
    root = git.root_of(common if common.is_dir() else common.parent)
    if root is None:
        raise MigratorError(
            f"{shown(common)} is in no Git work tree", hint="edit --force does without Git"
        )
    base = base_of(root, remote, options["base"])
    name = options["branch"] or branch_name(root, inputs)
    names = (name, f"{name}{STAGE_TWO}", f"{name}{BACK}")
    check_names(root, names, base, {*filter(None, [git_refs.default_branch(root, remote)])})
    return Place(root, base, name)


def proposal(plans: Plans, options: dict[str, Any], place: Place) -> Proposal:
    """What is proposed of a plan that changes something.

    Errors: MigratorError where it has no place in the files, or the work tree is not clean.
    """
    first = _trial(plans, options, place)
    edits = [Edit(plans, first, chosen(first, plans))]
    lines = [_line(place.name, edits[0], parts(first, edits[0].choice))]
    if options["stage"] == "1":
        second = _second(options, place)
        part = stage_two(*((edit.trial, edit.choice) for edit in (*edits, second)))
        if part.files:  # else no pod of Multus is replaced
            edits.append(second)
            lines.append(_line(f"{place.name}{STAGE_TWO}", second, [part]))
    with doing("proving the way back"):
        there = way_back(first)
    if there:
        made = back(place.root, [edit.choice for edit in edits], there)
        lines.append(_line(f"{place.name}{BACK}", edits[0], made))
    branches = _branches(place, lines)
    wishes = tuple(_wishes(options, place.base, branches, edits))
    return Proposal(place.root, place.base, branches, wishes, edits[0])


def _trial(plans: Plans, options: dict[str, Any], place: Place) -> Trial:
    """Its sentences do not name the version of what builds: a branch would change with the machine.

    Errors: MigratorError where it reaches out of the repository, or that has changes.
    """
    trial = trial_of(plans.named(Naming.TYPED), options, writes=True, force=True)
    if trial.found.root != place.root:
        message = f"what the INPUT builds on lies outside of {shown(place.root)}"
        raise MigratorError(message, hint="give files of one repository")
    return replace(trial, tool=lambda: "kustomize")


def _second(options: dict[str, Any], place: Place) -> Edit:
    """The edit that is stage two, of the same files."""
    again = {**options, "stage": "2"}
    plans = planned(again, telling=False)
    trial = _trial(plans, again, place)
    return Edit(plans, trial, chosen(trial, plans))


def _line(name: str, edit: Edit, made: Sequence[Part]) -> Line:
    told = messages(edit.plans.reports(Naming.REPOSITORY).clean, made, edit.choice.proof)
    return Line(name, tuple(zip(made, told, strict=True)))


def _branches(place: Place, lines: Sequence[Line]) -> tuple[Branch, ...]:
    every = [part for line in lines for part, _ in line.commits]
    changed = iter(entries(place.root, place.base.commit, every))
    return tuple(
        Branch(
            name=line.name,
            commits=tuple(
                Proposed(part=part, text=text, entries=next(changed)) for part, text in line.commits
            ),
        )
        for line in lines
    )


def _wishes(
    options: dict[str, Any], base: Base, branches: Sequence[Branch], edits: Sequence[Edit]
) -> Sequence[Wish]:
    """The requests, each for the branch below. Only the first is ready to be merged; the way back is none."""
    alone = 2 if ends_rollout(edits[0].trial.plan) else 0
    stages = (1, 2) if len(edits) > 1 else (alone,)
    proposed = branches[: len(edits)]
    below = [base.branch, *(branch.name for branch in branches)]
    found = []
    for number, (branch, edit) in enumerate(zip(branches, edits, strict=False)):
        request = Request(
            branch=branch.name,
            base=below[number],
            stage=stages[number],
            other=next((b.name for b in proposed if b is not branch), ""),
            back=branches[-1].name if len(branches) > len(edits) else "",
            overlay=_overlay(edit.trial.found.root, options),
        )
        context = Context(
            verification=edit.choice.proof, request=request, notes=notes(_from_root(edit))
        )
        reports = Reports(_without_out(edit.plans.named(Naming.REPOSITORY)))
        wish = Wish(
            branch=branch.name,
            base=below[number],
            title=title(branch.commits[-1].text, branches[0].name),
            body=reports.screen("pull-request", context),
            draft=number > 0,
        )
        found.append(wish)
    return found


def _without_out(plan: Plan) -> Plan:
    """The plan without what was decided about OUT: nobody has one here."""
    about = about_root(plan.before.inventory)
    return replace(plan, decisions=tuple(d for d in plan.decisions if d not in about))


def _from_root(edit: Edit) -> Choice:
    """The choice, with names of files from the root of the repository on."""
    root, choice = edit.trial.found.root, edit.choice
    named = (replace(each, path=Path(_from(root, str(each.path)))) for each in choice.rewrites)
    return choice._replace(rewrites=tuple(named))


def _overlay(root: Path, options: dict[str, Any]) -> str:
    """What writes the overlay of the same plan, in the root of the repository."""
    words = ["multus-migrator", "plan", *(_from(root, name) for name in options["inputs"])]
    if options["node_files"]:
        words += ["--node-files", _from(root, options["node_files"])]
    return shlex.join([*words, "-o", "../multus-thick"])


def _from(root: Path, name: str) -> str:
    return os.path.relpath(os.path.realpath(name), root)


def diffs(proposal: Proposal) -> list[Rewrites]:
    """What each branch that is proposed changes, against the one before."""
    root, state = proposal.root, originals(proposal.root, proposal.edit.choice.rewrites)
    found: list[Rewrites] = []
    for branch in proposal.branches[: len(proposal.wishes)]:
        now = dict(state)
        for proposed in branch.commits:
            now |= proposed.part.files
        found.append(
            tuple(
                Rewrite(path=root / name, old=state.get(name), new=data or b"")
                for name, data in sorted(now.items())
                if data != state.get(name)
            )
        )
        state = now
    return found
