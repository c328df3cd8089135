"""A live dump held against a proved plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.inventory.running_pods import PodsReport, examined
from migrator.kustomize.compare import Objects
from migrator.kustomize.plan_file import PlanFile
from migrator.live.dump import Dump, key_of, read_dump
from migrator.live.eras import eras
from migrator.live.managers import ownership
from migrator.live.nodes import moved, multus_pods, nodes
from migrator.live.records import (
    Fault,
    Found,
    LiveReport,
    Node,
    ObjectReport,
    Ownership,
    Side,
    Stand,
)
from migrator.live.stands import OTHER, Pair, judged, pairs, planned_refs
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, Source

_BEGUN = (Stand.STAGE_ONE, Stand.DONE, Stand.BACK, Stand.NONE)


def against(data: bytes, name: str, plan: PlanFile, before: Objects, after: Objects) -> LiveReport:
    """What the dump in ``data``, of the file ``name``, says of a plan and the builds of its base and
    of OUT.

    Errors: InputError where the dump cannot be read; MigratorError where none of its objects is
    one of the plan's.
    """
    dump = read_dump(data, name, planned_refs(plan))
    found = pairs(plan, before, after, dump)
    if not any(pair.live for pair in found):
        raise MigratorError(
            "no object of the plan is in it",
            source=Source(file=name, line=1),
            hint="give the output of: kubectl get daemonsets,configmaps,clusterroles,"
            "net-attach-def,crd,pods,nodes -A -o yaml",
        )
    stand, objects = judged(found)
    moving = moved(found, plan.installs)
    running = multus_pods(dump, moving)
    there = nodes(dump, running, moving) if dump.pods else None
    left = any(each.found is Found.LEFT for each in objects)
    drain, late = eras(dump, running, there or (), moving, stand, left=left)
    pods = examined([pod.data for pod in dump.pods], name, plan.release) if dump.pods else None
    owners = tuple(_owners(found, objects))
    return LiveReport(
        release=plan.release,
        stand=stand,
        objects=objects,
        unseen=_unseen(found, dump),
        owners=owners,
        nodes=there,
        pods=pods,
        drain=drain,
        late=late,
        faults=tuple(_faults(stand, objects, owners, there, pods, late=bool(late))),
    )


def _unseen(found: Sequence[Pair], dump: Dump) -> tuple[str, ...]:
    """The kinds that the dump has none of, in the order of the plan."""
    kinds = [key_of(pair.ref)[1] for pair in found if pair.unseen]
    return tuple(dict.fromkeys([*kinds, *([] if dump.pods else ["Pod"])]))


def _owners(found: Sequence[Pair], reports: Sequence[ObjectReport]) -> Iterator[Ownership]:
    """Of the objects that the plan changes: who owns what is changed next, forward where they are
    not migrated, and on the way back where they are."""
    for pair, report in zip(found, reports, strict=True):
        if pair.live is None or report.side is None or MISSING in (pair.old, pair.new):
            continue
        forward, due = _next(report)
        side = Side.OLD if forward else Side.NEW
        there, wanted = pair.of(side), pair.of(OTHER[side])
        own = ownership(pair.ref, pair.live, there, wanted, forward=forward, due=due)
        if own is not None:
            yield own


def _next(report: ObjectReport) -> tuple[bool, bool]:
    """(whether the object goes forward next, whether that has still to come out)."""
    if report.found is not Found.AS_PLANNED:
        return report.nearest is not Stand.BACK, True
    forward = report.side is Side.OLD and report.stand is not Stand.BACK
    return forward, forward


def _faults(
    stand: Stand,
    objects: Sequence[ObjectReport],
    owners: Sequence[Ownership],
    there: Sequence[Node] | None,
    pods: PodsReport | None,
    *,
    late: bool,
) -> Iterator[Fault]:
    if stand is Stand.NONE or any(each.found is Found.OTHER_SIDE for each in objects):
        yield Fault.MIXED
    if any(each.found in (Found.DRIFTED, Found.REMAINS) for each in objects):
        yield Fault.DRIFTED
    if any(each.found is Found.MISSING for each in objects):
        yield Fault.MISSING
    if any(each.rejected for each in owners):
        yield Fault.OWNER
    if any(is_wrong(node, stand) for node in there or ()):
        yield Fault.NODES
    if pods is not None and pods.silent:
        yield Fault.PODS
    if late and stand is Stand.BACK:
        yield Fault.THICK_ERA
    rolls_out = any(each.stand for each in objects)
    if stand is Stand.UNSEEN or (there is None and rolls_out and stand in _BEGUN):
        yield Fault.UNSEEN


def is_wrong(node: Node, stand: Stand) -> bool:
    """Whether a node is not as it may be where the rollout stands: half moved it may be in stage one
    alone, of both ways."""
    if not node.modes:
        return node.wanted
    if not node.ready or len(node.modes) > 1:
        return True
    wrong = {Stand.BEFORE: Side.NEW, Stand.DONE: Side.OLD}.get(stand)
    return wrong is not None and node.side is wrong
