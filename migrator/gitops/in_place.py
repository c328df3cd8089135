"""The writer for the user's own manifests: each change where the value stands.

What a chart rendered stands in none of them: the release carries its changes. The plan's changes are put into the objects as the files have them, which for a kustomize root is
before its own transformers ran. New objects get a file each, beside the DaemonSet's, which the
kustomization that lists the DaemonSet's file lists too.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from migrator.gitops.dollars import unfilled
from migrator.gitops.neighbours import begun_as, lists_beside
from migrator.gitops.patch_texts import Spot
from migrator.gitops.places import Carried, Place, UserFile, user_file
from migrator.gitops.post_renderers import with_post_renderers
from migrator.gitops.rewrite import rewritten
from migrator.gitops.root_images import RootImages
from migrator.gitops.root_patches import RootPatches, Taken
from migrator.golang.shape import fold
from migrator.kustomize.compare import shown_values
from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import Document, ObjectRef, Render, Source
from migrator.model.plan import Plan, Planned
from migrator.read.files import repository_of, shown
from migrator.read.kustomization import (
    Kustomization,
    closure,
    kustomization_in,
    resource_files,
)
from migrator.trees.dig import keys_and_texts
from migrator.trees.laid_out import page
from migrator.trees.paths import format_path, get, put, same


class Rewrite(Struct, frozen=True, kw_only=True):
    """A file as it is, None for a new one, and as it shall be, in bytes."""

    path: Path
    old: bytes | None
    new: bytes


Carry: TypeAlias = Callable[[Mapping[str, Any], Render, Sequence[Planned]], Carried]
"""A release, what it renders to, and what of that changes -> how it carries the changes."""


def in_place(
    plan: Plan, inputs: Sequence[str], carry: Carry = with_post_renderers
) -> tuple[Rewrite, ...]:
    """The files that hold the plan once they are written, in the order of their paths. What charts made
    is changed by what ``carry`` gives.

    The files of the plan, and the ``inputs``, have the names under which they can be opened. Errors:
    MigratorError where a change has no place in them.
    """
    files = _Files(plan)
    wanted: _Trees = {}
    rendered: dict[str, tuple[Render, list[Planned]]] = {}
    for planned in plan.changed:
        if planned.document is None:
            continue
        if render := files.render_of(planned.document):
            rendered.setdefault(render.name, (render, []))[1].append(planned)
        else:
            file, place = files.place_of(planned.document)
            _put(wanted, file, place, _changed(planned, place, files))
    own: list[str] = []
    for render, objects in rendered.values():
        file, place = files.place_of(files.release(render))
        own += keys_and_texts(place.data)
        trees = wanted.get(file.path, {})
        there = get(trees.get(place.document, file.trees[place.document]), place.within)
        carried = carry(there, render, objects)
        if carried.file is None:
            _put(wanted, file, place, carried.tree)
        elif carried.file in wanted:
            message = f"{shown(carried.file)} would change for more than one release"
            raise MigratorError(message, source=render.source)
        else:
            wanted[carried.file] = {_values_in(files.file(carried.file)): carried.tree}
    for entry, item in files.images.changed():
        trees = wanted.setdefault(entry.file, {})
        tree = trees.get(entry.document, files.file(entry.file).trees[entry.document])
        trees[entry.document] = put(tree, (entry.key, entry.number), item)
    first: _Trees = {}
    files.patches.thinned(partial(_trees_of, first, files))
    files.patches.into(partial(_trees_of, wanted, files))
    added = [planned for planned in plan.changed if planned.document is None]
    new = _added(added, _home(plan, files), files, wanted, inputs) if added else _New()
    new = _as_it_is(new, "\n".join(own)) if rendered else new
    rewrites = [
        _with_end(files.rewrite(path, first.get(path, {}), trees), new)
        for path, trees in wanted.items()
    ]
    changed = (each for each in rewrites if each.old != each.new)
    return tuple(sorted([*changed, *new.files], key=lambda rewrite: rewrite.path))


_Trees = dict[Path, dict[int, Any]]
"""The documents of each file as they shall be, by number."""


class _New(NamedTuple):
    """New objects: in ``files`` of their own, or as ``text`` behind the documents of ``behind``."""

    files: tuple[Rewrite, ...] = ()
    behind: Path | None = None
    text: str = ""


def _as_it_is(new: _New, own: str) -> _New:
    """New objects that hold what a chart made of it, for no one to fill in anything."""
    files = (
        replace(f, new=unfilled(f.new.decode("utf-8"), own).encode("utf-8")) for f in new.files
    )
    documents = re.split(r"(?m)^(?=---)", new.text)
    text = "".join(unfilled(document, own) for document in documents)
    return new._replace(files=tuple(files), text=text)


def _put(wanted: _Trees, file: UserFile, place: Place, tree: Any) -> None:
    trees = wanted.setdefault(file.path, {})
    whole = trees.get(place.document, file.trees[place.document])
    trees[place.document] = put(whole, place.within, tree)


def _trees_of(wanted: _Trees, files: _Files, spot: Spot) -> dict[int, Any]:
    """The documents of a file as they shall be, that of ``spot`` among them."""
    trees = wanted.setdefault(spot.file, {})
    trees.setdefault(spot.document, files.file(spot.file).trees[spot.document])
    return trees


def _values_in(file: UserFile) -> int:
    """The number of the one document of a file of values. Errors: MigratorError for others."""
    if len(there := [number for number, tree in file.trees.items() if tree]) == 1:
        return there[0]
    raise MigratorError(f"{shown(file.path)} is not a single document")


def _added(
    added: Sequence[Planned],
    home: tuple[UserFile, Place],
    files: _Files,
    wanted: _Trees,
    inputs: Sequence[str],
) -> _New:
    """Where new objects go: into the list in which the DaemonSet is an item, or into the file that
    was given by itself, since whoever applies that applies no other; else into files of their own
    beside it, which the kustomization lists that lists it. What becomes of files that are there
    is put into ``wanted``.
    """
    file, place = home
    listing = files.listing(file.path)
    if listing is not None:
        new = tuple(_new_files(added, file))
        files.list_in(listing, [each.path for each in new], wanted)
        return _New(new)
    if place.within:
        trees, path = wanted[file.path], place.within[:-1]
        items = [*get(trees[place.document], path), *(each.desired for each in added)]
        trees[place.document] = put(trees[place.document], path, items)
        return _New()
    if _is_given(file.path, inputs):
        return _New(behind=file.path, text=_documents(added, file))
    return _New(tuple(_new_files(added, file)))


class _Files:
    """The files that may hold the objects of a plan, each read once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._renders = {r.name: r for r in plan.before.inventory.reading.renders}
        root = plan.before.inventory.reading.root
        self.root = kustomization_in(Path(root.path)) if root else None
        members = tuple(closure(self.root)) if self.root else ()
        self.images, self.patches = RootImages(members), RootPatches(members)
        self._read: dict[Path, UserFile] = {}

    def file(self, path: Path) -> UserFile:
        if path not in self._read:
            self._read[path] = user_file(path)
        return self._read[path]

    def render_of(self, document: Document) -> Render | None:
        """What made it, None for an object of the user's own files."""
        return self._renders.get(document.source.file)

    def release(self, render: Render) -> Document:
        """The object that asks for a render."""
        documents = self._plan.before.inventory.reading.documents
        return next(document for document in documents if document.ref == render.release)

    def place_of(self, document: Document) -> tuple[UserFile, Place]:
        """Errors: MigratorError where no file has the object, or more than one place has."""
        ref = document.ref
        if document.form == "live":
            message = f"{ref} is as a cluster gave it: nothing is applied from this file"
            hint = "use the overlay that plan writes, or edit the manifest that is applied"
            raise MigratorError(message, source=document.source, hint=hint)
        paths = [Path(document.source.file)]
        if self.root is not None and not paths[0].is_file():  # it comes from the build
            paths = list(dict.fromkeys(_resources(self.root)))
        found = [(f, p) for f in map(self.file, paths) for p in f.places if _is(p, ref)]
        if len(found) == 1:
            return found[0]
        if not found:
            message = f"{ref} stands in no file of its own: it is generated, or renamed"
            hint = "use the overlay that plan writes"
            raise MigratorError(message, source=document.source, hint=hint)
        message = f"{ref} stands here and at {found[1][1].source}"
        raise MigratorError(message, source=found[0][1].source, hint="keep one of the two")

    def listing(self, path: Path) -> Kustomization | None:
        """The kustomization that lists ``path`` among its resources: of those of the root, or else
        the nearest in its folder and those above, up to the root of the repository."""
        members = closure(self.root) if self.root else _above(path)
        real = os.path.realpath(path)
        for member in members:
            if real in map(os.path.realpath, resource_files(member)):
                return member
        return None

    def list_in(self, listing: Kustomization, paths: Sequence[Path], wanted: _Trees) -> None:
        """Puts more files into the list of resources of a kustomization."""
        entries = [Path(os.path.relpath(p, listing.path.parent)).as_posix() for p in paths]
        trees = wanted.setdefault(listing.path, {})
        for number, there in self.file(listing.path).trees.items():
            tree = trees.get(number, there)
            key = next((k for k in tree if fold(k) == "resources"), None) if tree else None
            if key is not None and isinstance(tree[key], list):
                trees[number] = {**tree, key: [*tree[key], *entries]}
                return
        raise MigratorError(f"{shown(listing.path)} has no list of resources")

    def rewrite(self, path: Path, *stages: Mapping[int, Any]) -> Rewrite:
        file = self.file(path)
        text = _text(file)
        for trees in filter(None, stages):
            text = rewritten(text, trees, file=shown(path), lists=partial(lists_beside, path))
        return Rewrite(path=path, old=file.data, new=text.encode("utf-8"))


def _above(path: Path) -> Iterator[Kustomization]:
    """The kustomizations in the folder of a file and in those above, the nearest first, named as the
    file is; what cannot be read is none."""
    top = repository_of(Path(os.path.realpath(path.parent)))
    above = Path(os.path.abspath(path.parent)).parents  # noqa: PTH100
    for folder in (path.parent, *(above if path.is_absolute() else map(_from_here, above))):
        with contextlib.suppress(InputError):
            if found := kustomization_in(folder):
                yield found
        if top is None or Path(os.path.realpath(folder)) == top:
            return


def _from_here(folder: Path) -> Path:
    return Path(os.path.relpath(folder))


def _resources(root: Kustomization) -> Iterator[Path]:
    """The files of a root and of all that it builds on, as the user would name them."""
    for member in closure(root):
        for path in resource_files(member):
            if path.is_file():
                yield Path(os.path.normpath(path))


def _is(place: Place, there: ObjectRef) -> bool:
    """A root may have put the object into its namespace."""
    here = place.ref
    return (here.group, here.kind, here.name) == (there.group, there.kind, there.name) and (
        here.namespace in (there.namespace, "")
    )


def _changed(planned: Planned, place: Place, files: _Files) -> Mapping[str, Any]:
    """The object as it is written there, with the plan's changes, but for what the ``images`` or a
    patch of a kustomization set: these are changed where they stand.

    Errors: MigratorError where a value is another one there than in what was planned from: a patch
    of the root, its ``images`` or the like make it, and would undo the change.
    """
    tree: Any = place.data
    whole = planned.document.data if planned.document else place.data
    for change in planned.changes:
        found = get(tree, change.path)
        if files.images.take(found, change.before, change.after):
            continue
        taken = files.patches.take(planned.ref, change, place.data, whole)
        if taken is Taken.BY_PATCH:
            continue
        if taken is Taken.NOT and not same(found, change.before):
            here, built = shown_values(planned.ref, change.path, found, change.before)
            message = (
                f"{planned.ref}: {format_path(change.path) or 'the object'} is {here} in this file, "
                f"and {built} once its kustomization is built"
            )
            hint = "change it where that value comes from, or use the overlay that plan writes"
            raise MigratorError(message, source=place.source, hint=hint)
        tree = put(tree, change.path, change.after)
    files.patches.settle(planned.ref, place.data, tree)
    return dict(tree)


def _home(plan: Plan, files: _Files) -> tuple[UserFile, Place]:
    """Beside what new objects belong: the first DaemonSet that changes, else the first object.

    Errors: MigratorError where nothing but new objects is planned.
    """
    there = [(p.ref, p.document) for p in plan.changed if p.document is not None]
    if not there:
        hint = "use the overlay that plan writes"
        raise MigratorError(
            "no object of the inputs changes, so none says where new ones belong", hint=hint
        )
    _, document = min(there, key=lambda found: found[0].kind != "DaemonSet")
    render = files.render_of(document)
    return files.place_of(files.release(render) if render else document)


def _is_given(path: Path, inputs: Sequence[str]) -> bool:
    """Whether it is an INPUT by itself, so that whatever is applied is that file."""
    return os.path.realpath(path) in map(os.path.realpath, inputs)


def _text(file: UserFile) -> str:
    """Errors: MigratorError where a document that was left out makes the file no text."""
    try:
        return file.data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = file.data.count(b"\n", 0, error.start) + 1
        source = Source(file=shown(file.path), line=line)
        message = (
            f"not UTF-8: byte 0x{file.data[error.start]:02x}, so nothing in this file is changed"
        )
        raise MigratorError(message, source=source, hint="save it as UTF-8") from None


def _documents(added: Sequence[Planned], file: UserFile) -> str:
    """The new objects as documents behind those of a file.

    Errors: MigratorError for JSON, which has no second document.
    """
    text = _text(file)
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        message = f"{shown(file.path)} is JSON, in which {added[0].ref} has no place"
        hint = "give the folder that it lies in, so that new objects can have files of their own"
        raise MigratorError(message, hint=hint)
    newline = "\r\n" if "\r\n" in text else "\n"
    lists = lists_beside(file.path)
    texts = (page(each.desired, lists=lists) for each in added)
    return "".join(f"---\n{text}" for text in texts).replace("\n", newline)


def _with_end(rewrite: Rewrite, new: _New) -> Rewrite:
    if rewrite.path != new.behind:
        return rewrite
    newline = b"\r\n" if b"\r\n" in rewrite.new else b"\n"
    between = b"" if rewrite.new.endswith(b"\n") else newline
    return replace(rewrite, new=rewrite.new + between + new.text.encode("utf-8"))


def _new_files(added: Sequence[Planned], home: UserFile) -> Iterator[Rewrite]:
    """A file for each new object. Errors: MigratorError where one of that name is there."""
    for planned in added:
        path = home.path.parent / f"{planned.ref.name}.yaml"
        if os.path.lexists(path):
            message = f"{shown(path)} is there, and {planned.ref} needs a file"
            hint = "move it away, or use the overlay that plan writes"
            raise MigratorError(message, hint=hint)
        text = begun_as(page(planned.desired, lists=lists_beside(path)), home.data)
        yield Rewrite(path=path, old=None, new=text.encode("utf-8"))
