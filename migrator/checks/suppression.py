"""Findings that the user has read and does not want to hear of again: with a reason, or not at all.

On the object that the finding is about:

    metadata:
      annotations:
        multus-migrator/ignore.P24: "evictions are off on these nodes"

or in multus-migrator.toml, where it can end by itself:

    [[suppress]]
    id = "P24"
    object = "DaemonSet kube-system/kube-multus-ds"   # as the report writes it; "*" for all
    reason = "evictions are off on these nodes"
    expires = 2027-01-31
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from migrator.checks.withdrawn import WITHDRAWN
from migrator.model.inputs import Document, ObjectRef, Source
from migrator.model.plan import Finding, Rule
from migrator.trees.dig import mapping
from migrator.trees.wording import closest

PREFIX = "multus-migrator/ignore."

EXPIRED = Rule(
    id="M10",
    title="A suppression has expired",
    why="what it hid is shown again until somebody reviews it and sets a new date",
    reference="multus-migrator.toml",
    severity="warning",
)
USELESS = Rule(
    id="M11",
    title="A suppression can never apply",
    why="a suppression of an unknown id hides nothing, and one without a reason cannot "
    "be judged later",
    reference="multus-migrator/ignore.<id> annotations",
    severity="warning",
)
STEERED = Rule(
    id="M15",
    title="A change alters the settings of its own review",
    why="whoever makes a change must not decide what is found in it: suppressions and "
    "settings count as they were before the change, and the new ones apply from "
    "the next change on",
    reference="multus-migrator/ignore.<id> annotations; multus-migrator.toml",
    handling="`review` reports it, and follows what was there before.",
    severity="warning",
)
RULES = (EXPIRED, USELESS, STEERED)


class Suppression(Struct, frozen=True, kw_only=True):
    """``object`` is the reference as the report writes it, or "*". ``expires`` is the last day on
    which it holds (None: for ever)."""

    id: str
    object: str
    reason: str
    source: Source
    expires: datetime.date | None = None


def annotated(documents: Sequence[Document]) -> tuple[Suppression, ...]:
    """The suppressions that stand as annotations on the objects themselves."""
    return tuple(found for document in documents for found in _of(document))


def _of(document: Document) -> Iterator[Suppression]:
    for key, value in mapping(document.data, "metadata", "annotations").items():
        if str(key).startswith(PREFIX):
            yield Suppression(
                id=key[len(PREFIX) :],
                object=str(document.ref),
                reason=value.strip() if isinstance(value, str) else "",
                source=document.at(("metadata", "annotations", key)),
            )


def apply(
    findings: Iterable[Finding],
    suppressions: Sequence[Suppression],
    known_ids: Collection[str],
    today: datetime.date,
) -> tuple[Finding, ...]:
    """The findings, those that are suppressed with the reason in ``suppressed``; then what is
    wrong with the suppressions themselves. Pure; ``today`` decides which have expired."""
    working = [s for s in suppressions if s.reason and s.id in known_ids]
    live = [s for s in working if s.expires is None or s.expires >= today]
    shown = [_suppressed(finding, live) for finding in findings]
    return (
        *shown,
        *(_expired(s, shown) for s in working if s not in live),
        *(_useless(s, known_ids) for s in suppressions if s not in working),
    )


def _suppressed(finding: Finding, live: Sequence[Suppression]) -> Finding:
    for suppression in live:
        if suppression.id == finding.id and _is_about(suppression, finding.object):
            return replace(finding, suppressed=suppression.reason)
    return finding


def _is_about(suppression: Suppression, ref: ObjectRef | None) -> bool:
    return suppression.object == "*" or (ref is not None and suppression.object == str(ref))


def steered(seen: str, source: Source) -> Finding:
    """What a change does to the suppressions or settings, as ``seen``."""
    return Finding(
        id=STEERED.id,
        severity=STEERED.severity,
        title=STEERED.title,
        seen=seen,
        why=STEERED.why,
        remedy="review it like the change itself, and decide whether the reason is good enough",
        reference=STEERED.reference,
        source=source,
    )


def _expired(suppression: Suppression, findings: Sequence[Finding]) -> Finding:
    again = sum(f.id == suppression.id and _is_about(suppression, f.object) for f in findings)
    return Finding(
        id=EXPIRED.id,
        severity=EXPIRED.severity,
        title=EXPIRED.title,
        seen=f"{suppression.id} for {suppression.object} ended on {suppression.expires}"
        + ("" if again else ", and there is nothing left to suppress"),
        why=EXPIRED.why,
        remedy="review it again, and set a new date in expires" if again else "remove the entry",
        reference=EXPIRED.reference,
        source=suppression.source,
    )


def _useless(suppression: Suppression, known_ids: Collection[str]) -> Finding:
    seen, remedy = _what_is_wrong(suppression, known_ids)
    return Finding(
        id=USELESS.id,
        severity=USELESS.severity,
        title=USELESS.title,
        seen=seen,
        why=USELESS.why,
        remedy=remedy,
        reference=USELESS.reference,
        source=suppression.source,
    )


def _what_is_wrong(suppression: Suppression, known_ids: Collection[str]) -> tuple[str, str]:
    """(what was seen, what to do) of a suppression that hides nothing."""
    if suppression.id in known_ids:
        return f"{suppression.id} has no reason", "write the reason as the annotation's value"
    if suppression.id in WITHDRAWN:
        seen = f"{suppression.id} was withdrawn. {WITHDRAWN[suppression.id]}"
        return seen, "remove the suppression"
    close = closest(suppression.id, known_ids)
    meant = f": {close}?" if close else "; see multus-migrator rules"
    return f"no rule has the id {suppression.id}", f"correct the id{meant}"
