"""The model answers as real releases of Multus did, each recorded answer without exception.

Reads every ``<kind>*.jsonl`` of the folder in MIGRATOR_OBSERVED, tests/observed without it.
"""

from __future__ import annotations

from typing import Any

import pytest

from migrator.multus import releases
from tests.multus.observed import FOLDER, KINDS, Case, answer, comparable, load_cases

pytestmark = pytest.mark.observed

CASES = load_cases(FOLDER)


def test_the_folder_holds_cases() -> None:
    assert {case["kind"] for case in CASES} <= set(KINDS)
    assert CASES, f"no <kind>*.jsonl with a case in {FOLDER}"


@pytest.mark.parametrize(
    ("case", "release"),
    [
        pytest.param(case, release, id=f"{case['id']}-{release}")
        for case in CASES
        for release in case["observed"]
    ],
)
def test_answers_as_multus_did(case: Case, release: str, record_property: Any) -> None:
    record_property("observed", case["kind"])
    got = comparable(answer(case, releases.parse(release)))
    assert got == comparable(case["observed"][release])
