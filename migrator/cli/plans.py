"""The plan of a run, for each way to name its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from migrator.model.errors import MigratorError
from migrator.model.inputs import Naming, Reading
from migrator.model.plan import Plan
from migrator.read.naming import Namer, files_of, has_sentences, namer, renamed, with_names
from migrator.report.formats import Reports

T = TypeVar("T")


class Plans:
    """Plans that differ in the names of files alone. One is made when it is asked for; other names
    are put into what it shows, and only where a sentence holds one is it planned again."""

    def __init__(
        self, reading: Reading, given: Sequence[str], make: Callable[[Reading, Namer], Plan]
    ) -> None:
        """``reading`` has the names that the user typed, and ``given`` the INPUTs and node files."""
        self.reading = reading
        self._given = given
        self._make = make
        self._made: list[tuple[Reading, Plan]] = []
        self._readings = {Naming.TYPED: reading}
        self._shown: dict[Naming, Reports] = {}

    def named(self, naming: Naming) -> Plan:
        """The plan that names its files so. Errors: those of the planning, with the names that the
        user typed."""
        return self.used(naming, lambda plan: plan)

    def reports(self, naming: Naming) -> Reports:
        """What may be shown of that plan."""
        if naming not in self._shown:
            self._shown[naming] = self._retold(naming) or Reports(self.named(naming))
        return self._shown[naming]

    def used(self, naming: Naming, work: Callable[[Plan], T]) -> T:
        """What ``work``, which is pure, makes of that plan. Errors: its own, with the names that
        the user typed."""
        try:
            return work(self._plan(naming))
        except MigratorError:
            work(self._plan(Naming.TYPED))
            raise

    def _plan(self, naming: Naming) -> Plan:
        reading = self._reading(naming)
        for known, plan in self._made:
            if known == reading:
                return plan
        plan = self._make(reading, namer(self._given, naming))
        self._made.append((reading, plan))
        return plan

    def _reading(self, naming: Naming) -> Reading:
        if naming not in self._readings:
            self._readings[naming] = renamed(self.reading, namer(self._given, naming))
        return self._readings[naming]

    def _retold(self, naming: Naming) -> Reports | None:
        """The reports of the plan that is there, where names of files stand in none of its
        sentences, so that other names make no other plan."""
        if Naming.COMMON not in self._shown or has_sentences(self.reading):
            return None
        common, wanted = (namer(self._given, each) for each in (Naming.COMMON, naming))
        files = files_of(self.reading)
        names = {common(file): wanted(file) for file in files}
        if len(names) < len(files):
            return None
        shown = self._shown[Naming.COMMON]
        other = with_names(shown.clean, {old: new for old, new in names.items() if old != new})
        return Reports(shown.plan, clean=other) if other else None
