"""The writer for a kustomize root that several apply: a committed component in the folder of the root, and
one line in the Flux Kustomization or the Argo CD Application that is an INPUT.

Neither the root's files nor its kustomization change, and so nothing that somebody else makes of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from migrator.gitops.components import FOLDER, as_found, but_images, refuse_image_policies
from migrator.gitops.in_place import Rewrite, in_place
from migrator.gitops.late import LATE
from migrator.gitops.neighbours import begun_as, lists_beside
from migrator.gitops.places import Carried
from migrator.gitops.post_renderers import with_post_renderers
from migrator.gitops.proof import renders_changed
from migrator.gitops.root_images import Entry, RootImages
from migrator.gitops.shared_root import Shared, shared
from migrator.gitops.trial import Trial, with_edits
from migrator.kustomize.emit import component
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, Render
from migrator.model.plan import Plan, Planned
from migrator.read.as_applied import (
    fields_at,
    image_entry,
    image_text,
    is_flux,
    with_images,
)
from migrator.read.files import read_bytes
from migrator.trees.dig import mapping
from migrator.trees.paths import put
from migrator.trees.pods import items


def applied_components(trial: Trial, told: Plan) -> tuple[Rewrite, ...]:
    """The component and the line; what else of the plan stands in files of the inputs is changed there.

    ``told`` is the same plan with names of files that may be committed. Errors: MigratorError where more
    than one such root changes, where the root itself makes what would be changed, and as those of
    `in_place`.
    """
    plan = trial.plan
    renders = [render for render in renders_changed(plan) if render.folder]
    if len(renders) > 1:
        names = " and ".join(str(render.release) for render in renders[:2])
        hint = "give the file of one, and then that of the other"
        raise MigratorError(f"what {names} apply would change", source=renders[0].source, hint=hint)
    root = shared(plan, trial.found.root, renders[0])
    refuse_image_policies(plan, root.own)
    numbers = [n for n, each in enumerate(plan.objects) if _is_of(each, root.render, plan)]
    inside = [told.objects[number] for number in numbers if told.objects[number].changes]
    place = Path(os.path.realpath(root.own.path))
    there = with_edits(trial, root.own, {place: root.built.data}, LATE)
    images = _Images(root)
    files = component(
        [but_images(e, as_found(root.built, e, there), images) for e in inside],
        lists_beside(root.own.path),
    )
    texts = {name: begun_as(text, root.own.data) for name, text in files.items()}
    folder, new = _folder(root, {name: text.encode("utf-8") for name, text in texts.items()})

    def carry(release: Mapping[str, Any], render: Render, objects: Sequence[Planned]) -> Carried:
        if render is not root.render:
            return with_post_renderers(release, render, objects)
        return Carried(_with_line(release, root.applies, folder, images))

    kept = tuple(e for n, e in enumerate(plan.objects) if e.document or n not in numbers)
    rest = in_place(replace(plan, objects=kept), trial.inputs, carry)
    return tuple(sorted([*rest, *new], key=lambda rewrite: rewrite.path))


def _is_of(planned: Planned, render: Render, plan: Plan) -> bool:
    """Whether an object is one of the root: also a new one, where the DaemonSet is one."""
    if planned.document is not None:
        return planned.document.source.file == render.name
    changed = (each.document for each in plan.changed if each.ref.kind == "DaemonSet")
    return any(document and document.source.file == render.name for document in changed)


class _Images(RootImages):
    """The entries of ``images`` as the root is built with: its own, and those of what applies it."""

    def __init__(self, root: Shared) -> None:
        super().__init__(())
        entries = items(root.built.fields, "images")
        file = Path(root.applies.source.file)
        self._entries = [(Entry(file, 0, "images", n), item) for n, item in enumerate(entries)]


def _folder(root: Shared, files: Mapping[str, bytes]) -> tuple[str, list[Rewrite]]:
    """The folder of the component below that of the root, and what of it is new: nothing where one is
    there that is the same byte for byte, as that of another cluster may be."""
    base = root.own.path.parent
    for folder in sorted(base.glob(f"{FOLDER}*")):
        if _files(folder) == files:
            return folder.name, []
    first = f"{FOLDER}-{root.applies.ref.name}"
    names = chain([FOLDER, first], (f"{first}-{number}" for number in count(2)))
    name = next(name for name in names if not os.path.lexists(base / name))
    return name, [
        Rewrite(path=base / name / file, old=None, new=data) for file, data in files.items()
    ]


def _files(folder: Path) -> Mapping[str, bytes]:
    """The files below a folder by their names in it."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): read_bytes(path) for path in paths}


def _with_line(
    tree: Mapping[str, Any], applies: Document, folder: str, images: RootImages
) -> Mapping[str, Any]:
    """The object with the component as its last one, and with the images that are to run."""
    at, flux = fields_at(applies.ref), is_flux(applies.ref)
    own = mapping(tree, *at)
    own = _behind(own, "components", [*(own.get("components") or ()), folder], "path")
    changed = [item for _, item in images.changed()]
    if changed:
        listed = own.get("images") or ()
        entries: Sequence[Any] = with_images(
            listed if flux else [image_entry(text) for text in listed], changed
        )
        own = {**own, "images": [*entries] if flux else [image_text(entry) for entry in entries]}
    if flux or mapping(tree, *at):
        return dict(put(tree, at, own))
    source = _behind(mapping(tree, "spec", "source"), "kustomize", own, "path")
    return dict(put(tree, ("spec", "source"), source))


def _behind(tree: Mapping[str, Any], key: str, value: Any, before: str) -> dict[str, Any]:
    """A new key stands behind another one, where that is there."""
    if key in tree or before not in tree:
        return {**tree, key: value}
    made: dict[str, Any] = {}
    for each, old in tree.items():
        made[each] = old
        if each == before:
            made[key] = value
    return made
