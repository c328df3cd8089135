"""Two builds and the planned changes: what is not as it was planned, one line each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from migrator.model.inputs import MISSING, ObjectRef, Path
from migrator.model.plan import Change
from migrator.read.documents import group_of
from migrator.trees.paths import diff_paths, format_path, get, put
from migrator.trees.redact import redact_both

Objects = Mapping[ObjectRef, Mapping[str, Any]]
"""The objects of a build by identity."""

_SHOWN: Final = 80
_ANNOTATIONS: Final = ("metadata", "annotations")


def by_object(changes: Sequence[Change]) -> dict[ObjectRef, list[Change]]:
    """The changes of each object, in their order."""
    result: dict[ObjectRef, list[Change]] = {}
    for change in changes:
        result.setdefault(change.object, []).append(change)
    return result


def drift(before: Objects, changes: Sequence[Change]) -> Iterator[str]:
    """Where the base is not what it was when the plan was made."""
    for ref, own in by_object(changes).items():
        tree: Any = before.get(ref, MISSING)
        if tree is MISSING and own[0].before is not MISSING:
            yield f"{ref}: not in the base"
            continue
        for change in own:
            found = get(tree, change.path)
            if not _equal(change.path, found, change.before) and not _left_out(change, found):
                wanted, seen = shown_values(ref, change.path, change.before, found)
                where = _where(ref, change.path)
                yield f"{where}: {seen} in the base, but the plan is for {wanted}"


def planned_objects(before: Objects, changes: Sequence[Change]) -> dict[ObjectRef, Any]:
    """The objects of the base with the changes: what the build must be."""
    expected: dict[ObjectRef, Any] = dict(before)
    for ref, own in by_object(changes).items():
        tree: Any = expected.pop(ref, MISSING)
        for change in own:
            tree = put(tree, change.path, change.after)
        if tree is not MISSING:
            expected[built_ref(ref, own)] = tree
    return expected


def built_ref(ref: ObjectRef, changes: Sequence[Change]) -> ObjectRef:
    """The identity of an object after its changes: a raised apiVersion may have another group."""
    raised = [str(change.after) for change in changes if change.path == ("apiVersion",)]
    return replace(ref, group=group_of(raised[0])) if raised else ref


def differences(expected: Objects, after: Objects) -> Iterator[str]:
    """Where the build is not what it must be."""
    for ref in expected:
        if ref not in after:
            yield f"{ref}: missing in the build"
    for ref, built in after.items():
        if ref not in expected:
            yield f"{ref}: in the build, but neither in the base nor planned"
            continue
        for path, planned, found in diff_paths(_normal(expected[ref]), _normal(built)):
            wanted, seen = shown_values(ref, path, planned, found)
            yield f"{_where(ref, path)}: {seen} in the build, planned is {wanted}"


def unexplained(before: Objects, after: Objects, changes: Sequence[Change]) -> Iterator[str]:
    """Places that changed without exactly one change for it, and changes that show nowhere."""
    for ref, own in by_object(changes).items():
        old, new = before.get(ref, MISSING), after.get(built_ref(ref, own), MISSING)
        for path, _, _ in diff_paths(_normal(old), _normal(new)):
            covering = [c for c in own if path[: len(c.path)] == c.path]
            within = [c for c in own if c.path[: len(path)] == path]
            if len(covering) > 1 or not (covering or within):
                number = len(covering) or "no"
                yield f"{_where(ref, path)}: changed, and {number} planned changes say why"
        for change in own:
            if _equal(change.path, get(old, change.path), get(new, change.path)):
                yield f"{_where(ref, change.path)}: {change.rule} does not show in the build"


def _left_out(change: Change, found: Any) -> bool:
    """Annotations that are null, which a build leaves out."""
    return change.path == _ANNOTATIONS and found is MISSING and change.before is None


def _equal(path: Path, left: Any, right: Any) -> bool:
    """Equal as values at ``path``: items of named lists in any order."""
    field = path[-1] if path and isinstance(path[-1], str) else "value"
    return not diff_paths({field: left}, {field: right})


def _normal(tree: Any) -> Any:
    """kustomize leaves out the annotations of an object when none is left, and, once it patches
    the object, a namespace that is empty or null (seen in 5.5): it says nothing either way."""
    for field, nothing in (("annotations", ({},)), ("namespace", ("", None))):
        if get(tree, ("metadata", field)) in nothing:
            tree = put(tree, ("metadata", field), MISSING)
    return tree


def _where(ref: ObjectRef, path: Path) -> str:
    return f"{ref}: {format_path(path) or 'the object'}"


def shown_values(ref: ObjectRef, path: Path, planned: Any, found: Any) -> tuple[str, str]:
    """What was planned and what was found at ``path``, short, and without their secrets."""
    wanted, seen = redact_both(planned, found, path, ref.kind)
    return _short(wanted), _short(seen)


def _short(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
