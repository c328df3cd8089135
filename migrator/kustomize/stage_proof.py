"""The proof of the stages: what each one changes of the builds that were proved already.

The stages are roots of their own, and to build each of them whole would build the base four times more.
They patch a DaemonSet or two: so those objects are taken from the builds, each patched by the real
kustomize with the stage's own files, all in one build; and each stage has to build upon the same folders
as the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from migrator.kustomize.compare import Objects, built_ref, by_object, differences
from migrator.kustomize.names import file_stem, target
from migrator.kustomize.plan_file import PlanFile
from migrator.kustomize.stage_files import STAGES, mounted_configs
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, Document, ObjectRef, Source
from migrator.model.inventory import Stage
from migrator.model.plan import Change
from migrator.multus.rbac import keeps
from migrator.read.files import read_bytes
from migrator.read.streams import parse_documents
from migrator.thick.stages import TEMPLATE, stage_changes
from migrator.tools.bounds import OUT_FILE
from migrator.tools.kustomize import Build, put_down
from migrator.trees import pods
from migrator.trees.dump import dump
from migrator.trees.paths import diff_paths, get, put, same
from migrator.trees.unseen import json_text

_FILE: Final = "kustomization.yaml"
_OBJECT: Final = "object.yaml"
_ROOT: Final = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
_SELECTOR: Final = ("spec", "selector")
_ORDER: Final = (
    "its pod template has lists in another order, so the next stage would restart its pods"
)
_BACK: Final = "rollback"
_LAST: Final = f"{_BACK}/stage-2"
"""The one that builds upon the base alone, and what of the old objects the rollback has beside it."""


class _Stage(NamedTuple):
    """``found`` are objects as the stage finds them, ``wanted`` as it has to leave them; the same
    identities in both."""

    folder: str
    found: Objects
    wanted: Objects


def prove_stages(
    out: Path,
    plan: PlanFile,
    changes: Sequence[Change],
    before: Objects,
    after: Objects,
    build: Build,
) -> Iterator[str]:
    """What of the stages is not as it must be, one line each; nothing where no pod of Multus is replaced.

    ``before`` and ``after`` are the builds of the base and of OUT, ``changes`` those between them.
    """
    moved = _moved(plan, changes, before, after)
    if not moved:
        return
    yield from _selectors(moved, before, after)
    yield from _rights(changes, before, after)
    stages = _stages(moved, changes, before, after)
    try:
        whole, back = _kustomization(out, "."), _kustomization(out, _BACK)
        own: dict[str, Mapping[str, Any]] = {}
        for stage in stages:
            last = stage.folder == _LAST
            up = "../" if last else "../" * (stage.folder.count("/") + 1)
            own[stage.folder] = _kustomization(out, stage.folder)
            yield from _wired(stage.folder, up, back if last else whole, own[stage.folder])
        if back.keys() - {"apiVersion", "kind", "resources"}:
            yield f"{_LAST}: the rollback has more than resources, and this stage does not"
        with put_down(_roots(out, stages, own)) as folder:
            documents, problems = parse_documents(build(folder).encode(), "the build")
    except MigratorError as error:
        yield f"the stages do not build: {error.message}"
        return
    yield from (f"the stages cannot be read: {problem.message}" for problem in problems)
    built = {document.ref.namespace: document.data for document in documents}
    for number, stage in enumerate(stages):
        after_stage = {
            ref: put(built[place], ("metadata", "namespace"), get(data, ("metadata", "namespace")))
            for place, ref, data in _places(number, stage)
            if place in built
        }
        yield from (f"{stage.folder}: {line}" for line in differences(stage.wanted, after_stage))
        yield from _orders(stage, after_stage)


def _orders(stage: _Stage, built: Objects) -> Iterator[str]:
    """Pods of another order are other pods: the DaemonSet controller compares the template with each
    revision byte by byte (pkg/controller/daemon/update.go, Match), so the next stage would replace
    all of them."""
    for ref, wanted in stage.wanted.items():
        old, new = get(wanted, TEMPLATE), get(built.get(ref, {}), TEMPLATE)
        if not same(old, new) and not diff_paths(old, new):
            yield f"{stage.folder}: {ref}: {_ORDER}"


def _moved(
    plan: PlanFile, changes: Sequence[Change], before: Objects, after: Objects
) -> dict[ObjectRef, ObjectRef]:
    """The DaemonSets whose pods are replaced: their identity in the base -> that in the build."""
    own = by_object(changes)
    names = {i.daemonset: built_ref(i.daemonset, own.get(i.daemonset, [])) for i in plan.installs}
    return {
        old: new
        for old, new in names.items()
        if old in before
        and new in after
        and not same(get(before[old], TEMPLATE), get(after[new], TEMPLATE))
    }


def _stages(
    moved: Mapping[ObjectRef, ObjectRef],
    changes: Sequence[Change],
    before: Objects,
    after: Objects,
) -> tuple[_Stage, ...]:
    """What each stage finds and has to leave, in the order of `STAGES`."""
    old = {ref: before[ref] for ref in moved}
    new = {ref: after[ref] for ref in moved.values()}
    old_pods = {r: put(after[r], TEMPLATE, get(before[o], TEMPLATE)) for o, r in moved.items()}
    configs = [
        ref
        for ref in mounted_configs(old)
        if ref in by_object(changes) and ref in before and ref in after
    ]
    read = {ref: before[ref] for ref in configs}
    back = {**new, **{ref: after[ref] for ref in configs}}
    was = {**old, **{new_ref: before[ref] for ref, new_ref in moved.items()}}
    wanted = (
        _at(new, 1, was),
        _at(new, 2, was),
        {**_at(old_pods, 1, was), **read},
        _at(old, 2, was),
    )
    return tuple(map(_Stage, STAGES, (new, new, back, old), wanted))


def _at(objects: Objects, stage: Stage, was: Objects) -> dict[ObjectRef, Mapping[str, Any]]:
    """DaemonSets in a stage, each as nothing else leaves it; ``was`` are those of the base."""
    return {ref: _staged(ref, data, stage, was[ref]) for ref, data in objects.items()}


def _staged(
    ref: ObjectRef, data: Mapping[str, Any], stage: Stage, was: Mapping[str, Any]
) -> Mapping[str, Any]:
    document = Document(
        ref=ref,
        api_version=str(data.get("apiVersion", "")),
        source=Source(file="the build", line=1),
        data=data,
        form="build",
        text="",
        lines={},
    )
    for change in stage_changes(document, stage, was=was):
        data = put(data, change.path, change.after)
    return data


def _selectors(
    moved: Mapping[ObjectRef, ObjectRef], before: Objects, after: Objects
) -> Iterator[str]:
    """A DaemonSet with another selector would be a second one, beside the first."""
    for old, new in moved.items():
        selectors = get(before[old], _SELECTOR), get(after[new], _SELECTOR)
        if selectors[0] not in (MISSING, None) and not same(*selectors):
            yield f"{new}: its selector changes, so its pods could not be moved one by one"


def _rights(changes: Sequence[Change], before: Objects, after: Objects) -> Iterator[str]:
    """While nodes are moved, pods of both eras run with the rights of the build."""
    own = by_object(changes)
    for ref in own:
        new = built_ref(ref, own[ref])
        if ref.kind not in ("ClusterRole", "Role") or ref not in before or new not in after:
            continue
        old, kept = (pods.items(data, "rules") for data in (before[ref], after[new]))
        for rule in old:
            if not any(same(rule, each) for each in kept) and not keeps(kept, rule):
                yield f"{new}: pods that were not moved yet lose a right: {json_text(rule).strip()}"


def _kustomization(out: Path, folder: str) -> Mapping[str, Any]:
    """Errors: MigratorError where there is none that can be read. Not by libyaml, which ends the process
    where a text that somebody edited is very deep."""
    try:
        data = yaml.safe_load(_text(out / folder / _FILE))
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a date that is none
        data = None
    if not isinstance(data, dict):
        raise MigratorError(f"{folder}/{_FILE} is not a kustomization")
    return data


def _text(path: Path) -> str:
    """Errors: MigratorError."""
    return read_bytes(path, OUT_FILE).decode("utf-8", "replace")


def _wired(
    folder: str, up: str, whole: Mapping[str, Any], found: Mapping[str, Any]
) -> Iterator[str]:
    """A stage has nothing but its patches over what the ``whole`` builds upon, which is ``up`` from it."""
    wanted = {
        field: [f"{up}{name}" for name in names]
        for field, names in (
            ("resources", whole.get("resources")),
            ("components", whole.get("components")),
        )
        if names
    }
    rest = {
        key: value for key, value in found.items() if key not in ("apiVersion", "kind", "patches")
    }
    if rest != wanted or found.get("kind") != _ROOT["kind"]:
        yield f"{folder}: it is not built on what the whole is built on"


def _roots(
    out: Path, stages: Sequence[_Stage], own: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """One small root for each object of each stage, and the root that holds them: path -> text. Each puts
    its object into a namespace of its own, so that all of them fit into one build. ``own`` are the
    kustomizations of the stages, by folder.

    Errors: MigratorError where a patch of a stage cannot be read, or is of no object of the stage.
    """
    files: dict[str, str] = {}
    names: list[str] = []
    for number, stage in enumerate(stages):
        entries = _entries(out, stage, own[stage.folder])
        for place, ref, data in _places(number, stage):
            held = entries.get(file_stem(ref), [])
            patches = [{**entry, "path": str(index)} for index, (entry, _) in enumerate(held)]
            tree = {**_ROOT, "namespace": place, "resources": [_OBJECT], "patches": patches}
            files[f"{place}/{_FILE}"] = dump(tree)
            files[f"{place}/{_OBJECT}"] = dump(data)
            files |= {f"{place}/{index}": text for index, (_, text) in enumerate(held)}
            names.append(place)
    return {**files, _FILE: dump(_ROOT | {"resources": names})}


def _entries(
    out: Path, stage: _Stage, kustomization: Mapping[str, Any]
) -> Mapping[str, list[tuple[Mapping[str, Any], str]]]:
    """The patches of a stage with their texts, by the name that their files have after the object.

    Errors: MigratorError for one that is of no object of the stage.
    """
    found: dict[str, list[tuple[Mapping[str, Any], str]]] = {file_stem(r): [] for r in stage.found}
    known = {str(entry["path"]): (stem, entry) for stem, entry in _known(stage)}
    entries = kustomization.get("patches") or []
    for entry in entries if isinstance(entries, list) else [entries]:
        path = str(entry.get("path")) if isinstance(entry, dict) else ""
        stem, wanted = known.get(path, ("", None))
        if wanted is None:
            raise MigratorError(f"{stage.folder} has a patch of no object that is moved: {path}")
        if entry != wanted:
            raise MigratorError(f"{stage.folder} has a patch of more than one object: {path}")
        found[stem].append((wanted, _text(out / stage.folder / path)))
    return found


def _known(stage: _Stage) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file stem, entry) of each patch that a stage may have. What a patch is for is a part of the proof:
    each is tried on its own object alone."""
    for ref in stage.found:
        stem = file_stem(ref)
        selected = target(ref, frozenset({ref.group}))
        yield stem, {"path": f"patches/{stem}.guard.yaml", "target": selected}
        yield stem, {"path": f"patches/{stem}.yaml"}


def _places(number: int, stage: _Stage) -> Iterator[tuple[str, ObjectRef, Mapping[str, Any]]]:
    """(a namespace of its own, identity, object as the stage finds it)."""
    for index, (ref, data) in enumerate(stage.found.items()):
        yield f"stage-{number}-{index}", ref, data
