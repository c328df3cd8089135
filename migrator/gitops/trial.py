"""A try of an edit: it is made on a copy of the repository, which is read, planned and built again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct

from migrator.gitops.appliers import applied, apply_too, misplaced, told, with_components
from migrator.gitops.choice import Rewrites
from migrator.gitops.late import LATE, bare, undoing
from migrator.gitops.proof import changed_elsewhere, fallen, mismatches, renders_changed
from migrator.gitops.repository import Repository, check_writable
from migrator.gitops.shared_root import built_for, shared, undoing_shared
from migrator.gitops.shared_sources import taken_by_others
from migrator.gitops.value_files import read_by_others
from migrator.model.errors import MigratorError, VerificationError
from migrator.model.inputs import Document, ObjectRef
from migrator.model.plan import Plan
from migrator.read.files import shown
from migrator.read.kustomization import Kustomization, kustomization_in, load
from migrator.read.renders import BuildFiles
from migrator.read.streams import parse_documents
from migrator.tools.copies import copied
from migrator.tools.kustomize import Build
from migrator.trees.wording import listed


class Claim(NamedTuple):
    """What is proved of an edit: what is ``wrong`` of it, a sentence for each place, and what was ``shown``
    where nothing is. Both take the plan, and that of the edited files."""

    wrong: Callable[[Plan, Plan], Iterable[str]]
    shown: Callable[[Plan, Plan], str]


_PROVED: Final = "Proved: the edited files were read again, and they are the plan, object by object"

EQUAL: Final = Claim(mismatches, lambda plan, again: _PROVED)
"""That the edited files are the plan, object by object."""

_IN_COPY: Final = "It was tried on a copy, which holds no file that Git ignores and no submodule"


class Trial(Struct, frozen=True, kw_only=True):
    """What is edited, and how an edit of it is tried.

    ``plan`` names files as the user typed them, and ``inputs`` and ``rendered`` (RELEASE=FILE) are as
    typed; ``found`` is the repository around them. ``build`` builds a root of a copy, ``before`` one
    of the repository as it is; ``tool`` names what builds. ``again`` plans other inputs and renders
    with the same options. ``fetch`` builds files with what it downloads, if anything is to be downloaded.
    """

    plan: Plan
    found: Repository
    inputs: Sequence[str]
    rendered: Sequence[str]
    build: Build
    before: Build
    tool: Callable[[], str]
    again: Callable[[Sequence[str], Sequence[str]], Plan]
    fetch: BuildFiles | None = None


def once(build: Build) -> Build:
    """The same, for folders that stay as they are: each is built once."""
    known: dict[Path, str] = {}

    def built(folder: Path) -> str:
        if folder not in known:
            known[folder] = build(folder)
        return known[folder]

    return built


def top(plan: Plan) -> Kustomization | None:
    """The kustomization of the root that was read, if one was."""
    root = plan.before.inventory.reading.root
    return kustomization_in(Path(root.path)) if root else None


def prove(trial: Trial, claim: Claim, rewrites: Rewrites) -> str:
    """What the proof of a ``claim`` showed, in a sentence. Errors: VerificationError where it did not hold,
    InputError where a file is not to be written. What builds nothing is looked at first, and what
    would change for others before all is planned again."""
    plan, found, shown_so = trial.plan, trial.found, ""
    check_writable(found, rewrites)
    real = {Path(os.path.realpath(each.path)): each.new for each in rewrites}
    touched = set(map(str, real))
    who = applied(plan, found, touched)
    apart = [*who.others, *misplaced(plan, found, touched), *read_by_others(plan, found, touched)]
    apart += dict.fromkeys([*taken_by_others(plan, found), *apply_too(plan, found, touched)])
    with tried(trial, rewrites) as (copy, inputs, given):
        builds = (trial.before, trial.build)
        others = changed_elsewhere(plan, found, copy, real, trial.inputs, builds)
        gone: tuple[ObjectRef, ...] = ()
        wrong = apart or [*others, *_not_built(trial, copy, real)]
        if not wrong:
            wrong, shown_so, gone = _held(trial, claim, inputs, given)
            wrong = (wrong and [*_undoing(trial, real)]) or wrong
    if wrong:
        lines = tuple(line.replace(f"{copy}/", "") for line in wrong)
        raise VerificationError(lines, "the edit, of which nothing was written,")
    return f"{_said(trial, shown_so)}{_told_of(gone)}{told(who.own)}"


def _told_of(gone: Sequence[ObjectRef]) -> str:
    names = listed(map(str, gone))
    return (
        f" {names} is not part of upstream's thick manifest, and nothing uses it." if gone else ""
    )


def _held(
    trial: Trial, claim: Claim, inputs: Sequence[str], rendered: Sequence[str]
) -> tuple[list[str], str, tuple[ObjectRef, ...]]:
    """Where the plan of the copy is not that of an install that was moved, a sentence each; what is shown
    where it is; and what may fall out of it."""
    try:
        again = trial.again(inputs, rendered)
    except MigratorError as error:
        return [*error.lines(), _IN_COPY], "", ()
    wrong = [*claim.wrong(trial.plan, again)]
    there = [document.ref for document in again.before.inventory.reading.documents]
    return wrong, "" if wrong else claim.shown(trial.plan, again), fallen(trial.plan, there)


@contextlib.contextmanager
def tried(trial: Trial, rewrites: Rewrites) -> Iterator[tuple[Path, Sequence[str], Sequence[str]]]:
    """A copy of the repository with ``rewrites`` for the time of a block: its folder, and the inputs and
    renders in it."""
    found = trial.found
    real = {Path(os.path.realpath(each.path)): each.new for each in rewrites}
    with copied(found.root, found.names, real) as copy:
        inputs = [str(copy / name) for name in _inputs(trial, rewrites)]
        yield copy, inputs, [_within(found, copy, entry) for entry in trial.rendered]


def _said(trial: Trial, proof: str) -> str:
    reading = trial.plan.before.inventory.reading
    built = reading.root or any(render.folder for render in reading.renders)
    tool = f" (built with {trial.tool()})" if built else ""
    if trial.found.tree is None:
        where = shown(trial.found.root)
        around = f"No other kustomize root in {where} changes; what lies outside was not looked at"
        return f"{proof}{tool}. {around}."
    return f"{proof}{tool}. No other kustomize root of the repository changes."


def found_by_components(trial: Trial, root: Kustomization) -> Sequence[Document]:
    """What ``root`` builds without what comes after its components.

    Errors: MigratorError where it cannot be built so.
    """
    return with_edits(trial, root, {}, LATE)


def with_edits(
    trial: Trial,
    root: Kustomization,
    edited: Mapping[Path, bytes],
    late: frozenset[str] = frozenset(),
) -> Sequence[Document]:
    """What ``root`` builds with other files (by their real paths), and without its ``late`` fields.

    Errors: MigratorError where it cannot be built so.
    """
    found = trial.found
    place = Path(os.path.realpath(root.path))
    now = load(root.path, edited.get(place, root.data))
    text_of_root = bare(now, late) if late else now.data
    with copied(found.root, found.names, {**edited, place: text_of_root}) as copy:
        try:
            text = trial.build(copy / place.parent.relative_to(found.root))
        except MigratorError as error:
            message = error.message.replace(f"{copy}/", "").replace(str(copy), ".")
            raise MigratorError(f"{message}; {_IN_COPY[0].lower()}{_IN_COPY[1:]}") from None
    return parse_documents(text.encode(), f"{shown(root.path.parent)} (without its patches)")[0]


def _within(found: Repository, copy: Path, entry: str) -> str:
    """RELEASE=FILE with the file's place in the copy, where that has it."""
    name, _, file = entry.partition("=")
    real = Path(os.path.realpath(file))
    there = copy / real.relative_to(found.root) if real.is_relative_to(found.root) else real
    return f"{name}={there if there.is_file() else file}"


def _inputs(trial: Trial, rewrites: Rewrites) -> list[Path]:
    """The inputs below the root of the repository, and the new files that are in none of them: a root
    builds those that it lists, also one that an object of the inputs applies."""
    given = [_below(trial.found, name) for name in trial.inputs]
    if trial.plan.before.inventory.reading.root:
        return given
    root = trial.found.root
    new = [Path(os.path.realpath(r.path)).relative_to(root) for r in rewrites if not r.old]
    read = [
        *given,
        *(Path(r.folder) for r in trial.plan.before.inventory.reading.renders if r.folder),
    ]
    return [*given, *(path for path in new if not any(map(path.is_relative_to, read)))]


def _undoing(trial: Trial, real: Mapping[Path, bytes]) -> Iterator[str]:
    """What of a root that lists a component now undoes that, if anything does; and of one for which what
    applies it does so."""
    root = top(trial.plan)
    for render in renders_changed(trial.plan):
        if render.folder:
            there = shared(trial.plan, trial.found.root, render)
            path = Path(os.path.realpath(there.own.path))
            again = partial(_built_in_copy, trial, real, path)
            yield from undoing_shared(trial.plan, there, real, again)
    place = Path(os.path.realpath(root.path)) if root else None
    if root is None or place is None or place not in real:
        return
    build = partial(_built_in_copy, trial, real, place)
    yield from undoing(trial.plan, root, load(root.path, real[place]), build)


def _not_built(trial: Trial, copy: Path, real: Mapping[Path, bytes]) -> Iterator[str]:
    """Who puts components over a root that would not fit it any more, a sentence for each."""
    found = trial.found
    for each in with_components(found, set(map(str, real))):
        folder = Path(each.folder)
        own = kustomization_in(copy / folder.relative_to(found.root))
        if own is None:
            continue
        place = folder / own.path.name
        try:
            text = built_for(own, each.ref, each.tree).data
            _built_in_copy(trial, real, place, text)
        except MigratorError as error:
            yield f"{each.source}: {each.what} puts components over it, and would fail: {error.message}"


def _built_in_copy(trial: Trial, real: Mapping[Path, bytes], place: Path, text: bytes) -> str:
    """The build of a root whose kustomization is at ``place``, with another text of that."""
    found = trial.found
    with copied(found.root, found.names, {**real, place: text}) as copy:
        try:
            return trial.build(copy / place.parent.relative_to(found.root))
        except MigratorError as error:
            message = error.message.replace(f"{copy}/", "").replace(str(copy), ".")
            raise MigratorError(message, hint=error.hint) from None


def _below(found: Repository, name: str) -> Path:
    """Errors: MigratorError for a link that leads out of the repository."""
    real = Path(os.path.realpath(name))
    if not real.is_relative_to(found.root):
        message = f"{shown(Path(name))} is a link that leads out of {shown(found.root)}"
        raise MigratorError(message, hint="give files of one repository")
    return real.relative_to(found.root)
