"""What each workload gets, before and after."""

from __future__ import annotations

import json

import pytest

from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from tests.builders import ROLE, daemonset, inventory, target
from tests.plan.estates import CONF_DIR, RULES, cni, deployment, nad, plan, rows

LAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}
EXPLICIT = json.dumps(LAN)


def _rows(planned: Plan) -> dict[str, str]:
    return {row.network: row.verdict for row in rows(planned)}


def _ids(planned: Plan) -> list[str]:
    return [f.id for f in planned.findings]


def test_one_row_for_each_network_of_a_workload() -> None:
    planned = plan(
        nad("lan", config=EXPLICIT), nad("wan", "edge", EXPLICIT), deployment("lan, edge/wan@up0")
    )
    assert _rows(planned) == {"default/lan": "equal", "edge/wan@up0": "equal"}
    assert [str(r.workload) for r in rows(planned)] == ["Deployment default/web"] * 2


def test_a_nad_that_is_not_in_the_inputs_is_unknown_and_said() -> None:
    planned = plan(deployment("elsewhere"))
    assert _rows(planned) == {"default/elsewhere": "unknown"}
    assert "N11" in _ids(planned)
    assert not planned.blockers


def test_an_annotation_that_does_not_parse_fails_before_and_after() -> None:
    planned = plan(nad("lan", config=EXPLICIT), deployment("lan@a@b"))
    (row,) = rows(planned)
    assert row.verdict == "still-broken"
    finding = next(f for f in planned.findings if f.id == "N10")
    assert finding.error == row.after.error != ""


def test_isolation_is_judged_by_the_old_flag_and_carried_over() -> None:
    planned = plan(
        nad("lan", "edge", EXPLICIT), deployment("edge/lan"), flags=("--namespace-isolation=true",)
    )
    (row,) = rows(planned)
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
    (row,) = rows(make_plan(before, target()))
    assert (row.verdict, bool(row.before.error)) == ("cured", True)


def test_files_that_were_not_given_are_equal_by_their_directory() -> None:
    planned = plan(nad("lan"), deployment("lan"))
    (row,) = rows(planned)
    assert row.verdict == "equal"
    assert CONF_DIR in row.reason
    assert "N05" in _ids(planned)


def test_nodes_with_different_files_have_rows_of_their_own() -> None:
    other = LAN | {"master": "eth9"}
    planned = plan(
        nad("lan"), deployment("lan"), files=(cni(LAN, "n1"), cni(other, "n2"), cni(LAN, "n3"))
    )
    assert [(r.nodes, r.verdict) for r in rows(planned)] == [
        (("n1", "n3"), "equal"),
        (("n2",), "equal"),
    ]


def test_a_node_that_lacks_the_file_fails_today_already() -> None:
    files = (cni(LAN, "n1"), cni(LAN | {"name": "other"}, "n2"))
    planned = plan(nad("lan"), deployment("lan"), files=files)
    assert {r.nodes: r.verdict for r in rows(planned)} == {
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
    (row,) = rows(make_plan(before, target()))
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


def _of_v3(release: str, networks: str) -> Plan:
    install = daemonset(
        "--multus-conf-file=auto", image=f"nfvpe/multus:v{release}", command="[/entrypoint.sh]"
    )
    before = inventory(install, ROLE + RULES, nad("lan", config=EXPLICIT), deployment(networks))
    return make_plan(before, target())


@pytest.mark.parametrize(
    ("release", "asked", "reason"),
    [
        ("3.1", '"ipRequest": "10.0.0.7"', 'ips is ["10.0.0.7"] today, not read in thick mode'),
        ("3.1", '"macRequest": "02:00:00:00:00:07"', 'mac is "02:00:00:00:00:07" today'),
        ("3.2", '"interfaceRequest": "up0"', 'interface is not read today, "up0" in thick mode'),
        ("3.3", '"default-route": ["10.0.0.1"]', 'default-route is not read today, ["10.0.0.1"]'),
    ],
    ids=["a static address is lost", "a MAC is lost", "another name", "the default route moves"],
)
def test_a_key_that_only_one_release_reads_is_a_change(
    release: str, asked: str, reason: str
) -> None:
    planned = _of_v3(release, f'[{{"name": "lan", {asked}}}]')
    (row,) = rows(planned)
    assert row.verdict == "changed"
    assert reason in row.reason
    (finding,) = [f for f in planned.blockers if f.id == "N09"]
    assert reason in finding.seen
    assert "annotation" in finding.remedy


@pytest.mark.parametrize(
    ("release", "networks"),
    [
        ("3.1", "lan@up0"),
        ("3.1", '[{"name": "lan", "interfaceRequest": "up0"}]'),
        ("3.2", '[{"name": "lan", "mac": "02:00:00:00:00:07", "interface": "up0"}]'),
        ("3.9.3", '[{"name": "lan", "ips": ["10.0.0.7/24"], "default-route": ["10.0.0.1"]}]'),
        ("3.9.3", '[{"name": "lan", "ipRequest": "10.0.0.7"}]'),
    ],
    ids=["comma form", "v3.1's key", "v3.2", "v3.9", "read by neither"],
)
def test_a_key_that_both_releases_read_alike_is_none(release: str, networks: str) -> None:
    (row,) = rows(_of_v3(release, networks))
    assert (row.verdict, row.reason) == ("equal", "")


def test_ips_of_v3_3_is_to_be_a_list() -> None:
    planned = _of_v3("3.3", '[{"name": "lan", "ips": "10.0.0.7"}]')
    (finding,) = [f for f in planned.blockers if f.id == "N08"]
    assert "make ips a list" in finding.remedy
