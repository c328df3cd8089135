"""Which strategy each NAD gets, and when a wish is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.inputs import CniFile
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.thick.nad_strategy import Choice, choose
from migrator.trees.paths import get
from tests.builders import inventory, target, with_hand_written
from tests.plan.estates import CONF_DIR, ISTIO, cni, deployment, nad, plan

MACVLAN = {"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}
OTHER = MACVLAN | {"master": "eth2"}

ISTIO_AGENT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-cni-config, namespace: istio-system}
data:
  CHAINED_CNI_PLUGIN: "false"
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: istio-cni-node, namespace: istio-system}
spec:
  selector: {matchLabels: {k8s-app: istio-cni-node}}
  template:
    metadata: {labels: {k8s-app: istio-cni-node}}
    spec:
      containers:
      - name: install-cni
        image: docker.io/istio/install-cni:1.22.0
        command: [install-cni]
        envFrom: [{configMapRef: {name: istio-cni-config}}]
        volumeMounts:
        - {name: cni-net-dir, mountPath: /host/etc/cni/net.d}
      volumes:
      - {name: cni-net-dir, hostPath: {path: /etc/cni/multus/net.d}}
"""


def only(planned: Plan) -> Choice:
    (choice,) = choose(planned.before, planned.target)
    return choice


def _ids(planned: Plan, *, blockers: bool = False) -> list[str]:
    return [f.id for f in (planned.blockers if blockers else planned.findings)]


@pytest.mark.parametrize(
    ("files", "strategy", "reason"),
    [
        ((cni(MACVLAN, "n1"), cni(MACVLAN, "n2")), "explicit", "the same on every node"),
        (
            (cni(json.dumps(MACVLAN, indent=4), "n1", "lan.conf"), cni(MACVLAN, "n2")),
            "explicit",
            "the same on every node",
        ),
        ((cni(MACVLAN, "n1"), cni(OTHER, "n2")), "mount", "different files"),
        ((cni(MACVLAN, "n1"), cni({"name": "x"}, "n2", directory="/etc")), "mount", "n2"),
        ((), "mount", "were not given"),
        ((cni("{", "n1", "a.conf"), cni(MACVLAN, "n1")), "mount", "Error loading CNI config file"),
        ((cni({"name": "lan", "type": "macvlan"}, "n1"),), "mount", "no cniVersion"),
        (
            (cni('{"cniVersion":"0.3.1","name":"lan","type":"a","type":"b"}', "n1", "l.conf"),),
            "mount",
            "a key twice",
        ),
    ],
    ids=[
        "known and equal on all nodes",
        "equal JSON, written differently",
        "nodes differ",
        "one node's directory was not copied",
        "no node files at all",
        "a broken file sorts before it",
        "the file has no cniVersion, which explicit must have",
        "readers may differ on a doubled key",
    ],
)
def test_auto(files: tuple[CniFile, ...], strategy: str, reason: str) -> None:
    choice = only(plan(nad("lan"), files=files))
    assert choice.strategy == strategy
    assert reason in str(choice.reason)
    assert not choice.refused


def test_a_file_that_an_agent_writes_stays_a_file() -> None:
    choice = only(plan(nad("istio-cni"), ISTIO_AGENT, files=(cni(ISTIO, "n1"),)))
    assert choice.strategy == "mount"
    assert "istio-cni writes this file" in str(choice.reason)


def test_a_nad_with_a_config_is_left_alone() -> None:
    planned = plan(nad("lan", config=json.dumps(MACVLAN)), files=(cni(OTHER, "n1"),))
    assert choose(planned.before, planned.target) == ()
    assert not [o for o in planned.changed if o.ref.name == "lan"]


def test_explicit_is_the_content_of_the_file() -> None:
    planned = plan(nad("lan"), files=(cni(MACVLAN, "n1"),))
    (changed,) = [o for o in planned.changed if o.ref.name == "lan"]
    config = get(changed.desired, ("spec", "config"))
    assert json.loads(config) == MACVLAN
    assert config.count("\n") == len(MACVLAN) + 2  # one field a line, and a final newline


def test_explicit_is_refused_where_nodes_differ() -> None:
    files = (cni(MACVLAN, "n1"), cni(OTHER, "n2"), cni(OTHER, "n3"))
    planned = plan(nad("lan"), files=files, nad_config="explicit")
    assert _ids(planned, blockers=True) == ["N01"]
    drift = next(f for f in planned.findings if f.id == "N02")
    assert drift.seen == 'default/lan: master is "eth1" on n1, "eth2" on n2, n3'


def test_drift_is_said_without_a_wish_too_and_blocks_nothing() -> None:
    planned = plan(nad("lan"), files=(cni(MACVLAN, "n1"), cni(OTHER, "n2")))
    assert "N02" in _ids(planned)
    assert not planned.blockers


def maps_of(planned: Plan) -> dict[str, dict[str, Any]]:
    return {
        o.ref.name: dict(o.desired["data"])
        for o in planned.objects
        if o.document is None and o.ref.name.startswith("multus-conf-")
    }


def test_configmap_is_one_for_each_plugin() -> None:
    wifi = MACVLAN | {"name": "wifi", "master": "eth3"}
    bridge = {"cniVersion": "0.3.1", "name": "br", "plugins": [{"type": "bridge"}]}
    files = (cni(MACVLAN, "n1"), cni(wifi, "n1"), cni(bridge, "n1", "br.conflist"))
    planned = plan(nad("lan"), nad("wifi"), nad("br"), files=files, nad_config="configmap")
    assert not planned.blockers
    maps = maps_of(planned)
    assert {name: sorted(data) for name, data in maps.items()} == {
        "multus-conf-bridge": ["br.conflist"],
        "multus-conf-macvlan": ["lan.conf", "wifi.conf"],
    }
    assert maps["multus-conf-macvlan"]["lan.conf"] == json.dumps(MACVLAN)
    daemonset = next(o for o in planned.objects if o.ref.kind == "DaemonSet").desired
    volume = next(v for v in daemonset["spec"]["template"]["spec"]["volumes"] if "projected" in v)
    named = [s["configMap"]["name"] for s in volume["projected"]["sources"]]
    assert sorted(named) == sorted(maps)


@pytest.mark.parametrize(
    ("documents", "files", "overrides", "reason"),
    [
        (
            (nad("lan"), ISTIO_AGENT),
            (cni(MACVLAN, "n1"),),
            {},
            f"istio-cni writes to {CONF_DIR} at run time",
        ),
        ((nad("lan"),), (cni(MACVLAN, "n1"), cni(OTHER, "n2")), {}, "different files"),
        ((nad("lan"),), (), {}, "were not given"),
        (
            (nad("lan"), nad("wifi")),
            (cni(MACVLAN, "n1"), cni(MACVLAN | {"name": "wifi"}, "n1")),
            {"default/wifi": "mount"},
            "wifi needs the node's directory",
        ),
    ],
    ids=["an agent writes there", "nodes differ", "content not known", "another NAD is mounted"],
)
def test_configmap_is_refused(
    documents: tuple[str, ...], files: tuple[CniFile, ...], overrides: dict[str, str], reason: str
) -> None:
    planned = plan(*documents, files=files, nad_config="configmap", nad_overrides=overrides)
    assert "N01" in _ids(planned, blockers=True)
    assert any(reason in f.seen for f in planned.blockers)
    assert not maps_of(planned)


def test_explicit_mixes_with_configmap() -> None:
    wifi = MACVLAN | {"name": "wifi"}
    planned = plan(
        nad("lan"),
        nad("wifi"),
        files=(cni(MACVLAN, "n1"), cni(wifi, "n1")),
        nad_config="configmap",
        nad_overrides={"default/wifi": "explicit"},
    )
    assert not planned.blockers
    assert sorted(maps_of(planned)["multus-conf-macvlan"]) == ["lan.conf"]


def test_a_wish_for_one_nad_goes_before_the_one_for_all() -> None:
    planned = plan(nad("lan"), files=(cni(MACVLAN, "n1"),), nad_overrides={"default/lan": "mount"})
    assert only(planned).strategy == "mount"


def test_a_chart_s_nad_is_not_patched_by_itself() -> None:
    owned = nad("lan").replace(
        "namespace: default}", "namespace: default, labels: {app.kubernetes.io/managed-by: Helm}}"
    )
    planned = plan(owned, files=(cni(MACVLAN, "n1"),))
    assert only(planned).strategy == "mount"
    assert "helm owns the NAD" in str(only(planned).reason)
    forced = plan(owned, files=(cni(MACVLAN, "n1"),), nad_config="explicit")
    assert "N07" in _ids(forced)


def test_configmap_needs_the_daemonset_in_the_inputs() -> None:
    before = inventory(nad("lan"), deployment("lan"), files=(cni(MACVLAN, "n1"),))
    planned = make_plan(before, target(nad_config="configmap"))
    assert any("DaemonSet" in f.seen for f in planned.blockers)


def by_hand(**keys: Any) -> tuple[str, ...]:
    """The documents of an install with a hand-written config."""
    return (with_hand_written(json.dumps({"delegates": [{"name": "a", "type": "b"}], **keys})),)


@pytest.mark.parametrize(
    ("keys", "nads", "reason"),
    [
        ({"clusterNetwork": "wifi"}, ("lan",), f"clusterNetwork wifi is read from {CONF_DIR}"),
        ({"clusterNetwork": f"{CONF_DIR}/wifi.conf"}, ("lan",), f"is read from {CONF_DIR}"),
        ({"clusterNetwork": CONF_DIR}, ("lan",), f"clusterNetwork {CONF_DIR} is read"),
        ({"defaultNetworks": ["wifi"]}, ("lan",), "defaultNetworks wifi is read"),
        ({"defaultNetworks": ["wifi"]}, ("lan", "wifi"), ""),
        ({"clusterNetwork": "elsewhere"}, ("lan",), ""),
    ],
    ids=[
        "the primary network by its CNI name: every pod would lose it",
        "the primary network by its path",
        "the first file of the directory",
        "a default network",
        "its NAD moves too",
        "a NAD that is not in the inputs",
    ],
)
def test_configmap_never_hides_what_the_default_networks_read(
    keys: dict[str, Any], nads: tuple[str, ...], reason: str
) -> None:
    files = (cni(MACVLAN, "n1"), cni(MACVLAN | {"name": "wifi"}, "n1"))
    texts = (nad(name, "kube-system") for name in nads)
    before = inventory(*by_hand(**keys), *texts, files=files)
    planned = make_plan(before, target(nad_config="configmap"))
    seen = [f.seen for f in planned.blockers if f.id == "N01"]
    assert [s for s in seen if reason in s] if reason else not seen
    assert bool(maps_of(planned)) == (not reason)


def test_configmap_is_refused_in_the_primary_cnis_directory() -> None:
    before = inventory(
        *by_hand(confDir="/etc/cni/net.d"),
        nad("lan"),
        files=(cni(MACVLAN, directory="/etc/cni/net.d"),),
    )
    planned = make_plan(before, target(nad_config="configmap"))
    assert any("a ConfigMap would hide it" in f.seen for f in planned.blockers)
    assert not maps_of(planned)


@pytest.mark.parametrize(
    ("extra", "file", "reason"),
    [
        ({}, "10 lan.conf", "cannot be the name of a file"),
        ({"other": "content"}, "lan.conf", "with other content"),
        ({"lan.conf": json.dumps(MACVLAN)}, "lan.conf", ""),
    ],
    ids=["a space in the name", "the ConfigMap is somebody's", "it is there already"],
)
def test_configmap_is_refused_where_it_cannot_be_written(
    extra: dict[str, str], file: str, reason: str
) -> None:
    metadata = {"name": "multus-conf-macvlan", "namespace": "kube-system"}
    present = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": extra}
    documents = (nad("lan"), *([json.dumps(present)] if extra else []))
    planned = plan(*documents, files=(cni(MACVLAN, "n1", file),), nad_config="configmap")
    seen = [f.seen for f in planned.blockers]
    assert any(reason in s for s in seen) if reason else not seen
    assert not maps_of(planned)


def node(name: str, labels: str = "") -> str:
    return f"apiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"


@pytest.mark.parametrize(
    ("texts", "strategy"),
    [
        ((node("n1"),), "explicit"),
        ((node("n1"), node("n2")), "mount"),
        ((node("n2", "kubernetes.io/os: windows"),), "explicit"),
        ((node("n2", "kubernetes.io/os: linux"),), "mount"),
    ],
    ids=["every node", "n2 was not copied", "Windows has no Multus", "Linux has"],
)
def test_a_file_has_to_be_known_on_every_node_of_the_cluster(
    texts: tuple[str, ...], strategy: str
) -> None:
    choice = only(plan(nad("lan"), *texts, files=(cni(MACVLAN, "n1"),)))
    assert choice.strategy == strategy
    assert ("n2" in str(choice.reason)) is (strategy == "mount")


def test_one_set_for_all_nodes_stands_for_each_of_them() -> None:
    choice = only(plan(nad("lan"), node("n1"), node("n2"), files=(cni(MACVLAN),)))
    assert choice.strategy == "explicit"


@pytest.mark.parametrize(
    ("keys", "file"),
    [
        ({"clusterNetwork": "pods"}, "10-pods.conf"),
        ({"delegates": [{"cniVersion": "0.3.1", "name": "pods", "type": "ptp"}]}, "10-pods.conf"),
    ],
    ids=["the cluster network", "the first delegate"],
)
def test_the_primary_cnis_own_file_becomes_no_spec_config(keys: dict[str, Any], file: str) -> None:
    primary = {"cniVersion": "0.3.1", "name": "pods", "type": "ptp"}
    hand = with_hand_written(json.dumps({"confDir": "/etc/cni/net.d", **keys}))
    files = (cni(primary, "n1", file, "/etc/cni/net.d"),)
    for wish in ("auto", "explicit"):
        before = inventory(hand, nad("pods", "kube-system"), files=files)
        planned = make_plan(before, target(nad_config=wish))
        assert only(planned).config == ""
        assert not [o for o in planned.changed if o.ref.name == "pods"]
    assert only(planned).refused
