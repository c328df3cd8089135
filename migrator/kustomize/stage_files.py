"""The stages of a rollout as kustomize roots beside the whole: forward, and of the way back.

A stage is the migrated install, or the old one, with patches of its DaemonSets alone. In stage one of the
way back everything but the old pods stays migrated: nodes that were not moved back yet still run the
daemon, which needs its rights, its configuration, and networks that say theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.kustomize.compare import built_ref
from migrator.model.inputs import Document, ObjectRef
from migrator.model.inventory import Stage
from migrator.model.plan import Change, Plan, Planned
from migrator.thick.stages import RULE_ID, TEMPLATE, stage_changes
from migrator.trees import pods
from migrator.trees.dig import mapping, maps, string
from migrator.trees.paths import get, put, same

STAGES: Final[Mapping[str, str]] = {
    "stage-1": "Stage one of the rollout: thick mode, and no pod restarts until somebody deletes it.",
    "stage-2": "Stage two of the rollout: thick mode, and each DaemonSet has its own update strategy.",
    "rollback/stage-1": "Stage one of the way back: the old pods, one by one; the rest stays migrated.",
    "rollback/stage-2": "Stage two of the way back: the objects as they were.",
}
"""Folders below OUT, and what each is."""

_GOES_BACK: Final = "the old pod, for nodes that are moved back"
_READS: Final = "what the old pod reads"


class Staged(Struct, frozen=True, kw_only=True):
    """What a stage builds upon, and what it patches of that. ``migrated``: it is built upon the component;
    else upon the base."""

    folder: str
    migrated: bool
    patched: tuple[Planned, ...]


def stages(plan: Plan) -> tuple[Staged, ...]:
    """The stages of a plan, () where no pod of Multus is replaced. Pure."""
    moved = moved_daemonsets(plan)
    if not moved:
        return ()
    read = _configs(plan.objects, moved)
    return (
        Staged(folder="stage-1", migrated=True, patched=_put(moved, 1)),
        Staged(folder="stage-2", migrated=True, patched=_put(moved, 2)),
        Staged(
            folder="rollback/stage-1",
            migrated=True,
            patched=(*_patched(map(_old_pod, moved)), *map(_as_it_was, read)),
        ),
        Staged(folder="rollback/stage-2", migrated=False, patched=_patched(_old(moved))),
    )


def moved_daemonsets(plan: Plan) -> list[Planned]:
    """The DaemonSets of Multus whose pods the plan replaces."""
    installs = [install.daemonset.ref for install in plan.before.inventory.installs]
    return [
        planned
        for planned in plan.objects
        if planned.ref in installs
        and planned.document is not None
        and not same(get(planned.document.data, TEMPLATE), get(planned.desired, TEMPLATE))
    ]


def _configs(objects: Sequence[Planned], moved: Sequence[Planned]) -> list[Planned]:
    """The ConfigMaps that the old pods mount and that the migration changes."""
    old = {p.ref: p.document.data for p in moved if p.document is not None}
    mounted = frozenset(mounted_configs(old))
    return [o for o in objects if o.ref in mounted and o.document and o.changes and o.desired]


def mounted_configs(daemonsets: Mapping[ObjectRef, Mapping[str, Any]]) -> Iterator[ObjectRef]:
    """The ConfigMaps that the pods of DaemonSets mount, projected ones among them."""
    for ref, data in daemonsets.items():
        for _, node in maps(pods.pod_spec(data).get("volumes")):
            config = mapping(node, "configMap")
            if name := string(config, "name"):
                yield ObjectRef(group="", kind="ConfigMap", namespace=ref.namespace, name=name)


def _migrated(planned: Planned) -> Document:
    """The object as the component leaves it."""
    document = planned.document
    assert document is not None  # noqa: S101 - `moving` and `_configs` take no new objects
    ref = built_ref(planned.ref, planned.changes)
    return replace(
        document, ref=ref, api_version=str(planned.desired["apiVersion"]), data=planned.desired
    )


def _was(planned: Planned) -> Mapping[str, Any]:
    return planned.document.data if planned.document else {}


def _put(moved: Sequence[Planned], stage: Stage) -> tuple[Planned, ...]:
    return _patched(
        (document, tuple(stage_changes(document, stage, was=_was(planned))))
        for planned in moved
        for document in (_migrated(planned),)
    )


def _old_pod(planned: Planned) -> tuple[Document, tuple[Change, ...]]:
    document = _migrated(planned)
    back = _change(document, TEMPLATE, get(_was(planned), TEMPLATE), _GOES_BACK)
    return document, (back, *stage_changes(document, 1, was=_was(planned)))


def _old(moved: Sequence[Planned]) -> Iterator[tuple[Document, tuple[Change, ...]]]:
    for planned in moved:
        if planned.document is not None:
            yield planned.document, tuple(stage_changes(planned.document, 2))


def _as_it_was(planned: Planned) -> Planned:
    document = _migrated(planned)
    changes = tuple(
        replace(change, before=change.after, after=change.before, rule=RULE_ID, reason=_READS)
        for change in reversed(planned.changes)
    )
    return Planned(ref=document.ref, document=document, desired=_was(planned), changes=changes)


def _change(document: Document, path: tuple[str, ...], after: object, reason: str) -> Change:
    return Change(
        object=document.ref,
        path=path,
        before=get(document.data, path),
        after=after,
        reason=reason,
        rule=RULE_ID,
        source=document.at(path),
    )


def _patched(each: Iterator[tuple[Document, tuple[Change, ...]]]) -> tuple[Planned, ...]:
    """Those that have something to change."""
    return tuple(
        Planned(
            ref=document.ref, document=document, desired=with_changes(document, own), changes=own
        )
        for document, own in each
        if own
    )


def with_changes(document: Document, changes: Sequence[Change]) -> Mapping[str, Any]:
    """The object with the changes."""
    tree: Mapping[str, Any] = document.data
    for change in changes:
        tree = put(tree, change.path, change.after)
    return tree
