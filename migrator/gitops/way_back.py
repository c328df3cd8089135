"""Stage one of the way back in the user's own files: the old pods under OnDelete, the rest as migrated.

Stage two is the files as they were, with the update strategy written out where they name none. Nodes that were not moved back in between still run the daemon, which
needs its rights, its configuration and networks that say theirs (`kustomize.stage_files`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from msgspec.structs import replace

from migrator.gitops.choice import Choice, choose
from migrator.gitops.proof import differing
from migrator.gitops.trial import Claim, Trial, prove
from migrator.gitops.writers import writers
from migrator.kustomize.stage_files import mounted_configs, moved_daemonsets, with_changes
from migrator.model.errors import EnvironmentProblem, MigratorError, PlanConflict
from migrator.model.inputs import Document
from migrator.model.plan import Change, Plan, Planned
from migrator.thick.stages import RULE_ID, TEMPLATE, stage_changes

CLAIM: Final = Claim(differing, lambda plan, again: "")
"""That the files are the objects of stage one; they are thin, so that there is more to plan."""


class WayBack(NamedTuple):
    """Both stages as edits of the files as they are before the edit."""

    old_pods: Choice
    old_objects: Choice


def way_back(trial: Trial) -> WayBack | None:
    """The stages of the way back, proved; None where no pod of Multus is replaced, or the files have no place
    for them."""
    first, second = back_to_old_pods(trial.plan), back_to_old_objects(trial.plan)
    if first is None:
        return None
    try:
        return WayBack(_chosen(trial, first), _chosen(trial, second))
    except (EnvironmentProblem, PlanConflict):
        raise
    except MigratorError:
        return None


def _chosen(trial: Trial, plan: Plan) -> Choice:
    """Errors: MigratorError where no writer has a place for it."""
    if not plan.changed:
        return Choice("", (), "")
    there = replace(trial, plan=plan)
    return choose(writers(there, lambda: plan), lambda _, texts: prove(there, CLAIM, texts))


def back_to_old_objects(plan: Plan) -> Plan:
    """The plan of stage two of the way back, from the objects as they were: each strategy is written out, since
    not every way to apply a manifest takes away what it does not name. Pure."""
    moved = moved_daemonsets(plan)
    objects = (
        _with_strategy(planned, document) if planned in moved else _as_it_was(planned, document)
        for planned in plan.objects
        if (document := planned.document) is not None
    )
    return replace(plan, objects=tuple(objects))


def _with_strategy(planned: Planned, document: Document) -> Planned:
    changes = tuple(stage_changes(document, 2))
    return replace(planned, desired=with_changes(document, changes), changes=changes)


def back_to_old_pods(plan: Plan) -> Plan | None:
    """The plan of stage one of the way back, from the objects as they were; None where no pod of Multus is
    replaced. Pure."""
    moved = moved_daemonsets(plan)
    if not moved:
        return None
    old = {planned.ref: planned.document.data for planned in moved if planned.document}
    unchanged = frozenset(mounted_configs(old))
    objects = (
        _held(planned, planned.document)
        if planned in moved and planned.document
        else _as_it_was(planned, planned.document)
        if planned.ref in unchanged and planned.document
        else planned
        for planned in plan.objects
    )
    return replace(plan, objects=tuple(objects))


def _held(planned: Planned, document: Document) -> Planned:
    """The DaemonSet with its old pods, under OnDelete: what changes of it outside of the pods stays."""
    outside = [change for change in planned.changes if not _is_staged(change)]
    there = replace(document, data=with_changes(document, outside))
    changes = (*outside, *stage_changes(there, 1, was=document.data))
    return replace(planned, desired=with_changes(document, changes), changes=changes)


def _is_staged(change: Change) -> bool:
    """Whether a change is of the pods, or of a stage of the way forward."""
    return change.rule == RULE_ID or change.path[: len(TEMPLATE)] == TEMPLATE


def _as_it_was(planned: Planned, document: Document) -> Planned:
    return replace(planned, desired=document.data, changes=())
