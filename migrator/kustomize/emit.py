"""Plan -> {path: text}: base, component, overlay and rollback, as kustomize reads them.

No kustomization sets ``namespace`` (it would move NADs, K8) or ``commonLabels`` (they would
change immutable selectors, K9), and none pulls anything from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import yaml
from msgspec import Struct
from msgspec.structs import replace

from migrator import __version__
from migrator.kustomize.base import base_text
from migrator.kustomize.check import check
from migrator.kustomize.doubled import refuse_doubled
from migrator.kustomize.lossy import refuse_lossy
from migrator.kustomize.names import file_stem, target
from migrator.kustomize.patchfiles import patch_files, reason_of
from migrator.kustomize.replaced import MOST_PATCHED, OLD, split, whole_text
from migrator.kustomize.stage_files import STAGES, stages
from migrator.model.errors import PlanConflict
from migrator.model.inputs import Document, Path
from migrator.model.plan import Plan, Planned
from migrator.thick.stages import TEMPLATE
from migrator.trees.laid_out import LISTS, neat, page

PART_SIZE: Final = 250
"""Objects of one part. kustomize is quadratic in objects and in objects times patches: above
this many, each part is patched by itself, which costs little more than building no patch."""

_KUSTOMIZATION: Final = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
_COMPONENT: Final = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
COMPONENT_FILE: Final = "kustomization.yml"
"""The file that makes a folder a committed component."""
_SKIPPED: Final = "# +argocd:skip-file-rendering\n"
"""Argo CD passes over a file of a directory that holds this (argoproj.github.io/argo-cd,
user-guide/directory, "Skipping File Rendering"); kustomize reads it all the same."""
_END: Final = "# The end, so that the text above keeps its line feed.\n"
_BY: Final = f"Written by multus-migrator {__version__}."
_BASE: Final = f"{_BY} The objects as they were read; patches are in component/."
_OLD: Final = (
    f"{_BY} Networks as they were read. They are not in base/: more than {MOST_PATCHED} networks "
    "change, and then component/ has each of them whole, since kustomize is slow with many patches."
)
_WHOLE: Final = (
    f"{_BY} Networks as they shall be, each of them whole. No guard stands before them: multus-migrator "
    f"verify holds rollback/{OLD} against the digests of plan.json. With a network of the same name in "
    "what this component is applied to, the build fails."
)


def emit(plan: Plan, *, root_reference: str | None = None) -> dict[str, str]:
    """The kustomize tree by path below OUT.

    ``root_reference`` is the relative path from OUT to the kustomize root that was the input:
    base/ then refers to it (ruling 9) instead of holding documents, the tree has one part, and each
    changed network a patch: a resource of its name would collide with that of the root.
    Errors: PlanConflict where the changes are not the difference; MigratorError for an object
    that kustomize cannot patch without loss.
    """
    for planned in plan.objects:
        _check(planned)
    if root_reference is not None:
        base = {"base/kustomization.yaml": _root_base(root_reference)}
        trees = [base, _component(plan.objects, "component")]
        return _distinct([*trees, _frame(plan), *_stages(plan)])
    patched, whole = split(plan.objects)
    if not whole and len(patched) <= PART_SIZE:
        trees = [_base(plan.objects, "base"), _component(plan.objects, "component")]
        return _distinct([*trees, _frame(plan), *_stages(plan)])
    return _distinct(_in_parts(plan, _chunks(patched), _chunks(whole)))


def _chunks(objects: Sequence[Planned]) -> list[Sequence[Planned]]:
    return [objects[i : i + PART_SIZE] for i in range(0, len(objects), PART_SIZE)]


def component(objects: Sequence[Planned], lists: int = LISTS) -> dict[str, str]:
    """A component that is committed beside the kustomization which lists it, by path below its
    folder: without guards on images, and with Argo CD told to leave its files alone.

    The documents of ``objects`` are as the component finds them; ``lists`` is how far a list stands to
    the right of its key. Its kustomization has the name that
    scripts which build every folder seldom look for: by itself, a component cannot be built.
    Errors: as those of `emit`.
    """
    for planned in objects:
        _check(planned)
    tree = _component(objects, "", committed=True, lists=lists)
    tree[COMPONENT_FILE] = tree.pop("kustomization.yaml")
    return {path: f"{_SKIPPED}{text}" for path, text in sorted(tree.items())}


def _check(planned: Planned) -> None:
    check(planned)
    refuse_lossy(planned)
    if planned.document and planned.changes:
        refuse_doubled(planned.document)


def _distinct(trees: Iterable[dict[str, str]]) -> dict[str, str]:
    """One tree of all. Errors: PlanConflict where a path comes twice."""
    result: dict[str, str] = {}
    for tree in trees:
        for path, text in tree.items():
            if path in result:
                raise PlanConflict(f"two objects of the plan are written to {path}")
            result[path] = text
    return dict(sorted(result.items()))


class _Parts(Struct, frozen=True):
    """The names of parts: those that have a base, those of networks that are written whole, and of the
    folders that have these as they were, below rollback/."""

    patched: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    old: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.patched, *self.whole)


_NONE: Final = _Parts()


def _in_parts(
    plan: Plan, patched: Sequence[Sequence[Planned]], whole: Sequence[Sequence[Planned]]
) -> Iterator[dict[str, str]]:
    """Each part has its component, and the kustomization that joins it with its base, where it has one."""
    names = [f"{n:03}" for n in range(1, len(patched) + len(whole) + 1)]
    based, rest = tuple(names[: len(patched)]), tuple(names[len(patched) :])
    parts = _Parts(based, rest, tuple(f"{OLD}/{name}" for name in names[: len(rest)]))
    for name, objects in zip(based, patched, strict=True):
        yield _base(objects, f"base/{name}")
        yield _component(objects, f"component/{name}")
        yield _joined(name, {"resources": [f"../../base/{name}"]})
    for name, old, objects in zip(rest, parts.old, whole, strict=True):
        yield _component(objects, f"component/{name}", whole=True)
        yield _joined(name, {})
        yield _base(objects, f"rollback/{old}", _OLD)
    yield _frame(plan, parts)
    yield from _stages(plan, parts)


def _joined(name: str, base: dict[str, Any]) -> dict[str, str]:
    tree = _KUSTOMIZATION | base | {"components": [f"../../component/{name}"]}
    text = page(tree, header=[f"{_BY} Part {int(name)} of the migration."])
    return {f"parts/{name}/kustomization.yaml": text}


def _frame(plan: Plan, parts: _Parts = _NONE) -> dict[str, str]:
    """The kustomizations that hold the rest together."""
    built: dict[str, Any] = {"resources": ["base"], "components": ["component"]}
    tree = {"rollback/kustomization.yaml": _rollback(plan, parts.old)}
    if parts.all:
        built = {"resources": [f"parts/{part}" for part in parts.all]}
        header = [f"{_BY} The objects as they were read, in parts: kustomize is quadratic."]
        tree["base/kustomization.yaml"] = page(
            _KUSTOMIZATION | {"resources": list(parts.patched)}, header=header
        )
        tree["component/kustomization.yaml"] = page(
            _COMPONENT | {"components": list(parts.all)}, header=_component_header()
        )
    tree["kustomization.yaml"] = page(
        _KUSTOMIZATION | built,
        header=[f"{_BY} Multus in thick mode: kubectl kustomize <this folder>"],
    )
    return tree


def _stages(plan: Plan, parts: _Parts = _NONE) -> Iterator[dict[str, str]]:
    """The folders of the stages, each a root that builds upon the base and the component."""
    for staged in stages(plan):
        up = "../" * (staged.folder.count("/") + 1)
        built: dict[str, Any] = {"resources": [f"{up}base"]}
        if staged.migrated and parts.all:
            built = {"resources": [f"{up}parts/{part}" for part in parts.all]}
        elif staged.migrated:
            built["components"] = [f"{up}component"]
        else:
            built["resources"] += [f"../{folder}" for folder in parts.old]
        files: dict[str, str] = {}
        entries: list[dict[str, Any]] = []
        for planned in staged.patched:
            check(planned)
            refuse_lossy(planned)
            if planned.document is not None:
                template = [c.path for c in planned.changes if c.path == TEMPLATE]
                own, patches = _patched(planned, planned.document, whole=template)
                files |= {f"{staged.folder}/{path}": text for path, text in own.items()}
                entries += patches
        tree = _KUSTOMIZATION | built | ({"patches": entries} if entries else {})
        header = [f"{_BY} {STAGES[staged.folder]}"]
        yield {f"{staged.folder}/kustomization.yaml": page(tree, header=header), **files}


def _root_base(root_reference: str) -> str:
    header = [f"{_BY} The kustomize root that was read, by reference."]
    return page(_KUSTOMIZATION | {"resources": [f"../{root_reference}"]}, header=header)


def _base(objects: Sequence[Planned], folder: str, header: str = _BASE) -> dict[str, str]:
    documents = [planned.document for planned in objects if planned.document]
    names = [f"{file_stem(document.ref)}.yaml" for document in documents]
    kustomization = page(_KUSTOMIZATION | {"resources": names}, header=[header])
    return _distinct(
        [
            {f"{folder}/kustomization.yaml": kustomization},
            *({f"{folder}/{n}": base_text(d)} for n, d in zip(names, documents, strict=True)),
        ]
    )


def _component(
    objects: Sequence[Planned],
    folder: str,
    *,
    committed: bool = False,
    lists: int = LISTS,
    whole: bool = False,
) -> dict[str, str]:
    """Patches of what changes, unless it is written ``whole``; resources that are new."""
    folder = f"{folder}/" if folder else ""
    resources: list[str] = []
    patches: list[dict[str, Any]] = []
    trees: list[dict[str, str]] = []
    for planned in objects:
        if whole or planned.document is None:
            path = f"resources/{file_stem(planned.ref)}.yaml"
            resources.append(path)
            trees.append({f"{folder}{path}": _resource(planned, lists)})
        elif planned.changes:
            files, entries = _patched(planned, planned.document, committed=committed, lists=lists)
            patches += entries
            trees.append({f"{folder}{path}": text for path, text in files.items()})
    fields = {"resources": resources, "patches": patches}
    tree = _COMPONENT | {key: entries for key, entries in fields.items() if entries}
    if tree == _COMPONENT:
        tree = tree | {"resources": []}  # kustomize calls a Component without any field empty
    header = [_WHOLE] if whole else _component_header()
    trees.append({f"{folder}kustomization.yaml": page(tree, header=header, lists=lists)})
    return _distinct(trees)


def _component_header() -> list[str]:
    about = (
        f"{_BY} The migration itself. Each object's guard stands before its merge patch, so that "
        "a base that is no longer what was planned fails the build instead of being patched."
    )
    return [about]


def _patched(
    planned: Planned,
    document: Document,
    *,
    committed: bool = False,
    whole: Sequence[Path] = (),
    lists: int = LISTS,
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """(the patch files, their entries in the component)."""
    files = patch_files(planned, document, committed=committed, whole=whole)
    stem = f"patches/{file_stem(planned.ref)}"
    guard, merge = f"{stem}.guard.yaml", f"{stem}.yaml"
    entries: list[dict[str, Any]] = [
        {"path": guard, "target": target(planned.ref, files.groups)},
        {"path": merge},
    ]
    texts = {guard: files.guard, merge: files.merge}
    return {name: neat(text, lists=lists) for name, text in texts.items()}, entries


def inline_patches(objects: Sequence[Planned]) -> list[dict[str, Any]]:
    """The entries of a kustomization's ``patches`` that make of each object what was planned, with
    the patches within, as Flux takes them, and as `dump` lays them out: whoever writes the file knows how
    wide it is. They are committed where no line of what they patch can
    be looked up, so their reasons name none.

    Errors: PlanConflict where the changes are not the difference; MigratorError for an object that
    kustomize cannot patch without loss.
    """
    entries: list[dict[str, Any]] = []
    for planned in objects:
        check(planned)
        refuse_lossy(planned)
        if planned.document is not None:
            reasons = tuple(replace(change, source=None) for change in planned.changes)
            named = replace(planned, changes=reasons)
            files = patch_files(named, planned.document, committed=True)
            selected = target(planned.ref, files.groups)
            guard, merge = _held(files.guard), _held(files.merge)
            entries += [{"target": selected, "patch": guard}, {"patch": merge}]
    return entries


def _held(text: str) -> str:
    """A patch that stands within a kustomization: kustomize strips it, and with it the line feed at the
    end of a text of several lines, where that is the last thing of it (seen in 5.4)."""
    return text if _last(text.strip()) == _last(text) else f"{text}{_END}"


def _last(text: str) -> str:
    """The last value of YAML that we wrote, which both parsers read alike, and the one in C in a tenth of the time."""
    events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return ([""] + [event.value for event in events if isinstance(event, yaml.ScalarEvent)])[-1]


def _resource(planned: Planned, lists: int) -> str:
    if planned.document is not None:
        return whole_text(planned, planned.document)
    header = [*map(reason_of, planned.changes)]
    return page(planned.desired, header=header, lists=lists)


def _rollback(plan: Plan, old: Sequence[str]) -> str:
    new = [planned.ref for planned in plan.objects if planned.document is None]
    header = [f"{_BY} The way back: the objects as they were before the migration."]
    if new:
        header.append(
            "What the migration added stays in the cluster until you delete it (or a GitOps tool "
            f"prunes it): {', '.join(map(str, new))}."
        )
    header.append("The nodes keep files too: see runbook.md.")
    return page(_KUSTOMIZATION | {"resources": ["../base", *old]}, header=header)
