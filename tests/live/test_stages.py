"""Each stage that OUT holds, applied to the last object, is recognised as that stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.dumps import (
    EMPTY,
    LATER,
    NODES,
    SAMPLE,
    Cluster,
    answered,
    built,
    multus,
    node,
    the,
)

pytestmark = pytest.mark.kustomize


@pytest.mark.parametrize("sample", ["hand-written-config", "pre-1.16"])
def test_the_stages_of_out_are_where_it_stands(tmp_path: Path, sample: str) -> None:
    """The one has ConfigMaps that the old pods mount, the other no selector of its own."""
    folder = SAMPLE.parent / sample
    nodes = ["--node-files", str(folder / "nodes")] if (folder / "nodes").exists() else []
    cluster = Cluster(tmp_path, str(folder / "manifests"), *nodes)
    for stage, stand in (
        ("stage-1", "stage-one"),
        ("stage-2", "done"),
        ("rollback/stage-1", "back-stage-one"),
        ("rollback/stage-2", "before"),
    ):
        found = [answered(each) for each in built(cluster.place / "out" / stage)]
        told = cluster.tells(*found, EMPTY)
        assert told["stand"] == stand
        assert [(o["object"]["name"], o["drifts"]) for o in told["objects"] if o["drifts"]] == []
        assert set(told["wrong"]) <= {"not-in-the-dump"}, "there are no pods in it"


def test_of_two_thick_installs_the_pod_itself_tells_which(tmp_path: Path) -> None:
    folder = SAMPLE.parent / "thick-4.0"
    cluster = Cluster(tmp_path, str(folder / "manifests"), "--target", "4.2.4")
    old, new = the(cluster.old, "DaemonSet"), the(cluster.new, "DaemonSet")
    staged = [answered(each) for each in built(tmp_path / "out/stage-1")]
    pods = [multus(new, NODES[0], LATER, 2), multus(old, NODES[1])]
    told = cluster.tells(*staged, *pods, node(NODES[0]), node(NODES[1]))
    assert [each["side"] for each in told["nodes"]] == ["new", "old"]
    assert told["drain"] == [], "the daemon stays on the way back"
    done = [answered(each) for each in cluster.new]
    told = cluster.tells(*done, *pods, node(NODES[0]), node(NODES[1]))
    assert [each["wrong"] for each in told["nodes"]] == [False, True]
