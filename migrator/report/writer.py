"""The interface of every report: one function, from a Plan to a text."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple, Protocol

from msgspec import Struct, field

from migrator.model.plan import Plan


class Edited(NamedTuple):
    """A file of the user that an edit writes: its name, lines that go and that come, and whether it
    is new."""

    name: str
    removed: int
    added: int
    new: bool


class Request(Struct, frozen=True, kw_only=True):
    """What a pull request is: its ``branch``, the one that it is for (``base``), and its ``stage`` of the rollout,
    0 where it has none. ``other`` is the branch of the other stage, ``back`` that of the way back, "" where
    there is none; ``overlay`` is what writes the files of OUT, to be typed in the root of the repository."""

    branch: str
    base: str
    stage: int = 0
    other: str = ""
    back: str = ""
    overlay: str = ""


class Told(NamedTuple):
    """A commit as it is shown: its subject, and the files that it changes."""

    subject: str
    files: tuple[str, ...]


class Branched(NamedTuple):
    """A branch as it is shown, with the branch that it is for, "" where it is proposed to none."""

    name: str
    base: str
    commits: tuple[Told, ...]


class Outcome(Enum):
    """What became of the branches."""

    SHOWN = "shown"
    """Nothing was written."""
    UP_TO_DATE = "up-to-date"
    MADE = "made"


class Published(Struct, frozen=True, kw_only=True):
    """What a run of ``pr`` comes to. ``remote`` is where the branches were pushed, "" where they were not; ``requests``
    are the pull requests, as their host calls them; ``commands`` are left to be typed."""

    outcome: Outcome
    branches: tuple[Branched, ...]
    remote: str = ""
    requests: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


class Context(Struct, frozen=True, kw_only=True):
    """What a report may tell or obey beside the plan; each format takes what it has a place for.

    ``out`` is where the overlay was written, "" where it was not; ``verification`` is what
    building it showed, "" where nothing was built; ``files`` are the other files of OUT, by path;
    ``width`` is in columns, 0 where lines are not folded. ``secret`` is the plan as it is, for a format that `marks`;
    ``edited`` are the user's own files as ``edit`` has them hold the plan, ``written`` whether they
    do already, and ``manner`` says how, with ``notes`` on that ("" and () where it is in place).
    ``request`` is the pull request that a text is for, ``published`` what a run of ``pr`` comes to.
    """

    out: str = ""
    verification: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    color: bool = False
    width: int = 80
    secret: Plan | None = None
    edited: tuple[Edited, ...] = ()
    written: bool = False
    manner: str = ""
    notes: tuple[str, ...] = ()
    request: Request | None = None
    published: Published | None = None


ALONE: Final = Context()
"""A report on the plan alone: nothing was built or written."""


class ReportWriter(Protocol):
    """What renders a report. Pure: the same plan and context give the same text."""

    def __call__(self, plan: Plan, context: Context = ALONE) -> str: ...
