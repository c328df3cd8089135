"""The proof of an edit: a copy of the repository with it is read and built again, and is the plan."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from migrator.checks.charts import POST_RENDERED
from migrator.gitops import post_renderers
from migrator.gitops.reached import changes_of_others, other_roots
from migrator.gitops.repository import Repository
from migrator.gitops.value_sets import FLUX_VALUES, can_change
from migrator.kustomize.compare import differences, planned_objects
from migrator.model.inputs import Document, ObjectRef, Reading, Render
from migrator.model.inputs import Path as ItemPath
from migrator.model.plan import Plan
from migrator.read.as_applied import fields_at
from migrator.read.files import shown
from migrator.read.gather import BUILT
from migrator.read.kustomization import closure, kustomization_in, upstream_entries
from migrator.tools.kustomize import Build
from migrator.trees.dig import keys_and_texts
from migrator.trees.paths import get, put


def mismatches(plan: Plan, again: Plan, apart: Collection[ObjectRef] = ()) -> Iterator[str]:
    """The same as `differing`; and ``again`` has nothing left to change."""
    yield from differing(plan, again, apart)
    for planned in again.changed:
        yield f"{planned.ref}: it would be changed again"
    for finding in again.blockers:
        yield f"{finding.id} would block: {finding.seen}"


def differing(plan: Plan, again: Plan, apart: Collection[ObjectRef] = ()) -> Iterator[str]:
    """Where the edited files, of which ``again`` is the plan, are not what ``plan`` says: a sentence
    for each place, but for the objects that are ``apart``."""
    before = _objects(plan.before.inventory.reading.documents)
    changes = [change for planned in plan.objects for change in planned.changes]
    after = _objects(again.before.inventory.reading.documents)
    expected = planned_objects(before, changes)
    for planned in plan.objects:
        if planned.document is None and planned.ref in after:
            expected[planned.ref] = marked(planned.desired, after[planned.ref])
    for release, field in _carriers(plan):
        if release in expected and release in after:
            carried = get(after[release], field)
            expected[release] = put(expected[release], field, carried)
    for ref in fallen(plan, after):
        expected.pop(ref, None)
    yield from differences(*(_without(objects, apart) for objects in (expected, after)))


def _without(
    objects: Mapping[ObjectRef, Any], apart: Collection[ObjectRef]
) -> Mapping[ObjectRef, Any]:
    return {ref: tree for ref, tree in objects.items() if ref not in apart}


def _carriers(plan: Plan) -> Iterator[tuple[ObjectRef, ItemPath]]:
    """The releases that may carry the changes of what their charts made, and the fields that do: what
    they make of them is held against the plan."""
    for render in renders_changed(plan):
        if render.folder:
            at = fields_at(render.release)
            yield from ((render.release, (*at, field)) for field in ("components", "images"))
            continue
        if render.repository is not None:
            yield from ((render.release, ("spec", field)) for field in ("patches", "images"))
            yield from ((render.repository, ("spec", field)) for field in ("ref", "ignore"))
        yield render.release, post_renderers.FIELD
        if render.release.kind == POST_RENDERED:
            yield render.release, FLUX_VALUES
        for each in render.values:
            if can_change(render, each) and each.owner is not None:
                yield render.release, each.path


def fallen(plan: Plan, there: Collection[ObjectRef]) -> tuple[ObjectRef, ...]:
    """The ConfigMaps of upstream's own manifest that are not ``there`` any more, and whose name stands in
    nothing that the plan leaves: another manifest of upstream's lacks them, and nobody uses them."""
    reading = plan.before.inventory.reading
    made = {document.ref: document.source.file for document in reading.documents}
    gone = [r for r in made if r.kind == "ConfigMap" and r not in there]
    files = _of_upstream(reading) if gone else set()
    gone = [ref for ref in gone if made[ref] in files]
    if not gone:
        return ()
    trees = {document.ref: document.data for document in reading.documents}
    trees.update((planned.ref, planned.desired) for planned in plan.objects)
    said = {text for ref, tree in trees.items() if ref not in gone for text in keys_and_texts(tree)}
    return tuple(ref for ref in gone if ref.name not in said)


def _of_upstream(reading: Reading) -> Collection[str]:
    """What upstream's own manifest was built into, by its name as a source."""
    files = {render.name for render in reading.renders if render.manifests}
    root = kustomization_in(Path(reading.root.path)) if reading.root else None
    if root and any(True for _ in upstream_entries(root)):
        files.add(f"{shown(root.path.parent)}{BUILT}")
    return files


def renders_changed(plan: Plan) -> Iterator[Render]:
    """What charts made, and of which something changes."""
    made = {planned.document.source.file for planned in plan.changed if planned.document}
    return (r for r in plan.before.inventory.reading.renders if r.name in made)


def marked(planned: Mapping[str, Any], built: Mapping[str, Any]) -> Any:
    """A new object with the labels and annotations that a root gives to all that it builds."""
    for field in ("labels", "annotations"):
        path = ("metadata", field)
        if isinstance(given := get(built, path), Mapping):
            planned = put(planned, path, {**given, **(get(planned, path) or {})})
    return planned


def _objects(documents: Iterable[Document]) -> Mapping[ObjectRef, Mapping[str, Any]]:
    return {document.ref: document.data for document in documents}


def changed_elsewhere(
    plan: Plan,
    found: Repository,
    copy: Path,
    touched: Iterable[Path],
    inputs: Sequence[str],
    builds: tuple[Build, Build],
) -> Iterator[str]:
    """The other roots of the repository that the edit would change, a sentence for each. Those in
    a folder of ``inputs`` are no others: all of it was planned. ``builds`` build a root as it is, and
    one of the ``copy``."""
    root = plan.before.inventory.reading.root
    top = kustomization_in(Path(root.path)) if root else None
    own = {os.path.realpath(member.path) for member in closure(top)} if top else set()
    files = {os.path.realpath(path) for path in touched}
    others = other_roots(found.root, found.names, files, own)
    given = [Path(os.path.realpath(name)) for name in inputs if Path(name).is_dir()]
    outer = (o for o in others if not any(_lies_in(o.path, folder) for folder in given))
    yield from changes_of_others(found.root, copy, outer, builds)


def _lies_in(path: Path, folder: Path) -> bool:
    return folder in Path(os.path.realpath(path)).parents
