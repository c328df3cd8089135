"""Two states held against each other as they are, whoever made them; nothing is planned."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from migrator.checks import (
    RULES,
    STATE_CHECKS,
    Check,
    collected,
    doubled_keys,
    images,
    meshes,
    permissions,
    suppression,
    unseen,
    variables,
)
from migrator.checks.common import finding
from migrator.checks.suppression import Suppression
from migrator.inventory.charts import installing
from migrator.live import delegates
from migrator.live.pictures import pictures
from migrator.live.reviewed import Judged, Network, Outcome, Pictures, Review, Seen, Turn
from migrator.model.inputs import ObjectRef
from migrator.model.inventory import Inventory, State, Target
from migrator.model.plan import Finding
from migrator.plan.planner import KNOWN_IDS, run_checks
from migrator.plan.states import state_as_is
from migrator.thick.intent import Intent

_AS_IT_IS: Final[tuple[Check[Intent], ...]] = tuple(
    (module.RULES, module.findings)
    for module in (unseen, collected, variables, doubled_keys, meshes)
)
"""Checks of the move that speak of what the inputs hold, and of nothing that is planned."""
_RULES: Final = {rule.id: rule for rule in RULES}
_UNSEEN: Final = frozenset(rule.id for rule in RULES if rule.unseen)
_SEVERITY: Final = {"blocker": 0, "warning": 1, "info": 2}
_TURNS: Final = tuple(Turn)
_ROLES: Final = (
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
)
_MOVING: Final = re.compile(r":\d+|v?\d+(?:\.\d+)+(?:-\w+)?")
"""Lines and releases in what was seen: a finding stays the same where only these differ."""


def review(
    before: Inventory,
    after: Inventory,
    *,
    suppressions: Sequence[Suppression] = (),
    told: Sequence[Finding] = (),
    allowed: Iterable[str] = (),
    today: datetime.date = datetime.date.min,
) -> Review:
    """The whole answer. Pure. ``suppressions`` are those of the settings before, and ``told`` what is
    to be said of the settings; those on objects count as they are before (ruling 20)."""
    old, new = state_as_is(before), state_as_is(after)
    here, there = list(_of_state(old)), list(_of_state(new))
    elsewhere = any(f.id in _UNSEEN for f in there) or _has_chart(after)
    networks = delegates.networks(old, new, elsewhere=elsewhere)
    shown = pictures(before, after)
    there += [*delegates.findings(networks), *_no_installer(shown)]
    judged = _judged(here, there, () if _hides_roles(after) else _bound(before))
    own = tuple(suppression.annotated(before.reading.documents))
    judged += [
        Judged(finding=each, turn=Turn.NEW)
        for each in (*told, *_steered(own, suppression.annotated(after.reading.documents)))
    ]
    judged = _suppressed(judged, (*own, *suppressions), today)
    permitted = frozenset(allowed)
    sides = _seen(old), _seen(new)
    return Review(
        before=sides[0],
        after=sides[1],
        networks=networks,
        findings=tuple(sorted(judged, key=_order)),
        pictures=shown,
        outcome=_outcome(sides, networks, judged, shown, permitted),
        allowed=permitted,
    )


def _seen(state: State) -> Seen:
    inventory = state.inventory
    installed = bool(inventory.installs)
    asked = inventory.nads or inventory.workloads or _has_chart(inventory)
    return Seen(
        present=installed or bool(asked),
        installed=installed,
        release=state.release,
        mode=state.mode,
        snapshot=inventory.reading.snapshot,
    )


def _has_chart(inventory: Inventory) -> bool:
    return any(True for _ in installing(inventory.reading.documents))


def _of_state(state: State) -> Iterator[Finding]:
    """What a state shows by itself. What upstream's own manifest of a release has is no fault of
    who applies it (`Rule.unmoved`)."""
    target = Target(release=state.daemon, nad_overrides={})
    nothing = Intent(before=state, target=target, forms=(), networks=())
    for found in (
        *run_checks(_AS_IT_IS, nothing, state.daemon),
        *run_checks(STATE_CHECKS, state, state.daemon),
    ):
        milder = _RULES[found.id].unmoved
        yield replace(found, severity=milder) if milder and found.severity == "blocker" else found


def _bound(before: Inventory) -> frozenset[ObjectRef]:
    """The installs that have a role."""
    return frozenset(i.daemonset.ref for i in before.installs if i.cluster_roles)


def _hides_roles(after: Inventory) -> bool:
    """Whether a snapshot lacks what would say that the roles are gone."""
    snapshot = after.reading.snapshot
    return snapshot is not None and any(map(snapshot.lacks, _ROLES))


def _judged(
    before: Sequence[Finding], after: Sequence[Finding], bound: Collection[ObjectRef]
) -> list[Judged]:
    """New, gone and the same. Of what is not there after, and was before, nothing is unknown any
    more: the role of an install that is ``bound`` above all."""
    left = Counter(map(_key, before))
    found = []
    for each in after:
        turn = Turn.SAME if left[_key(each)] > 0 else Turn.NEW
        left[_key(each)] -= 1
        found.append(Judged(finding=_as_new(each, bound) if turn is Turn.NEW else each, turn=turn))
    for each in before:
        if left[_key(each)] > 0:
            left[_key(each)] -= 1
            found.append(Judged(finding=each, turn=Turn.GONE))
    return found


def _key(found: Finding) -> tuple[str, ObjectRef | None, str]:
    return found.id, found.object, _MOVING.sub("", found.seen)


def _as_new(found: Finding, bound: Collection[ObjectRef]) -> Finding:
    """What a plan would cure, or takes to be in the cluster, stops an install that is applied. What is not
    read any more cannot be told from what is gone."""
    lost_its_role = found.id == permissions.RULE.id and found.object in bound
    if found.id in (images.DEAD.id, collected.RULE.id) or lost_its_role:
        return replace(found, severity="blocker")
    return found


def _no_installer(shown: Iterable[Pictures]) -> Iterator[Finding]:
    """Installs that put a binary on each node, and leave that to nobody."""
    for each in shown:
        if each.before and each.after and each.before.binary and not each.after.binary:
            yield finding(
                images.BUSY,
                object=each.install,
                seen=f"nothing puts multus-shim into {each.after.bin_dir} any more: a new node has "
                "none, and the others keep that of another release",
                remedy="keep the init container that installs it; if the nodes get it from elsewhere: "
                "--allow P25",
            )


def _steered(before: Iterable[Suppression], after: Iterable[Suppression]) -> Iterator[Finding]:
    """Suppressions on objects that the change itself makes or takes away."""
    known = {(s.id, s.object, s.reason) for s in before}
    for each in after:
        if (each.id, each.object, each.reason) not in known:
            seen = f"{each.object} gets {suppression.PREFIX}{each.id}"
            yield suppression.steered(seen, each.source)


def _suppressed(
    judged: Sequence[Judged], asked: Sequence[Suppression], today: datetime.date
) -> list[Judged]:
    """With the reasons of the suppressions that hold before; what is wrong with these is there
    before and after."""
    found = suppression.apply([j.finding for j in judged], asked, KNOWN_IDS, today)
    turns = [j.turn for j in judged]
    turns += [Turn.SAME] * (len(found) - len(turns))
    return [Judged(finding=f, turn=turn) for f, turn in zip(found, turns, strict=True)]


def _order(judged: Judged) -> tuple[int, bool, int]:
    found = judged.finding
    return _TURNS.index(judged.turn), bool(found.suppressed), _SEVERITY[found.severity]


def _outcome(
    sides: tuple[Seen, Seen],
    networks: Iterable[Network],
    judged: Sequence[Judged],
    shown: Iterable[Pictures],
    allowed: Collection[str],
) -> Outcome:
    new = [j.finding for j in judged if j.turn is Turn.NEW]
    blocking = [found for found in new if found.blocks(allowed)]
    if any(found.id in _UNSEEN for found in blocking):
        return Outcome.NOT_SEEN_WHOLE
    if blocking:
        return Outcome.BREAKS
    if (
        any(network.is_other for network in networks)
        or any(j.turn is not Turn.SAME for j in judged)
        or any(each.before != each.after for each in shown)
    ):
        return Outcome.CHANGES
    present = any(side.present for side in sides)
    return Outcome.NOTHING if present or judged else Outcome.NOT_FOUND
