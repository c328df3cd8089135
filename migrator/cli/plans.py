"""The plan of a run, for each way to name its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from migrator.model.errors import MigratorError
from migrator.model.inputs import Naming, Reading
from migrator.model.plan import Plan
from migrator.read.naming import Namer, namer, renamed
from migrator.report.formats import Reports

T = TypeVar("T")


class Plans:
    """Plans that differ in the names of files alone, each made when it is asked for: to plan is
    quick beside reading and writing, and where the names are the same it is done once."""

    def __init__(
        self, reading: Reading, given: Sequence[str], make: Callable[[Reading, Namer], Plan]
    ) -> None:
        """``reading`` has the names that the user typed, and ``given`` the INPUTs and node files."""
        self.reading = reading
        self._given = given
        self._make = make
        self._made: list[tuple[Reading, Plan]] = []
        self._shown: list[Reports] = []

    def named(self, naming: Naming) -> Plan:
        """The plan that names its files so. Errors: those of the planning, with the names that the
        user typed."""
        return self.used(naming, lambda plan: plan)

    def reports(self, naming: Naming) -> Reports:
        """What may be shown of that plan."""
        plan = self.named(naming)
        known = next((each for each in self._shown if each.plan is plan), None)
        if known is None:
            known = Reports(plan)
            self._shown.append(known)
        return known

    def used(self, naming: Naming, work: Callable[[Plan], T]) -> T:
        """What ``work``, which is pure, makes of that plan. Errors: its own, with the names that
        the user typed."""
        try:
            return work(self._plan(naming))
        except MigratorError:
            work(self._plan(Naming.TYPED))
            raise

    def _plan(self, naming: Naming) -> Plan:
        name = namer(self._given, naming)
        reading = self.reading if naming is Naming.TYPED else renamed(self.reading, name)
        for known, plan in self._made:
            if known == reading:
                return plan
        plan = self._make(reading, name)
        self._made.append((reading, plan))
        return plan
