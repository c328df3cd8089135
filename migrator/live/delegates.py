"""What each workload gets of each network before and after a change, and what it is for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec.structs import replace

from migrator.checks.attached import BROKEN, CHANGED, FAILS, MISSING_NAD
from migrator.checks.common import finding
from migrator.inventory.confdir import main_install
from migrator.live.reviewed import Cause, Fate, Network
from migrator.model.inputs import ObjectRef
from migrator.model.inventory import Inventory, State, Workload
from migrator.model.plan import EVERY_POD, Attachment, Failure, Finding, Verdict
from migrator.plan.attachments import Comparison, Today
from migrator.plan.every_pod import NOBODY

_Key = tuple[ObjectRef, str, int]
_FATES: Mapping[Verdict, Fate] = {
    "equal": Fate.EQUAL,
    "changed": Fate.CHANGED,
    "broken": Fate.LOST,
    "cured": Fate.GAINED,
    "still-broken": Fate.BROKEN,
    "unknown": Fate.UNKNOWN,
}


def networks(before: State, after: State, *, elsewhere: bool) -> tuple[Network, ...]:
    """What every pod gets, then each workload in the order of the State before, new ones last.
    ``elsewhere`` says that an install after may come from what was not read."""
    compared = Comparison(before, after, runs=before.mode == after.mode).under(before.release)
    rows = [
        *compared.of_every_pod(),
        *_readable(_rows(before.inventory, after.inventory, compared)),
    ]
    gone = bool(main_install(before.inventory)) and not main_install(after.inventory)
    had, has = _names(before.inventory), _names(after.inventory)
    return tuple(
        _without_install(row, elsewhere=elsewhere)
        if gone and row.after is not NOBODY
        else _judged(row, had=_name(row) in had, has=_name(row) in has)
        for row in rows
    )


def _rows(before: Inventory, after: Inventory, compared: Today) -> Iterator[Attachment]:
    old, new = _by_key(before.workloads), _by_key(after.workloads)
    for key in dict.fromkeys((*old, *new)):
        here, there = old.get(key), new.get(key)
        if here and there and _asked(here) == _asked(there):
            yield from (replace(row, source=there.source) for row in compared.of(here))
        elif one := there or here:
            nothing = replace(one, networks=None, default_network=None)
            found = compared.of(here or nothing, there or nothing)
            yield from (replace(row, source=one.source) for row in found)


def _readable(rows: Iterable[Attachment]) -> Iterator[Attachment]:
    """Where an annotation can no longer be read, each network that it asked for fails so."""
    for _, found in groupby(rows, key=lambda row: (row.workload, row.origin)):
        own = list(found)
        unread = [r for r in own if r.after.failure is Failure.ANNOTATION and r.before is NOBODY]
        gone = [r for r in own if r.after is NOBODY]
        if unread and gone:
            yield from (replace(r, after=unread[0].after, verdict="broken") for r in gone)
        else:
            yield from own


def _by_key(workloads: Iterable[Workload]) -> dict[_Key, Workload]:
    """One object may have several pod templates."""
    found: dict[_Key, Workload] = {}
    times: Counter[tuple[ObjectRef, str]] = Counter()
    for workload in workloads:
        key = (workload.document.ref, workload.origin)
        found[(*key, times[key])] = workload
        times[key] += 1
    return found


def _asked(workload: Workload) -> tuple[str, str | None, str | None]:
    return workload.namespace, workload.networks, workload.default_network


def _without_install(row: Attachment, *, elsewhere: bool) -> Network:
    """Nothing attaches a network where no Multus is left."""
    if elsewhere:
        return Network(row=row, fate=Fate.UNKNOWN, cause=Cause.INSTALL_ELSEWHERE)
    if row.before.error:
        return Network(row=row, fate=Fate.BROKEN, cause=Cause.INSTALL_GONE)
    return Network(row=row, fate=Fate.LOST, cause=Cause.INSTALL_GONE)


def _judged(row: Attachment, *, had: bool, has: bool) -> Network:
    """``had`` and ``has`` say whether the NAD is among the inputs before and after."""
    fate = _FATES[row.verdict]
    if row.after is NOBODY and row.origin != EVERY_POD:
        return Network(row=row, fate=Fate.UNASKED)
    if row.before is NOBODY:
        return _new(row, has=has)
    if had and not has and row.after.unknown:
        lost = Fate.BROKEN if row.before.error else Fate.LOST
        return Network(row=row, fate=lost, cause=Cause.NAD_GONE)
    if has and not had and row.before.unknown:
        return Network(row=row, fate=_of_new(row), cause=Cause.NAD_NEW)
    if fate is Fate.UNKNOWN and row.after.error:
        fate = Fate.BROKEN
    return Network(row=row, fate=fate)


def _new(row: Attachment, *, has: bool) -> Network:
    """A network that was not asked for, or could not be there."""
    fate = _of_new(row)
    missing = fate is Fate.UNKNOWN and not has and row.after.failure is not Failure.VARIABLE
    return Network(row=row, fate=fate, cause=Cause.NAD_MISSING if missing else Cause.ASKED)


def _of_new(row: Attachment) -> Fate:
    if row.after.error:
        return Fate.BROKEN
    return Fate.UNKNOWN if row.after.unknown else Fate.GAINED


def _name(row: Attachment) -> str:
    return row.network.partition("@")[0]


def _names(inventory: Inventory) -> frozenset[str]:
    return frozenset(f"{nad.namespace}/{nad.name}" for nad in inventory.nads)


_RULES = {
    Fate.LOST: BROKEN,
    Fate.CHANGED: CHANGED,
    Fate.BROKEN: FAILS,
    Fate.UNKNOWN: MISSING_NAD,
}
_WHY = {
    Fate.LOST: "its pods have the network before the change, and fail or go without it after",
    Fate.CHANGED: "its pods start, with another configuration of the network than before",
    Fate.BROKEN: "its pods cannot start with it",
    Fate.UNKNOWN: "what its pods get after the change is not known",
}
_REMEDIES = {
    Fate.LOST: (
        "undo the part of the change that does it, or remove the network from the workload as well"
    ),
    Fate.CHANGED: "nothing, if that is what the change is for",
    Fate.BROKEN: "correct the annotation or the NAD; the pod's events show this error",
    Fate.UNKNOWN: "correct the name, or add the file with the NAD, if no operator makes it",
}
_SEEN = {
    Cause.NAD_GONE: "its NetworkAttachmentDefinition is gone",
    Cause.INSTALL_GONE: "no Multus is left",
}


def findings(found: Sequence[Network]) -> Iterator[Finding]:
    """A finding for each network of a workload that is lost, another one, or fails anew. A pod with
    one that fails gets none, so where it got one before, that is a loss as well."""
    worked = {n.row.workload for n in found if not n.row.before.error}
    for network in found:
        row, fate = network.row, network.fate
        if fate is Fate.BROKEN and network.is_other and row.workload in worked:
            fate = Fate.LOST
        rule = _RULES.get(fate)
        if rule is None or not network.is_other:
            continue
        if fate is Fate.UNKNOWN and network.cause is not Cause.NAD_MISSING:
            continue
        told = _SEEN.get(network.cause) if network.cause else None
        given = finding(
            rule,
            object=row.workload,
            source=row.source,
            severity="warning" if fate is Fate.CHANGED else None,
            seen=f"{row.network}: {row.user}" + (f": {told}" if told else ""),
            error="" if network.cause is Cause.INSTALL_GONE else row.after.error,
            remedy=_REMEDIES[fate],
        )
        yield replace(given, why=_WHY[fate])
