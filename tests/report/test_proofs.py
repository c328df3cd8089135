"""What ``verify`` prints of a proof."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.report.proofs import overlay
from tests.kustomize.test_verify_builds import report


@pytest.mark.parametrize(
    ("number", "last"),
    [
        (5, "not validated: object 4: no schema"),
        (6, "not validated: 1 more object of a kind that has no schema there"),
        (5000, "not validated: 4,995 more objects of a kind that has no schema there"),
    ],
)
def test_thousands_without_a_schema_are_counted(tmp_path: Path, number: int, last: str) -> None:
    found = report(tmp_path)
    assert found.schema
    skipped = tuple(f"object {each}: no schema" for each in range(number))
    found = replace(found, schema=replace(found.schema, skipped=skipped))
    lines = [line for line in overlay(found, "out").splitlines() if "not validated" in line]
    assert len(lines) == min(number, 6)
    assert lines[-1].strip() == last
