"""The two patch files of a changed object, each hunk with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from migrator.kustomize.base import base_object
from migrator.kustomize.guard import guards, leaves, pointer, without_images
from migrator.kustomize.merge import patches
from migrator.model.inputs import MISSING, Document, ItemKey, ObjectRef, Path
from migrator.model.plan import Change, Planned
from migrator.read.documents import group_of
from migrator.trees.dump import Location, dump
from migrator.trees.paths import ORDERED, find_item, get, put
from migrator.trees.redact import redact_text

_ORDER: Final = "Unchanged, named to keep the order: a merge moves patched items to the front."


class PatchFiles(NamedTuple):
    """As `dump` writes them: ``guard`` is a JSON6902 patch for the groups in ``groups``, ``merge`` a
    strategic merge patch. Both are always there: the first alone passes silently over an object that has gone
    (K6), and only the second notices that."""

    guard: str
    merge: str
    groups: frozenset[str]


def patch_files(
    planned: Planned,
    document: Document,
    *,
    committed: bool = False,
    whole: Sequence[Path] = (),
) -> PatchFiles:
    """Pure. ``document`` is the planned one's, which therefore is not new; what is ``committed`` has
    no guard on an image. ``whole`` are paths of changes that are replaced as one, to the order of each
    list: no guard looks at what they find there, which another patch of ours has made."""
    before = base_object(document, document.data)
    tests = guards(before, (c for c in planned.changes if c.path not in whole))
    if document.form == "build":
        tests = list(leaves(tests))
    if committed:
        tests = [dict(test) for test in without_images(tests)]
    groups = frozenset({planned.ref.group})
    if not planned.desired:
        tree = {**_identity(planned.ref, document.api_version), "$patch": "delete"}
        return PatchFiles(
            dump(tests, header=_guard_header(planned.ref)),
            dump(tree, header=[*map(reason_of, planned.changes)]),
            groups,
        )
    after = base_object(document, planned.desired)
    api_version = str(after["apiVersion"])
    ones = [(path, get(after, path)) for path in whole]
    for path, value in ones:
        before = put(before, path, value)
    replaced, merge = patches(before, after)
    replaced[:0] = ones
    if merge.pop("apiVersion", None):
        replaced.insert(0, (("apiVersion",), api_version))
    return PatchFiles(
        _guard_text(planned, tests, replaced),
        _merge_text(planned, api_version, merge, [path for path, _ in replaced]),
        groups | {group_of(api_version)},
    )


def reason_of(change: Change) -> str:
    """Why, rule id and source line, as a comment: it is not applied, so without secrets."""
    where = f" ({change.source})" if change.source else ""
    return f"{change.rule}: {redact_text(change.reason)}{where}"


def _guard_header(ref: ObjectRef) -> list[str]:
    return [f"Guard of {ref}: fails the build where the base is not as it was planned."]


def _guard_text(
    planned: Planned, tests: list[dict[str, Any]], replaced: list[tuple[Path, Any]]
) -> str:
    operations = list(tests)
    comments: dict[Location, list[str]] = {}
    for path, value in replaced:
        reasons = [c for c in planned.changes if _covers(path, c.path) or _covers(c.path, path)]
        comments[(len(operations),)] = [*map(reason_of, reasons)]
        operations.append({"op": "replace", "path": pointer(path), "value": value})
    return dump(operations, header=_guard_header(planned.ref), comments=comments)


def _merge_text(
    planned: Planned, api_version: str, merge: Mapping[str, Any], replaced: list[Path]
) -> str:
    header = [f"Strategic merge patch of {planned.ref}."]
    if not merge:
        header.append("It changes nothing (the JSON6902 patch does) but notices a missing object.")
    comments: dict[Location, list[str]] = {at: [_ORDER] for at in _kept_items(merge, ())}
    for change in planned.changes:
        at = place(merge, change.path)
        if at and not any(_covers(path, change.path) for path in replaced):
            comments.setdefault(at, []).append(reason_of(change))
    tree = _identity(planned.ref, api_version)
    tree["metadata"].update(merge.get("metadata", {}))
    tree.update({key: value for key, value in merge.items() if key != "metadata"})
    return dump(tree, header=header, comments=comments)


def _kept_items(patch: Any, at: Location) -> Iterator[Location]:
    """The first item of each list that has nothing but its merge key (see merge.py)."""
    if isinstance(patch, Mapping):
        for key, value in patch.items():
            yield from _kept_items(value, (*at, key))
    elif isinstance(patch, list):
        kept = [i for i, v in enumerate(patch) if isinstance(v, Mapping) and v.keys() == {"name"}]
        if at[-1] in ORDERED:
            yield from ((*at, index) for index in kept[:1])
        for index, item in enumerate(patch):
            yield from _kept_items(item, (*at, index))


def _identity(ref: ObjectRef, api_version: str) -> dict[str, Any]:
    metadata = {"name": ref.name, **({"namespace": ref.namespace} if ref.namespace else {})}
    return {"apiVersion": api_version, "kind": ref.kind, "metadata": metadata}


def _covers(path: Path, other: Path) -> bool:
    return other[: len(path)] == path


def place(patch: Any, path: Path) -> Location:
    """Where the patch (or object) says something about ``path``: as deep as it goes."""
    at: Location = ()
    for segment in path:
        key = find_item(patch, segment) if isinstance(segment, ItemKey) else segment
        patch = MISSING if key is None else get(patch, (key,))
        if key is None or patch is MISSING:
            break
        at = (*at, key)
    return at
