"""The plan is checked before it is written: its changes, and only they, make each object."""

from __future__ import annotations

from typing import Any

from migrator.model.errors import PlanConflict
from migrator.model.inputs import MISSING
from migrator.model.plan import Change, Planned
from migrator.trees.paths import diff_paths, format_path, get, put, same


def check(planned: Planned) -> None:
    """Errors: PlanConflict unless all changes, and nothing else, make ``desired`` (ruling 7)."""
    built: Any = planned.document.data if planned.document else MISSING
    for change in planned.changes:
        _check_change(built, change)
        built = put(built, change.path, change.after)
    if built is MISSING and not planned.desired:
        return
    differing = diff_paths(built, planned.desired)
    if differing:
        where = format_path(differing[0][0]) or "the object"
        raise PlanConflict(f"{planned.ref}: no change says why {where} differs")
    _check_identity(planned)


def _check_change(tree: Any, change: Change) -> None:
    where = f"{change.object}: {change.rule} {format_path(change.path)}".rstrip()
    found = get(tree, change.path)
    if change.after is None:
        raise PlanConflict(f"{where}: null is not a value to set, remove the field")
    if not same(found, change.before):
        raise PlanConflict(f"{where}: expected {change.before!r}, found {found!r}")
    if same(found, change.after):
        raise PlanConflict(f"{where}: changes nothing")


def _check_identity(planned: Planned) -> None:
    ref = planned.ref
    named = {"kind": ref.kind, "metadata.name": ref.name, "metadata.namespace": ref.namespace}
    for field, value in named.items():
        found = get(planned.desired, tuple(field.split(".")))
        if str(found or "") != value:  # an unquoted name may be a number
            raise PlanConflict(f"{ref}: {field} must stay {value!r}")
