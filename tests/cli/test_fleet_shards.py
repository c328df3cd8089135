"""Shards of a fleet, made one by one, are as one the run that was not divided."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.fleets import fleet, fleet_yaml, made, told
from tests.cli.tools import ROOT, Run, migrator, tree

SCHEMA = json.loads((ROOT / "docs/fleet.schema.json").read_text(encoding="utf-8"))
KINDS = {"a": "thin", "b": "blocked", "c": "gone", "d": "nothing", "e": "thin", "f": "other"}
PARTS = ("p1", "p2", "p3", "p4")


def merge(place: Path, *parts: str, out: str = "merged") -> Run:
    return migrator("fleet", "merge", *parts, "-o", out, cwd=place)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole in out, and its four parts."""
    place = tmp_path_factory.mktemp("shards")
    made(place, KINDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(os, "fork")
        assert fleet(place).code == 4
        for number, part in enumerate(PARTS, start=1):
            run = fleet(place, "-o", part, "--shard", f"{number}/4")
            assert (run.code, run.err) == (0, ""), "what runs it would run it again"
    return place


@pytest.fixture
def place(once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once, tmp_path / "place"))


def test_four_shards_are_one_run_byte_for_byte(place: Path) -> None:
    run = merge(place, "p3", "p1", "p4", "p2")
    assert (run.code, run.err) == (4, "")
    assert tree(place / "merged") == tree(place / "out")
    assert run.out.startswith("BLOCKED: 1 of 6 clusters blocked")
    before = tree(place / "merged")
    assert merge(place, *PARTS).code == 4
    assert tree(place / "merged") == before, "again"
    assert fleet(place, "-o", "merged").code == 4
    assert tree(place / "merged") == before, "and it is one that a run goes on with"


def test_a_shard_has_each_nth_cluster_and_no_order_to_go(place: Path) -> None:
    found = [told(place, part) for part in PARTS]
    names = [[each["name"] for each in part["clusters"]] for part in found]
    assert names == [["a", "e"], ["b", "f"], ["c"], ["d"]]
    assert [part["shard"]["index"] for part in found] == [1, 2, 3, 4]
    assert all(part["waves"] == [] for part in found)
    assert not [e for part in found for e in Draft202012Validator(SCHEMA).iter_errors(part)]
    text = (place / "p1/fleet.md").read_text()
    assert "This is part 1 of 4: `multus-migrator fleet merge` tells the whole." in text


def test_there_may_be_more_shards_than_clusters(tmp_path: Path) -> None:
    fleet_yaml(tmp_path, {"name": "x", "inputs": ["gone"]})
    for number in (1, 2):
        assert fleet(tmp_path, "-o", f"p{number}", "--shard", f"{number}/2").code == 0
    assert told(tmp_path, "p2")["clusters"] == []
    assert merge(tmp_path, "p1", "p2").code == fleet(tmp_path).code == 1
    assert tree(tmp_path / "merged") == tree(tmp_path / "out")


def _edit(part: str, **change: Any) -> Callable[[Path], None]:
    def edit(place: Path) -> None:
        path = place / part / "fleet.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    return edit


def _first(**change: Any) -> Callable[[Path], None]:
    def edit(place: Path) -> None:
        clusters = told(place, "p1")["clusters"]
        _edit("p1", clusters=[{**clusters[0], **change}, *clusters[1:]])(place)

    return edit


def _renamed(name: str) -> Callable[[Path], None]:
    def edit(place: Path) -> None:
        clusters = told(place, "p1")["clusters"]
        _edit("p1", clusters=[{**clusters[0], "name": name}, clusters[1]])(place)

    return edit


@pytest.mark.parametrize(
    ("spoil", "parts", "word"),
    [
        (lambda p: None, ("p1", "p2", "p4"), "missing: shard 3/4"),
        (lambda p: None, (*PARTS, "p2"), "p2 and p2 are both shard 2/4"),
        (lambda p: None, ("out",), "out holds a whole fleet"),
        (lambda p: None, (*PARTS, "a"), "a/fleet.json"),
        (_edit("p2", fleet="0" * 64), PARTS, "p2 is no shard of the fleet of p1"),
        (_edit("p2", version="0.1.0"), PARTS, "p2 was written by version 0.1.0"),
        (_edit("p2", schema=9), PARTS, "p2/fleet.json has schema 9, not 1"),
        (_edit("p2", tool="other"), PARTS, "p2/fleet.json is not from multus-migrator"),
        (_edit("p2", shard={"index": 5, "of": 4}), PARTS, "missing: shard 2/4"),
        (_edit("p2", shard={"index": 2, "of": 5}), PARTS, "p2 is no shard of the fleet of p1"),
        (_edit("p2", clusters=[]), PARTS, "the shards are no parts of one fleet"),
        (_edit("p1", clusters=[{"name": "../../x", "outcome": "ready"}]), PARTS, "is damaged"),
        (_first(outcome="ready"), PARTS, "p1/clusters/a is not as it was written"),
        (_first(outcome="failed"), PARTS, "p1/fleet.json: a is failed"),
        (_first(plan=""), PARTS, "p1/fleet.json: a is ready-if"),
        (_first(fingerprint=""), PARTS, "p1/fleet.json: a is ready-if"),
        (_renamed("b"), PARTS, "the shards are no parts of one fleet"),
        (_renamed("CON"), PARTS, "the shards are no parts of one fleet"),
        (
            lambda p: (p / "p1/fleet.json").write_text("[" * 10**5),
            PARTS,
            "p1/fleet.json is damaged",
        ),
        (
            lambda p: (p / "p1/clusters/a/report.md").write_text("x"),
            PARTS,
            "p1/clusters/a is not as",
        ),
        (lambda p: (p / "p1/clusters/a/base/x.yaml").write_text("x"), PARTS, "is not as it was"),
        (lambda p: shutil.rmtree(p / "p1/clusters/a"), PARTS, "p1/clusters/a is not as it was"),
    ],
)
def test_what_is_no_whole_fleet_is_refused(
    place: Path, spoil: Callable[[Path], object], parts: tuple[str, ...], word: str
) -> None:
    spoil(place)
    run = merge(place, *parts)
    assert (run.code, run.out) == (1, "")
    assert word in run.err
    assert len(run.err.splitlines()) == 1
    assert not (place / "merged/fleet.json").exists()


def test_each_shard_has_a_folder_of_its_own(place: Path) -> None:
    for out, words in (("p1", ("--shard", "2/4")), ("p1", ()), ("out", ("--shard", "1/4"))):
        before = tree(place / out)
        run = fleet(place, "-o", out, *words)
        assert (run.code, run.out) == (1, "")
        assert "give each shard a folder of its own" in run.err
        assert tree(place / out) == before
    for out in ("p1", "p1/merged"):
        run = merge(place, *PARTS, out=out)
        assert f"error: {out} is or lies in p1; choose another folder" in run.err
