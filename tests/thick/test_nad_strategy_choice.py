"""A choice for a NAD, whole: its reason in words, what it writes, and what is read by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.model.inputs import CniFile, NotRead, Snapshot, Source, WhyNotRead
from migrator.plan.planner import make_plan
from migrator.thick.nad_strategy import Choice, Why, read_by_name
from tests.builders import daemonset, inventory, target, with_hand_written
from tests.plan.estates import CONF_DIR, cni, nad, plan

from .test_nad_strategy import MACVLAN, OTHER, by_hand, maps_of, only


def _tried(*texts: str, files: tuple[CniFile, ...] = (), **wishes: Any) -> Choice:
    return only(plan(nad("lan"), *texts, files=files, **wishes))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ((cni(MACVLAN, "n1"), cni({"name": "x"}, "n2", directory="/etc")),
         "the files of n2 were not given (--node-files)"),
        ((), "the files of the nodes were not given (--node-files)"),
        ((cni({"name": "lan", "type": "macvlan"}),), "the file has no cniVersion"),
        ((cni({"cniVersion": 1, "name": "lan", "type": "m"}),),
         "cannot unmarshal number into Go struct field NetConf.cniVersion"),
        ((cni(MACVLAN, "n1"), cni(OTHER, "n2")), "the nodes have different files for it"),
        ((cni(MACVLAN, "n1"),), f"{CONF_DIR} holds it, and it is the same on every node"),
    ],
    ids=["one node", "no node", "a key", "Multus's own words", "drift", "known"],
)  # fmt: skip
def test_the_reason_in_words(files: tuple[CniFile, ...], reason: str) -> None:
    said = str(_tried(files=files).reason)
    assert reason in said


def test_a_choice_holds_what_explicit_writes_and_where_it_is_from() -> None:
    choice = _tried(
        files=(cni(MACVLAN, "n1"), cni(MACVLAN, "n2"), cni(OTHER, "n1", "x.conf", "/y"))
    )
    assert choice.config == json.dumps(MACVLAN, indent=2) + "\n"
    assert [(file.node, file.name) for file in choice.files] == [("n1", "lan.conf")]
    assert choice.drift == {}
    asked = _tried(files=(cni(MACVLAN, "n1"),), nad_config="explicit")
    assert (asked.strategy, str(asked.reason)) == ("explicit", "asked for")
    assert (asked.config, asked.files) == (choice.config, choice.files[:1])


def test_a_mount_holds_no_config_and_no_file() -> None:
    choice = _tried(files=(cni(MACVLAN, "n1"),), nad_config="mount")
    assert (choice.strategy, choice.config, choice.files) == ("mount", "", ())
    assert str(choice.reason) == "asked for"


def test_each_different_content_is_told_with_its_nodes() -> None:
    choice = _tried(files=(cni(MACVLAN, "n1"), cni(OTHER, "n2"), cni(OTHER, "n3")))
    contents = [json.dumps(data, sort_keys=True, indent=2) for data in (MACVLAN, OTHER)]
    assert choice.drift == dict(zip(contents, [("n1",), ("n2", "n3")], strict=True))
    assert (choice.config, choice.files) == ("", ())


@pytest.mark.parametrize(
    ("content", "plugin"),
    [
        ({"type": "macvlan"}, "macvlan"),
        ({"type": "My_Plugin.d"}, "my-plugin-d"),
        ({"plugins": [{"type": "bridge"}, {"type": "tuning"}]}, "bridge"),
        ({"type": "--"}, "cni"),
    ],
)
def test_the_name_of_a_config_map_is_its_plugin_s(content: dict[str, Any], plugin: str) -> None:
    data = {"cniVersion": "0.3.1", "name": "lan", **content}
    name = "lan.conflist" if "plugins" in content else "lan.conf"
    planned = plan(nad("lan"), files=(cni(data, "n1", name),), nad_config="configmap")
    assert list(maps_of(planned)) == [f"multus-conf-{plugin}"]


@pytest.mark.parametrize("wish", ["explicit", "configmap"])
def test_a_wish_that_cannot_be_granted_says_why(wish: str) -> None:
    choice = _tried(files=(cni(MACVLAN, "n1"), cni(OTHER, "n2")), nad_config=wish)
    assert choice.refused == f"{wish} is not possible: the nodes have different files for it"
    assert choice.config == ""
    assert _tried(files=(cni(MACVLAN, "n1"),), nad_config=wish).refused == ""


def test_what_is_read_by_name_is_told_with_its_key() -> None:
    files = (cni(MACVLAN, "n1"), cni(OTHER | {"name": "wifi"}, "n1"))
    found = read_by_name(
        inventory(
            *by_hand(clusterNetwork="wifi", defaultNetworks=["lan", "wifi", f"{CONF_DIR}/x", 5]),
            nad("lan", "kube-system"),
            nad("wifi", "default"),
            files=files,
        ),
        CONF_DIR,
    )
    assert found == (
        "clusterNetwork wifi",
        "defaultNetworks wifi",
        f"defaultNetworks {CONF_DIR}/x",
    )


def test_the_namespace_of_default_networks_is_multus_s_own() -> None:
    before = inventory(
        *by_hand(clusterNetwork="wifi", multusNamespace="default"),
        nad("wifi", "default"),
        files=(cni(OTHER | {"name": "wifi"}, "n1"),),
    )
    assert read_by_name(before, CONF_DIR) == ()
    assert read_by_name(before, "/elsewhere") == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"plugins": [{"type": ""}]}, "missing 'type'"),
        ({"plugins": []}, "n1: "),
        ({"type": ""}, "n1: "),
        ({"plugins": [{"type": "bridge"}], "ipam": 5}, "LoadDelegateNetConf: error unmarshalling"),
    ],
    ids=["a plugin without a type", "no plugin", "no type", "what libcni takes, and Multus not"],
)
def test_what_multus_would_refuse_becomes_no_spec_config(data: dict[str, Any], words: str) -> None:
    name = "lan.conflist" if "plugins" in data else "lan.conf"
    content = {"cniVersion": "0.3.1", "name": "lan", **data}
    choice = _tried(files=(cni(content, "n1", name),))
    assert (choice.strategy, choice.config) == ("mount", "")
    assert choice.reason.why is Why.UNUSABLE
    assert words in choice.reason.detail


def test_the_primary_s_file_that_stands_for_all_nodes_is_each_node_s() -> None:
    """The files are given once, and the nodes are known by their objects."""
    primary = {"cniVersion": "0.3.1", "name": "pods", "type": "ptp"}
    hand = with_hand_written(json.dumps({"confDir": "/etc/cni/net.d", "delegates": [primary]}))
    node = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n"
    files = (cni(primary, "", "10-pods.conf", "/etc/cni/net.d"),)
    before = inventory(hand, node, nad("pods", "kube-system"), files=files)
    choice = only(make_plan(before, target()))
    assert (choice.strategy, choice.reason.why) == ("mount", Why.PRIMARY)
    assert choice.reason.detail == "10-pods.conf"


NODE = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n"
SNAPSHOT = Snapshot(
    source=Source(file="s/snapshot.json", line=1),
    collected="2026-11-26T11:30:00Z",
    context="",
    server="",
    namespaces=(),
    unread=(),
)
FORBIDDEN = NotRead(resource="nodes", namespace="", reason=WhyNotRead.FORBIDDEN, detail="")


@pytest.mark.parametrize(
    ("texts", "files", "unread", "strategy"),
    [
        pytest.param((), (cni(MACVLAN, "n1"),), (FORBIDDEN,), "mount", id="nodes are not known"),
        pytest.param((NODE,), (cni(MACVLAN, "n1"),), (FORBIDDEN,), "explicit", id="but by a dump"),
        pytest.param((), (cni(MACVLAN),), (FORBIDDEN,), "explicit", id="one set for all"),
        pytest.param((), (cni(MACVLAN, "n1"),), (), "explicit", id="the cluster told its nodes"),
        pytest.param(
            (),
            (cni(MACVLAN, "n1"),),
            (replace(FORBIDDEN, resource="pods"),),
            "explicit",
            id="another kind was not read",
        ),
    ],
)
def test_a_file_of_some_nodes_is_not_that_of_a_cluster_whose_nodes_are_not_known(
    texts: tuple[str, ...], files: tuple[CniFile, ...], unread: tuple[NotRead, ...], strategy: str
) -> None:
    before = inventory(daemonset("--multus-conf-file=auto"), nad("lan"), *texts, files=files)
    reading = replace(before.reading, snapshot=replace(SNAPSHOT, unread=unread))
    choice = only(make_plan(replace(before, reading=reading), target()))
    assert choice.strategy == strategy
    if strategy == "mount":
        assert str(choice.reason) == "the files of the other nodes were not given (--node-files)"
