"""What every pod gets by Multus's own configuration, today and after the move."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.inputs import CniFile
from migrator.model.plan import EVERY_POD, Attachment, Difference, Plan
from migrator.plan.every_pod import CLUSTER
from migrator.plan.planner import make_plan
from tests.builders import (
    TARGETS,
    daemonset,
    inventory,
    migrated,
    node_file,
    target,
    with_hand_written,
)
from tests.plan.estates import cni, deployment, nad

CALICO = '{"cniVersion": "0.3.1", "name": "pods", "plugins": [{"type": "calico"}]}'
LAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}
PRIMARY = {"cniVersion": "0.3.1", "name": "pods", "plugins": [{"type": "calico"}]}


def rows(plan: Plan) -> dict[str, Attachment]:
    return {row.network: row for row in plan.attachments if row.origin == EVERY_POD}


def thin(*flags: str, files: tuple[CniFile, ...] = (), to: str = "4.2.4") -> dict[str, Attachment]:
    before = inventory(daemonset("--multus-conf-file=auto", *flags), files=files)
    return rows(make_plan(before, target(to)))


def by_hand(files: tuple[CniFile, ...] = (), *texts: str, **keys: Any) -> dict[str, Attachment]:
    """The config is copied as 70-multus.conf, so that the runtime reads no 80-calico.conflist."""
    before = inventory(with_hand_written(json.dumps({"name": "m", **keys})), *texts, files=files)
    return rows(make_plan(before, target()))


def test_the_primary_cnis_file_is_the_same_before_and_after() -> None:
    (row,) = thin(files=(node_file("10-calico.conflist", CALICO),)).values()
    assert (row.network, row.user, row.verdict) == (CLUSTER, "every pod", "equal")
    assert json.loads(row.after.config) == PRIMARY


def test_files_that_nobody_gave_are_equal_as_far_as_is_known() -> None:
    (row,) = thin().values()
    assert row.verdict == "equal"
    assert "--node-files" in row.before.unknown


@pytest.mark.parametrize("release", TARGETS)
def test_a_list_in_a_conf_runs_in_thin_mode_and_breaks_every_thick_release(release: str) -> None:
    row = thin(files=(node_file("10-calico.conf", CALICO),), to=release)[CLUSTER]
    assert (row.verdict, bool(row.before.config)) == ("broken", True)
    assert "failed to get clusterNetwork" in row.after.error


def test_a_flag_that_thin_v4_0_ignores_changes_the_primary() -> None:
    files = (node_file("10-calico.conflist", CALICO), node_file("05-x.conf", json.dumps(LAN)))
    row = thin("--multus-master-cni-file-name=10-calico.conflist", files=files)[CLUSTER]
    assert row.verdict == "changed"
    assert json.loads(row.before.config)["name"] == "lan"
    assert json.loads(row.after.config)["name"] == "pods"


def test_a_further_delegate_is_the_nad_that_takes_its_place() -> None:
    files = (node_file("80-calico.conflist", CALICO),)
    found = by_hand(files, delegates=[PRIMARY, LAN])
    assert {name: row.verdict for name, row in found.items()} == {
        CLUSTER: "equal",
        "kube-system/lan": "equal",
    }


def test_default_networks_beside_delegates_never_reached_a_pod() -> None:
    files = (node_file("80-calico.conflist", CALICO),)
    found = by_hand(files, nad("lan", "kube-system", config=json.dumps(LAN)),
                    delegates=[PRIMARY], defaultNetworks=["lan"])  # fmt: skip
    assert list(found) == [CLUSTER]


def test_a_cluster_network_that_is_a_nad_and_its_default_networks() -> None:
    texts = (
        nad("pods", "kube-system", config=json.dumps(PRIMARY)),
        nad("lan", "kube-system", config=json.dumps(LAN)),
    )
    found = by_hand((node_file("80-calico.conflist", CALICO),), *texts,
                    clusterNetwork="pods", defaultNetworks=["lan"])  # fmt: skip
    assert {n: r.verdict for n, r in found.items()} == {
        CLUSTER: "equal",
        "kube-system/lan": "equal",
    }


def test_a_config_file_that_sorts_after_the_primary_cnis_is_not_read() -> None:
    """Whether the file was copied or not: what changes is that Multus becomes active."""
    files = (node_file("10-calico.conflist", CALICO),)
    found = by_hand(files, delegates=[LAN, PRIMARY])
    assert found[CLUSTER].verdict == "equal"
    assert json.loads(found[CLUSTER].before.config) == PRIMARY
    (new,) = (row for name, row in found.items() if name != CLUSTER)
    assert new.difference is Difference.NEW


def test_a_hand_written_config_that_multus_does_not_load_is_broken_today_already() -> None:
    row = by_hand((node_file("80-calico.conflist", CALICO),))[CLUSTER]
    assert row.before.error == "LoadNetConf: at least one delegate/clusterNetwork must be specified"


def test_nodes_with_different_primaries_have_rows_of_their_own() -> None:
    before = inventory(
        daemonset("--multus-conf-file=auto"),
        files=(
            node_file("10-calico.conflist", CALICO, node="n1"),
            node_file("10-x.conf", json.dumps(LAN), node="n2"),
        ),
    )
    found = [r for r in make_plan(before, target()).attachments if r.origin == EVERY_POD]
    assert [row.nodes for row in found] == [("n1",), ("n2",)]


def test_a_daemon_that_ends_gives_no_pod_its_network() -> None:
    """The keys of daemon-config.json are what decides, as the daemon itself reads them."""
    built = migrated(daemonset("--multus-conf-file=auto"), to="4.1.4")
    texts = [text.replace('\\"cniVersion\\": \\"0.3.1\\"', '\\"cniVersion\\": 7') for text in built]
    assert texts != list(built)
    plan = make_plan(inventory(*texts, files=(node_file("10-calico.conflist", CALICO),)), target())
    assert "cannot unmarshal number" in rows(plan)[CLUSTER].before.error


def test_networks_without_an_install_have_no_such_rows() -> None:
    before = inventory(nad("lan"), files=(cni(LAN),))
    assert rows(make_plan(before, target())) == {}


def own(delegate: dict[str, Any], name: str = "00-multus.conf") -> CniFile:
    return node_file(name, json.dumps({"name": "m", "type": "multus", "delegates": [delegate]}))


def test_what_the_node_runs_is_what_pods_get_today() -> None:
    flannel = json.dumps({"cniVersion": "0.3.1", "name": "cbr0", "type": "flannel"})
    files = (node_file("05-x.conf", flannel), node_file("10-calico.conflist", CALICO), own(PRIMARY))
    row = thin(files=files)[CLUSTER]
    assert (row.verdict, json.loads(row.after.config)["name"]) == ("equal", "pods")


def test_an_older_copy_of_the_file_is_a_warning_and_no_blocker() -> None:
    old = {**PRIMARY, "cniVersion": "0.3.0"}
    before = inventory(
        daemonset("--multus-conf-file=auto"),
        files=(node_file("10-calico.conflist", CALICO), own(old)),
    )
    plan = make_plan(before, target())
    assert rows(plan)[CLUSTER].difference is Difference.COPY
    assert [f.severity for f in plan.findings if f.id == "N09"] == ["warning"]


@pytest.mark.parametrize(
    ("isolated", "verdict"), [(False, "changed"), (True, "broken")], ids=["new", "forbidden"]
)
def test_a_multus_that_the_runtime_does_not_call_gives_nothing_today(
    isolated: bool, verdict: str
) -> None:
    hand = {"name": "m", "delegates": [PRIMARY, LAN], "namespaceIsolation": isolated}
    before = inventory(
        with_hand_written(json.dumps(hand)),
        nad("lan", "other", config=json.dumps(LAN)),
        deployment("other/lan", "web"),
        files=(node_file("10-calico.conflist", CALICO), own(PRIMARY, "70-multus.conf")),
    )
    plan = make_plan(before, target())
    found = {row.network: row.verdict for row in plan.attachments}
    expected = {CLUSTER: "equal", "kube-system/lan": "changed", "other/lan": verdict}
    assert found == expected
    assert plan.findings[0].id == "P62"
    assert {f.id for f in plan.blockers} == ({"P62", "N08"} if isolated else {"P62"})


@pytest.mark.parametrize(
    ("name", "release", "verdict"),
    [
        ("10-c.conflist", "4.0.2", "equal"),
        ("10-c.conflist", "4.1.4", "equal"),
        ("10-c.conflist", "4.2.4", "changed"),
        ("10-c.conflist", "4.3.0", "changed"),
        ("10-c.conf", "4.2.4", "equal"),
    ],
)
def test_a_file_with_type_and_plugins_is_one_or_the_other(
    name: str, release: str, verdict: str
) -> None:
    both = json.dumps({**LAN, "plugins": [{"type": "calico"}]})
    assert thin(files=(node_file(name, both),), to=release)[CLUSTER].verdict == verdict


@pytest.mark.parametrize("release", ["4.0.2", "4.1.4", "4.2.4", "4.3.0"])
def test_one_plugin_in_a_conflist_breaks_every_thick_release(release: str) -> None:
    row = thin(files=(node_file("10-c.conflist", json.dumps(LAN)),), to=release)[CLUSTER]
    assert row.verdict == "broken"


@pytest.mark.parametrize(("release", "verdict"), [("4.1.4", "equal"), ("4.2.4", "changed")])
def test_a_folder_of_the_networks_name_adds_its_plugins(release: str, verdict: str) -> None:
    more = node_file("20-more.conf", json.dumps(LAN), directory="/etc/cni/net.d/pods")
    row = thin(files=(node_file("10-calico.conflist", CALICO), more), to=release)[CLUSTER]
    assert row.verdict == verdict
