"""Who else of the repository takes from a Flux source that an edit changes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from migrator.gitops.places import Place, user_file
from migrator.gitops.proof import renders_changed
from migrator.gitops.repository import Repository
from migrator.model.errors import InputError
from migrator.model.inputs import ObjectRef
from migrator.model.plan import Plan
from migrator.read.files import SUFFIXES, read_bytes
from migrator.read.kustomization import kustomization_in, real_files
from migrator.trees.dig import maps, string

_KIND: Final = "GitRepository"


def taken_by_others(plan: Plan, found: Repository) -> Iterator[str]:
    """A sentence for each object of the repository that takes from a GitRepository which the plan changes,
    and is not planned. Other clusters may have one of the same name: the nearest by its folder is meant."""
    sources = {r.repository: r.release for r in renders_changed(plan) if r.repository}
    if not sources:
        return
    own = _own_files(plan, found)
    places = [*_naming(found, {source.name for source in sources})]
    for source, release in sources.items():
        homes = [p.source.file for p in places if p.ref.kind == _KIND and _is(p.ref, source)]
        for place in places:
            file = place.source.file
            if file in own and place.ref.kind == release.kind and _is(place.ref, release):
                continue
            if _takes_from(place, source) and own & _nearest(file, homes):
                yield (
                    f"{place.source}: {place.ref} takes from {source}, too, and would change; give each a "
                    "GitRepository of its own"
                )


def _own_files(plan: Plan, found: Repository) -> set[str]:
    """The files of the inputs, and those that a root builds, by their names in the repository."""
    reading = plan.before.inventory.reading
    top = kustomization_in(Path(reading.root.path)) if reading.root else None
    given = (os.path.realpath(file.name) for file in reading.inputs)
    real = map(Path, (*given, *(real_files(top) if top else ())))
    return {
        path.relative_to(found.root).as_posix() for path in real if path.is_relative_to(found.root)
    }


def _naming(found: Repository, names: Collection[str]) -> Iterator[Place]:
    """The objects of all files that hold one of the names of a source."""
    words = [name.encode() for name in names]
    for name in found.names:
        path = found.root / name
        if not name.endswith(SUFFIXES) or not path.is_file():
            continue
        try:
            data = read_bytes(path)
            if _KIND.encode() in data and any(word in data for word in words):
                for place in user_file(path).places:
                    yield replace(place, source=replace(place.source, file=name))
        except InputError:  # too large to be a manifest
            continue


def _takes_from(place: Place, source: ObjectRef) -> bool:
    return any(
        node.get("kind") == _KIND and _is(_reference(place, node), source)
        for path, node in maps(place.data.get("spec"))
        if path[-1:] == ("sourceRef",)
    )


def _reference(place: Place, node: Mapping[str, Any]) -> ObjectRef:
    namespace = string(node, "namespace") or place.ref.namespace
    return ObjectRef(group="", kind=_KIND, namespace=namespace, name=string(node, "name"))


def _is(ref: ObjectRef, other: ObjectRef) -> bool:
    """A root may put either into a namespace."""
    return ref.name == other.name and (
        ref.namespace == other.namespace or not (ref.namespace and other.namespace)
    )


def _nearest(file: str, homes: Collection[str]) -> set[str]:
    """Those of the files that have the most folders with another one in common."""
    depths = {home: len(os.path.commonpath((f"/{file}", f"/{home}"))) for home in homes}
    return {home for home, depth in depths.items() if depth == max(depths.values())}
