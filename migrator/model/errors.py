"""Errors that end a run with one clear line. Anything else that is raised is a bug."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line knows the errors before it reads anything
    from migrator.model.inputs import Problem, Source


class MigratorError(Exception):
    """What went wrong, where, and what to do; printed as ``where: message; hint``."""

    def __init__(self, message: str, *, source: Source | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.hint = hint

    def lines(self) -> list[str]:
        """The error as it is printed, one string a line."""
        where = f"{self.source}: " if self.source else ""
        hint = f"; {self.hint}" if self.hint else ""
        return [f"{where}{self.message}{hint}"]


class InputError(MigratorError):
    """Inputs that cannot be read: one line for each of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message, source=problems[0].source, hint=problems[0].hint)
        self.problems = problems

    def lines(self) -> list[str]:
        return [
            line
            for p in self.problems
            for line in MigratorError(p.message, source=p.source, hint=p.hint).lines()
        ]


class EnvironmentProblem(MigratorError):
    """The machine lacks something, or OUT cannot be written."""


class VerificationError(MigratorError):
    """OUT or its real build is not what was planned: one line for each place that differs."""

    def __init__(self, mismatches: tuple[str, ...], place: object) -> None:
        super().__init__(f"not verified: {place} is not what was planned")
        self.mismatches = mismatches

    def lines(self) -> list[str]:
        return [self.message, *(f"  {mismatch}" for mismatch in self.mismatches)]


class PlanConflict(MigratorError):
    """Two changes to one field, or a difference that no change explains: an internal error."""
