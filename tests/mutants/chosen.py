"""A pytest plugin: only the tests of a list are run, in its order.

The environment variable MUTANTS_TESTS names a JSON file of node ids. Where a mutant has changed the
parameters of a test, all of that test's are run.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


def ordered(tests: list[str], there: list[str]) -> list[str]:
    """Those of ``there`` that the list names, or that have lost the parameters that it names."""
    known = set(there)
    lost = {test.partition("[")[0]: place for place, test in enumerate(tests) if test not in known}
    place = {test: number for number, test in enumerate(tests)}
    for test in there:
        if test.partition("[")[0] in lost:
            place.setdefault(test, lost[test.partition("[")[0]])
    return sorted((test for test in there if test in place), key=place.__getitem__)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Takes away and orders what was collected."""
    tests = json.loads(Path(os.environ["MUTANTS_TESTS"]).read_text("utf-8"))
    by_id = {item.nodeid: item for item in items}
    items[:] = [by_id[test] for test in ordered(tests, list(by_id))]
