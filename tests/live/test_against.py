"""A cluster against a plan, at each stage of its rollout and with each thing that may be wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from migrator.model.errors import MigratorError
from migrator.report import live
from tests.live.dumps import (
    BACK,
    EMPTY,
    LAST_APPLIED,
    LATER,
    NODES,
    Cluster,
    Tree,
    answered,
    camera,
    container,
    dump,
    multus,
    node,
    pod,
    the,
)

pytestmark = pytest.mark.kustomize


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    return Cluster(tmp_path_factory.mktemp("against"))


@pytest.mark.parametrize(
    ("stage", "stand", "thick"),
    [
        (Cluster.before, "before", 0),
        (Cluster.stage_one, "stage-one", 2),
        (Cluster.done, "done", 5),
        (Cluster.back, "back-stage-one", 1),
    ],
)
def test_nothing_is_wrong_at_any_stage(
    cluster: Cluster, stage: Callable[[Cluster], list[Tree]], stand: str, thick: int
) -> None:
    told = cluster.tells(*stage(cluster))
    assert (told["stand"], told["wrong"]) == (stand, [])
    assert [each for each in told["objects"] if each["drifts"]] == []
    assert sum(each["modes"] == ["thick"] for each in told["nodes"]) == thick
    assert told["not_in_the_dump"] == []


def test_markdown_is_a_page_of_its_own(cluster: Cluster) -> None:
    found = cluster.stage_one()
    the(found, "ClusterRole")["rules"] = []
    said = cluster.says(*found, form="markdown")
    assert said.startswith("# Against `dump.json`: stage one of the rollout\n\n")
    assert "\n## Objects\n\n- DaemonSet kube-system/kube-multus-ds: stage one" in said
    assert "- ClusterRole multus: not as it should be\n  - rules: `[]`, not `[{" in said


@pytest.mark.parametrize("made", ["create", "helm"])
def test_what_apply_would_leave_is_wrong_and_has_its_cure(cluster: Cluster, made: str) -> None:
    said = cluster.says(*cluster.before(made))
    manager = {"create": "kubectl-create", "helm": "helm"}[made]
    assert f"    {manager} (Update) owns 10 fields: " in said
    assert "kubectl apply would leave 4 fields that must be removed: " in said
    assert "resources.limits" in said
    assert (
        "  kubectl kustomize out/rollback | kubectl apply set-last-applied --create-annotation=true "
        "-f -\n"
    ) in said


def test_a_release_is_moved_by_its_chart(cluster: Cluster) -> None:
    found = cluster.before("helm")
    the(found, "DaemonSet")["metadata"]["annotations"]["meta.helm.sh/release-name"] = "net"
    said = cluster.says(*found)
    assert "made by the release net; no last-applied annotation" in said
    assert "migrated through its chart" in said
    assert "set-last-applied" not in said


def test_server_side_apply_removes_what_it_owns_alone(cluster: Cluster) -> None:
    said = cluster.says(*cluster.before("server-side"))
    assert (
        "kubectl apply --server-side --force-conflicts --field-manager=kubectl -k out/rollback\n"
        in said
    )


def test_after_the_cure_nothing_is_left_and_the_owner_is_told(cluster: Cluster) -> None:
    found = cluster.before("create")
    for each, built in zip(found, cluster.old, strict=False):
        each["metadata"]["annotations"][LAST_APPLIED] = json.dumps(built)
    told = cluster.tells(*found)
    assert told["wrong"] == []
    own = next(each for each in told["owners"] if each["object"]["kind"] == "DaemonSet")
    assert (own["kept"], own["cure"], own["last_applied"]) == ([], None, True)
    assert own["managers"][0]["manager"] == "kubectl-create"


def test_a_rejected_daemonset_leaves_the_rest_applied_in_part(cluster: Cluster) -> None:
    """What the API server did with an install that kubectl create had made."""
    others = [answered(each) for each in cluster.new if each["kind"] != "DaemonSet"]
    daemonset = answered(cluster.thin, "create")
    told = cluster.tells(daemonset, *others, *cluster.nodes, *cluster.thin_pods())
    assert told["wrong"] == ["mixed", "owner"]
    found = {each["object"]["kind"]: each["found"] for each in told["objects"]}
    assert (found["ClusterRole"], found["ConfigMap"]) == ("other-side", "left")


def test_arguments_that_stayed_are_drift(cluster: Cluster) -> None:
    found = cluster.done()
    container(the(found, "DaemonSet"))["args"] = container(cluster.thin)["args"]
    told = cluster.tells(*found)
    own = next(each for each in told["objects"] if each["stand"])
    assert (own["stand"], own["nearest"]) == ("none", "done")
    (drift,) = own["drifts"]
    assert drift["path"] == "spec.template.spec.containers[name=kube-multus].args"
    assert drift["as_on_the_other_side"] is True
    assert "expected" not in drift
    assert told["wrong"] == ["mixed", "drifted", "owner"]


def test_on_delete_that_stayed_is_drift(cluster: Cluster) -> None:
    found = cluster.done()
    the(found, "DaemonSet")["spec"]["updateStrategy"] = {"type": "OnDelete"}
    told = cluster.tells(*found)
    own = next(each for each in told["objects"] if each["stand"])
    assert [each["path"] for each in own["drifts"]] == ["spec.updateStrategy"]


def test_a_missing_object_is_missing_and_a_missing_kind_is_not(cluster: Cluster) -> None:
    found = [each for each in cluster.done() if each["kind"] not in ("ConfigMap", "ClusterRole")]
    told = cluster.tells(*found, EMPTY)
    kinds = {each["object"]["kind"]: each["found"] for each in told["objects"]}
    assert (kinds["ConfigMap"], kinds["ClusterRole"]) == ("missing", "not-in-the-dump")
    assert (told["wrong"], told["not_in_the_dump"]) == (["missing"], ["ClusterRole"])


def test_without_what_would_tell_nothing_is_called_well(cluster: Cluster) -> None:
    bare = [each for each in cluster.done() if each["kind"] != "Pod"]
    assert cluster.tells(*bare)["wrong"] == ["not-in-the-dump"]
    before = [each for each in cluster.before() if each["kind"] != "Pod"]
    assert cluster.tells(*before)["wrong"] == []
    none = [each for each in cluster.before() if each["kind"] != "DaemonSet"]
    told = cluster.tells(*none)
    assert (told["stand"], told["wrong"]) == ("not-in-the-dump", ["not-in-the-dump"])


def test_a_secret_is_shown_nowhere(cluster: Cluster) -> None:
    found = cluster.done()
    own = container(the(found, "DaemonSet"))
    own["env"] = [{"name": "API_TOKEN", "value": "hunter2hunter2"}, *own["env"]]
    the(found, "ConfigMap")["data"]["daemon-config.json"] = '{"password": "hunter2hunter2"}'
    for form in ("text", "json", "markdown"):
        said = cluster.says(*found, form=form)
        assert "hunter2" not in said
        assert "redacted" in said


def test_words_of_strangers_do_nothing_on_a_terminal(cluster: Cluster) -> None:
    found = cluster.done()
    container(the(found, "DaemonSet"))["image"] = "\x1b[2J`x` ::error::y"
    said = cluster.says(*found)
    assert "\x1b" not in said
    assert "\\u001b[2J" in said
    assert "::error::" not in cluster.says(*found, form="markdown")


def test_pods_without_their_networks_are_named(cluster: Cluster) -> None:
    said = cluster.says(*cluster.stage_one(), pod("lost", NODES[1], networks="cameras"))
    assert "  video/lost on node-2: video/cameras; no network-status\n" in said


def test_pods_are_drained_by_the_time_of_their_own_node(cluster: Cluster) -> None:
    told = cluster.tells(
        *cluster.stage_one(),
        camera("early", NODES[0], "2026-06-30T00:00:00Z"),
        camera("late", NODES[0], LATER),
        camera("thin", NODES[4], BACK),
        camera("bare", NODES[1], BACK, owner=None),
        pod("plain", NODES[0], started=BACK),
    )
    assert [(each["name"], each["controller"]) for each in told["drain"]] == [
        ("late", "ReplicaSet"),
        ("bare", ""),
    ]
    assert told["thick_era"] == []


def test_pods_that_outlived_their_daemon_are_wrong(cluster: Cluster) -> None:
    """A node that was never moved has thin pods as old as its workloads."""
    said = cluster.says(
        *cluster.back(),
        camera("outlived", NODES[0], LATER),
        camera("new", NODES[0], BACK),
        camera("never-moved", NODES[3], "2026-05-01T00:00:00Z"),
        camera("to-drain", NODES[1], BACK),
    )
    assert "Pods that outlived the daemon of their node\n  node-1: video/outlived\n" in said
    assert "What the way back would leak\n  node-2: video/to-drain\n" in said
    assert "never-moved" not in said


def test_once_all_is_back_they_are_told_and_are_no_fault(cluster: Cluster) -> None:
    """That it was thick shows by what the migration had added, and by the pods' template."""
    found = [answered(each, generation=3) for each in cluster.old]
    pods = [multus(cluster.thin, name, BACK, 3) for name in NODES]
    left = answered(the(cluster.new, "ConfigMap"))
    outlived = camera("outlived", NODES[0], LATER)
    told = cluster.tells(*found, left, *cluster.nodes, *pods, outlived)
    assert (told["stand"], told["wrong"]) == ("before", [])
    assert [each["name"] for each in told["thick_era"]] == ["outlived"]
    assert cluster.tells(*found, EMPTY, *cluster.nodes, *pods, outlived)["thick_era"] == []


def test_a_taint_keeps_a_daemonset_away_that_does_not_tolerate_it(cluster: Cluster) -> None:
    found, lone = cluster.done(), node("lone")
    lone["spec"]["taints"] = [{"key": "virtual", "value": "yes", "effect": "NoSchedule"}]
    assert cluster.tells(*found, lone)["wrong"] == ["nodes"]
    the(found, "DaemonSet")["spec"]["template"]["spec"]["tolerations"] = []
    told = cluster.tells(*found, lone)
    assert "nodes" not in told["wrong"]


@pytest.mark.parametrize(
    ("spoil", "wrong"),
    [
        (lambda found: found[-1]["status"]["conditions"][0].update(status="False"), True),
        (lambda found: found.remove(found[-1]), True),
        (lambda found: found[-1]["metadata"].update(name="whatever"), False),
        (lambda found: found[-1]["metadata"]["labels"].clear(), False),
    ],
    ids=["not ready", "no pod on a node", "another name", "no labels"],
)
def test_nodes_are_judged_by_what_their_pods_run(
    cluster: Cluster, spoil: Callable[[list[Tree]], Any], wrong: bool
) -> None:
    found = cluster.stage_one()
    spoil(found)
    told = cluster.tells(*found)
    assert told["wrong"] == (["nodes"] if wrong else [])
    assert [each["name"] for each in told["nodes"] if each["wrong"]] == (
        [NODES[4]] if wrong else []
    )


def test_a_node_that_still_runs_thin_when_all_is_done_is_wrong(cluster: Cluster) -> None:
    found = [*cluster.done()[:-1], multus(cluster.thin, NODES[4])]
    told = cluster.tells(*found)
    assert told["wrong"] == ["nodes"]


def test_a_node_that_no_daemonset_wants_may_run_nothing(cluster: Cluster) -> None:
    windows = node("win", **{"kubernetes.io/os": "windows"})
    assert cluster.tells(*cluster.done(), windows)["wrong"] == []


BAD: list[tuple[str, bytes, str]] = [
    ("not UTF-8", b"kind: \xff\xfe", "not UTF-8"),
    ("empty", b"", "empty"),
    ("of another cluster", dump(node("a")), "no object of the plan is in it"),
    ("a pod without metadata", dump({"apiVersion": "v1", "kind": "Pod"}), "has no metadata"),
    ("twice", dump(node("a"), node("a")), "is also in"),
    ("no date", dump(pod("x", "n", started="yesterday")), "is not a date: yesterday"),
    ("no time zone", dump(pod("x", "n", started="2026-01-01T00:00:00")), "is not a date"),
    (
        "a spec that is a list",
        dump(
            {
                "apiVersion": "apps/v1",
                "kind": "DaemonSet",
                "metadata": {"name": "kube-multus-ds", "namespace": "kube-system"},
                "spec": [],
            }
        ),
        "spec is a list and not a map",
    ),
    (
        "labels that are numbers",
        dump(node("a") | {"metadata": {"name": "a", "labels": 5}}),
        "labels",
    ),
    ("many pods without metadata", dump(*[{"apiVersion": "v1", "kind": "Pod"}] * 50), "99 more"),
]


@pytest.mark.parametrize(
    ("data", "word"), [(data, word) for _, data, word in BAD], ids=[name for name, _, _ in BAD]
)
def test_an_odd_dump_is_one_line(cluster: Cluster, data: bytes, word: str) -> None:
    with pytest.raises(MigratorError) as error:
        cluster.report_of(data)
    (line,) = error.value.lines()
    assert line.startswith("dump.json:1: ")
    assert word in line


@pytest.mark.slow
def test_four_times_the_pods_cost_about_four_times_as_much(cluster: Cluster) -> None:
    def seconds(count: int) -> float:
        pods = (camera(f"pod-{number}", NODES[number % 5], BACK) for number in range(count))
        data = dump(*cluster.stage_one(), *pods)
        begin = time.process_time()
        report = cluster.report_of(data)
        live.text(report, "out", "dump.json")
        assert len(report.drain) == count * 2 // 5
        return time.process_time() - begin

    seconds(10)
    assert seconds(2000) < 10 * seconds(500)
