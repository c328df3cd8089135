"""What the planner makes: changes, findings, accounts, attachments, and the plan that holds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any, Final, Literal

from msgspec import Struct

from migrator.model.inputs import Document, ObjectRef, Path, Source
from migrator.model.inventory import State, Target
from migrator.model.release import Release, Span

Severity = Literal["blocker", "warning", "info"]


When = Literal["decide", "before the rollout", "on each node", "after the rollout"]


class Rule(Struct, frozen=True, kw_only=True):
    """What a step or check is: an id that never changes, and why it exists.

    ``handling`` says in sentences what the tool does about it, with the ids of the steps that
    cure it ("" where it is reported and no more). ``since`` (inclusive) and ``until`` (exclusive)
    bound the target releases it applies to; ``unmoved`` is the severity for a daemon that stays as
    it is. ``unseen`` says that what it finds is an install, or a part of one, that was not read;
    ``lasting`` marks what is true of thick mode for good, whatever the plan does. ``when`` is the
    point at which a person acts on it.
    """

    id: str
    title: str
    why: str
    reference: str
    handling: str = ""
    since: Release | None = None
    until: Release | None = None
    severity: Severity = "info"
    unmoved: Severity | None = None
    when: When = "decide"
    unseen: bool = False
    lasting: bool = False

    def applies_to(self, release: Release) -> bool:
        return Span(self.since, self.until).holds(release)


class Change(Struct, frozen=True, kw_only=True):
    """One planned change of one field of one object, yielded by a step.

    ``path`` () means the whole object: ``before`` MISSING creates it. ``hardening`` says that a thick
    install works without it: what it would cure is a finding of the daemon as it runs.
    """

    object: ObjectRef
    path: Path
    before: Any
    after: Any
    reason: str
    rule: str
    source: Source | None
    hardening: bool = False


Outcome = Literal["kept", "moved", "renamed", "dropped", "unknown"]


class Account(Struct, frozen=True, kw_only=True):
    """What became of one thing of the old install (promise 2)."""

    kind: Literal["flag", "config-key", "volume", "mount", "env", "rbac-rule", "field"]
    name: str
    outcome: Outcome
    detail: str
    source: Source
    object: ObjectRef


class Finding(Struct, frozen=True, kw_only=True):
    """Something a person must know or do, yielded by a check (or a step that could not act).

    ``error`` is the message that the user would otherwise meet ("" if none); ``cured`` says
    that the emitted build no longer shows it; ``manual`` that a person has to act;
    ``suppressed`` is the reason why the user does not want to hear of it ("" if they do);
    ``lasting`` that it stays true of thick mode for good.
    """

    id: str
    severity: Severity
    title: str
    seen: str
    why: str
    remedy: str
    reference: str
    error: str = ""
    object: ObjectRef | None = None
    source: Source | None = None
    cured: bool = False
    manual: bool = False
    suppressed: str = ""
    lasting: bool = False

    def blocks(self, allowed: Collection[str]) -> bool:
        """Whether it holds the patches back: neither cured by them nor accepted by the user."""
        accepted = bool(self.suppressed) or self.id in allowed
        return self.severity == "blocker" and not (self.cured or accepted)


class Judgement(Struct, frozen=True, kw_only=True):
    """What the checks say of a build by itself: its blockers and warnings, and the DaemonSets that
    run the daemon in it."""

    findings: tuple[Finding, ...]
    daemons: tuple[ObjectRef, ...]


class Failure(Enum):
    """Why Multus attaches no network: the class of a ``Resolution.error``."""

    ANNOTATION = "the annotation cannot be read"
    NOT_FOUND = "the NetworkAttachmentDefinition, file or directory is not there"
    ISOLATION = "namespaceIsolation forbids the namespace"
    CONFIG = "Multus does not take the config"
    DEFAULT_ROUTE = "two default-route gateways of one address family"
    ADD = "libcni refuses the config when the plugins are run"
    PANIC = "Multus panics"
    VARIABLE = "a variable is filled in when it is applied: not an error, but not known"


class Resolution(Struct, frozen=True, kw_only=True):
    """What Multus makes of one network selection: a config, an error, or not known.

    Exactly one of ``config`` (the delegate's bytes), ``error`` (Multus's words) and
    ``unknown`` (why it cannot be told) is set. ``where`` says what the config came from, and
    ``failure`` the class of the error (or, for a variable, of what is not known), None where there
    is none.
    """

    config: str = ""
    error: str = ""
    unknown: str = ""
    where: str = ""
    failure: Failure | None = None


class Difference(Enum):
    """What is not the same after the move, where both sides attach the network."""

    CONFIG = "the configuration"
    REQUESTS = "what the annotation asks for, as the release reads it"
    CNI_VERSION = "the cniVersion that the plugins are given"
    COPY = "the copy of the primary CNI's file that Multus holds"
    NEW = "that pods get it: the runtime does not call Multus today"


Verdict = Literal["equal", "changed", "broken", "cured", "still-broken", "unknown"]


EVERY_POD: Final = "every-pod"
"""Origin of a network that Multus's own configuration gives to every pod."""


class Attachment(Struct, frozen=True, kw_only=True):
    """What one workload gets of one network, today and after the move (promise 1).

    ``difference`` is set where ``verdict`` is "changed", and ``reason`` tells it. Where ``origin``
    is EVERY_POD, ``workload`` is the DaemonSet of Multus.
    """

    workload: ObjectRef
    source: Source
    network: str
    origin: str
    nodes: tuple[str, ...]
    before: Resolution
    after: Resolution
    verdict: Verdict
    reason: str
    difference: Difference | None = None

    @property
    def user(self) -> str:
        """Who gets the network, in words."""
        return "every pod" if self.origin == EVERY_POD else str(self.workload)


class Planned(Struct, frozen=True, kw_only=True):
    """One object of the plan: as it is (None for a new one) and as it shall be."""

    ref: ObjectRef
    document: Document | None
    desired: Mapping[str, Any]
    changes: tuple[Change, ...]


class Decision(Struct, frozen=True, kw_only=True):
    """A choice the planner made, with its reason: strategy of a NAD, release assumed, image."""

    subject: str
    choice: str
    reason: str


class Called(Struct, frozen=True, kw_only=True):
    """A plugin's binary: the networks that call it, in order; the objects that install it, with
    place, () where the inputs do not say."""

    plugin: str
    networks: tuple[str, ...]
    installers: tuple[tuple[str, Source], ...]


class Readiness(Enum):
    """What a plan comes to: the first line of every report, and the exit code. The value is how
    plan.json writes it."""

    READY = "ready"
    READY_IF = "ready-if"
    """Ready, if what was assumed is so."""
    NOT_SEEN_WHOLE = "not-seen-whole"
    """Multus, or a part of what decides its behaviour, was found and not read."""
    BLOCKED = "blocked"
    NOTHING_TO_CHANGE = "nothing-to-change"
    NOT_FOUND = "not-found"
    """No Multus, no NetworkAttachmentDefinition and no networks annotation."""


class Assumption(Enum):
    """What a plan takes for granted, because the inputs do not tell."""

    PRIMARY_CNI = "primary-cni"
    """That the nodes have the primary CNI that Multus will look for."""
    OWN_CONFIG = "own-config"
    """That a config of Multus which was not read, or whose keys cannot be carried over, says
    nothing that decides."""
    RBAC = "rbac"
    """That the cluster gives Multus's ServiceAccount what no object of the inputs does."""
    SOURCE_RELEASE = "source-release"
    """That the release which runs today is the recognised one."""
    VARIABLES = "variables"
    """That the variables which Flux or envsubst fills in have values that Multus can use."""
    NO_INSTALL = "no-install"
    """That a Multus runs these networks, of the release that was stated or assumed."""
    CHART = "chart"
    """That a chart runs thick mode, as its values say."""
    UNSEEN = "unseen"
    """That what was not read does not matter, as the user says."""
    NOT_COLLECTED = "not-collected"
    """That kinds and namespaces of the cluster which a snapshot lacks hold nothing that matters."""


class Plan(Struct, frozen=True, kw_only=True):
    """The whole result: what changes, what a person must know, and what resolves to what.

    ``before`` is what the inputs hold, ``after`` what the planned build holds. ``objects`` holds every object of the install and every object that changes, in input
    order, new ones last. ``readiness`` is the verdict on it, ``assumptions`` what that rests on;
    ``unread`` has the paths of Multus's own configs of which the plan has nothing. ``plugins`` are
    the binaries that the planned networks call.
    """

    target: Target
    before: State
    after: State
    objects: tuple[Planned, ...]
    findings: tuple[Finding, ...]
    accounts: tuple[Account, ...]
    attachments: tuple[Attachment, ...]
    decisions: tuple[Decision, ...]
    allowed: frozenset[str]
    readiness: Readiness
    assumptions: tuple[Assumption, ...] = ()
    plugins: tuple[Called, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """Blockers that neither the patches cure nor the user allowed or suppressed."""
        return tuple(f for f in self.findings if f.blocks(self.allowed))

    @property
    def changed(self) -> tuple[Planned, ...]:
        return tuple(o for o in self.objects if o.changes)

    @property
    def needs_person(self) -> bool:
        """An unknown item or a manual step remains (exit code 3 under --detailed-exitcode)."""
        return any(a.outcome == "unknown" for a in self.accounts) or any(
            f.manual and not f.cured and not f.suppressed for f in self.findings
        )
