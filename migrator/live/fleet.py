"""Many clusters: what becomes of each, which have equal plans, and in which order to go.

The plan of a cluster is made as `plan` makes it. What the whole is told from is a `Result` of each, small and
the same wherever it was made: it is a line of JSON on its way from a worker, a file of OUT by which a run
goes on, and an entry of fleet.json.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from migrator.model.inputs import MISSING, ObjectRef
from migrator.model.plan import Change, Finding, Plan
from migrator.trees.paths import format_path
from migrator.trees.pods import containers, pod_spec

NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?")
"""The name of a cluster, which is a folder of OUT and of every checkout of it."""
_DEVICE: Final = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
"""Windows has no such files."""


def is_name(name: str) -> bool:
    """Whether a cluster may be called so."""
    return bool(NAME.fullmatch(name)) and not _DEVICE.fullmatch(name)


Outcome = Literal[
    "blocked",
    "not-seen-whole",
    "ready-if",
    "ready",
    "nothing-to-change",
    "not-found",
    "failed",
]
"""The verdicts of plans as plan.json writes them, and that there is no plan."""
_ORDER: Final[tuple[Outcome, ...]] = (
    *("blocked", "not-seen-whole", "failed", "ready-if", "ready"),
    *("nothing-to-change", "not-found"),
)
"""What has to be read comes first."""
BLOCKED: Final = ("blocked", "not-seen-whole")

_Digest = Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{64})?\Z")]
_Name = Annotated[str, Meta(pattern=rf"^{NAME.pattern}\Z")]
_Count = Annotated[int, Meta(ge=0, le=10**9)]
_Text = Annotated[str, Meta(max_length=2000)]


class Blocker(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that blocks a plan: its id and title, what was seen first, and what to do about it."""

    id: _Text
    title: _Text
    seen: _Text
    remedy: _Text


class Result(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of one cluster.

    ``source`` is what runs today and ``target`` the release to go to, as reports write them. The counts are those
    of a plan's own first screen; ``condition`` is what READY IF rests on. Clusters with the same
    ``fingerprint`` have equal plans. ``plan`` is the SHA-256 of plan.json, and ``key`` that of all that the
    result was made of; ``root`` is the path from the plan to the kustomize root that it is laid around. ``error`` has the lines that say why there is no plan. What does not apply is empty.
    """

    name: _Name
    outcome: Outcome
    source: _Text = ""
    target: _Text = ""
    changed: _Count = 0
    new: _Count = 0
    manual: _Count = 0
    unknown: _Count = 0
    condition: _Text = ""
    blockers: tuple[Blocker, ...] = ()
    fingerprint: _Digest = ""
    plan: _Digest = ""
    key: _Digest = ""
    root: _Text = ""
    error: tuple[_Text, ...] = ()

    @property
    def can_go(self) -> bool:
        """Whether there is something to roll out, and nothing in the way."""
        return self.outcome in ("ready", "ready-if") and bool(self.changed or self.new)


class Group(Struct, frozen=True, kw_only=True):
    """Clusters with equal plans, in the order of FLEET.yaml; ``first`` stands for all."""

    first: Result
    clusters: tuple[str, ...]
    otherwise: tuple[str, ...] = ()
    """Those whose blockers are the same rules at the same objects, and not in the words of the first."""


class Told(Struct, frozen=True, kw_only=True):
    """The whole. ``waves`` are in the order in which to go: one cluster of each group, then the others."""

    results: tuple[Result, ...]
    groups: tuple[Group, ...]
    waves: tuple[tuple[str, ...], ...]

    @property
    def outcome(self) -> Outcome:
        """The gravest of all; a shard may have no cluster at all, which is nothing to change."""
        outcomes = (each.outcome for each in self.results)
        return min(outcomes, key=_ORDER.index, default="nothing-to-change")

    def of(self, *outcomes: Outcome) -> tuple[Result, ...]:
        return tuple(each for each in self.results if each.outcome in outcomes)


def told(results: Sequence[Result], *, whole: bool) -> Told:
    """What is said of these clusters, which are in the order of FLEET.yaml. There is an order to go for the
    ``whole`` alone. Pure."""
    members: dict[str, list[Result]] = {}
    for each in results:
        if each.fingerprint:
            members.setdefault(each.fingerprint, []).append(each)
    groups = sorted(members.values(), key=lambda group: _ORDER.index(group[0].outcome))
    going = [group for group in groups if whole and group[0].can_go]
    ahead = {group[0].name for group in going}
    behind = {each.name for group in going for each in group} - ahead
    waves = (tuple(r.name for r in results if r.name in part) for part in (ahead, behind))
    return Told(
        results=tuple(results),
        groups=tuple(map(_group, groups)),
        waves=tuple(filter(None, waves)),
    )


def _group(members: Sequence[Result]) -> Group:
    first = members[0]
    return Group(
        first=first,
        clusters=tuple(each.name for each in members),
        otherwise=tuple(each.name for each in members if each.blockers != first.blockers),
    )


def fingerprint(plan: Plan) -> str:
    """The same for plans that change the same and find the same, whatever cluster, file and line they come
    from. Pure. ``plan`` is one without secrets: a digest of a short one tells it.

    What is found is told by the rule and the object: sentences name files and nodes. Neither is the order of the inputs
    a part of it, nor which workloads ask for a network that stays as it is. What would run is, where it stays as
    well: the first cluster to go shows nothing of another's image.
    """
    found = {
        "verdict": [plan.readiness.value, sorted(each.value for each in plan.assumptions)],
        "from": [str(plan.before.release), plan.before.mode],
        "to": [str(plan.target.release), str(plan.target.stage)],
        "changes": _sorted(_change(c) for planned in plan.objects for c in planned.changes),
        "images": _sorted(_images(plan)),
        "findings": _sorted(_finding(finding, plan) for finding in plan.findings),
        "settings": _sorted(
            [_ref(each.object), each.kind, each.name, each.outcome] for each in plan.accounts
        ),
        "networks": _sorted(
            [each.network, each.verdict, each.difference.name if each.difference else ""]
            for each in plan.attachments
            if each.verdict != "equal"
        ),
    }
    return hashlib.sha256(_text(found).encode()).hexdigest()


def _sorted(rows: Iterable[list[Any]]) -> list[str]:
    return sorted(map(_text, rows))


def _text(tree: Any) -> str:
    return json.dumps(tree, sort_keys=True, separators=(",", ":"))


def _change(change: Change) -> list[Any]:
    ends = {"before": change.before, "after": change.after}
    values = {key: value for key, value in ends.items() if value is not MISSING}
    return [_ref(change.object), format_path(change.path), change.rule, values]


def _images(plan: Plan) -> Iterator[list[Any]]:
    """Those of each object that changes, as it shall be."""
    for planned in plan.changed:
        for field, index, container in containers(pod_spec(planned.desired)):
            yield [_ref(planned.ref), field, index, container.get("image")]


def _finding(finding: Finding, plan: Plan) -> list[Any]:
    marks = (finding.cured, finding.manual, finding.lasting, bool(finding.suppressed))
    return [
        *(finding.id, finding.severity, _ref(finding.object) if finding.object else []),
        *(*marks, finding.blocks(plan.allowed)),
    ]


def _ref(ref: ObjectRef) -> list[str]:
    return [ref.group, ref.kind, ref.namespace, ref.name]
