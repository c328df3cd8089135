"""What a change does to an install and its networks: records and enums, no sentence."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from migrator.model.inputs import ObjectRef, Snapshot
from migrator.model.inventory import Mode
from migrator.model.plan import Attachment, Finding
from migrator.model.release import Release


class Fate(Enum):
    """What becomes of one network of a workload, the worst first."""

    LOST = "lost"
    """It is attached before, and fails or is gone after."""
    BROKEN = "broken"
    """It fails after, and was not attached before."""
    CHANGED = "changed"
    UNKNOWN = "unknown"
    UNASKED = "unasked"
    """The workload is gone, or asks for it no more."""
    GAINED = "gained"
    EQUAL = "equal"


class Cause(Enum):
    """Why a network has its fate, where the two delegates do not say it."""

    ASKED = "asked"
    """The workload is new, or asks for it now."""
    NAD_GONE = "nad-gone"
    NAD_NEW = "nad-new"
    NAD_MISSING = "nad-missing"
    """It is asked for now, and its NetworkAttachmentDefinition is not in the inputs."""
    INSTALL_GONE = "install-gone"
    """No Multus is left, and nothing that may make one."""
    INSTALL_ELSEWHERE = "install-elsewhere"
    """The install was moved to what was not read."""


class Turn(Enum):
    """On which side of the change a finding is."""

    NEW = "new"
    GONE = "gone"
    SAME = "same"


class Network(Struct, frozen=True, kw_only=True):
    """One row: ``row`` has what it is before and after, and ``cause`` is None where these say it."""

    row: Attachment
    fate: Fate
    cause: Cause | None = None

    @property
    def is_other(self) -> bool:
        """Whether the change does anything to it."""
        before, after = self.row.before, self.row.after
        if self.fate is Fate.UNKNOWN:
            return (before.config, before.unknown) != (after.config, after.unknown)
        if self.fate is Fate.BROKEN:
            return not before.error or self.cause is Cause.ASKED
        return self.fate is not Fate.EQUAL


class Judged(Struct, frozen=True, kw_only=True):
    finding: Finding
    turn: Turn


class Picture(Struct, frozen=True, kw_only=True):
    """What one install puts on a node, and what it reads there.

    ``program`` is what its container starts, ``binary`` what is put into ``bin_dir`` ("" where
    another puts it there); ``conf_file`` is the file of the runtime's directory and ``conf_type``
    the plugin in it. ``primary`` is the primary CNI's file as far as it is known. ``conf_dir`` is
    where NADs without spec.config are looked up, and ``conf_dir_seen`` whether Multus sees it.
    """

    image: str
    release: Release
    mode: Mode
    program: str
    binary: str
    bin_dir: str
    conf_file: str
    conf_type: str
    primary: str
    conf_dir: str
    conf_dir_seen: bool


class Pictures(Struct, frozen=True, kw_only=True):
    """One install before and after, None on the side where it is not."""

    install: ObjectRef
    before: Picture | None
    after: Picture | None


class Seen(Struct, frozen=True, kw_only=True):
    """One side: ``present`` says that there is anything of Multus, ``installed`` that an install of
    it was read; without one, release and mode are taken for granted. ``snapshot`` is what it says of
    itself where ``collect`` wrote it."""

    present: bool
    installed: bool
    release: Release
    mode: Mode
    snapshot: Snapshot | None = None


class Outcome(Enum):
    """What a review comes to, the value as JSON writes it."""

    BREAKS = "breaks"
    """A network is lost, or the install after cannot work."""
    NOT_SEEN_WHOLE = "not-seen-whole"
    """Something of Multus is not read after that was not there before."""
    CHANGES = "changes"
    NOTHING = "nothing-changes"
    NOT_FOUND = "not-found"
    """No Multus before and after."""


class Review(Struct, frozen=True, kw_only=True):
    """The whole answer. ``findings`` are in the order new, gone, the same, each the worst first."""

    before: Seen
    after: Seen
    networks: tuple[Network, ...]
    findings: tuple[Judged, ...]
    pictures: tuple[Pictures, ...]
    outcome: Outcome
    allowed: frozenset[str]

    def of(self, turn: Turn) -> tuple[Finding, ...]:
        """The findings of one side."""
        return tuple(each.finding for each in self.findings if each.turn is turn)

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """What is new, and neither allowed nor suppressed before."""
        return tuple(f for f in self.of(Turn.NEW) if f.blocks(self.allowed))
