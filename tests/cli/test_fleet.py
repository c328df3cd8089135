"""``fleet``: each plan is that of ``plan``, a run goes on where one was stopped, and OUT stays ours."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from migrator.cli import fleet_work, options
from migrator.live.fleet import Result
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.report.fleet import result_of
from tests.cli.fleets import OTHER, THIN, fleet, fleet_yaml, made, outcomes, told
from tests.cli.tools import ROOT, Run, migrator, tree
from tests.plan.estates import nad
from tests.read.snapshots import snapshot

SCHEMA = json.loads((ROOT / "docs/fleet.schema.json").read_text(encoding="utf-8"))
MIXED = {"a": "thin", "b": "blocked", "c": "thin", "d": "gone", "e": "nothing", "f": "other"}


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is patched counts, and coverage is measured; test_fleet_killed.py has the processes."""
    monkeypatch.delattr(os, "fork")


class Once(NamedTuple):
    place: Path
    run: Run


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """A fleet that was planned, to be looked at."""
    place = tmp_path_factory.mktemp("fleet")
    made(place, MIXED)
    return Once(place, fleet(place))


@pytest.fixture
def done(once: Once, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(once.place, tmp_path / "done"))


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The clusters that a plan was made of."""
    found: list[str] = []

    def noted(name: str, plan: Plan) -> Result:
        found.append(name)
        return result_of(name, plan)

    monkeypatch.setattr(fleet_work, "result_of", noted)
    return found


def test_what_becomes_of_each_and_the_order_to_go(once: Once) -> None:
    done, run = once
    assert (run.code, run.err) == (4, "")
    assert run.out.startswith("BLOCKED: 1 of 6 clusters blocked, 1 without a plan, 3 can go.\n")
    assert outcomes(done) == {
        "a": "ready-if",
        "b": "blocked",
        "c": "ready-if",
        "d": "failed",
        "e": "not-found",
        "f": "ready-if",
    }
    found = told(done)
    assert [bool(each["condition"]) for each in found["clusters"]] == [
        each["outcome"] == "ready-if" for each in found["clusters"]
    ]
    assert [group["clusters"] for group in found["groups"]] == [["b"], ["a", "c"], ["f"]]
    assert found["waves"] == [["a", "f"], ["c"]]
    assert "- d: d/multus.yaml: no such file or folder" in run.out
    assert not list(Draft202012Validator(SCHEMA).iter_errors(found))
    assert {p.name for p in (done / "out/clusters").iterdir()} == {"a", "b", "c", "f"}


def test_each_plan_has_the_bytes_of_plan(done: Path) -> None:
    for name in ("a", "b"):
        run = migrator(
            "plan", f"{name}/multus.yaml", "-o", f"alone/{name}", "--no-verify", cwd=done
        )
        assert run.code in (0, 4)
        assert tree(done / "alone" / name) == tree(done / "out/clusters" / name)


@pytest.mark.kustomize
def test_each_plan_is_built_as_plan_builds_it(tmp_path: Path) -> None:
    made(tmp_path, {"a": "thin"})
    assert migrator("fleet", "fleet.yaml", "-o", "out", cwd=tmp_path).code == 0
    assert migrator("plan", "a/multus.yaml", "-o", "alone", cwd=tmp_path).code == 0
    assert tree(tmp_path / "alone") == tree(tmp_path / "out/clusters/a")
    assert "Verified: built with" in (tmp_path / "alone/report.md").read_text()


def test_paths_are_those_of_the_folder_of_the_file(once: Once, tmp_path: Path) -> None:
    file = os.path.relpath(once.place / "fleet.yaml", tmp_path)
    migrator("fleet", file, "-o", "out", "--no-verify", cwd=tmp_path)
    assert tree(tmp_path / "out") == tree(once.place / "out")


def test_the_settings_of_a_cluster_are_those_of_plan(tmp_path: Path) -> None:
    made(tmp_path, {"a": "thin", "b": "thin"})
    own = {"name": "a", "inputs": ["a"], "target": "4.3.0", "stage": 1, "primary-cni": "10-x.conf"}
    fleet_yaml(tmp_path, own, {"name": "b", "inputs": ["b"]}, defaults={"target": "4.1"})
    assert fleet(tmp_path).code == 0
    plans = [json.loads((tmp_path / f"out/clusters/{n}/plan.json").read_text()) for n in "ab"]
    assert [plan["target"]["release"] for plan in plans] == ["4.3.0", "4.1.4"]
    assert [plan["target"]["primary_cni"] for plan in plans] == ["10-x.conf", ""]
    assert [each["target"] for each in told(tmp_path)["clusters"]] == ["v4.3.0", "v4.1.4"]


def test_the_exit_code_is_that_of_the_gravest(tmp_path: Path) -> None:
    for kinds, code in (
        ({"a": "thin", "b": "blocked", "c": "gone"}, 4),
        ({"a": "thin", "c": "gone"}, 1),
        ({"a": "thin", "e": "nothing"}, 0),
    ):
        place = tmp_path / str(code)
        made(place, kinds)
        assert fleet(place, "-q").code == code
    assert fleet(tmp_path / "4", "--allow", "M01").code == 1
    assert outcomes(tmp_path / "4")["b"] != "blocked"


def test_what_is_done_is_not_planned_again(done: Path, planned: list[str]) -> None:
    before = tree(done / "out")
    assert fleet(done).code == 4
    assert planned == []
    assert tree(done / "out") == before


@pytest.mark.parametrize(
    ("change", "again"),
    [
        pytest.param(lambda p: (p / "a/multus.yaml").write_text(OTHER), 1, id="an input"),
        pytest.param(lambda p: (p / "out/done/a.json").write_text(""), 1, id="no result"),
        pytest.param(lambda p: shutil.rmtree(p / "out/clusters/a"), 1, id="no plan"),
        pytest.param(
            lambda p: (p / "multus-migrator.toml").write_text('[nads]\n"x/y" = "mount"\n'),
            5,
            id="the settings of all",
        ),
    ],
)
def test_what_changed_is_planned_again(
    done: Path, planned: list[str], change: Any, again: int
) -> None:
    change(done)
    fleet(done)
    assert len(planned) == again
    fleet(done, "-o", "fresh")
    assert tree(done / "out") == tree(done / "fresh")


def test_a_folder_of_a_node_that_is_new_and_empty_is_known_to_be_empty(
    tmp_path: Path, planned: list[str]
) -> None:
    made(tmp_path, {"a": "thin"})
    fleet_yaml(tmp_path, {"name": "a", "inputs": ["a"], "node-files": "nodes"})
    (tmp_path / "nodes/n1/etc/cni/net.d").mkdir(parents=True)
    (tmp_path / "nodes/n1/etc/cni/net.d/10-x.conf").write_text('{"type": "bridge"}')
    fleet(tmp_path)
    fleet(tmp_path)
    assert planned == ["a"]
    (tmp_path / "nodes/n1/etc/cni/multus/net.d").mkdir(parents=True)
    fleet(tmp_path)
    assert planned == ["a", "a"]


def test_another_version_plans_again(
    done: Path, planned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_work, "__version__", "9.9.9")
    fleet(done)
    assert len(planned) == 5


def test_the_plan_of_what_is_no_cluster_any_more_is_gone(done: Path) -> None:
    (done / "a/multus.yaml").unlink()
    fleet_yaml(done, *({"name": n, "inputs": [n]} for n in "ab"))
    fleet(done)
    assert outcomes(done) == {"a": "failed", "b": "blocked"}
    names = ("clusters", "done")
    assert [sorted(p.stem for p in (done / "out" / n).iterdir()) for n in names] == [["b"], ["b"]]


def test_a_plan_that_a_person_changed_is_not_removed(done: Path) -> None:
    (done / "out/clusters/a/report.md").write_text("mine")
    fleet_yaml(done, {"name": "b", "inputs": ["b"]})
    before = tree(done / "out")
    run = fleet(done)
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("error: out/clusters/a/report.md was not written by")
    assert tree(done / "out") == before


@pytest.mark.kustomize
def test_a_root_is_named_from_where_the_plan_is(tmp_path: Path) -> None:
    made(tmp_path, {"a": "thin"})
    (tmp_path / "a/kustomization.yaml").write_text("resources: [multus.yaml]\n")
    fleet_yaml(tmp_path, {"name": "a", "inputs": ["a"]})
    for out, root in (("out", "../../../a"), ("x/out", "../../../../a")):
        assert fleet(tmp_path, "-o", out).code == 0
        assert told(tmp_path, out)["clusters"][0]["root"] == root
        assert f"../{root}" in (tmp_path / out / "clusters/a/base/kustomization.yaml").read_text()
    shutil.copytree(tmp_path / "out", tmp_path / "x/moved")
    fleet(tmp_path, "-o", "x/moved")
    assert tree(tmp_path / "x/moved") == tree(tmp_path / "x/out"), "planned anew there"
    fleet(tmp_path, "-o", "p1", "--shard", "1/1")
    run = migrator("fleet", "merge", "p1", "-o", "x/merged", cwd=tmp_path)
    assert (run.code, run.out) == (1, "")
    assert "the plan of a names its kustomize root as ../../../a; give an OUT beside p1" in run.err
    assert migrator("fleet", "merge", "p1", "-o", "merged", cwd=tmp_path).code == 0
    assert tree(tmp_path / "merged") == tree(tmp_path / "out")


def test_a_plan_that_a_person_changed_is_kept(done: Path) -> None:
    report = done / "out/clusters/a/report.md"
    report.write_text("mine")
    assert fleet(done).code == 4
    assert outcomes(done)["a"] == "failed"
    assert "was changed since" in told(done)["clusters"][0]["error"][0]
    assert report.read_text() == "mine"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda out: (out / "notes.txt").write_text("mine"), id="another file"),
        pytest.param(lambda out: (out / "fleet.md").write_text("mine"), id="an edited report"),
        pytest.param(lambda out: (out / "fleet.json").write_text("{}"), id="another fleet.json"),
        pytest.param(lambda out: (out / "done/x.json").write_text("{}"), id="another's result"),
        pytest.param(lambda out: (out / "clusters/x y").mkdir(), id="a folder that is no cluster"),
        pytest.param(lambda out: (out / "clusters/x").symlink_to("a"), id="a link"),
    ],
)
def test_an_out_that_is_not_ours_is_left_alone(done: Path, spoil: Any) -> None:
    spoil(done / "out")
    before = tree(done / "out")
    run = fleet(done)
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("error: out/")
    assert tree(done / "out") == before


def test_out_lies_in_no_input(done: Path) -> None:
    for out in ("a/out", "a"):
        fleet_yaml(done, {"name": "x", "inputs": ["b"], "node-files": "a"})
        run = migrator("fleet", "fleet.yaml", "-o", out, cwd=done)
        assert run.code == 1
        assert run.err.startswith(f"error: {out} is ")
    run = migrator("fleet", "fleet.yaml", "-o", ".", cwd=done)
    assert "not a folder that may be replaced" in run.err


def test_a_bug_of_one_cluster_is_told_of_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(inventory: Any, *rest: Any) -> Any:
        if any(d.ref.name == "bad" for d in inventory.reading.documents):
            raise KeyError("x")
        return make_plan(inventory, *rest)

    made(tmp_path, {"a": "thin", "c": "thin"})
    (tmp_path / "c/multus.yaml").write_text(f"{THIN}---\n{nad('bad')}")
    monkeypatch.setattr(options, "make_plan", broken)
    run = fleet(tmp_path)
    assert run.code == 1
    assert outcomes(tmp_path) == {"a": "ready-if", "c": "failed"}
    assert "- c: a bug of this tool: KeyError: 'x'; plan it alone to see where" in run.out


def test_a_disk_that_is_full_is_told_of_the_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, {"a": "thin", "e": "nothing"})

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("migrator.cli.output._to_disk", full)
    assert fleet(tmp_path).code == 1
    assert outcomes(tmp_path) == {"a": "failed", "e": "not-found"}
    (told_of,) = told(tmp_path)["clusters"][0]["error"]
    assert told_of.startswith("out/clusters/a cannot be written: No space left on device")
    assert [*(tmp_path / "out").glob("clusters/*")] == []


def test_what_was_said_of_all_is_never_older_than_the_plans(
    done: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fleet_work.Job, "result", stopped)
    run = fleet(done)
    assert (run.code, run.out) == (1, "")
    assert run.err.strip().startswith("interrupted; out/done, with which")
    assert [p.name for p in (done / "out").iterdir() if p.is_file()] == []


def test_secrets_are_in_no_report(tmp_path: Path) -> None:
    made(tmp_path, {"a": "thin"})
    (tmp_path / "a/multus.yaml").write_text(THIN.replace("multus-conf-file=auto", "token=hunter2x"))
    fleet(tmp_path)
    for name in ("fleet.md", "fleet.html", "fleet.json", "done/a.json"):
        assert "hunter2x" not in (tmp_path / "out" / name).read_text()


def test_usage(tmp_path: Path) -> None:
    for arguments, word in (
        (("fleet", "fleet.yaml", "other.yaml"), "one FLEET.yaml"),
        (("fleet", "fleet.yaml", "--shard", "0/2"), "--shard"),
        (("fleet", "fleet.yaml", "--shard", "3/2"), "--shard"),
        (("fleet", "fleet.yaml", "--image", "x y"), "--image"),
        (("fleet", "fleet.yaml", "--allow", "P99X"), "P99X"),
        (("fleet", "fleet.yaml", "--jobs", "0"), "--jobs"),
        (("fleet", "fleet.yaml", "-o", "-"), "the result is a folder"),
        (("fleet", "merge"), "shards"),
        (("fleet", "merge", "p1", "--allow", "P20"), "alone"),
    ):
        run = migrator(*arguments, cwd=tmp_path)
        assert (run.code, run.out) == (64, ""), arguments
        assert word in run.err


def test_snapshots_of_clusters_at_other_times_may_have_equal_plans(tmp_path: Path) -> None:
    for name, collected in (("eu", "2026-11-26T11:30:00Z"), ("us", "2026-11-27T10:00:00Z")):
        objects = {"daemonsets.apps": THIN.partition("---\n")[0]}
        place = snapshot(tmp_path / name, objects, collected=collected, context=name)
        assert collected in (place / "snapshot.json").read_text()
    fleet_yaml(tmp_path, *({"name": name, "inputs": [name]} for name in ("eu", "us")))
    fleet(tmp_path)
    assert [group["clusters"] for group in told(tmp_path)["groups"]] == [["eu", "us"]]
    keys = {each["key"] for each in told(tmp_path)["clusters"]}
    assert len(keys) == 2
