"""What a plan comes to, as data that every report shows: the verdict, what repeats as one group,
and counts. No words: those are in templates/report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from migrator.model.inputs import Snapshot, Source
from migrator.model.plan import Account, Attachment, Finding, Plan, Planned, Verdict

Status = Literal["blocked", "ready", "nothing"]

VERDICTS: tuple[Verdict, ...] = (
    "broken",
    "changed",
    "still-broken",
    "unknown",
    "cured",
    "equal",
)
"""What became of an attachment, the worst first."""


class Case(Struct, frozen=True, kw_only=True):
    """One thing that was seen, at all the places where it was seen; ``suppressed`` is the reason
    why the user does not want to hear of it ("" if they do)."""

    seen: str
    remedy: str
    error: str
    suppressed: str
    places: tuple[Source, ...]


class Group(Struct, frozen=True, kw_only=True):
    """Findings of one rule that are to be read alike; ``count`` is how many there are."""

    id: str
    title: str
    severity: str
    why: str
    reference: str
    cases: tuple[Case, ...]
    count: int
    allowed: bool

    @property
    def places(self) -> tuple[Source, ...]:
        return tuple(dict.fromkeys(place for case in self.cases for place in case.places))

    @property
    def remedy(self) -> str:
        """The remedy that all cases share, "" where each has its own."""
        remedies = {case.remedy for case in self.cases}
        return remedies.pop() if len(remedies) == 1 else ""


class Summary(Struct, frozen=True, kw_only=True):
    """``readiness`` and ``assumptions`` as plan.json writes them, and ``source`` the release that
    the plan takes for today's; ``configs`` are Multus's own configs that it has nothing of; ``snapshot`` is
    what the inputs say of themselves; ``status`` is what the layout hangs on. ``manual`` is what a person
    must do besides blockers, ``lasting`` what is different for good, ``warnings`` what one should
    know. ``plugins`` is how many binaries the networks call."""

    readiness: str
    assumptions: tuple[str, ...]
    source: str
    configs: tuple[str, ...]
    snapshot: Snapshot | None
    status: Status
    sources: tuple[str, ...]
    target: str
    blockers: tuple[Group, ...]
    manual: tuple[Group, ...]
    lasting: tuple[Group, ...]
    warnings: tuple[Group, ...]
    notes: tuple[Group, ...]
    cured: tuple[Group, ...]
    suppressed: tuple[Group, ...]
    unknown: tuple[Account, ...]
    changed: tuple[Planned, ...]
    new: int
    attachments: tuple[tuple[Verdict, int], ...]
    plugins: int


def summarise(plan: Plan) -> Summary:
    """Everything but the words. Pure."""
    changed = plan.changed
    blockers = plan.blockers
    blocking = {id(finding) for finding in blockers}
    rest = [f for f in plan.findings if not (id(f) in blocking or f.cured or f.suppressed)]
    manual = [f for f in rest if f.manual]
    lasting = [f for f in rest if f.lasting and not f.manual]
    known = [f for f in rest if not (f.manual or f.lasting)]
    verdicts = Counter(a.verdict for a in plan.attachments)
    return Summary(
        readiness=plan.readiness.value,
        assumptions=tuple(assumption.value for assumption in plan.assumptions),
        source=f"v{plan.before.release} {plan.before.mode}",
        configs=plan.unread,
        snapshot=plan.before.inventory.reading.snapshot,
        status="blocked" if blockers else "ready" if changed else "nothing",
        sources=_sources(plan),
        target=str(plan.target.release),
        blockers=grouped(blockers, plan.allowed),
        manual=grouped(manual, plan.allowed),
        lasting=grouped(lasting, plan.allowed),
        warnings=grouped((f for f in known if f.severity != "info"), plan.allowed),
        notes=grouped((f for f in known if f.severity == "info"), plan.allowed),
        cured=grouped((f for f in plan.findings if f.cured), plan.allowed),
        suppressed=grouped(
            (f for f in plan.findings if f.suppressed and not f.cured), plan.allowed
        ),
        unknown=tuple(a for a in plan.accounts if a.outcome == "unknown"),
        changed=changed,
        new=sum(planned.document is None for planned in changed),
        attachments=tuple((v, verdicts[v]) for v in VERDICTS if verdicts[v]),
        plugins=len(plan.plugins),
    )


def grouped(findings: Iterable[Finding], allowed: frozenset[str]) -> tuple[Group, ...]:
    """Findings of one rule as one group, in the order in which the rules come first."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.id, finding.severity, finding.title), []).append(finding)
    return tuple(_group(members, allowed) for members in groups.values())


def _group(members: Sequence[Finding], allowed: frozenset[str]) -> Group:
    first = members[0]
    cases: dict[tuple[str, ...], dict[Source, None]] = {}
    for finding in members:
        texts = (finding.seen, finding.remedy, finding.error, finding.suppressed)
        places = cases.setdefault(texts, {})
        if finding.source:
            places[finding.source] = None
    return Group(
        id=first.id,
        title=first.title,
        severity=first.severity,
        why=first.why,
        reference=first.reference,
        cases=tuple(
            Case(seen=seen, remedy=remedy, error=error, suppressed=why, places=tuple(places))
            for (seen, remedy, error, why), places in cases.items()
        ),
        count=len(members),
        allowed=first.severity == "blocker" and first.id in allowed,
    )


def worst_first(attachments: Sequence[Attachment]) -> list[Attachment]:
    """What needs to be read comes first; otherwise the order stays."""
    return sorted(attachments, key=lambda attachment: VERDICTS.index(attachment.verdict))


def fates(attachments: Sequence[Attachment]) -> tuple[tuple[Verdict, tuple[str, ...]], ...]:
    """The networks that are not unchanged by what becomes of them, the worst first, each once."""
    found: dict[Verdict, dict[str, None]] = {}
    for attachment in worst_first(attachments):
        if attachment.verdict != "equal":
            found.setdefault(attachment.verdict, {})[attachment.network] = None
    return tuple((verdict, tuple(names)) for verdict, names in found.items())


def _sources(plan: Plan) -> tuple[str, ...]:
    """``v3.7.1 thin`` for each release and mode that is there, without doubles."""
    found = [f"v{i.release} {i.mode}" for i in plan.before.inventory.installs]
    if not found and plan.before.mode == "thick":
        found = ["the thick mode of a chart"]
    return tuple(dict.fromkeys(found))
