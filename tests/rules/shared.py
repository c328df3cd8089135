"""The cases of rules as parameters of tests, so that each is planned once for all that look at it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pytest

from migrator.catalogue import examples
from migrator.catalogue.cases import Case, cases_of
from migrator.model.inputs import Reading
from migrator.model.plan import Plan


def parameters(cases: Iterable[Case]) -> list[Any]:
    """One process runs all tests of the cases of a rule."""
    return [
        pytest.param(case, id=str(case), marks=pytest.mark.xdist_group(f"rule {case.rule}"))
        for case in cases
    ]


def planned(case: Case) -> Plan:
    return _made(case.rule, str(case))[1]


def reading_of(case: Case) -> Reading:
    return _made(case.rule, str(case))[0]


@lru_cache(maxsize=100)
def _made(rule: str, name: str) -> tuple[Reading, Plan]:
    """As many as one rule has; two of one rule have not one name (test_rules.py)."""
    (case,) = (each for each in cases_of(rule) if str(each) == name)
    plan = examples.planned(case)
    return plan.before.inventory.reading, plan
