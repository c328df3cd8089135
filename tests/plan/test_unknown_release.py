"""A release of which not all is known is never READY: tried with one that does not exist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from migrator.model.release import Release
from migrator.multus import releases
from migrator.multus.releases import TABLE, Known
from migrator.plan.planner import make_plan
from tests.builders import daemonset, inventory, target

MADE_UP = Release(4, 4, 0)
WHOLE = Known(manifest=True, answers=True, target=True)


def _with(monkeypatch: pytest.MonkeyPatch, row: Known | None) -> None:
    table: Mapping[Release, Known] = {**TABLE, **({MADE_UP: row} if row else {})}
    monkeypatch.setattr(releases, "TABLE", table)


@pytest.mark.parametrize(
    ("row", "lacking"),
    [
        (None, "how it behaves, what its manifest needs, what its code answers"),
        (Known(rules=False, manifest=True, answers=True, target=True), "how it behaves"),
        (Known(answers=True, target=True), "what its manifest needs"),
        (Known(manifest=True, target=True), "what its code answers"),
    ],
    ids=["no row", "source not read", "manifest not read", "answers not recorded"],
)
def test_a_target_that_is_not_wholly_known_blocks(
    monkeypatch: pytest.MonkeyPatch, row: Known | None, lacking: str
) -> None:
    _with(monkeypatch, row)
    plan = make_plan(inventory(daemonset("--multus-conf-file=auto")), target("4.4.0"))
    assert [(f.id, lacking in f.seen) for f in plan.blockers if f.id == "M14"] == [("M14", True)]


def test_one_that_is_known_is_a_target_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, WHOLE)
    plan = make_plan(inventory(daemonset("--multus-conf-file=auto")), target("4.4.0"))
    assert "M14" not in {f.id for f in plan.findings}
    assert any("v4.4.0-thick" in str(p.desired) for p in plan.changed)


def test_recorded_answers_are_there_for_each_release_that_says_so() -> None:
    recorded = {
        release
        for path in (Path(__file__).parents[1] / "observed").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
        for release in json.loads(line)["observed"]
    }
    assert {str(release) for release, known in TABLE.items() if known.answers} == recorded


def test_every_target_is_wholly_known() -> None:
    assert [r for r, known in TABLE.items() if known.target and releases.unknown_of_target(r)] == []
