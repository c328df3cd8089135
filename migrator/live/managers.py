"""Who owns the fields of a live object that the plan changes, and what ``apply`` would leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrator.inventory.made_by import (
    CLIENT_SIDE,
    LAST_APPLIED,
    Made,
    last_applied,
    made_by,
    owners,
)
from migrator.inventory.operators import release_of_chart
from migrator.live.compare import is_default, is_nothing
from migrator.live.records import Cure, Manager, Ownership
from migrator.model.inputs import MISSING, Document, ObjectRef, Path
from migrator.trees.dig import strings
from migrator.trees.paths import diff_paths, get

_Owned = Sequence[tuple[Manager, tuple[Path, ...]]]


def ownership(
    ref: ObjectRef, live: Document, there: Any, wanted: Any, *, forward: bool, due: bool
) -> Ownership | None:
    """Of the fields in which ``wanted`` is not ``there``, those that others own than client-side
    apply, and those that have to go and that it would leave. None where there are neither."""
    places = diff_paths(there, wanted)
    owned = _owned(live, [path for path, _, _ in places])
    applied = last_applied(live)
    going = {path: get(live.data, path) for path, _, after in places if after is MISSING}
    kept = tuple(
        path
        for path, value in going.items()
        if not (is_nothing(value) or is_default(path, value)) and get(applied, path) is MISSING
    )
    if not (owned or kept):
        return None
    release = release_of_chart(live)
    sole = bool(kept) and all(_is_sole(owned, path) for path in kept)
    return Ownership(
        ref=ref,
        owned=owned,
        annotated=LAST_APPLIED in strings(live.data, "metadata", "annotations"),
        kept=kept,
        forward=forward,
        due=due,
        release=release,
        sole=sole,
        cure=_cure(live, release, sole=sole) if kept else None,
    )


def _cure(live: Document, release: str, *, sole: bool) -> Cure:
    if release:
        return Cure.CHART
    if made_by(live) in (Made.FLUX, Made.ARGO):
        return Cure.COMMIT
    return Cure.SAME_MANAGER if sole else Cure.SET_LAST_APPLIED


def _is_sole(owned: _Owned, path: Path) -> bool:
    """Whether one manager that applies on the server owns the field, and nobody else."""
    holders = [manager for manager, paths in owned if path in paths]
    return [manager.operation for manager in holders] == ["Apply"]


def _owned(live: Document, paths: Sequence[Path]) -> tuple[tuple[Manager, tuple[Path, ...]], ...]:
    found: dict[Manager, list[Path]] = {}
    for path in paths:
        for each in owners(live, (path,)):
            manager = Manager(name=each.name, operation="Apply" if each.applies else "Update")
            if each.name != CLIENT_SIDE and path not in found.setdefault(manager, []):
                found[manager].append(path)
    return tuple((manager, tuple(found[manager])) for manager in sorted(found))
