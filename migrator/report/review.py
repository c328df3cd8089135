"""What ``review`` prints, without secrets: for people, for machines, and for a CI."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from migrator.checks.attached import BROKEN as LOST
from migrator.live.reviewed import Fate, Network, Outcome, Picture, Review, Seen, Turn
from migrator.model.inputs import MISSING, ObjectRef
from migrator.model.plan import Finding, Resolution
from migrator.report import environment, github, junit, sarif
from migrator.report.differences import leaves
from migrator.report.places import NOWHERE
from migrator.report.redaction import redacted_review
from migrator.report.safe import short
from migrator.report.summary import Group, grouped
from migrator.trees.embedded import json_or_text
from migrator.trees.paths import format_path
from migrator.trees.redact import redact_text
from migrator.trees.unseen import json_text

MARKER: Final = "<!-- multus-migrator review -->"
"""The first line of Markdown, by which a CI finds the comment that it made before."""
_MOST: Final = 20
"""How many of a kind are told one by one; JSON has all."""
_COMMENT: Final = 60_000
"""Bytes of Markdown: GitHub takes 65,536 characters of a comment, and a CI may add a line of its own."""
_PLACES: Final = 5
_SHOWN: Final = 120
_SCHEMA: Final = 1
_BAD: Final = (Outcome.BREAKS, Outcome.NOT_SEEN_WHOLE)
_TOP: Final = ("lost", "broken", "changed", "gained", "unasked", "unknown", "equal")


class Named(Struct, frozen=True, kw_only=True):
    """A review with what its two sides are called."""

    review: Review
    before: str
    after: str


class _Summary(Struct, frozen=True, kw_only=True):
    """Counts, and what is told one by one; ``counts`` are of the networks that stay as they are."""

    outcome: str
    lost: int
    others: int
    changed: int
    gained: int
    rows: tuple[Network, ...]
    counts: tuple[tuple[str, int], ...]
    nodes: tuple[tuple[ObjectRef, str, tuple[tuple[str, Any, Any], ...]], ...]
    new: tuple[Group, ...]
    gone: tuple[tuple[str, str, str, int], ...]
    same: tuple[tuple[str, str, str, int], ...]


def clean(review: Review, before: str, after: str) -> Named:
    """What may be shown of a review."""
    return Named(
        review=redacted_review(review), before=redact_text(before), after=redact_text(after)
    )


def _summary(review: Review) -> _Summary:
    moved = [n for n in review.networks if n.is_other]
    fates = Counter(n.fate for n in moved)
    stay = Counter(n.fate.value for n in review.networks if not n.is_other)
    return _Summary(
        outcome=review.outcome.value,
        lost=fates[Fate.LOST],
        others=sum(f.id != LOST.id for f in review.blockers),
        changed=fates[Fate.CHANGED],
        gained=fates[Fate.GAINED],
        rows=tuple(sorted(moved, key=lambda n: _TOP.index(n.fate.value))),
        counts=tuple((fate, stay[fate]) for fate in _TOP if stay[fate]),
        nodes=tuple(_nodes(review)),
        new=grouped(review.of(Turn.NEW), review.allowed),
        gone=_counted(review.of(Turn.GONE)),
        same=_counted(review.of(Turn.SAME)),
    )


def _counted(found: Iterable[Finding]) -> tuple[tuple[str, str, str, int], ...]:
    counts = Counter((f.id, f.severity, f.title) for f in found)
    return tuple((*key, count) for key, count in counts.items())


def _nodes(review: Review) -> Iterator[tuple[ObjectRef, str, tuple[tuple[str, Any, Any], ...]]]:
    """What differs of each install, all of one that is new, and nothing of one that is gone."""
    for each in review.pictures:
        old, new = _fields(each.before), _fields(each.after)
        if each.after is None:
            yield each.install, ": gone", ()
        elif each.before is None:
            yield each.install, ": new", tuple((name, None, new[name]) for name in new)
        elif old != new:
            places = ((name, old[name], new[name]) for name in new if old[name] != new[name])
            yield each.install, "", tuple(places)


def _fields(picture: Picture | None) -> Mapping[str, Any]:
    """Every field as it is told: a word for yes and no, and for what is not known."""
    if picture is None:
        return {}
    names = picture.__struct_fields__
    values = {name: getattr(picture, name) for name in names}
    return {name: _word(value) for name, value in values.items()}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "not known"


def _told(network: Network) -> list[str]:
    """What is not the same of a network, on a line each."""
    row = network.row
    if network.fate in (Fate.LOST, Fate.BROKEN) and row.after.error and not network.cause:
        return [short(f"error: {row.after.error}", 300)]
    if network.fate is Fate.GAINED and row.before.error and not network.cause:
        return [short(f"before: {row.before.error}", 300)]
    if network.fate is Fate.UNKNOWN:
        return [short(row.after.unknown or row.before.unknown, 300)]
    if network.fate is not Fate.CHANGED or network.cause:
        return []
    places = [
        f"{format_path(path)}: from {_value(old)} to {_value(new)}"
        for path, old, new in leaves(
            json_or_text(row.before.config), json_or_text(row.after.config), ""
        )
    ]
    if not places and row.difference:
        return [f"not the same: {row.difference.value}"]
    more = [f"and {len(places) - _PLACES} more places"] if len(places) > _PLACES else []
    return [*places[:_PLACES], *more]


def _value(value: Any) -> str:
    return "nothing" if value is MISSING else short(json.dumps(value, ensure_ascii=False), _SHOWN)


def text(named: Named) -> str:
    """For the terminal."""
    return _rendered(named, _MOST, md=False)


def markdown(named: Named) -> str:
    """For a comment on a pull request, of which a forge takes no more than `_COMMENT`; what comes from
    manifests is inert in it."""
    most, page = _MOST, _rendered(named, _MOST, md=True)
    while len(page.encode()) > _COMMENT and most > 1:
        most //= 2
        page = _rendered(named, most, md=True)
    return page


def _rendered(named: Named, most: int, *, md: bool) -> str:
    page = environment.markdown() if md else environment.terminal()
    shown = page.get_template("review.txt.j2").render(
        r=named.review,
        s=_summary(named.review),
        md=md,
        marker=MARKER,
        before=named.before,
        after=named.after,
        most=most,
        told=_told,
    )
    return environment.squeezed(shown)


def _verdict(review: Review) -> str:
    page: Any = environment.terminal().get_template("review-words.txt.j2").module
    return str(page.verdict(_summary(review))).strip()


def as_json(named: Named) -> str:
    """Every record in full."""
    review = named.review
    return json_text(
        {
            "schema": _SCHEMA,
            "tool": "multus-migrator",
            "outcome": review.outcome.value,
            "before": {"name": named.before, **_seen(review.before)},
            "after": {"name": named.after, **_seen(review.after)},
            "networks": [_network(each) for each in review.networks],
            "findings": [
                {"turn": each.turn.value, **_finding(each.finding)} for each in review.findings
            ],
            "nodes": [
                {
                    "install": _ref(each.install),
                    "before": _picture(each.before),
                    "after": _picture(each.after),
                }
                for each in review.pictures
            ],
            "blockers": [_finding(each) for each in review.blockers],
        }
    )


def _seen(seen: Seen) -> dict[str, Any]:
    return {
        "present": seen.present,
        "installed": seen.installed,
        "release": str(seen.release),
        "mode": seen.mode,
        "collected": seen.snapshot.collected if seen.snapshot else "",
        "context": seen.snapshot.context if seen.snapshot else "",
    }


def _ref(ref: ObjectRef) -> dict[str, str]:
    return {"group": ref.group, "kind": ref.kind, "namespace": ref.namespace, "name": ref.name}


def _network(network: Network) -> dict[str, Any]:
    row = network.row
    return {
        "workload": _ref(row.workload),
        "network": row.network,
        "origin": row.origin,
        "nodes": [node for node in row.nodes if node],
        "fate": network.fate.value,
        "cause": network.cause.value if network.cause else None,
        "difference": row.difference.name.lower() if row.difference else None,
        "before": _resolution(row.before),
        "after": _resolution(row.after),
        "source": {"file": row.source.file, "line": row.source.line},
    }


def _resolution(found: Resolution) -> dict[str, str]:
    every = {"config": found.config, "error": found.error, "unknown": found.unknown}
    return {name: value for name, value in every.items() if value}


def _finding(found: Finding) -> dict[str, Any]:
    source = found.source
    return {
        "id": found.id,
        "severity": found.severity,
        "title": found.title,
        "seen": found.seen,
        "why": found.why,
        "error": found.error,
        "remedy": found.remedy,
        "object": _ref(found.object) if found.object else None,
        "source": {"file": source.file, "line": source.line} if source else None,
        "suppressed": found.suppressed,
    }


def _picture(picture: Picture | None) -> dict[str, Any] | None:
    if picture is None:
        return None
    values = {name: getattr(picture, name) for name in picture.__struct_fields__}
    return {**values, "release": str(picture.release)}


def as_sarif(named: Named) -> str:
    """The findings that are new, for code scanning."""
    review, new = named.review, named.review.of(Turn.NEW)
    places = [found.source or NOWHERE for found in new]
    return sarif.log(new, places, review.allowed, {"verdict": review.outcome.value})


def as_github(named: Named) -> str:
    """Annotations of the findings that are new and not suppressed."""
    review = named.review
    new = [found for found in review.of(Turn.NEW) if not found.suppressed]
    bad = review.outcome in _BAD
    return github.commands(_verdict(review), grouped(new, review.allowed), bad=bad)


def as_junit(named: Named) -> str:
    """A test case for each object and rule that is new; one that passes where there is none."""
    review = named.review
    cases: dict[junit.Key, list[Finding]] = {}
    for found in review.of(Turn.NEW):
        file = (found.source or NOWHERE).file
        cases.setdefault((file, found.object, found.id), []).append(found)
    passes: dict[junit.Key, list[Finding]] = {("review", None, ""): []}
    return junit.document(_verdict(review), cases or passes, review.blockers, review.allowed)


WRITERS: Final[Mapping[str, Callable[[Named], str]]] = {
    "text": text,
    "markdown": markdown,
    "json": as_json,
    "sarif": as_sarif,
    "junit": as_junit,
    "github": as_github,
    "github-summary": markdown,
}
"""What renders a review, by format."""
