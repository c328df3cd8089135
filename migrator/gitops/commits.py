"""The commits of a plan: one for each step that can be looked at by itself."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from migrator.gitops.choice import Choice, Rewrites
from migrator.gitops.in_place import in_place
from migrator.gitops.trial import Trial
from migrator.gitops.way_back import WayBack
from migrator.gitops.writers import IN_PLACE
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ObjectRef
from migrator.model.inputs import Path as Keys
from migrator.model.plan import Plan, Planned
from migrator.thick.stages import ANNOTATION
from migrator.trees.paths import diff_paths, format_path

Texts: TypeAlias = Mapping[str, bytes | None]
"""What files hold, by name below the root of the repository; None for one that is not there."""


class Step(Enum):
    """What a commit does; in the order in which they are made."""

    NETWORKS = "networks"
    """Networks get a configuration of their own, which thin mode reads alike."""
    RIGHTS = "rights"
    DAEMON = "daemon"
    WHOLE = "whole"
    """All of it, where it cannot be parted."""
    STAGE_TWO = "stage-two"
    OLD_PODS = "old-pods"
    """Stage one of the way back."""
    OLD_OBJECTS = "old-objects"


class Part(Struct, frozen=True, kw_only=True):
    """A commit that is to be: what it does, to which objects, and what it makes of files."""

    step: Step
    objects: frozenset[ObjectRef]
    files: Texts


_RIGHTS: Final = frozenset(
    {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount"}
    | {"CustomResourceDefinition"}
)
_STRATEGY: Final = ("spec", "updateStrategy")
_ANNOTATIONS: Final = ("metadata", "annotations")
_NETWORK: Final = "NetworkAttachmentDefinition"


def parts(trial: Trial, choice: Choice) -> tuple[Part, ...]:
    """The commits that make an edit, in order. There is one where its writer has the plan in one place, or
    would write a part of it elsewhere."""
    root, plan = trial.found.root, trial.plan
    whole = texts(root, choice.rewrites)
    steps = {planned.ref: _step(plan, planned) for planned in plan.changed}
    one = (Part(step=Step.WHOLE, objects=frozenset(steps), files=whole),)
    if choice.writer != IN_PLACE:
        return one
    order = [step for step in Step if step in steps.values()]
    states: list[Texts] = [{}]
    for number in range(1, len(order)):
        state = _written(trial, steps, order[:number])
        if state is None or not state.keys() <= whole.keys():
            return one
        states.append(state)
    states.append(whole)
    before = originals(root, choice.rewrites)
    made = (
        Part(
            step=step,
            objects=frozenset(ref for ref, own in steps.items() if own is step),
            files=between(before, old, new),
        )
        for step, old, new in zip(order, states[:-1], states[1:], strict=True)
    )
    return tuple(part for part in made if part.files)


def stage_two(one: tuple[Trial, Choice], two: tuple[Trial, Choice]) -> Part:
    """The commit that makes stage two of stage one, both edits of the same files.

    Errors: MigratorError where they differ in more than the update strategy and its annotation.
    """
    (first, held), (second, given) = one, two
    objects = {planned.ref: planned.desired for planned in first.plan.objects}
    changed: set[ObjectRef] = set()
    for planned in second.plan.objects:
        for path, old, new in diff_paths(objects.pop(planned.ref, MISSING), planned.desired):
            changed.add(planned.ref)
            if not _is_staged(planned.ref, path, (old, new)):
                where = format_path(path) or "the object"
                raise MigratorError(f"stage two would change {where} of {planned.ref}")
    if objects or held.writer != given.writer:
        raise MigratorError("stage two would be written in another way than stage one")
    root = first.found.root
    before = originals(root, held.rewrites, given.rewrites)
    files = between(before, texts(root, held.rewrites), texts(root, given.rewrites))
    return Part(step=Step.STAGE_TWO, objects=frozenset(changed), files=files)


def back(root: Path, edits: Sequence[Choice], there: WayBack) -> tuple[Part, Part]:
    """The two commits of the way back, on top of the last of the ``edits`` (each of the files as they were, as
    are those of ``there``)."""
    before = originals(root, *(each.rewrites for each in (*there, *edits)))
    last, held, end = (texts(root, each.rewrites) for each in (edits[-1], *there))
    return (
        Part(step=Step.OLD_PODS, objects=frozenset(), files=between(before, last, held)),
        Part(step=Step.OLD_OBJECTS, objects=frozenset(), files=between(before, held, end)),
    )


def _is_staged(ref: ObjectRef, path: Keys, values: tuple[Any, Any]) -> bool:
    """Whether a difference is one between the stages: the strategy, or the annotation that keeps it."""
    if ref.kind != "DaemonSet" or path[:2] == _STRATEGY:
        return ref.kind == "DaemonSet"
    if path == _ANNOTATIONS:
        return all(value is MISSING or value.keys() <= {ANNOTATION} for value in values)
    return path == (*_ANNOTATIONS, ANNOTATION)


def _step(plan: Plan, planned: Planned) -> Step:
    """New objects stand beside the DaemonSet's file, and what a chart rendered in its release."""
    document = planned.document
    renders = {render.name for render in plan.before.inventory.reading.renders}
    if document is None or document.source.file in renders:
        return Step.DAEMON
    if planned.ref.kind == _NETWORK:
        return Step.NETWORKS
    return Step.RIGHTS if planned.ref.kind in _RIGHTS else Step.DAEMON


def _written(trial: Trial, steps: Mapping[ObjectRef, Step], done: Collection[Step]) -> Texts | None:
    """The files once these steps are done, None where the writer has no place for them alone."""
    objects = (o for o in trial.plan.objects if not o.changes or steps[o.ref] in done)
    try:
        rewrites = in_place(replace(trial.plan, objects=tuple(objects)), trial.inputs)
    except MigratorError:
        return None
    return texts(trial.found.root, rewrites)


def texts(root: Path, rewrites: Rewrites) -> Texts:
    """What an edit makes of files."""
    return {_name(root, each.path): each.new for each in rewrites}


def originals(root: Path, *rewrites: Rewrites) -> Texts:
    """What the files of edits are without them."""
    return {_name(root, each.path): each.old for edit in rewrites for each in edit}


def between(before: Texts, old: Texts, new: Texts) -> Texts:
    """What changes from one state of files to another, where those that a state does not tell are as
    ``before``."""
    return dict(sorted(_between(before, old, new)))


def _between(before: Texts, old: Texts, new: Texts) -> Iterator[tuple[str, bytes | None]]:
    for name in {**old, **new}:
        after = new.get(name, before[name])
        if after != old.get(name, before[name]):
            yield name, after


def _name(root: Path, path: Path) -> str:
    return Path(os.path.realpath(path)).relative_to(root).as_posix()
