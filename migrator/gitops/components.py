"""The writer for what the user's own kustomization makes, or shares with others: a committed component
beside that kustomization, and one line in it.

It changes only what this one root builds; its base, and whoever else builds on that, stay as they are.
A later edit adds to the component that is there: its new patches are the last ones of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from migrator.gitops.in_place import Rewrite, in_place
from migrator.gitops.late import found_by_component
from migrator.gitops.neighbours import begun_as, lists_beside
from migrator.gitops.places import parsed_documents, user_file
from migrator.gitops.repository import POLICY
from migrator.gitops.rewrite import rewritten
from migrator.gitops.root_images import RootImages
from migrator.golang.shape import fold
from migrator.kustomize.emit import COMPONENT_FILE, component
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, Source
from migrator.model.plan import Plan, Planned
from migrator.read.documents import KUSTOMIZE_GROUP, group_of
from migrator.read.files import read_bytes, shown
from migrator.read.kustomization import Kustomization, closure, load, resource_files
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
    where the folder is taken by something else than a component of the root, where the root itself
    makes what would be changed, or where Flux sets an image of it.
    """
    folder = root.path.parent / FOLDER
    earlier = _earlier(root, folder)
    refuse_image_policies(plan, root)
    inside = [each for each in told.changed if each.document is None or _is_built(each)]
    refs = {each.ref for each in inside}
    outside = tuple(each for each in plan.changed if each.ref not in refs)
    images = RootImages((root,))
    files = component(
        [but_images(each, as_found(root, each, there), images) for each in inside],
        lists_beside(root.path),
    )
    new = (
        [
            Rewrite(path=folder / name, old=None, new=begun_as(text, root.data).encode("utf-8"))
            for name, text in files.items()
        ]
        if earlier is None
        else _added(earlier, files)
    )
    rest = in_place(replace(plan, objects=outside), inputs) if outside else ()
    listing = _listing(root, images, is_new=earlier is None)
    return tuple(sorted([*rest, *new, *listing], key=lambda rewrite: rewrite.path))


def _earlier(root: Kustomization, folder: Path) -> Path | None:
    """The file of the component that an earlier edit wrote, None where there is no such folder.

    Errors: MigratorError where the folder is something else.
    """
    if not os.path.lexists(folder):
        return None
    listed = (os.path.realpath(member.path) for member in closure(root))
    path = folder / COMPONENT_FILE
    if not path.is_file() or os.path.realpath(path) not in listed:
        message = (
            f"{shown(folder)} is there, and the component of {shown(root.path)} needs a folder"
        )
        raise MigratorError(message, hint=f"let {shown(root.path)} list it, or move it away")
    return path


def _added(earlier: Path, files: Mapping[str, str]) -> list[Rewrite]:
    """What of a component is to stand in the one that is there: its entries are the last of the lists."""
    file = user_file(earlier)
    names = {name: _free(earlier.parent, name) for name in files if name != COMPONENT_FILE}
    new = [
        Rewrite(
            path=earlier.parent / names[name],
            old=None,
            new=begun_as(text, file.data).encode("utf-8"),
        )
        for name, text in files.items()
        if name != COMPONENT_FILE
    ]
    more = load(earlier, files[COMPONENT_FILE].encode("utf-8")).fields
    for number, tree in file.trees.items():
        if isinstance(tree, dict) and _is_kustomization(tree):
            text = rewritten(
                file.data.decode("utf-8"), {number: _with(tree, more, names)}, file=shown(earlier)
            )
            return [*new, Rewrite(path=earlier, old=file.data, new=text.encode("utf-8"))]
    raise MigratorError(f"{shown(earlier)} holds no kustomization")


def _with(
    tree: Mapping[str, Any], more: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """A component with the entries of another behind its own, those of files by their new ``names``."""
    there = {fold(key): key for key in sorted(tree)}
    result = dict(tree)
    for field in ("resources", "patches"):
        key = there.get(field, field)
        entries = [
            {**each, "path": names[each["path"]]} if isinstance(each, dict) else names[each]
            for each in more.get(field) or ()
        ]
        if entries:
            result[key] = [*(tree.get(key) or ()), *entries]
    return result


def _free(folder: Path, name: str) -> str:
    """The name, or the first with a number before its suffixes that no file has."""
    suffix = next(each for each in (".guard.yaml", ".yaml") if name.endswith(each))
    stem = name.removesuffix(suffix)
    numbers = chain([""], (f".{number}" for number in count(2)))
    names = (f"{stem}{number}{suffix}" for number in numbers)
    return next(each for each in names if not os.path.lexists(folder / each))


def _is_built(planned: Planned) -> bool:
    return planned.document is not None and planned.document.form == "build"


def as_found(root: Kustomization, planned: Planned, there: Sequence[Document]) -> Planned:
    """Without lines of the build, which is no file that a reader could open."""
    changes = tuple(replace(change, source=None) for change in planned.changes)
    planned = replace(planned, changes=changes)
    return planned if planned.document is None else found_by_component(root, planned, there)


def but_images(planned: Planned, found: Planned, images: RootImages) -> Planned:
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


def _listing(root: Kustomization, images: RootImages, *, is_new: bool) -> Iterator[Rewrite]:
    """The kustomization with a new component as the last one, so that it finds what others made, and
    with its ``images``; nothing where that is all there."""
    for number, parsed in parsed_documents(root.data, shown(root.path)):
        tree = parsed.value
        if isinstance(tree, dict) and _is_kustomization(tree):
            new: Any = _with_line(tree) if is_new else tree
            for entry, item in images.changed():
                if entry.document == number:
                    new = put(new, (entry.key, entry.number), item)
            lists = partial(lists_beside, root.path)
            text = rewritten(
                root.data.decode("utf-8"), {number: new}, file=shown(root.path), lists=lists
            )
            rewrite = Rewrite(path=root.path, old=read_bytes(root.path), new=text.encode("utf-8"))
            if rewrite.old != rewrite.new:
                yield rewrite
            return
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


def refuse_image_policies(plan: Plan, root: Kustomization) -> None:
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
