"""Every object of the plan and every object that a finding names, each as one card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final, Literal

from msgspec import Struct

from migrator.model.inputs import ObjectRef
from migrator.model.plan import Finding, Plan, Planned
from migrator.report.diff import by_reason, unified
from migrator.report.html.panes import Pane, panes

Status = Literal["new", "changed", "same", "outside"]

MOST_UNIFIED: Final = 500
"""So many objects have a unified diff too; writing thousands of objects as YAML takes too long."""
_BUNDLE: Final = 8
"""So many objects that change in the same places are told as one."""


class Hunk(Struct, frozen=True, kw_only=True):
    """One place that changes, compared by field where it holds JSON. ``path`` is split before its
    last part."""

    path: tuple[str, str]
    source: str
    panes: tuple[Pane, ...]
    redacted: bool


class Reason(Struct, frozen=True, kw_only=True):
    reason: str
    rule: str
    hunks: tuple[Hunk, ...]


class Note(Struct, frozen=True, kw_only=True):
    """A finding about the object; ``severity`` may be "cured" or "suppressed" too."""

    id: str
    title: str
    severity: str


class Card(Struct, frozen=True, kw_only=True):
    """``status`` "outside" is an object that is no part of the plan but has findings.

    ``unified`` is the unified diff in blocks of lines with the same sign, None where nothing changes
    or where it was left out for size.
    """

    ref: ObjectRef
    anchor: str
    status: Status
    source: str
    reasons: tuple[Reason, ...]
    unified: tuple[tuple[str, str], ...] | None
    notes: tuple[Note, ...]

    @property
    def changes(self) -> int:
        return sum(len(reason.hunks) for reason in self.reasons)

    @property
    def severities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(note.severity for note in self.notes))

    @property
    def shape(self) -> tuple[object, ...]:
        """What makes two cards alike: the places that change, by which rule, and the findings."""
        hunks = tuple((r.rule, hunk.path) for r in self.reasons for hunk in r.hunks)
        return (self.ref.kind, self.ref.group, self.status, hunks, self.notes)


class Bundle(Struct, frozen=True, kw_only=True):
    """Cards that are alike. ``reasons`` is set where all say the same, and then said once."""

    cards: tuple[Card, ...]
    reasons: tuple[Reason, ...]


def bundles(plan: Plan, anchor: Callable[..., str]) -> tuple[Bundle, ...]:
    """What changes, what does not, what is outside of the plan; DaemonSets first, else in its order."""
    shapes: dict[tuple[object, ...], list[Card]] = {}
    for card in _cards(plan, anchor):
        shapes.setdefault(card.shape, []).append(card)
    result: list[Bundle] = []
    for cards in shapes.values():
        if len(cards) < _BUNDLE:
            result += [Bundle(cards=(card,), reasons=()) for card in cards]
        else:
            result.append(Bundle(cards=tuple(cards), reasons=_shared(cards)))
    order: dict[Status, int] = {"changed": 0, "new": 1, "same": 2, "outside": 3}
    return tuple(sorted(result, key=lambda b: (order[b.cards[0].status], _kind(b) != "DaemonSet")))


def _kind(bundle: Bundle) -> str:
    return bundle.cards[0].ref.kind


def _cards(plan: Plan, anchor: Callable[..., str]) -> Iterable[Card]:
    about: dict[ObjectRef, list[Finding]] = {}
    for finding in plan.findings:
        if finding.object is not None:
            about.setdefault(finding.object, []).append(finding)
    few = len(plan.changed) <= MOST_UNIFIED
    for planned in plan.objects:
        name = anchor("object", *_words(planned.ref))
        yield _card(planned, name, _notes(about.pop(planned.ref, ())), few)
    for ref, findings in about.items():
        yield Card(
            ref=ref,
            anchor=anchor("object", *_words(ref)),
            status="outside",
            source=next((str(f.source) for f in findings if f.source), ""),
            reasons=(),
            unified=None,
            notes=_notes(findings),
        )


def _words(ref: ObjectRef) -> tuple[str, ...]:
    return (ref.kind, ref.namespace, ref.name)


def _card(planned: Planned, anchor: str, notes: tuple[Note, ...], few: bool) -> Card:
    status: Status = "same"
    if planned.changes:
        status = "changed" if planned.document else "new"
    return Card(
        ref=planned.ref,
        anchor=anchor,
        status=status,
        source=str(planned.document.source) if planned.document else "",
        reasons=tuple(_reasons(planned)),
        unified=_blocks(unified(planned)) if few and planned.changes else None,
        notes=notes,
    )


def _reasons(planned: Planned) -> Iterable[Reason]:
    for reason, rule, differences in by_reason(planned):
        hunks = (
            Hunk(
                path=_split(difference.field.path),
                source=str(difference.source) if difference.source else "",
                panes=panes(difference),
                redacted=difference.redacted,
            )
            for difference in differences
        )
        yield Reason(reason=reason, rule=rule, hunks=tuple(hunks))


def _split(path: str) -> tuple[str, str]:
    """``spec.containers[name=a].image`` before its last part, so that this can stand out."""
    depth = 0
    for index in range(len(path) - 1, 0, -1):
        depth += (path[index] == "]") - (path[index] == "[")
        if not depth and path[index] in ".[":
            return path[:index], path[index:]
    return "", path


def _blocks(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(sign, lines with it); the sign is " ", "-", "+" or "@"."""
    return tuple((sign, "\n".join(block)) for sign, block in groupby(lines, lambda line: line[:1]))


def _notes(findings: Iterable[Finding]) -> tuple[Note, ...]:
    return tuple(
        dict.fromkeys(
            Note(
                id=f.id,
                title=f.title,
                severity="cured" if f.cured else "suppressed" if f.suppressed else f.severity,
            )
            for f in findings
        )
    )


def _shared(cards: Sequence[Card]) -> tuple[Reason, ...]:
    """The reasons of the first card where every card has the same ones."""
    first = [(r.reason, r.rule) for r in cards[0].reasons]
    alike = all([(r.reason, r.rule) for r in card.reasons] == first for card in cards)
    return cards[0].reasons if alike else ()
