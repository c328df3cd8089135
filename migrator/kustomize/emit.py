"""Plan -> {path: text}: base, component, overlay and rollback, as kustomize reads them.

No kustomization sets ``namespace`` (it would move NADs, K8) or ``commonLabels`` (they would
change immutable selectors, K9), and none pulls anything from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import yaml
from msgspec.structs import replace

from migrator import __version__
from migrator.kustomize.base import base_text
from migrator.kustomize.check import check
from migrator.kustomize.doubled import refuse_doubled
from migrator.kustomize.lossy import refuse_lossy
from migrator.kustomize.names import file_stem, target
from migrator.kustomize.patchfiles import patch_files, reason_of
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


def emit(plan: Plan, *, root_reference: str | None = None) -> dict[str, str]:
    """The kustomize tree by path below OUT.

    ``root_reference`` is the relative path from OUT to the kustomize root that was the input:
    base/ then refers to it (ruling 9) instead of holding documents, and the tree has one part.
    Errors: PlanConflict where the changes are not the difference; MigratorError for an object
    that kustomize cannot patch without loss.
    """
    for planned in plan.objects:
        _check(planned)
    if root_reference is not None:
        base = {"base/kustomization.yaml": _root_base(root_reference)}
        trees = [base, _component(plan.objects, "component")]
        return _distinct([*trees, _frame(plan), *_stages(plan)])
    size = PART_SIZE
    parts = [plan.objects[i : i + size] for i in range(0, len(plan.objects), size)]
    if len(parts) <= 1:
        trees = [_base(plan.objects, "base"), _component(plan.objects, "component")]
        return _distinct([*trees, _frame(plan), *_stages(plan)])
    names = [f"{n:03}" for n in range(1, len(parts) + 1)]
    return _distinct([*_parts(parts), _frame(plan, names), *_stages(plan, names)])


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


def _distinct(trees: Sequence[dict[str, str]]) -> dict[str, str]:
    """One tree of all. Errors: PlanConflict where a path comes twice."""
    result: dict[str, str] = {}
    for tree in trees:
        for path, text in tree.items():
            if path in result:
                raise PlanConflict(f"two objects of the plan are written to {path}")
            result[path] = text
    return dict(sorted(result.items()))


def _parts(parts: Sequence[Sequence[Planned]]) -> list[dict[str, str]]:
    """Each part has its base, its component, and the kustomization that joins them."""
    trees = []
    for number, objects in enumerate(parts, start=1):
        name = f"{number:03}"
        joined = {
            "resources": [f"../../base/{name}"],
            "components": [f"../../component/{name}"],
        }
        text = page(_KUSTOMIZATION | joined, header=[f"{_BY} Part {number} of the migration."])
        trees += [_base(objects, f"base/{name}"), _component(objects, f"component/{name}")]
        trees.append({f"parts/{name}/kustomization.yaml": text})
    return trees


def _frame(plan: Plan, parts: Sequence[str] = ()) -> dict[str, str]:
    """The kustomizations that hold the rest together."""
    whole: dict[str, Any] = {"resources": ["base"], "components": ["component"]}
    tree = {"rollback/kustomization.yaml": _rollback(plan)}
    if parts:
        whole = {"resources": [f"parts/{part}" for part in parts]}
        header = [f"{_BY} The objects as they were read, in parts: kustomize is quadratic."]
        tree["base/kustomization.yaml"] = page(
            _KUSTOMIZATION | {"resources": list(parts)}, header=header
        )
        tree["component/kustomization.yaml"] = page(
            _COMPONENT | {"components": list(parts)}, header=_component_header()
        )
    tree["kustomization.yaml"] = page(
        _KUSTOMIZATION | whole,
        header=[f"{_BY} Multus in thick mode: kubectl kustomize <this folder>"],
    )
    return tree


def _stages(plan: Plan, parts: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """The folders of the stages, each a root that builds upon the base and the component."""
    for staged in stages(plan):
        up = "../" * (staged.folder.count("/") + 1)
        whole: dict[str, Any] = {"resources": [f"{up}base"]}
        if staged.migrated and parts:
            whole = {"resources": [f"{up}parts/{part}" for part in parts]}
        elif staged.migrated:
            whole["components"] = [f"{up}component"]
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
        tree = _KUSTOMIZATION | whole | ({"patches": entries} if entries else {})
        header = [f"{_BY} {STAGES[staged.folder]}"]
        yield {f"{staged.folder}/kustomization.yaml": page(tree, header=header), **files}


def _root_base(root_reference: str) -> str:
    header = [f"{_BY} The kustomize root that was read, by reference."]
    return page(_KUSTOMIZATION | {"resources": [f"../{root_reference}"]}, header=header)


def _base(objects: Sequence[Planned], folder: str) -> dict[str, str]:
    documents = [planned.document for planned in objects if planned.document]
    names = [f"{file_stem(document.ref)}.yaml" for document in documents]
    header = [f"{_BY} The objects as they were read; patches are in component/."]
    kustomization = page(_KUSTOMIZATION | {"resources": names}, header=header)
    return _distinct(
        [
            {f"{folder}/kustomization.yaml": kustomization},
            *({f"{folder}/{n}": base_text(d)} for n, d in zip(names, documents, strict=True)),
        ]
    )


def _component(
    objects: Sequence[Planned], folder: str, *, committed: bool = False, lists: int = LISTS
) -> dict[str, str]:
    """Patches of what changes, resources that are new."""
    folder = f"{folder}/" if folder else ""
    resources: list[str] = []
    patches: list[dict[str, Any]] = []
    trees: list[dict[str, str]] = []
    for planned in objects:
        if planned.document is None:
            path = f"resources/{file_stem(planned.ref)}.yaml"
            resources.append(path)
            trees.append({f"{folder}{path}": _new_object(planned, lists)})
        elif planned.changes:
            files, entries = _patched(planned, planned.document, committed=committed, lists=lists)
            patches += entries
            trees.append({f"{folder}{path}": text for path, text in files.items()})
    fields = {"resources": resources, "patches": patches}
    tree = _COMPONENT | {key: entries for key, entries in fields.items() if entries}
    if tree == _COMPONENT:
        tree = tree | {"resources": []}  # kustomize calls a Component without any field empty
    trees.append(
        {f"{folder}kustomization.yaml": page(tree, header=_component_header(), lists=lists)}
    )
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
    stripped = yaml.safe_load(text.strip()) != yaml.safe_load(text)
    return f"{text}{_END}" if stripped else text


def _new_object(planned: Planned, lists: int) -> str:
    header = [*map(reason_of, planned.changes)]
    return page(planned.desired, header=header, lists=lists)


def _rollback(plan: Plan) -> str:
    new = [planned.ref for planned in plan.objects if planned.document is None]
    header = [f"{_BY} The way back: the objects as they were before the migration."]
    if new:
        header.append(
            "What the migration added stays in the cluster until you delete it (or a GitOps tool "
            f"prunes it): {', '.join(map(str, new))}."
        )
    header.append("The nodes keep files too: see runbook.md.")
    return page(_KUSTOMIZATION | {"resources": ["../base"]}, header=header)
