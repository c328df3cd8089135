"""A kustomize root that is no INPUT, as the Flux Kustomization or the Argo CD Application of the inputs which
applies it has it built; and which of its entries undoes what a component does there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from migrator.gitops.late import Late, late, undone_by
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, ObjectRef, Render, Source
from migrator.model.plan import Plan
from migrator.read.as_applied import as_applied, fields_at, is_flux
from migrator.read.files import shown
from migrator.read.kustomization import Kustomization, kustomization_in, load
from migrator.read.streams import parse_documents
from migrator.trees.dig import dig, mapping
from migrator.trees.dump import dump

_NAMES: Final = {"namespace": "targetNamespace", "transformers": "commonMetadata"}
"""What a field of the kustomization is called in a Flux Kustomization, where that has another name."""


class Shared(NamedTuple):
    """``own`` is the kustomization as it stands, and ``built`` as ``applies`` has it built."""

    render: Render
    applies: Document
    own: Kustomization
    built: Kustomization


def shared(plan: Plan, top: Path, render: Render) -> Shared:
    """The root of a render, of the repository ``top``. Errors: MigratorError where it is not there any
    more."""
    documents = plan.before.inventory.reading.documents
    applies = next(d for d in documents if (d.ref, d.source) == (render.release, render.source))
    own = kustomization_in(Path(os.path.relpath(top / render.folder)))
    if own is None:
        raise MigratorError(f"{render.folder} has no kustomization", source=render.source)
    return Shared(render, applies, own, built_for(own, applies.ref, applies.data))


def built_for(own: Kustomization, ref: ObjectRef, tree: Mapping[str, Any]) -> Kustomization:
    """A kustomization as the object ``tree`` has it built. Errors: those of `as_applied`."""
    return load(own.path, dump(as_applied(own.fields, ref, tree)).encode())


def undoing_shared(
    plan: Plan, root: Shared, edited: Mapping[Path, bytes], build: Callable[[bytes], str]
) -> Iterator[str]:
    """What of the root, or of what applies it, undoes the component that that lists in the ``edited`` files,
    a sentence for each entry. ``build`` builds the root with another text of its kustomization."""
    objects = (d for data in edited.values() for d in parse_documents(data, "")[0])
    tree = next((d.data for d in objects if d.ref == root.render.release), None)
    if tree is not None:
        listing = built_for(root.own, root.applies.ref, tree)
        yield from undone_by(plan, _late(root, listing), listing, build)


def _late(root: Shared, listing: Kustomization) -> Sequence[Late]:
    return [each._replace(source=_place(root, each, listing)) for each in late(listing)]


def _place(root: Shared, entry: Late, listing: Kustomization) -> Source:
    """Where an entry stands: in the kustomization, or in what applies that."""
    field, number = entry.field, entry.number
    path = (field,) if number is None else (field, number)
    if dig(root.own.fields, *path) == dig(listing.fields, *path):
        lines = root.own.lines.child(field) or root.own.lines
        lines = (lines.child(number) if number is not None else None) or lines
        return Source(file=shown(root.own.path), line=lines.line)
    ref = root.render.release
    name = _NAMES.get(field, field) if is_flux(ref) else field
    there: Any = mapping(root.applies.data, *fields_at(ref)).get(name)
    said = dig(listing.fields, *path)
    index = there.index(said) if isinstance(there, list) and said in there else None
    if index is None and isinstance(there, list) and number is not None:
        earlier = root.own.fields.get(field)
        index = number - len(earlier if isinstance(earlier, list) else [])
    place = (*fields_at(ref), name)
    return root.applies.at(place if index is None or index < 0 else (*place, index))
