"""What a kustomization does once its components have run: how its objects look before, and which of
its entries undoes what a component did.

The order is kustomize's (api/internal/target/kusttarget.go, accumulateTarget): resources, then
generators, then components, then the transformers of the kustomization itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from migrator.golang.shape import fold
from migrator.kustomize.compare import built_ref
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, Document, ObjectRef, Path, Source
from migrator.model.plan import Change, Plan, Planned
from migrator.read.files import shown
from migrator.read.kustomization import Kustomization, closure
from migrator.read.streams import parse_documents
from migrator.trees.dump import dump
from migrator.trees.paths import format_path, get, put, same
from migrator.trees.wording import listed

LATE: Final = frozenset(
    {
        *("patches", "patchesstrategicmerge", "patchesjson6902", "images", "replicas"),
        *("namespace", "nameprefix", "namesuffix", "replacements", "vars"),
        *("labels", "commonlabels", "commonannotations", "transformers", "validators"),
    }
)
"""The fields that take effect after the components, folded as Go's decoder compares names."""
BEHIND_PATCHES: Final = LATE - {"patches", "patchesstrategicmerge"}
"""Those that take effect after ``patches``, too."""

_GENERATES: Final = {"configmapgenerator", "secretgenerator", "generators", "generatoroptions"}
_HASHED: Final = re.compile(r"-[2-9b-hkmt]{10}\Z")
"""The end of a generated name (sigs.k8s.io/kustomize/api/hasher, encode)."""

_MOST: Final = 64
"""More entries than this are not tried one by one."""


class Late(NamedTuple):
    """One of these fields, or one entry of its list, and where it stands."""

    field: str
    number: int | None
    source: Source


def late(root: Kustomization) -> Iterator[Late]:
    """Everything of a kustomization that takes effect after its components, entry by entry."""
    for field, value in root.fields.items():
        if fold(field) in LATE and value:
            lines = root.lines.child(field) or root.lines
            for index in range(len(value)) if isinstance(value, list) else (None,):
                line = ((lines.child(index) if index is not None else None) or lines).line
                yield Late(field, index, Source(file=shown(root.path), line=line))


def bare(root: Kustomization, fields_late: frozenset[str] = LATE) -> bytes:
    """The kustomization without all of that (``fields_late``): it builds what a component finds, or what
    `BEHIND_PATCHES` leaves. The names of what it generates have no hash yet. Where that is all of it, it
    stays as it is written."""
    fields: dict[str, Any] = {k: v for k, v in root.fields.items() if fold(k) not in fields_late}
    if len(fields) == len(root.fields) and not any(fold(k) in _GENERATES for k in fields):
        return root.data
    options = fields.get("generatorOptions")
    fields["generatorOptions"] = {
        **(options if isinstance(options, dict) else {}),
        "disableNameSuffixHash": True,
    }
    return dump(fields).encode("utf-8")


def without(root: Kustomization, entry: Late) -> bytes:
    """The kustomization without one of these entries."""
    fields = dict(root.fields)
    if entry.number is None:
        del fields[entry.field]
    else:
        entries = list(fields[entry.field])
        del entries[entry.number]
        fields[entry.field] = entries
    return dump(fields).encode("utf-8")


def alone(root: Kustomization, entry: Late) -> bytes:
    """The kustomization without all of these entries but one."""
    value = root.fields[entry.field]
    kept = {entry.field: value if entry.number is None else [value[entry.number]]}
    fields = {k: v for k, v in root.fields.items() if fold(k) not in LATE}
    return dump(fields | kept).encode("utf-8")


def found_by_component(root: Kustomization, planned: Planned, there: Sequence[Document]) -> Planned:
    """The object as a component of ``root`` finds it among ``there``, the build of its `bare` text,
    with the changes that are left to make.

    Errors: MigratorError where the root itself makes the object, or where its name has the hash of
    what would change.
    """
    _refuse_hashed(root, planned.ref)
    found = [document for document in there if _becomes(root, document.ref, planned.ref)]
    exact = [document for document in found if document.ref == planned.ref]
    if len(exact or found) != 1:
        message = f"{planned.ref} is not there yet when the components of {shown(root.path)} run"
        raise MigratorError(message, hint="plan the overlay, which wraps this root")
    document = replace((exact or found)[0], form="build")
    tree: Any = document.data
    changes: list[Change] = []
    for change in planned.changes:
        before = get(tree, change.path)
        if not same(before, change.after):
            changes.append(replace(change, object=document.ref, before=before))
            tree = put(tree, change.path, change.after)
    return Planned(ref=document.ref, document=document, desired=tree, changes=tuple(changes))


def _refuse_hashed(root: Kustomization, ref: ObjectRef) -> None:
    """Errors: MigratorError with the place of the generator that gives an object its name."""
    field = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}.get(ref.kind, "")
    if not _HASHED.search(ref.name):
        return
    for member in closure(root):
        lines = member.lines.child(field) or member.lines
        for index, entry in enumerate(member.fields.get(field) or ()):
            if isinstance(entry, dict) and f"{entry.get('name')}-" in ref.name:
                raise MigratorError(
                    f"{ref} is generated here, and its name has the hash of what would change",
                    source=Source(file=shown(member.path), line=(lines.child(index) or lines).line),
                    hint="give it `options: {disableNameSuffixHash: true}`, or change what it is "
                    "generated from",
                )


def _becomes(root: Kustomization, early: ObjectRef, built: ObjectRef) -> bool:
    """Whether the root's own namespace, prefix and suffix may make one identity the other."""
    prefix, suffix, namespace = (
        str(root.fields.get(field) or "") for field in ("namePrefix", "nameSuffix", "namespace")
    )
    return (
        (early.group, early.kind) == (built.group, built.kind)
        and built.name in (early.name, f"{prefix}{early.name}{suffix}")
        and built.namespace in (early.namespace, namespace)
    )


def undoing(
    plan: Plan, root: Kustomization, edited: Kustomization, build: Callable[[bytes], str]
) -> Iterator[str]:
    """A sentence for each entry of ``root`` that undoes what is planned, where it is ``edited`` so that
    it lists the component: `undone_by` them. ``build`` builds the root with another text."""
    yield from undone_by(plan, list(late(root)), edited, build)


def undone_by(
    plan: Plan, entries: Sequence[Late], edited: Kustomization, build: Callable[[bytes], str]
) -> Iterator[str]:
    """A sentence for each of the ``entries`` of a kustomization that undoes what is planned: without it
    more of the plan shows, or, where two do the same, less of it with that entry alone."""
    whole = _built(build, edited.data)
    wrong = _undone(plan, whole)
    if not wrong or len(entries) > _MOST:
        return
    found = {
        entry: wrong - _undone(plan, _built(build, without(edited, entry))) for entry in entries
    }
    if not any(found.values()):
        found = {
            entry: _undone(plan, built) & wrong
            for entry in entries
            if (built := _built(build, alone(edited, entry)))
        }
    for entry, places in found.items():
        if places:
            shown_places = listed((_place(*place) for place in sorted(places, key=str)), 2)
            what = f"undo {shown_places}" if whole else "find nothing to change any more"
            yield (
                f"{entry.source}: {entry.field}: this runs after the components of this "
                f"kustomization, and would {what}; move it into a kustomization that this one "
                "lists, take it out, or use the overlay that plan writes"
            )


_Undone = frozenset[tuple[ObjectRef, Path]]
"""The planned places of which a build shows something else."""
_Objects = Mapping[ObjectRef, Mapping[str, Any]]


def _built(build: Callable[[bytes], str], text: bytes) -> _Objects:
    """The objects of a build, none where it fails."""
    try:
        documents, _ = parse_documents(build(text).encode(), "the build")
    except MigratorError:
        return {}
    return {document.ref: document.data for document in documents}


def _undone(plan: Plan, built: _Objects) -> _Undone:
    return frozenset(
        (planned.ref, change.path)
        for planned in plan.changed
        for change in planned.changes
        if not _shows(change, built.get(built_ref(planned.ref, planned.changes), MISSING))
    )


def _shows(change: Change, tree: Any) -> bool:
    if not change.path and tree is not MISSING and change.after is not MISSING:
        return True  # a new object; what a root gives to all that it builds is in it too
    return same(get(tree, change.path), change.after)


def _place(ref: ObjectRef, path: Path) -> str:
    return f"{ref}: {format_path(path)}" if path else str(ref)
