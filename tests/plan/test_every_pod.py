"""What every pod gets by Multus's own configuration, today and after the move."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.inputs import CniFile
from migrator.model.plan import EVERY_POD, Attachment, Plan
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
from tests.plan.estates import cni, nad

CALICO = '{"cniVersion": "0.3.1", "name": "pods", "plugins": [{"type": "calico"}]}'
LAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}
PRIMARY = {"cniVersion": "0.3.1", "name": "pods", "plugins": [{"type": "calico"}]}


def rows(plan: Plan) -> dict[str, Attachment]:
    return {row.network: row for row in plan.attachments if row.origin == EVERY_POD}


def thin(*flags: str, files: tuple[CniFile, ...] = (), to: str = "4.2.4") -> dict[str, Attachment]:
    before = inventory(daemonset("--multus-conf-file=auto", *flags), files=files)
    return rows(make_plan(before, target(to)))


def by_hand(files: tuple[CniFile, ...] = (), *texts: str, **keys: Any) -> dict[str, Attachment]:
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
    files = (node_file("10-calico.conflist", CALICO),)
    found = by_hand(files, delegates=[PRIMARY, LAN])
    assert {name: row.verdict for name, row in found.items()} == {
        CLUSTER: "equal",
        "kube-system/lan": "equal",
    }


def test_default_networks_beside_delegates_never_reached_a_pod() -> None:
    files = (node_file("10-calico.conflist", CALICO),)
    found = by_hand(files, nad("lan", "kube-system", config=json.dumps(LAN)),
                    delegates=[PRIMARY], defaultNetworks=["lan"])  # fmt: skip
    assert list(found) == [CLUSTER]


def test_a_cluster_network_that_is_a_nad_and_its_default_networks() -> None:
    texts = (
        nad("pods", "kube-system", config=json.dumps(PRIMARY)),
        nad("lan", "kube-system", config=json.dumps(LAN)),
    )
    found = by_hand((node_file("10-calico.conflist", CALICO),), *texts,
                    clusterNetwork="pods", defaultNetworks=["lan"])  # fmt: skip
    assert {n: r.verdict for n, r in found.items()} == {
        CLUSTER: "equal",
        "kube-system/lan": "equal",
    }


def test_a_hand_written_config_that_multus_does_not_load_is_broken_today_already() -> None:
    row = by_hand((node_file("10-calico.conflist", CALICO),))[CLUSTER]
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
