"""Exit codes are API: each has a contract test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from migrator.live.fleet import Told
    from migrator.live.reviewed import Review
    from migrator.model.plan import Plan

OK: Final = 0
"""Done. With --detailed-exitcode: and nothing to change."""
ERROR: Final = 1
"""Input or environment error, or the built overlay is not what was planned; nothing is written."""
CHANGES: Final = 2
"""Only with --detailed-exitcode: changes are planned."""
PERSON: Final = 3
"""Only with --detailed-exitcode: something needs a person, with or without changes."""
BLOCKED: Final = 4
"""A blocker remains: plan and report are written, patches are not."""
USAGE: Final = 64
"""The command line is wrong (EX_USAGE of sysexits.h; click's own 2 would mean changes)."""


def of_plan(plan: Plan, *, detailed: bool) -> int:
    """The exit code that a plan gives."""
    if plan.blockers:
        return BLOCKED
    if not detailed:
        return OK
    if plan.needs_person:
        return PERSON
    return CHANGES if plan.changed else OK


def of_review(review: Review, *, detailed: bool) -> int:
    """The exit code that a review gives: a network that changes is told, and no more."""
    from migrator.live.reviewed import Outcome  # most commands review nothing

    if review.outcome in (Outcome.BREAKS, Outcome.NOT_SEEN_WHOLE):
        return BLOCKED
    return CHANGES if detailed and review.outcome is Outcome.CHANGES else OK


def of_fleet(told: Told, *, part: bool) -> int:
    """The exit code that many clusters give. A part of them is done once it is written, or what runs it
    would run it again."""
    from migrator.live.fleet import BLOCKED as HELD  # most commands plan one cluster

    if part:
        return OK
    return BLOCKED if told.of(*HELD) else ERROR if told.of("failed") else OK
