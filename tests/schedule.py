"""Which process runs which tests, where ``pytest -n`` is told ``--dist loadgroup``."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController


class Groups(LoadGroupScheduling):  # type: ignore[misc]  # xdist tells no types
    """As xdist's own, which looks through all that a process was ever given whenever a test ends, and
    for the place of each test in the list of all: for 13,000 tests that takes a minute. Here what a
    process is done with is forgotten, and places are known."""

    places: dict[str, int]

    def schedule(self) -> None:
        collection = next(iter(self.registered_collections.values()))
        if not all("@" in test for test in collection):
            raise pytest.UsageError(
                "the ids of tests do not tell their groups: see tests/conftest.py"
            )
        self.places = {test: place for place, test in enumerate(collection)}
        super().schedule()

    def mark_test_complete(
        self, node: WorkerController, item_index: int, duration: float = 0
    ) -> None:
        test = self.registered_collections[node][item_index]
        group = self._split_scope(test)
        tests = self.assigned_work[node][group]
        tests[test] = True
        if all(tests.values()):
            del self.assigned_work[node][group]
        self._reschedule(node)

    def _assign_work_unit(self, node: WorkerController) -> None:
        group, tests = self.workqueue.popitem(last=False)
        self.assigned_work[node][group] = tests
        node.send_runtest_some([self.places[test] for test, done in tests.items() if not done])
