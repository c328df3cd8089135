"""The writer for upstream's own manifest, which a Flux Kustomization applies: the ref of its source becomes
that of the thick manifest, and the Kustomization patches what the plan has otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from migrator.gitops.dollars import unfilled
from migrator.gitops.in_place import Rewrite, in_place
from migrator.gitops.proof import renders_changed
from migrator.gitops.thick_objects import RULE, Build, change, desired, left, made
from migrator.gitops.thick_source import changes_of, images, thick_source
from migrator.kustomize.emit import inline_patches
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, ObjectRef, Path, Render
from migrator.model.plan import Plan, Planned
from migrator.read.applied import applied, rendered, repositories, repository_of
from migrator.read.renders import BuildFiles
from migrator.read.streams import parse_documents
from migrator.read.upstream import THICK, Taken
from migrator.trees.dig import keys_and_texts, mapping, string
from migrator.trees.paths import get, put, same
from migrator.trees.pods import items
from migrator.trees.wording import listed

_PATCHES: Final[Path] = ("spec", "patches")
_IMAGES: Final[Path] = ("spec", "images")
_LATE: Final = ("images", "targetNamespace", "namePrefix", "nameSuffix", "commonMetadata")
"""Fields of a Flux Kustomization that take effect behind its patches."""
_SWAPPED: Final = "the thick manifest of the release, with what upstream's lacks as patches"


def refs(plan: Plan, inputs: Sequence[str], build: BuildFiles | None) -> tuple[Rewrite, ...]:
    """The sources and Kustomizations that hold the plan, and what else of it stands in files. ``build``
    builds what it downloads, None where nothing is to be downloaded.

    Errors: MigratorError where there is no place for it.
    """
    objects = list(plan.objects)
    for render in renders_changed(plan):
        if not render.manifests:
            continue
        swap = _swap(plan, render, build)
        objects = [planned for planned in objects if planned.ref not in swap.made]
        objects += _written(swap)
    if new := [planned.ref for planned in objects if planned.document is None]:
        message = f"upstream's thick manifest has no {listed(map(str, new))}, and the plan needs it"
        raise MigratorError(message, hint="use the overlay that plan writes")
    return in_place(replace(plan, objects=tuple(objects)), inputs)


class _Swap(NamedTuple):
    """What applies upstream's manifest, and its source, each as it is and as it shall be; ``made`` are
    the planned objects that this holds."""

    applies: Document
    source: Document
    new_applies: Mapping[str, Any]
    new_source: Mapping[str, Any]
    made: Collection[ObjectRef]


def _swap(plan: Plan, render: Render, build: BuildFiles | None) -> _Swap:
    applies, source = _objects(plan, render)
    if build is None:
        message = "what upstream's thick manifest lacks is seen once it is downloaded"
        hint = f"give --fetch, and no --rendered for {render.release}"
        raise MigratorError(message, source=render.source, hint=hint)
    tag = f"v{plan.target.release}"
    try:
        new_source = thick_source(source.data, _only(render), tag)
        entries = images(items(mapping(applies.data, "spec"), "images"), plan)
        tree = put(applies.data, _IMAGES, entries) if entries else applies.data
        early, final = (
            _built(replace(applies, data=t), source, new_source, tag, build)
            for t in (_bare(tree), tree)
        )
    except MigratorError as error:
        raise MigratorError(
            error.message, source=error.source or source.source, hint=error.hint
        ) from None
    wanted = desired(plan, render.name, final, render.source)
    patched = [
        planned
        for ref, document in final.items()
        if (
            planned := left(
                plan, wanted[ref], document, _found_by_patches(ref, early, applies), applies.source
            )
        )
    ]
    own = "\n".join(keys_and_texts(applies.data))
    patches = [{**p, "patch": unfilled(p["patch"], own)} for p in inline_patches(patched)]
    if patches:
        tree = put(tree, _PATCHES, [*items(mapping(tree, "spec"), "patches"), *patches])
    return _Swap(applies, source, tree, new_source, made(plan, wanted))


def _objects(plan: Plan, render: Render) -> tuple[Document, Document]:
    """What applies upstream's manifest, and its source. Errors: MigratorError for an Application, and for
    a source that others take from, too."""
    documents = plan.before.inventory.reading.documents
    applies = next(d for d in documents if d.ref == render.release)
    sources = repositories(documents)
    source = repository_of(applies, sources)
    if source is None:
        message = (
            f"{render.release} takes a folder of plain manifests, which has no place for patches"
        )
        hint = "commit the overlay that plan writes, and point its source to that"
        raise MigratorError(message, source=render.source, hint=hint)
    others = [d for d in documents if d.ref != applies.ref and repository_of(d, sources) is source]
    if others:
        message = f"{source.ref} is the source of {listed(str(d.ref) for d in others)}, too"
        hint = "give each a GitRepository of its own"
        raise MigratorError(message, source=source.source, hint=hint)
    return applies, source


def _only(render: Render) -> str:
    """The manifest that is taken. Errors: MigratorError for more than one."""
    if len(render.manifests) > 1:
        raise MigratorError(f"it takes more than one manifest: {listed(render.manifests)}")
    return "/".join(render.manifests[0].rsplit("/", 2)[1:])


def _bare(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what takes effect behind its patches."""
    spec = {key: value for key, value in mapping(tree, "spec").items() if key not in _LATE}
    return {**tree, "spec": spec}


def _built(
    applies: Document, source: Document, tree: Mapping[str, Any], tag: str, build: BuildFiles
) -> Build:
    """What is applied with another source. Errors: MigratorError where that cannot be built."""
    found = applied(applies, [replace(source, data=tree)])
    if found is None or found.taken != Taken(tag, (THICK,)):
        raise MigratorError(f"it cannot be told to take {THICK} of {tag} alone")
    try:
        text = rendered(found, build)
    except MigratorError as error:
        message = f"what {applies.ref} has does not fit upstream's thick manifest: {error.message}"
        raise MigratorError(message, source=applies.source, hint=error.hint) from None
    documents, _ = parse_documents(text.encode(), "the build")
    return {document.ref: replace(document, form="build") for document in documents}


def _found_by_patches(ref: ObjectRef, early: Build, applies: Document) -> Document:
    """The object as patches of the Kustomization find it. Errors: MigratorError where that is not clear."""
    spec = mapping(applies.data, "spec")
    prefix, suffix, namespace = (
        string(spec, field) for field in ("namePrefix", "nameSuffix", "targetNamespace")
    )
    found = [
        document
        for each, document in early.items()
        if (each.group, each.kind) == (ref.group, ref.kind)
        and ref.name in (each.name, f"{prefix}{each.name}{suffix}")
        and ref.namespace in (each.namespace, namespace)
    ]
    if len(found) != 1:
        message = f"{ref} is not found by patches of {applies.ref}, which names it otherwise"
        raise MigratorError(message, source=applies.source, hint="use the overlay that plan writes")
    return found[0]


def _written(swap: _Swap) -> Iterator[Planned]:
    """The two objects as they shall be, as changes of what stands in files."""
    pairs = (
        (swap.applies, swap.new_applies, _fields_of(swap)),
        (swap.source, swap.new_source, changes_of(swap.source.data, swap.new_source)),
    )
    for document, tree, fields in pairs:
        changes = tuple(
            change(document.ref, path, before, after, rule=RULE, reason=_SWAPPED)
            for path, before, after in fields
        )
        if changes:
            yield Planned(ref=document.ref, document=document, desired=tree, changes=changes)


def _fields_of(swap: _Swap) -> Iterator[tuple[Path, Any, Any]]:
    for path in (_IMAGES, _PATCHES):
        before, after = get(swap.applies.data, path), get(swap.new_applies, path)
        if not same(before, after):
            yield path, before, after
