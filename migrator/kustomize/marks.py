"""Secrets in plan.json: marked where it is written, and put back from the builds to prove it.

A marked value cannot be compared: it is taken from the build, and the digest of the whole object
says whether it is the planned one. That holds whatever a version of this tool takes for a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from migrator.model.inputs import MISSING, Path
from migrator.model.plan import Change
from migrator.trees.paths import diff_paths, get, put
from migrator.trees.redact import redact_both


def marked(change: Change) -> tuple[Change, tuple[Path, ...]]:
    """The change as plan.json shows it, and the paths of the object at which it hides a value."""
    before, after = redact_both(change.before, change.after, change.path, change.object.kind)
    places = [
        (*change.path, *path)
        for clear, shown in ((change.before, before), (change.after, after))
        for path, _, _ in diff_paths(clear, shown)
    ]
    return replace(change, before=before, after=after), tuple(dict.fromkeys(places))


def cleared(change: Change, places: Sequence[Path], before: Any, after: Any) -> Change:
    """The marked change with what the builds have at ``places``; ``before`` and ``after`` are the
    object there."""
    return replace(
        change,
        before=_filled(change.path, change.before, places, before),
        after=_filled(change.path, change.after, places, after),
    )


def _filled(at: Path, value: Any, places: Sequence[Path], built: Any) -> Any:
    for place in places:
        within = place[len(at) :]
        if place[: len(at)] == at and get(value, within) is not MISSING:
            value = put(value, within, get(built, place))
    return value
