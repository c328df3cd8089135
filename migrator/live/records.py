"""What a live dump says of a plan: records and enums, no sentence."""

from __future__ import annotations

from enum import Enum
from typing import Any

from msgspec import Struct

from migrator.inventory.running_pods import PodsReport
from migrator.model.inputs import ObjectRef, Path
from migrator.model.inventory import Mode
from migrator.model.release import Release


class Stand(Enum):
    """Where a DaemonSet stands, and the rollout where all of them stand there."""

    BEFORE = "before"
    """As before the rollout, or after the way back."""
    STAGE_ONE = "stage-one"
    DONE = "done"
    BACK = "back-stage-one"
    NONE = "none"
    """None of these; of the rollout also: not all at the same."""
    UNSEEN = "not-in-the-dump"


class Side(Enum):
    """One of the two installs."""

    OLD = "old"
    NEW = "new"


class Found(Enum):
    """What became of an object of the plan."""

    AS_PLANNED = "as-planned"
    """It is what it has to be where the rollout stands."""
    DRIFTED = "drifted"
    OTHER_SIDE = "other-side"
    """It is all that it is on the other side of the move: applied in part."""
    MISSING = "missing"
    UNSEEN = "not-in-the-dump"
    """The dump has no object of its kind."""
    ABSENT = "absent"
    """It is not there, and has not to be."""
    LEFT = "left"
    """The migration adds it, and it is there before, or after the way back."""
    REMAINS = "remains"
    """The migration removes it, and it is there."""


class Drift(Struct, frozen=True, kw_only=True):
    """One place: MISSING where nothing is expected or found. ``other`` says that it is as on the
    other side of the move."""

    path: Path
    expected: Any
    found: Any
    other: bool


class ObjectReport(Struct, frozen=True, kw_only=True):
    """An object of the plan. ``drifts`` are against ``side``, None where the plan leaves it alone.

    ``stand`` is set for the DaemonSets of Multus whose pods the plan replaces; where it is NONE,
    the drifts are against the nearest of the others, ``nearest``.
    """

    ref: ObjectRef
    found: Found
    side: Side | None = None
    drifts: tuple[Drift, ...] = ()
    stand: Stand | None = None
    nearest: Stand | None = None


class Manager(Struct, frozen=True, kw_only=True, order=True):
    """A manager of fields, as the API server records it."""

    name: str
    operation: str


class Cure(Enum):
    """What makes ``apply`` remove the fields that have to go."""

    SET_LAST_APPLIED = "set-last-applied"
    SAME_MANAGER = "server-side-apply-by-the-same-manager"
    CHART = "upgrade-of-the-release"
    COMMIT = "commit"
    """Flux or Argo CD applies what is committed, the objects as they are first."""


class Ownership(Struct, frozen=True, kw_only=True):
    """Who owns, of an object, the fields that the plan changes or removes.

    ``owned`` has the managers other than that of client-side apply, each with its fields.
    ``annotated`` says whether the object has a last-applied annotation, ``kept`` are the
    fields that have to go and that client-side apply would leave, since that annotation has not
    got them; ``forward`` says on which way they have to go, and ``due`` that it is the next one. ``release`` is the Helm release
    that made the object, "" without one. ``sole``: one manager that applies on the server owns all
    that is kept, and nobody else. ``cure`` is None where nothing is kept.
    """

    ref: ObjectRef
    owned: tuple[tuple[Manager, tuple[Path, ...]], ...]
    annotated: bool
    kept: tuple[Path, ...]
    forward: bool
    due: bool
    release: str
    sole: bool
    cure: Cure | None

    @property
    def rejected(self) -> bool:
        """Whether the plan, applied as the object was, would not come out. What server-side apply
        owns alone is removed by the next of the same manager."""
        return self.due and bool(self.kept) and not self.sole


class Node(Struct, frozen=True, kw_only=True):
    """A node, and what runs on it by the Multus pods of the dump.

    ``modes`` are those of its Multus pods that are not being deleted; ``side`` the install that
    they belong to, None where that is not known or not one. ``wanted``: a DaemonSet of the plan
    has to run on it. ``since`` is when the youngest of the pods started ("" if not known), ``again``
    whether that pod was made of the DaemonSet's present template (None: not known).
    """

    name: str
    modes: frozenset[Mode]
    side: Side | None
    ready: bool
    wanted: bool
    since: str
    again: bool | None


class Era(Struct, frozen=True, kw_only=True):
    """A pod with networks of its own that started while the daemon ran on its node.

    ``controller`` is the kind of what controls it, "" for a bare pod: drain stops at those, and
    leaves those of DaemonSets where they are.
    """

    namespace: str
    name: str
    node: str
    controller: str
    started: str


class Fault(Enum):
    """What makes ``verify --against`` end with 1."""

    MIXED = "mixed"
    DRIFTED = "drifted"
    MISSING = "missing"
    OWNER = "owner"
    NODES = "nodes"
    PODS = "pods-without-networks"
    THICK_ERA = "pods-of-the-thick-era"
    UNSEEN = "not-in-the-dump"


class LiveReport(Struct, frozen=True, kw_only=True):
    """All that a dump says of a plan, at ``stand``.

    ``unseen`` are kinds of the plan that the dump has not got. ``nodes`` and ``pods`` are None
    where it has no Pods. ``drain`` are the pods that leak unless they are drained while the daemon
    runs on their nodes; ``late`` those that outlived it: their nodes went back.
    """

    release: Release
    stand: Stand
    objects: tuple[ObjectReport, ...]
    unseen: tuple[str, ...]
    owners: tuple[Ownership, ...]
    nodes: tuple[Node, ...] | None
    pods: PodsReport | None
    drain: tuple[Era, ...]
    late: tuple[Era, ...]
    faults: tuple[Fault, ...]
