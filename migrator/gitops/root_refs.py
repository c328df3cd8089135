"""The writer for a kustomize root that lists upstream's own manifest by its URL: that becomes the URL of the
thick manifest, and a component beside the root changes what the plan has otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from msgspec.structs import replace

from migrator.gitops.components import components
from migrator.gitops.in_place import Rewrite, in_place
from migrator.gitops.late import BEHIND_PATCHES, LATE, found_by_component
from migrator.gitops.places import parsed_documents, user_file
from migrator.gitops.rewrite import rewritten
from migrator.gitops.thick_objects import Build, desired, left, made
from migrator.gitops.thick_source import images
from migrator.golang.shape import fold
from migrator.kustomize.emit import inline_patches
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, Source
from migrator.model.plan import Plan, Planned
from migrator.read.files import read_bytes, shown
from migrator.read.gather import BUILT
from migrator.read.kustomization import Kustomization, closure, load, upstream_entries
from migrator.read.upstream import thick_url
from migrator.trees.wording import listed

_FIELDS: Final = ("resources", "bases")


class BuildEdited(Protocol):
    """Builds the root with files that change (by their real paths), and without its ``late`` fields.
    Raises MigratorError."""

    def __call__(
        self, edited: Mapping[Path, bytes], late: frozenset[str] = ..., /
    ) -> Sequence[Document]: ...


class _Swap(NamedTuple):
    """``edits`` are the kustomizations with the other URL, by their real paths, and ``root`` is its text with
    them; ``objects`` are what of the plan that does not hold."""

    edits: Mapping[Path, Rewrite]
    root: Kustomization
    objects: tuple[Planned, ...]


def root_refs(
    plan: Plan, committed: Plan, inputs: Sequence[str], root: Kustomization, build: BuildEdited
) -> tuple[Rewrite, ...]:
    """The kustomizations with the other URL, and a component where one is needed. ``committed`` is the
    plan with names of files that may be committed.

    Errors: MigratorError where there is no place for it.
    """
    swap = _swap(plan, root, build)
    if not any(map(_is_built, swap.objects)):
        return _all(swap.edits, _elsewhere(plan, swap, inputs))
    told = replace(committed, objects=_named_as(committed, swap.objects))
    there = build({path: each.new for path, each in swap.edits.items()}, LATE)
    left_over = replace(plan, objects=swap.objects)
    return _all(swap.edits, components(left_over, told, inputs, swap.root, there))


def root_refs_with_patches(
    plan: Plan, inputs: Sequence[str], root: Kustomization, build: BuildEdited
) -> tuple[Rewrite, ...]:
    """The same with patches of the root itself behind its own, in place of a component: what its own
    patches set, these have the last word on. Errors: as those of `root_refs`."""
    swap = _swap(plan, root, build)
    edited = {path: each.new for path, each in swap.edits.items()}
    there = build(edited, BEHIND_PATCHES)
    objects = [
        found_by_component(swap.root, planned, there)
        for planned in swap.objects
        if _is_built(planned)
    ]
    rest = _elsewhere(plan, swap, inputs)
    written = [_patching(swap.root, inline_patches(objects))] if objects else []
    return _all(swap.edits, (*rest, *written))


def _swap(plan: Plan, root: Kustomization, build: BuildEdited) -> _Swap:
    """Errors: MigratorError where the thick manifest does not fit, or lacks what the plan needs."""
    urls = dict(upstream_entries(root))
    if len(urls) != 1:
        raise MigratorError(f"{shown(root.path)} takes more than one manifest: {listed(urls)}")
    ((url, member),) = urls.items()
    new = thick_url(url, f"v{plan.target.release}")
    edits = {Path(os.path.realpath(r.path)): r for r in _swapped(plan, root, url, new)}
    source = Source(file=shown(member.path), line=1)
    try:
        final = _by_ref(build({path: each.new for path, each in edits.items()}))
    except MigratorError as error:
        message = f"with upstream's thick manifest it cannot be built: {error.message}"
        raise MigratorError(message, source=source, hint=error.hint) from None
    wanted = desired(plan, shown(root.path.parent) + BUILT, final, source)
    patched = [p for ref, d in final.items() if (p := left(plan, wanted[ref], d, d, source))]
    held = made(plan, wanted)
    others = [planned for planned in plan.objects if planned.ref not in held]
    if lacking := [str(p.ref) for p in others if p.document is None]:
        message = f"upstream's thick manifest has no {listed(lacking)}, and the plan needs it"
        raise MigratorError(message, source=source, hint="use the overlay that plan writes")
    place = Path(os.path.realpath(root.path))
    now = load(root.path, edits[place].new) if place in edits else root
    return _Swap(edits, now, (*others, *patched))


def _is_built(planned: Planned) -> bool:
    return planned.document is not None and planned.document.form == "build"


def _elsewhere(plan: Plan, swap: _Swap, inputs: Sequence[str]) -> Sequence[Rewrite]:
    """What of the plan stands in files that the root does not build."""
    outside = tuple(planned for planned in swap.objects if not _is_built(planned))
    left_over = replace(plan, objects=outside)
    return in_place(left_over, inputs) if left_over.changed else ()


def _all(edits: Mapping[Path, Rewrite], more: Iterable[Rewrite]) -> tuple[Rewrite, ...]:
    """What was written last counts for a file."""
    files = {**edits, **{Path(os.path.realpath(each.path)): each for each in more}}
    return tuple(sorted(files.values(), key=lambda rewrite: rewrite.path))


def _patching(root: Kustomization, patches: Sequence[Any]) -> Rewrite:
    """The kustomization with more patches."""
    name = shown(root.path)
    for number, parsed in parsed_documents(root.data, name):
        tree = parsed.value
        if isinstance(tree, Mapping):
            key = next((key for key in tree if fold(key) == "patches"), "patches")
            new = {**tree, key: [*(tree.get(key) or ()), *patches]}
            text = rewritten(root.data.decode("utf-8"), {number: new}, file=name)
            return Rewrite(path=root.path, old=read_bytes(root.path), new=text.encode("utf-8"))
    raise MigratorError(f"{name} holds no kustomization")


def _swapped(plan: Plan, root: Kustomization, old: str, new: str) -> Iterator[Rewrite]:
    """The kustomizations with the other URL, and with the images that they set as the plan has them."""
    for member in closure(root):
        file = user_file(member.path)
        trees: dict[int, Any] = {}
        for number, tree in file.trees.items():
            if isinstance(tree, Mapping):
                trees[number] = {key: _field(plan, key, tree[key], old, new) for key in tree}
        text = file.data.decode("utf-8")
        changed = rewritten(text, trees, file=shown(member.path))
        if changed != text:
            yield Rewrite(path=member.path, old=file.data, new=changed.encode("utf-8"))


def _field(plan: Plan, key: str, value: Any, old: str, new: str) -> Any:
    if fold(key) in _FIELDS and isinstance(value, list):
        return [new if entry == old else entry for entry in value]
    if fold(key) == "images" and isinstance(value, list):
        return images(value, plan)
    return value


def _by_ref(documents: Sequence[Document]) -> Build:
    return {document.ref: replace(document, form="build") for document in documents}


def _named_as(committed: Plan, objects: Sequence[Planned]) -> tuple[Planned, ...]:
    """The same objects, as the committed plan names their files."""
    told = {planned.ref: planned for planned in committed.objects}
    return tuple(p if _is_built(p) else told.get(p.ref, p) for p in objects)
