"""``verify OUT --against DUMP`` as a command: what it prints where, its exit codes, odd dumps."""

from __future__ import annotations

import json

import pytest

from tests.cli.tools import Run, migrator
from tests.live.dumps import BACK, NODES, Cluster, Tree, camera, dump, pod

pytestmark = pytest.mark.kustomize


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    return Cluster(tmp_path_factory.mktemp("against"))


def says(cluster: Cluster, *found: Tree, form: str = "text") -> Run:
    arguments = ["verify", "out", "--against", "-", "--format", form]
    return migrator(*arguments, cwd=cluster.place, stdin=dump(*found))


def test_text_begins_with_the_proof_and_says_where_it_stands(cluster: Cluster) -> None:
    run = says(cluster, *cluster.stage_one(), camera("one", NODES[0], BACK))
    assert run.code == 0, run.err
    assert run.out.startswith("Verified: out built with ")
    assert "Against standard input: stage one of the rollout\nNothing is wrong.\n" in run.out
    assert "  2 thick: node-1, node-2\n  3 thin: node-3, node-4, node-5\n" in run.out
    assert "  1 running pod asks for networks; Multus ran for it\n" in run.out
    assert "What the way back would leak\n  node-1: video/one\n" in run.out


def test_json_is_all_that_is_printed_and_what_is_wrong_is_exit_code_1(cluster: Cluster) -> None:
    text = "---\n".join(f"{json.dumps(each)}\n" for each in cluster.before("create"))
    (cluster.place / "dump.yaml").write_text(text)
    arguments = ["verify", "out", "--against", "dump.yaml", "--format", "json"]
    run = migrator(*arguments, cwd=cluster.place)
    assert (run.code, json.loads(run.out)["wrong"]) == (1, ["owner"])


def test_an_out_that_is_not_proved_is_held_against_nothing(cluster: Cluster) -> None:
    runbook = cluster.place / "out/runbook.md"
    text = runbook.read_text()
    runbook.write_text(f"{text}x")
    run = says(cluster, *cluster.done())
    runbook.write_text(text)
    assert (run.code, run.out) == (1, "")
    assert "runbook.md: edited" in run.err


def test_an_odd_dump_is_one_line_and_exit_code_1(cluster: Cluster) -> None:
    run = says(cluster, {"apiVersion": "v1", "kind": "Pod"}, form="json")
    assert (run.code, run.out, run.err.count("\n")) == (1, "", 1)
    assert run.err.startswith("error: -:1: Pod: has no metadata (and 1 more of these); ")


def test_a_dump_has_a_bound(cluster: Cluster) -> None:
    (cluster.place / "large.yaml").write_bytes(b"#" * (2**20 + 1))
    bound = {"MULTUS_MIGRATOR_MAX_PODS_MIB": "1"}
    arguments = ["verify", "out", "--against", "large.yaml", "--format", "json"]
    run = migrator(*arguments, cwd=cluster.place, env=bound)
    assert (run.code, run.out, run.err.count("\n")) == (1, "", 1)
    assert "larger than 1 MiB" in run.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--against", "-"], "give both"),
        (["--against", "-", "--pods", "x"], "give both"),
        (["out", "--format", "markdown"], "--against"),
        (["out", "--against", "-", "--format", "html"], "html"),
        (["out", "--against", "-", "--pods", "-"], "standard input"),
        (["out", "--against", "x", "--pods", "y", "--format", "json"], "call verify twice"),
    ],
)
def test_options_that_do_not_go_together(cluster: Cluster, arguments: list[str], word: str) -> None:
    run = migrator("verify", *arguments, cwd=cluster.place)
    assert (run.code, run.out) == (64, "")
    assert word in run.err


def test_pods_and_against_go_together(cluster: Cluster) -> None:
    lost = pod("lost", NODES[0], networks="cameras")
    (cluster.place / "pods.json").write_bytes(dump(lost))
    arguments = ["verify", "out", "--against", "-", "--pods", "pods.json"]
    run = migrator(*arguments, cwd=cluster.place, stdin=dump(*cluster.done()))
    assert run.code == 1
    assert "Nothing is wrong." in run.out
    assert "kubectl delete pod -n video lost" in run.out
