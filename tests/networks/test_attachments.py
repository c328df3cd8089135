"""What each workload gets, before and after."""

from __future__ import annotations

import json

import pytest

from migrator.model import Plan
from migrator.planner import make_plan
from tests.builders import ROLE, daemonset, inventory, target
from tests.networks.estates import CONF_DIR, RULES, cni, deployment, nad, plan

LAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}
EXPLICIT = json.dumps(LAN)


def _rows(planned: Plan) -> dict[str, str]:
    return {row.network: row.verdict for row in planned.attachments}


def _ids(planned: Plan) -> list[str]:
    return [f.id for f in planned.findings]


def test_one_row_for_each_network_of_a_workload() -> None:
    planned = plan(
        nad("lan", config=EXPLICIT), nad("wan", "edge", EXPLICIT), deployment("lan, edge/wan@up0")
    )
    assert _rows(planned) == {"default/lan": "equal", "edge/wan@up0": "equal"}
    assert [str(r.workload) for r in planned.attachments] == ["Deployment default/web"] * 2


def test_a_nad_that_is_not_in_the_inputs_is_unknown_and_said() -> None:
    planned = plan(deployment("elsewhere"))
    assert _rows(planned) == {"default/elsewhere": "unknown"}
    assert "N11" in _ids(planned)
    assert not planned.blockers


def test_an_annotation_that_does_not_parse_fails_before_and_after() -> None:
    planned = plan(nad("lan", config=EXPLICIT), deployment("lan@a@b"))
    (row,) = planned.attachments
    assert row.verdict == "still-broken"
    finding = next(f for f in planned.findings if f.id == "N10")
    assert finding.error == row.after.error != ""


def test_isolation_is_judged_by_the_old_flag_and_carried_over() -> None:
    planned = plan(
        nad("lan", "edge", EXPLICIT), deployment("edge/lan"), flags=("--namespace-isolation=true",)
    )
    (row,) = planned.attachments
    assert row.verdict == "still-broken"
    assert "namespace isolation enabled" in row.before.error
    assert "namespace isolation enabled" in row.after.error


def test_v3_2_refused_default_and_thick_mode_does_not() -> None:
    """The relaxation is a change: it is shown as one (GetNetworkDelegates v3.2, v3.4.2)."""
    install = daemonset(
        "--multus-conf-file=auto",
        "--namespace-isolation=true",
        image="nfvpe/multus:v3.2",
        command="[/entrypoint.sh]",
    )
    before = inventory(
        install, ROLE + RULES, nad("lan", "default", EXPLICIT), deployment("default/lan", "edge")
    )
    (row,) = make_plan(before, target()).attachments
    assert (row.verdict, bool(row.before.error)) == ("cured", True)


def test_files_that_were_not_given_are_equal_by_their_directory() -> None:
    planned = plan(nad("lan"), deployment("lan"))
    (row,) = planned.attachments
    assert row.verdict == "equal"
    assert CONF_DIR in row.reason
    assert "N05" in _ids(planned)


def test_nodes_with_different_files_have_rows_of_their_own() -> None:
    other = LAN | {"master": "eth9"}
    planned = plan(
        nad("lan"), deployment("lan"), files=(cni(LAN, "n1"), cni(other, "n2"), cni(LAN, "n3"))
    )
    assert [(r.nodes, r.verdict) for r in planned.attachments] == [
        (("n1", "n3"), "equal"),
        (("n2",), "equal"),
    ]


def test_a_node_that_lacks_the_file_fails_today_already() -> None:
    files = (cni(LAN, "n1"), cni(LAN | {"name": "other"}, "n2"))
    planned = plan(nad("lan"), deployment("lan"), files=files)
    assert {r.nodes: r.verdict for r in planned.attachments} == {
        ("n1",): "equal",
        ("n2",): "still-broken",
    }


def test_thick_v4_1_without_the_mount_is_cured() -> None:
    """The conf dir of v4.1.0 to v4.2.0 that nothing mounts (PR 1424 of multus-cni)."""
    shipped = """\
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: kube-multus-ds, namespace: kube-system}
        spec:
          selector: {matchLabels: {name: multus}}
          template:
            metadata: {labels: {name: multus}}
            spec:
              containers:
              - name: kube-multus
                image: ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.4-thick
                command: [/usr/src/multus-cni/bin/multus-daemon]
                volumeMounts:
                - {name: cni, mountPath: /host/etc/cni/net.d}
                - {name: config, mountPath: /etc/cni/net.d/multus.d}
              volumes:
              - {name: cni, hostPath: {path: /etc/cni/net.d}}
              - {name: config, configMap: {name: multus-daemon-config}}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: multus-daemon-config, namespace: kube-system}
        data: {daemon-config.json: '{"cniVersion": "0.3.1", "multusConfigFile": "auto"}'}
        """
    before = inventory(shipped, nad("lan"), deployment("lan"), files=(cni(LAN, "n1"),))
    (row,) = make_plan(before, target()).attachments
    assert row.verdict == "cured"
    assert row.before.error.endswith(f"No networks found in {CONF_DIR}")


def test_nads_without_a_workload_are_named_once() -> None:
    planned = plan(
        nad("a", config=EXPLICIT),
        nad("b", config=EXPLICIT),
        nad("c", config=EXPLICIT),
        deployment("a"),
    )
    (finding,) = [f for f in planned.findings if f.id == "N12"]
    assert finding.seen == "default/b, default/c"


@pytest.mark.parametrize(
    "documents", [(nad("a", config=EXPLICIT),), ()], ids=["NADs alone", "none"]
)
def test_without_workloads_nothing_is_said_of_unused_nads(documents: tuple[str, ...]) -> None:
    assert "N12" not in _ids(plan(*documents))


def test_a_nad_that_makes_multus_panic_is_said() -> None:
    planned = plan(nad("lan", config='{"name": "lan", "plugins": []}'), deployment("lan"))
    finding = next(f for f in planned.findings if f.id == "N04")
    assert "index out of range" in finding.error
    assert _rows(planned) == {"default/lan": "still-broken"}
