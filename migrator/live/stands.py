"""The objects of a plan against a dump: what is there, where each DaemonSet stands, what drifted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from migrator.kustomize.base import SERVER_FIELDS
from migrator.kustomize.compare import Objects, built_ref, by_object
from migrator.kustomize.plan_file import PlanFile
from migrator.live.compare import drifts, is_nothing
from migrator.live.dump import Dump
from migrator.live.records import Drift, Found, ObjectReport, Side, Stand
from migrator.model.inputs import MISSING, Document, ObjectRef
from migrator.thick.stages import ANNOTATION, HELD, STRATEGY, TEMPLATE, is_staged, strategy_of
from migrator.trees import pods
from migrator.trees.dig import mapping, maps, string
from migrator.trees.embedded import json_map
from migrator.trees.paths import get, put, same

_STAGES: Final = {
    (Side.OLD, False): Stand.BEFORE,
    (Side.NEW, True): Stand.STAGE_ONE,
    (Side.NEW, False): Stand.DONE,
    (Side.OLD, True): Stand.BACK,
}
_ANNOTATED: Final = ("metadata", "annotations", ANNOTATION)
_SELECTOR: Final = ("spec", "selector")
"""Where a DaemonSet of extensions/v1beta1 has none, the API server takes the template's labels
(k8s.io/kubernetes pkg/apis/extensions/v1beta1/defaults.go)."""
_NOT_COMPARED: Final = frozenset({"apiVersion", "kind", "metadata", "status", "stringData"})
"""The API server answers in a version of its own, and writes stringData as data."""


class Pair(Struct, frozen=True, kw_only=True):
    """An object of the plan in both builds, each MISSING where it is not in that; ``moves``: it is
    a DaemonSet of Multus whose pods are replaced. ``live`` is None where the dump has not got it,
    and ``unseen`` where it has not got its kind."""

    ref: ObjectRef
    old: Any
    new: Any
    moves: bool
    live: Document | None
    unseen: bool

    def of(self, side: Side) -> Any:
        return self.old if side is Side.OLD else self.new


def planned_refs(plan: PlanFile) -> Iterator[ObjectRef]:
    """Each object of the plan, as it is and as it will be."""
    touched = by_object([planned.change for planned in plan.changes])
    for item in plan.objects:
        yield item.ref
        yield built_ref(item.ref, touched.get(item.ref, []))


def pairs(plan: PlanFile, before: Objects, after: Objects, dump: Dump) -> tuple[Pair, ...]:
    """The objects of the plan beside what the dump has of them."""
    touched = by_object([planned.change for planned in plan.changes])
    installs = {install.daemonset for install in plan.installs}
    found = []
    for item in plan.objects:
        new_ref = built_ref(item.ref, touched.get(item.ref, []))
        old, new = before.get(item.ref, MISSING), after.get(new_ref, MISSING)
        live = dump.find(item.ref) or dump.find(new_ref)
        found.append(
            Pair(
                ref=item.ref,
                old=old,
                new=new,
                moves=item.ref in installs and _is_moved(old, new),
                live=live,
                unseen=live is None and not (dump.has(item.ref) or dump.has(new_ref)),
            )
        )
    return tuple(found)


def _is_moved(old: Any, new: Any) -> bool:
    if old is MISSING or new is MISSING:
        return False
    return is_staged(old) or is_staged(new) or not same(get(old, TEMPLATE), get(new, TEMPLATE))


def judged(found: Sequence[Pair]) -> tuple[Stand, tuple[ObjectReport, ...]]:
    """Where the rollout stands, and each object as it has to be there."""
    daemonsets = {pair.ref: _daemonset(pair) for pair in found if pair.moves}
    others = [pair for pair in found if not pair.moves]
    stands = {report.stand for report in daemonsets.values() if report.stand} or _without(others)
    stand = stands.pop() if len(stands) == 1 else Stand.NONE
    nearest = {report.nearest or report.stand for report in daemonsets.values()}
    place = nearest.pop() if len(nearest) == 1 else stand
    mounted = _old_configs(found)
    reports = (
        daemonsets.get(pair.ref) or _object(pair, _expected(pair, place or stand, mounted), place)
        for pair in found
    )
    return stand, tuple(reports)


def _daemonset(pair: Pair) -> ObjectReport:
    """A DaemonSet of Multus whose pods the plan replaces."""
    if pair.live is None:
        found = Found.UNSEEN if pair.unseen else Found.MISSING
        stand = Stand.UNSEEN if pair.unseen else Stand.NONE
        return ObjectReport(ref=pair.ref, found=found, stand=stand)
    live = _body(pair.live.data)
    old, new = _body(pair.old), _body(pair.new)
    against = {Side.OLD: drifts(old, new, live), Side.NEW: drifts(new, old, live)}
    side = min(Side.NEW, Side.OLD, key=lambda each: len(against[each]))
    held = _is_held(pair.live.data)
    own = (*against[side], *_strategy(pair.of(side), pair.live.data, held=held))
    nearest = _STAGES[side, held]
    return ObjectReport(
        ref=pair.ref,
        found=Found.DRIFTED if own else Found.AS_PLANNED,
        side=side,
        drifts=own,
        stand=Stand.NONE if own else nearest,
        nearest=nearest,
    )


def _is_held(live: Mapping[str, Any]) -> bool:
    strategy = string(live, *STRATEGY, "type")
    return strategy == HELD["type"] and get(live, _ANNOTATED) is not MISSING


def _strategy(built: Any, live: Mapping[str, Any], *, held: bool) -> Iterator[Drift]:
    """How the update strategy, and what stage one keeps of it, are not as they have to be."""
    own = strategy_of(built) or {}
    kept, there = get(live, _ANNOTATED), get(live, STRATEGY)
    if held:
        found = json_map(str(kept))
        if any(True for _ in drifts(own, own, found)):
            yield Drift(path=_ANNOTATED, expected=own, found=kept, other=False)
        return
    if not is_nothing(there) and drifts(own, own, there):
        yield Drift(path=STRATEGY, expected=own, found=there, other=False)
    if kept is not MISSING:
        yield Drift(path=_ANNOTATED, expected=MISSING, found=kept, other=False)


def _body(data: Any) -> Any:
    """What of an object is compared: all that a manifest says and nobody else, without the update
    strategy, which is that of a stage."""
    if data is MISSING:
        return data
    for path in (*SERVER_FIELDS, _ANNOTATED):
        data = put(data, path, MISSING) if get(data, path) is not MISSING else data
    body = {key: value for key, value in data.items() if key not in _NOT_COMPARED}
    metadata = mapping(data, "metadata")
    body["metadata"] = {name: metadata.get(name) for name in ("labels", "annotations")}
    if get(body, STRATEGY) is not MISSING:
        body = put(body, STRATEGY, MISSING)
    labels = get(body, (*TEMPLATE, "metadata", "labels"))
    if data.get("kind") == "DaemonSet" and get(body, _SELECTOR) is MISSING and labels:
        body = put(body, (*_SELECTOR, "matchLabels"), labels)
    return body


def sides(pair: Pair) -> Collection[Side]:
    """The sides of the move that an object is at: both where they are alike, none where it drifted."""
    if pair.live is None:
        there = MISSING
        return [side for side in Side if pair.of(side) is there]
    return [
        side for side in Side if pair.of(side) is not MISSING and not _drifts(pair, side, pair.live)
    ]


def _drifts(pair: Pair, side: Side, live: Document) -> tuple[Drift, ...]:
    built, other = pair.of(side), pair.of(OTHER[side])
    if pair.ref.kind == "CustomResourceDefinition" and built.get("apiVersion") != live.api_version:
        return ()  # the API server tells one version as another, of another shape
    body = _body(built)
    beside = body if other is MISSING else _body(other)
    return drifts(body, body if same(body, beside) else beside, _body(live.data))


OTHER: Final = {Side.OLD: Side.NEW, Side.NEW: Side.OLD}


def _without(others: Sequence[Pair]) -> set[Stand]:
    """Where a plan stands that moves no DaemonSet: its objects say it."""
    seen = [set(sides(pair)) for pair in others if not pair.unseen]
    changed = [found for found in seen if len(found) == 1]
    if all(Side.NEW in found for found in changed):
        return {Stand.DONE}
    if all(Side.OLD in found for found in changed):
        return {Stand.BEFORE}
    return {Stand.NONE}


def _expected(pair: Pair, stand: Stand, mounted: Collection[ObjectRef]) -> Side | None:
    """The side at which an object has to be, None where either will do."""
    if stand is Stand.BEFORE:
        return Side.OLD
    if stand in (Stand.STAGE_ONE, Stand.DONE):
        return Side.NEW
    if stand is Stand.BACK:
        return Side.OLD if pair.ref in mounted else Side.NEW
    return None


def _old_configs(found: Sequence[Pair]) -> frozenset[ObjectRef]:
    """The ConfigMaps that the old pods mount: stage one of the way back has them as they were."""
    names = {
        (pair.ref.namespace, string(node, "configMap", "name"))
        for pair in found
        if pair.moves
        for _, node in maps(pods.pod_spec(pair.old).get("volumes"))
    }
    return frozenset(
        pair.ref
        for pair in found
        if pair.ref.kind == "ConfigMap" and pair.old is not MISSING
        if (pair.ref.namespace, pair.ref.name) in names
    )


def _object(pair: Pair, expected: Side | None, stand: Stand | None) -> ObjectReport:
    at = sides(pair)
    side = expected or (next(iter(at), Side.NEW))
    if pair.unseen:
        return ObjectReport(ref=pair.ref, found=Found.UNSEEN)
    built, own = pair.of(side), pair.old is not MISSING and pair.new is not MISSING
    changed = None if own and same(pair.old, pair.new) else side
    if pair.live is None:
        gone = built is MISSING
        return ObjectReport(
            ref=pair.ref, found=Found.ABSENT if gone else Found.MISSING, side=changed
        )
    if built is MISSING:
        left = pair.old is MISSING
        return ObjectReport(ref=pair.ref, found=Found.LEFT if left else Found.REMAINS, side=changed)
    if side in at:
        return ObjectReport(ref=pair.ref, found=Found.AS_PLANNED, side=changed)
    found = Found.OTHER_SIDE if at else Found.DRIFTED
    return ObjectReport(
        ref=pair.ref, found=found, side=changed, drifts=_drifts(pair, side, pair.live)
    )
