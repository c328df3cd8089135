"""What changes in each object, field by field, with the reason of each change.

The compare core knows nothing of output. Objects are matched by identity, items of named lists by
their key, and JSON that stands in a string (daemon-config.json, a NAD's spec.config, CNI files in
a ConfigMap) is compared by field. What it is given is without secrets (`redaction`).
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from msgspec import Struct

from migrator.model.errors import PlanConflict
from migrator.model.inputs import MISSING, Path, Source
from migrator.model.plan import Change, Planned
from migrator.report.differences import leaves, scalars
from migrator.trees import dump, paths
from migrator.trees.embedded import decoder, loads
from migrator.trees.redact import has_marks

Kind = Literal["added", "removed", "changed"]


class Field(Struct, frozen=True, kw_only=True):
    """One place that differs: its path, and the values (MISSING where there is none)."""

    path: str
    before: Any
    after: Any

    @property
    def kind(self) -> Kind:
        if self.before is MISSING:
            return "added"
        return "removed" if self.after is MISSING else "changed"


class Difference(Struct, frozen=True, kw_only=True):
    """One differing place of an object, and the change that made it.

    ``inner`` is None, except where both values are JSON in a string: then it holds the fields
    that differ inside (empty where the same JSON is only written differently). ``redacted`` says
    that a secret was taken out of the values.
    """

    field: Field
    inner: tuple[Field, ...] | None
    reason: str
    rule: str
    source: Source | None
    redacted: bool


def differences(planned: Planned) -> tuple[Difference, ...]:
    """The differing places in the order of the changes that made them. A new object is one place
    with the path "". Errors: PlanConflict where no change explains a place (a bug)."""
    before: Any = planned.document.data if planned.document else MISSING
    places = paths.diff_paths(before, planned.desired)
    found: list[Difference] = []
    for change in planned.changes:
        for place in places:
            if paths.related(place[0], change.path):
                found.extend(_explained(change, *place))
    explained = [change.path for change in planned.changes]
    for path, _, _ in places:
        if not any(paths.related(path, other) for other in explained):
            raise PlanConflict(f"{planned.ref}: no change explains {paths.format_path(path)}")
    return tuple(found)


def by_reason(planned: Planned) -> list[tuple[str, str, list[Difference]]]:
    """(reason, rule, what it changes), so that a volume and its mount stand together."""
    found: dict[tuple[str, str], list[Difference]] = {}
    for difference in differences(planned):
        found.setdefault((difference.reason, difference.rule), []).append(difference)
    return [(reason, rule, members) for (reason, rule), members in found.items()]


def json_paths(before: str, after: str) -> list[str]:
    """The paths of the fields that differ in two JSON texts; [] where one is none."""
    return [field.path for field in _inner(before, after) or ()]


def unified(planned: Planned, context: int = 3) -> tuple[str, ...]:
    """The lines of a unified diff of the object's YAML, without the file header. JSON that stands in
    a string has one field a line there, on both sides; () where it is only written differently."""
    if planned.document is None:
        return tuple(f"+{line}" for line in dump.dump(_spread(planned.desired)).splitlines())
    one, other = (
        dump.dump(_spread(tree)).splitlines() for tree in (planned.document.data, planned.desired)
    )
    return tuple(difflib.unified_diff(one, other, n=context, lineterm=""))[2:]


def _spread(tree: Any) -> Any:
    """The tree with each JSON text in it written with one field a line."""
    if isinstance(tree, Mapping):
        return {key: _spread(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_spread(item) for item in tree]
    known = _json(tree)
    return tree if known is MISSING else json.dumps(known, indent=2, ensure_ascii=False) + "\n"


def _explained(change: Change, path: Path, before: Any, after: Any) -> Iterator[Difference]:
    """What of the place at ``path`` is due to ``change``, which is related to it."""
    if len(path) < len(change.path):  # a parent that is new: only this change's own part of it
        path, before, after = change.path, change.before, change.after
    for where, old, new in _refined(path, before, after):
        yield _difference(change, where, old, new)


def _difference(change: Change, path: Path, before: Any, after: Any) -> Difference:
    return Difference(
        field=Field(path=paths.format_path(path), before=before, after=after),
        inner=_inner(before, after),
        reason=change.reason,
        rule=change.rule,
        source=change.source,
        redacted=has_marks(before) or has_marks(after),
    )


def _refined(path: Path, before: Any, after: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Two lists of maps that have no merge key, such as a ClusterRole's rules, by item."""
    if isinstance(before, list) and isinstance(after, list) and not scalars(before + after):
        for rest, old, new in leaves(before, after, str(path[-1]) if path else ""):
            yield (*path, *rest), old, new
    else:
        yield path, before, after


def _inner(before: Any, after: Any) -> tuple[Field, ...] | None:
    """The differing fields of two JSON texts, None where one is none."""
    old, new = _json(before), _json(after)
    if old is MISSING or new is MISSING:
        return None
    return tuple(
        Field(path=paths.format_path(where), before=left, after=right)
        for where, left, right in leaves(old, new, "")
    )


def _json(text: Any) -> Any:
    """The object or list of a JSON text, MISSING for every other text and for JSON that readers
    understand differently (a key twice, NaN): that is shown as it is written."""
    if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "["):
        return MISSING
    try:
        return loads(text, _DECODER)
    except ValueError:
        return MISSING


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key twice")
    return result


_DECODER: Final = decoder(_object)
