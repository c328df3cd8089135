"""Which release a plan moves to: what --target says, or, for ``auto``, what fits best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from migrator.model.inventory import Inventory
from migrator.model.plan import Decision, Plan
from migrator.model.release import Release
from migrator.multus.releases import DEFAULT_TARGET, TARGETS
from migrator.trees.wording import listed

AUTO: Final = "auto"
LATEST: Final = "latest"
SUBJECT: Final = "target release"

PlanTo = Callable[[Release], Plan]


def stated_target(text: str) -> Release | None:
    """``4.2.4``, ``v4.2.4``, ``4.2.4-thick`` (as image tags have it), ``4.2`` (its newest known patch), ``latest``; None for ``auto``.

    Errors: ValueError that lists what there is, for everything else.
    """
    if text == AUTO:
        return None
    if text == LATEST:
        return max(TARGETS)
    minor = text.removeprefix("v").removesuffix("-thick")
    fitting = [r for r in TARGETS if minor in (str(r), f"{r.major}.{r.minor}")]
    if not fitting:
        known = ", ".join(map(str, TARGETS))
        raise ValueError(f"{text!r} is none of {AUTO}, {LATEST}, {known}")
    return max(fitting)


def plan_to_target(inventory: Inventory, text: str, plan_to: PlanTo) -> Plan:
    """The plan for what --target says, with the decision why it is that release.

    Errors: those of ``stated_target``, and of ``plan_to``.
    """
    release = stated_target(text)
    if release is None:
        plan, reason = _best(inventory, plan_to)
    else:
        plan, reason = plan_to(release), f"stated with --target {text}"
    decision = Decision(subject=SUBJECT, choice=f"v{plan.target.release}", reason=reason)
    return replace(plan, decisions=(decision, *plan.decisions))


def _best(inventory: Inventory, plan_to: PlanTo) -> tuple[Plan, str]:
    """Ruling of --target auto: a thick source without a blocker keeps its release; else the
    recommended one, or the nearest that lacks a blocker of it and is not older than the source."""
    own = _thick_source(inventory)
    if own is not None:
        plan = plan_to(own)
        if not plan.blockers:
            return plan, f"v{own} already runs in thick mode, and nothing speaks against it"
    source = max((install.release for install in inventory.installs), default=TARGETS[0])
    known = [release for release in TARGETS if release >= source] or [max(TARGETS)]
    first = DEFAULT_TARGET if DEFAULT_TARGET in known else known[0]
    why = (
        "the recommended release"
        if first == DEFAULT_TARGET
        else f"the recommended v{DEFAULT_TARGET} is older than v{source}, which runs"
    )
    plan = plan_to(first)
    if not plan.blockers:
        return plan, why
    others = [plan_to(release) for release in _by_nearness(known, first)]
    better = _nearest_without(plan, others)
    if better is None:
        return plan, why
    cured = sorted({id_ for id_, _ in _blockers(plan) - _blockers(better)})
    return better, f"v{first} has a blocker that this one does not have: {listed(cured)}"


def _thick_source(inventory: Inventory) -> Release | None:
    """The release of installs that are all thick and of one release, which is known for sure."""
    sure = {
        install.release
        if install.mode == "thick" and install.confidence in ("certain", "stated")
        else None
        for install in inventory.installs
    }
    only = sure.pop() if len(sure) == 1 else None
    return only if only is not None and only <= max(TARGETS) else None


def _by_nearness(known: Sequence[Release], first: Release) -> Iterable[Release]:
    """Places in the table away from ``first``; of two at one distance the newer."""
    at = known.index(first)
    return sorted(
        (release for release in known if release != first),
        key=lambda release: (abs(known.index(release) - at), -known.index(release)),
    )


def _nearest_without(plan: Plan, others: Sequence[Plan]) -> Plan | None:
    """The first of ``others`` with some, and no other, of the plan's blockers gone, such that none
    of them has still fewer of those: which ones counts, never how many."""
    better = [other for other in others if _blockers(other) < _blockers(plan)]
    return next(
        (one for one in better if not any(_blockers(o) < _blockers(one) for o in better)), None
    )


def _blockers(plan: Plan) -> frozenset[tuple[str, str]]:
    return frozenset((finding.id, str(finding.object)) for finding in plan.blockers)
