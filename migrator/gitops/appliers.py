"""Who applies a folder of the repository: Flux Kustomizations and sources of Argo CD."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from migrator.gitops.places import Place, user_file
from migrator.gitops.proof import renders_changed
from migrator.gitops.reached import reads
from migrator.gitops.repository import Repository
from migrator.model.errors import InputError
from migrator.model.inputs import ObjectRef, Source
from migrator.model.plan import Plan
from migrator.read.as_applied import fields_at
from migrator.read.files import SUFFIXES, read_bytes
from migrator.read.kustomization import Kustomization, closure, kustomization_in
from migrator.trees.dig import mapping, maps, string
from migrator.trees.wording import listed

_FLUX: Final = "kustomize.toolkit.fluxcd.io"
_ARGO: Final = "argoproj.io"
_OVER: Final = ("images", "patches", "patchesStrategicMerge", "patchesJson6902")
"""Fields of such an object that take effect behind all that a root does, as M19 has them."""
_NAMED: Final = re.compile(rb"(?:kustomize\.toolkit\.fluxcd\.io|argoproj\.io)/v")
"""The apiVersion of such an object. The CRDs of Flux and Argo CD, which are large, have none."""


class Applier(NamedTuple):
    """An object that has ``folder`` (absolute, links followed) built and applied, all of it in
    ``namespace`` ("": where it says itself), with what its ``fields`` put over the build; ``tree`` is the
    object, of ``ref``."""

    what: str
    source: Source
    folder: str
    namespace: str
    fields: tuple[str, ...]
    ref: ObjectRef
    tree: Mapping[str, Any]


def appliers(root: Path, names: Iterable[str]) -> Iterator[Applier]:
    """Those among the files ``names`` of the repository ``root``. A path may be one of another
    repository: that is not looked at. One with variables or a generator's fields is of no folder."""
    for name in names:
        path = root / name
        if not name.endswith(SUFFIXES) or not path.is_file():
            continue
        try:
            data = read_bytes(path)
            if _NAMED.search(data):
                for place in user_file(path).places:
                    yield from _applied(place, root, name)
        except InputError:  # too large to be a manifest
            continue


def _applied(place: Place, root: Path, name: str) -> Iterator[Applier]:
    for folder, namespace, own in _folders(place):
        yield Applier(
            what=f"{place.ref.kind} {place.ref.namespace or 'default'}/{place.ref.name}",
            source=Source(file=name, line=place.source.line),
            folder=os.path.realpath(root / folder.lstrip("/")),
            namespace=namespace,
            fields=tuple(field for field in _OVER if own.get(field)),
            ref=place.ref,
            tree=place.data,
        )


def _folders(place: Place) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each folder, the namespace for all of it, and what has the fields over it."""
    group, kind, spec = place.ref.group, place.ref.kind, place.data.get("spec")
    if (group, kind) == (_FLUX, "Kustomization"):
        yield string(spec, "path") or ".", string(spec, "targetNamespace"), mapping(spec)
    elif group == _ARGO and kind in ("Application", "ApplicationSet"):
        yield from (
            (string(source, "path"), string(own, "namespace"), own)
            for _, source in maps(spec)
            for own in (mapping(source, "kustomize"),)
            if string(source, "repoURL") and string(source, "path")
        )


class Applied(NamedTuple):
    """Who applies what an edit changes: ``others`` are sentences on those that were not asked to
    change, ``own`` has those that apply the root of the plan; of an INPUT among them the plan tells what its
    fields do."""

    others: tuple[str, ...]
    own: tuple[Applier, ...]


def applied(plan: Plan, found: Repository, touched: Collection[str]) -> Applied:
    """Who applies the root of the plan, or what it builds on, where that builds a ``touched`` file.

    An INPUT that applies the root is the one that is asked to change; others that apply the same are
    not. Without any, all that apply the root are asked. Other roots than those of the plan are told
    by `proof.changed_elsewhere`.
    """
    root = plan.before.inventory.reading.root
    top = kustomization_in(Path(root.path)) if root else None
    if top is None:
        return Applied((), ())
    members = {os.path.realpath(member.path.parent): member for member in closure(top)}
    there = [
        each
        for each in appliers(found.root, found.names)
        if each.folder in members and _reads(members[each.folder], touched)
    ]
    given = {os.path.realpath(each.name) for each in plan.before.inventory.reading.inputs}
    asked = [each for each in there if os.path.realpath(found.root / each.source.file) in given]
    own = [each for each in there if each.folder == os.path.realpath(top.path.parent)]
    wanted = asked if any(each in asked for each in own) else [*asked, *own]
    return Applied(
        tuple(_sentence(each, found.root, asked) for each in there if each not in wanted),
        tuple(each._replace(fields=()) if each in asked else each for each in own),
    )


def apply_too(plan: Plan, found: Repository, touched: Collection[str]) -> Iterator[str]:
    """Who else applies the object that gets a component for its root, a sentence for each: that of one
    cluster is applied by one alone. A path of another source is one of another repository."""
    documents = plan.before.inventory.reading.documents
    own = [r for r in renders_changed(plan) if r.folder]
    trees = [d.data for r in own for d in documents if (d.ref, d.source) == (r.release, r.source)]
    below = tuple(f"{found.root / render.folder}/" for render in own)
    files = [path for path in touched if not path.startswith(below)]
    sources = [_origin(tree) for tree in trees]
    there = [
        each
        for each in (appliers(found.root, found.names) if own else ())
        if _origin(each.tree) in sources and _applies(Path(each.folder), files)
    ]
    given = {os.path.realpath(each.name) for each in plan.before.inventory.reading.inputs}
    asked = [each for each in there if os.path.realpath(found.root / each.source.file) in given]
    if len(there) > 1:
        for each in there:
            if each not in asked:
                folder = Path(each.folder).relative_to(found.root).as_posix()
                yield (
                    f"{each.source}: {each.what} applies {folder}, and gets the component, too; give it "
                    "as an INPUT, or have each of them apply an object of its own"
                )


def _origin(tree: Mapping[str, Any]) -> str:
    """What a Flux Kustomization calls the source of its folder, or the URL that an Application has."""
    source = mapping(tree, "spec", "sourceRef")
    named = f"{string(source, 'kind')} {string(source, 'name')}"
    return named if source else string(tree, "spec", "source", "repoURL")


def misplaced(plan: Plan, found: Repository, touched: Collection[str]) -> Iterator[str]:
    """Who would put a new object into another namespace than that in which a chart makes what needs
    it: a sentence for each. What is made of a release is applied by helm, and goes where it says."""
    charts = {r.name for r in plan.before.inventory.reading.renders if r.is_chart}
    if not any(p.document and p.document.source.file in charts for p in plan.changed):
        return
    new = [p.ref for p in plan.changed if p.document is None and p.ref.namespace]
    for each in appliers(found.root, found.names):
        elsewhere = [ref for ref in new if each.namespace not in ("", ref.namespace)]
        if elsewhere and _applies(Path(each.folder), touched):
            yield (
                f"{each.source}: {each.what} puts all that it applies into the namespace "
                f"{each.namespace}, {listed(map(str, elsewhere))} too, and what mounts it is made by a "
                "chart and stays where it is; take that namespace out there, and write one into each "
                "object instead"
            )


def with_components(found: Repository, touched: Collection[str]) -> Iterator[Applier]:
    """Those that put components of their own over a root that is built with one of the ``touched`` files."""
    for each in appliers(found.root, found.names):
        added = mapping(each.tree, *fields_at(each.ref)).get("components")
        if added and _applies(Path(each.folder), touched):
            yield each


def _applies(folder: Path, touched: Collection[str]) -> bool:
    """Whether a folder is built with one of the files: all below it, where it has no kustomization."""
    root = kustomization_in(folder) if folder.is_dir() else None
    if root is None:
        return any(Path(path).is_relative_to(folder) for path in touched)
    return any(_reads(member, touched) for member in closure(root))


def _reads(root: Kustomization, touched: Collection[str]) -> bool:
    return any(reads(member, touched) for member in closure(root))


def _sentence(other: Applier, root: Path, asked: Iterable[Applier]) -> str:
    folder = Path(other.folder).relative_to(root).as_posix()
    names = listed(f"{each.what} ({each.source})" for each in asked)
    point = f", and point {names} to it" if names else ""
    return (
        f"{other.source}: {other.what} applies {folder}, and would change too; give it as an INPUT, "
        f"or give {_alone(asked)} alone, which gets a component then, or use the overlay that plan "
        f"writes{point}"
    )


def _alone(asked: Iterable[Applier]) -> str:
    """What to give, so that it changes, and no other does."""
    return (
        listed((each.source.file for each in asked), 1) or "the file of the one that is to change"
    )


def told(own: Collection[Applier]) -> str:
    """Sentences on those that apply the root of the plan: where they are several, and what they put over
    it."""
    over = "".join(
        f" {each.what} ({each.source}) puts {listed(each.fields)} of its own over that, which was not built: "
        "give it as an INPUT, too, and check tells what they undo (M19)."
        for each in own
        if each.fields
    )
    if len(own) < 2:
        return over
    names = listed((f"{each.what} ({each.source})" for each in own), 3)
    return f" It is applied by {names}: each changes. To change one of them, give its file alone.{over}"
