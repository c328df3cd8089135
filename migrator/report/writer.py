"""The interface of every report: one function, from a Plan to a text."""

from __future__ import annotations

from collections.abc import Mapping
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


class Context(Struct, frozen=True, kw_only=True):
    """What a report may tell or obey beside the plan; each format takes what it has a place for.

    ``out`` is where the overlay was written, "" where it was not; ``verification`` is what
    building it showed, "" where nothing was built; ``files`` are the other files of OUT, by path;
    ``width`` is in columns. ``secret`` is the plan as it is, for a format that `marks`;
    ``edited`` are the user's own files as ``edit`` has them hold the plan, ``written`` whether they
    do already, and ``manner`` says how, with ``notes`` on that ("" and () where it is in place).
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


ALONE: Final = Context()
"""A report on the plan alone: nothing was built or written."""


class ReportWriter(Protocol):
    """What renders a report. Pure: the same plan and context give the same text."""

    def __call__(self, plan: Plan, context: Context = ALONE) -> str: ...
