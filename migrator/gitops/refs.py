"""The writer for upstream's own manifest, which a Flux Kustomization applies: the ref of its source becomes
that of the thick manifest, and the Kustomization patches what the plan has otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from migrator.gitops.dollars import unfilled
from migrator.gitops.in_place import Rewrite, in_place
from migrator.gitops.proof import fallen, marked, renders_changed
from migrator.gitops.root_images import made_of, making
from migrator.gitops.thick_source import changes_of, thick_source
from migrator.kustomize.compare import built_ref
from migrator.kustomize.emit import inline_patches
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, ObjectRef, Path, Render
from migrator.model.plan import Change, Plan, Planned
from migrator.read.applied import applied, rendered, repository_of
from migrator.read.renders import BuildFiles
from migrator.read.streams import parse_documents
from migrator.read.upstream import THICK, Taken
from migrator.trees.dig import keys_and_texts, mapping, string
from migrator.trees.paths import diff_paths, get, put, same
from migrator.trees.pods import items
from migrator.trees.wording import listed

_PATCHES: Final[Path] = ("spec", "patches")
_IMAGES: Final[Path] = ("spec", "images")
_SELECTOR: Final[Path] = ("spec", "selector")
_LATE: Final = ("images", "targetNamespace", "namePrefix", "nameSuffix", "commonMetadata")
"""Fields of a Flux Kustomization that take effect behind its patches."""
_RULE: Final = "P68"
_KEPT: Final = "kept as it is today; upstream's thick manifest has it otherwise"
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
        made = {planned.ref for planned in swap.made}
        objects = [planned for planned in objects if planned.ref not in made]
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
    made: Sequence[Planned]


def _swap(plan: Plan, render: Render, build: BuildFiles | None) -> _Swap:
    applies, source = _objects(plan, render)
    if build is None:
        message = "what upstream's thick manifest lacks is seen once it is downloaded"
        raise MigratorError(message, source=render.source, hint="give --fetch")
    tag = f"v{plan.target.release}"
    try:
        new_source = thick_source(source.data, _only(render), tag)
        images = _images(applies.data, plan)
        tree = put(applies.data, _IMAGES, images) if images else applies.data
        early, final = (
            _made(replace(applies, data=t), source, new_source, tag, build)
            for t in (_bare(tree), tree)
        )
    except MigratorError as error:
        raise MigratorError(
            error.message, source=error.source or source.source, hint=error.hint
        ) from None
    desired = _desired(plan, render, final)
    _refuse_others(plan, render, desired, final)
    patched = [p for ref in final if (p := _left(plan, ref, desired[ref], final, early, applies))]
    own = "\n".join(keys_and_texts(applies.data))
    patches = [{**p, "patch": unfilled(p["patch"], own)} for p in inline_patches(patched)]
    if patches:
        tree = put(tree, _PATCHES, [*items(mapping(tree, "spec"), "patches"), *patches])
    made = [p for p in plan.objects if built_ref(p.ref, p.changes) in desired]
    return _Swap(applies, source, tree, new_source, made)


def _objects(plan: Plan, render: Render) -> tuple[Document, Document]:
    """What applies upstream's manifest, and its source. Errors: MigratorError for an Application, and for
    a source that others take from, too."""
    documents = plan.before.inventory.reading.documents
    applies = next(d for d in documents if d.ref == render.release)
    source = repository_of(applies, documents)
    if source is None:
        message = (
            f"{render.release} takes a folder of plain manifests, which has no place for patches"
        )
        hint = "commit the overlay that plan writes, and point its source to that"
        raise MigratorError(message, source=render.source, hint=hint)
    others = [
        d for d in documents if d.ref != applies.ref and repository_of(d, documents) is source
    ]
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


def _images(applies: Mapping[str, Any], plan: Plan) -> list[Any]:
    """The images that the object sets, each as the plan has what it makes.

    Errors: MigratorError for one that would have to make two.
    """
    wanted = {
        change.before: change.after
        for planned in plan.changed
        for change in planned.changes
        if change.path[-1:] == ("image",) and isinstance(change.before, str)
    }
    entries: list[Any] = []
    for item in items(mapping(applies, "spec"), "images"):
        made = {image for image in wanted if made_of(item, f"{string(item, 'name')}:any") == image}
        becomes = {wanted[image] for image in made}
        if len(becomes) > 1:
            raise MigratorError(f"images of {string(item, 'name')} would become {listed(becomes)}")
        entries.append(making(item, becomes.pop()) if becomes else item)
    return entries


def _bare(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what takes effect behind its patches."""
    spec = {key: value for key, value in mapping(tree, "spec").items() if key not in _LATE}
    return {**tree, "spec": spec}


_Made = Mapping[ObjectRef, Document]
"""The objects of a build."""


def _made(
    applies: Document, source: Document, tree: Mapping[str, Any], tag: str, build: BuildFiles
) -> _Made:
    """What is applied with another source. Errors: MigratorError where that cannot be built."""
    found = applied(applies, [replace(source, data=tree)])
    if found is None or found.taken != Taken(tag, (THICK,)):
        raise MigratorError(f"it cannot be told to take {THICK} of {tag} alone")
    try:
        text = rendered(found, build)
    except MigratorError as error:
        message = f"what {applies.ref} has does not fit upstream's thick manifest: {error.message}"
        raise MigratorError(message, hint=error.hint) from None
    documents, _ = parse_documents(text.encode(), "the build")
    return {document.ref: replace(document, form="build") for document in documents}


def _desired(plan: Plan, render: Render, final: _Made) -> Mapping[ObjectRef, Mapping[str, Any]]:
    """What is to be applied of the manifest: as planned, or else as it is."""
    wanted = {
        document.ref: document.data
        for document in plan.before.inventory.reading.documents
        if document.source.file == render.name
    }
    for planned in plan.objects:
        ref = built_ref(planned.ref, planned.changes)
        if planned.document is not None and planned.ref in wanted:
            del wanted[planned.ref]
            wanted[ref] = planned.desired
        elif planned.document is None and ref in final:
            wanted[ref] = marked(planned.desired, final[ref].data)
    return wanted


def _refuse_others(
    plan: Plan, render: Render, desired: Mapping[ObjectRef, Any], final: _Made
) -> None:
    """Errors: MigratorError where the thick manifest has objects of which the plan knows nothing, or lacks
    some that are needed."""
    if more := [str(ref) for ref in final if ref not in desired]:
        message = f"upstream's thick manifest has {listed(more)}, which is not planned"
        raise MigratorError(message, source=render.source, hint="use the overlay that plan writes")
    unused = fallen(plan, final)
    if gone := [str(ref) for ref in desired if ref not in final and ref not in unused]:
        message = f"upstream's thick manifest has no {listed(gone)}, which is still used"
        raise MigratorError(message, source=render.source, hint="use the overlay that plan writes")


def _left(
    plan: Plan,
    ref: ObjectRef,
    desired: Mapping[str, Any],
    final: _Made,
    early: _Made,
    applies: Document,
) -> Planned | None:
    """What patches are left to change of an object, as they find it; None for nothing.

    Errors: MigratorError for another selector, which nothing can change.
    """
    document = _found_by_patches(ref, early, applies)
    tree: Any = document.data
    changes: list[Change] = []
    known = [c for planned in plan.objects if planned.ref.kind == ref.kind for c in planned.changes]
    for path, _, after in diff_paths(final[ref].data, desired):
        before = get(tree, path)
        if path[:2] == _SELECTOR:
            message = f"upstream's thick manifest gives {ref} another selector, which cannot change"
            raise MigratorError(
                message, source=applies.source, hint="use the overlay that plan writes"
            )
        if not same(before, after):
            tree = put(tree, path, after)
            rule, reason = _why(known, ref, path)
            changes.append(
                Change(
                    object=document.ref,
                    path=path,
                    before=before,
                    after=after,
                    reason=reason,
                    rule=rule,
                    source=None,
                )
            )
    if not changes:
        return None
    return Planned(ref=document.ref, document=document, desired=tree, changes=tuple(changes))


def _found_by_patches(ref: ObjectRef, early: _Made, applies: Document) -> Document:
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


def _why(known: Sequence[Change], ref: ObjectRef, path: Path) -> tuple[str, str]:
    """The rule and reason of a planned change of that place, or that it stays."""
    for change in known:
        short, long = sorted((change.path, path), key=len)
        if change.object.name == ref.name and long[: len(short)] == short:
            return change.rule, change.reason
    return _RULE, _KEPT


def _written(swap: _Swap) -> Iterator[Planned]:
    """The two objects as they shall be, as changes of what stands in files."""
    pairs = (
        (swap.applies, swap.new_applies, _fields_of(swap)),
        (swap.source, swap.new_source, changes_of(swap.source.data, swap.new_source)),
    )
    for document, tree, fields in pairs:
        changes = tuple(
            Change(
                object=document.ref,
                path=path,
                before=before,
                after=after,
                reason=_SWAPPED,
                rule=_RULE,
                source=None,
            )
            for path, before, after in fields
        )
        if changes:
            yield Planned(ref=document.ref, document=document, desired=tree, changes=changes)


def _fields_of(swap: _Swap) -> Iterator[tuple[Path, Any, Any]]:
    for path in (_IMAGES, _PATCHES):
        before, after = get(swap.applies.data, path), get(swap.new_applies, path)
        if not same(before, after):
            yield path, before, after
