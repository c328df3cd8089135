"""The model answers as real releases of Multus did, each recorded answer without exception.

Reads every ``<kind>*.jsonl`` of the folder in MIGRATOR_OBSERVED, tests/observed without it.
"""

from __future__ import annotations

import pytest

from migrator.multus import releases
from tests.multus.observed import FOLDER, KINDS, Case, answer, comparable, load_cases

pytestmark = pytest.mark.observed

CASES = load_cases(FOLDER)


def test_the_folder_holds_cases() -> None:
    assert {case["kind"] for case in CASES} <= set(KINDS)
    assert CASES, f"no <kind>*.jsonl with a case in {FOLDER}"


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_answers_as_multus_did(case: Case) -> None:
    """One test for all releases: the recorded answers are 2,900, and a test costs more than one."""
    got = {
        release: comparable(answer(case, releases.parse(release))) for release in case["observed"]
    }
    assert got == {release: comparable(seen) for release, seen in case["observed"].items()}
