"""Which writer puts a plan into the user's files: the first whose result is proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from migrator.gitops.in_place import Rewrite
from migrator.model.errors import EnvironmentProblem, MigratorError, PlanConflict, VerificationError

Rewrites = tuple[Rewrite, ...]


class Choice(NamedTuple):
    """What ``writer`` writes, what its ``proof`` showed, and why those before it did not fit."""

    writer: str
    rewrites: Rewrites
    proof: str
    passed: tuple[MigratorError, ...] = ()


class NoPlace(MigratorError):
    """No writer has a place for the plan: what the last one says, and then the others."""

    def __init__(self, errors: Mapping[str, MigratorError]) -> None:
        super().__init__("the plan cannot be written into these files; nothing was written")
        self.errors = errors

    def lines(self) -> list[str]:
        said: dict[str, str] = {}
        for writer, error in reversed(tuple(self.errors.items())):
            for line in reasons(error):
                said.setdefault(line, f"  {writer}: {line}")
        return [self.message, *said.values()]


def reasons(error: MigratorError) -> Sequence[str]:
    """Why a writer does not fit, a line for each place."""
    return error.mismatches if isinstance(error, VerificationError) else error.lines()


def choose(
    writers: Mapping[str, Callable[[], Rewrites]], prove: Callable[[str, Rewrites], str]
) -> Choice:
    """The first of the ``writers``, each under the words that tell of it, whose files are proved: ``prove``
    is given these words, too.

    Errors: that of the only writer, or NoPlace; at once what says nothing of the files (the machine
    lacks something, or the plan is not one).
    """
    errors: dict[str, MigratorError] = {}
    for name, write in writers.items():
        found = _tried(write, partial(prove, name))
        if isinstance(found, MigratorError):
            errors[name] = found
        else:
            return Choice(name, *found, tuple(errors.values()))
    if len(errors) == 1:
        raise next(iter(errors.values()))
    raise NoPlace(errors)


def _tried(
    write: Callable[[], Rewrites], prove: Callable[[Rewrites], str]
) -> tuple[Rewrites, str] | MigratorError:
    try:
        rewrites = write()
        return rewrites, prove(rewrites)
    except (EnvironmentProblem, PlanConflict):
        raise
    except MigratorError as error:
        return error
