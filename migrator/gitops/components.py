"""The writer for what the user's own kustomization makes, or shares with others: a committed component
beside that kustomization, and one line in it.

It changes only what this one root builds; its base, and whoever else builds on that, stay as they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from migrator.gitops.in_place import Rewrite, in_place
from migrator.gitops.late import found_by_component
from migrator.gitops.places import parsed_documents
from migrator.gitops.repository import POLICY
from migrator.gitops.rewrite import rewritten
from migrator.gitops.root_images import RootImages
from migrator.golang.shape import fold
from migrator.kustomize.emit import component
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, Source
from migrator.model.plan import Plan, Planned
from migrator.read.documents import KUSTOMIZE_GROUP, group_of
from migrator.read.files import read_bytes, shown
from migrator.read.kustomization import Kustomization, closure, resource_files
from migrator.trees.paths import put

FOLDER: Final = "multus-thick"
"""The folder of the component, below that of the root."""


def components(
    plan: Plan,
    told: Plan,
    inputs: Sequence[str],
    root: Kustomization,
    there: Sequence[Document],
) -> tuple[Rewrite, ...]:
    """The component and the line in ``root``; what other ``inputs`` hold is edited in place.

    ``told`` is the same plan with names of files that may be committed, since the component says why
    it changes what. ``there`` are the objects that a component of the root finds (`late.bare`).
    The files of ``plan``, of ``inputs`` and ``root`` can be opened; ``root`` may have another text than
    its file. Errors: MigratorError
    where the folder is taken, where the root itself makes what would be changed, or where Flux sets
    an image of it.
    """
    folder = root.path.parent / FOLDER
    if os.path.lexists(folder):
        message = (
            f"{shown(folder)} is there, and the component of {shown(root.path)} needs a folder"
        )
        hint = "where an earlier edit wrote it, change what its patches say; else move it away"
        raise MigratorError(message, hint=hint)
    _refuse_image_policies(plan, root)
    inside = [each for each in told.changed if each.document is None or _is_built(each)]
    refs = {each.ref for each in inside}
    outside = tuple(each for each in plan.changed if each.ref not in refs)
    images = RootImages((root,))
    files = component([_but_images(each, _as_found(root, each, there), images) for each in inside])
    new = (
        Rewrite(path=folder / name, old=None, new=text.encode("utf-8"))
        for name, text in files.items()
    )
    rest = in_place(replace(plan, objects=outside), inputs) if outside else ()
    return tuple(sorted([*rest, *new, _listing(root, images)], key=lambda rewrite: rewrite.path))


def _is_built(planned: Planned) -> bool:
    return planned.document is not None and planned.document.form == "build"


def _as_found(root: Kustomization, planned: Planned, there: Sequence[Document]) -> Planned:
    """Without lines of the build, which is no file that a reader could open."""
    changes = tuple(replace(change, source=None) for change in planned.changes)
    planned = replace(planned, changes=changes)
    return planned if planned.document is None else found_by_component(root, planned, there)


def _but_images(planned: Planned, found: Planned, images: RootImages) -> Planned:
    """``found`` without the images that the root sets itself: these run after a component, so they are
    changed there."""
    built = {change.path: change.before for change in planned.changes}
    kept, desired = [], found.desired
    for change in found.changes:
        if images.take(change.before, built.get(change.path), change.after):
            desired = put(desired, change.path, change.before)
        else:
            kept.append(change)
    return replace(found, changes=tuple(kept), desired=desired)


def _listing(root: Kustomization, images: RootImages) -> Rewrite:
    """The kustomization with the component as the last one, so that it finds what others made, and
    with its ``images``."""
    for number, parsed in parsed_documents(root.data, shown(root.path)):
        tree = parsed.value
        if isinstance(tree, dict) and _is_kustomization(tree):
            new: Any = _with_line(tree)
            for entry, item in images.changed():
                if entry.document == number:
                    new = put(new, (entry.key, entry.number), item)
            text = rewritten(root.data.decode("utf-8"), {number: new}, file=shown(root.path))
            return Rewrite(path=root.path, old=read_bytes(root.path), new=text.encode("utf-8"))
    raise MigratorError(f"{shown(root.path)} holds no kustomization")


def _is_kustomization(tree: Mapping[str, Any]) -> bool:
    version = next((v for k, v in tree.items() if fold(k) == "apiversion"), f"{KUSTOMIZE_GROUP}/")
    return group_of(str(version)) == KUSTOMIZE_GROUP


def _with_line(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A new list stands behind that of the resources, as people write it."""
    keys = {fold(key): key for key in sorted(tree)}
    if "components" in keys:
        key = keys["components"]
        listed = tree[key] if isinstance(tree[key], list) else []
        return {**tree, key: [*listed, FOLDER]}
    behind = keys.get("resources", list(tree)[-1])
    new: dict[str, Any] = {}
    for key, value in tree.items():
        new[key] = value
        if key == behind:
            new["components"] = [FOLDER]
    return new


def _refuse_image_policies(plan: Plan, root: Kustomization) -> None:
    """Errors: MigratorError where Flux's image automation sets an image that goes thick: it would go
    on choosing thin tags below the component, which hides them (ruling 16)."""
    images = {
        str(change.before)
        for planned in plan.changed
        for change in planned.changes
        if change.path[-1:] == ("image",)
    }
    for source, text in _policed(root):
        if any(_names(text, image) for image in images):
            message = "Flux sets the image of this line by an ImagePolicy, which admits thin tags"
            hint = "let the policy choose thick tags and take the marker off until it does"
            raise MigratorError(message, source=source, hint=hint)


def _policed(root: Kustomization) -> Iterator[tuple[Source, str]]:
    """The lines with the marker of a policy, in all that the root builds on, up to the marker."""
    for member in closure(root):
        for path in (member.path, *resource_files(member)):
            data = read_bytes(path) if path.is_file() else b""
            for number, line in enumerate(data.splitlines() if POLICY in data else (), start=1):
                before, marker, _ = line.partition(POLICY)
                if marker:
                    text = before.decode("utf-8", "replace")
                    yield Source(file=shown(path), line=number), text


def _names(text: str, image: str) -> bool:
    """Whether a line has the repository of an image, or its tag."""
    repository, colon, tag = image.partition("@")[0].rpartition(":")
    if not colon or "/" in tag:  # a port
        repository, tag = image.partition("@")[0], ""
    return repository in text or bool(tag and tag in text)
