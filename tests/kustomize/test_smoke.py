"""The test pods: which networks get one, with commands that can be copied."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from migrator.kustomize.smoke import Wanted, smoke_pods
from migrator.plan.planner import make_plan
from tests.builders import daemonset, inventory, target
from tests.plan.estates import deployment, nad


def pods_of(*documents: str, wanted: Wanted = "all") -> dict[str, str]:
    return smoke_pods(make_plan(inventory(daemonset(), *documents), target()), wanted)


def config(name: str, *types: str) -> str:
    return json.dumps(
        {"cniVersion": "0.3.1", "name": name, "plugins": [{"type": t} for t in types]}
    )


def test_one_pod_for_each_nad() -> None:
    files = pods_of(nad("lan"), nad("wan", "edge"))
    assert sorted(files) == ["smoke-test/default--lan.yaml", "smoke-test/edge--wan.yaml"]
    text = files["smoke-test/edge--wan.yaml"]
    assert "k8s.v1.cni.cncf.io/networks: edge/wan" in text
    assert "ip addr show net1" in text


def chosen(*documents: str, wanted: Wanted = "auto") -> list[str]:
    return [path.partition("--")[2] for path in pods_of(*documents, wanted=wanted)]


def test_one_network_stands_for_all_with_the_same_plugins() -> None:
    documents = [nad(f"n{i}", config=config(f"n{i}", "macvlan")) for i in range(5)]
    documents += [nad("v", config=config("v", "macvlan", "tuning"))]
    assert chosen(*documents) == ["n0.yaml", "v.yaml"]


def test_every_network_that_reads_a_file_gets_one() -> None:
    documents = [nad("a"), nad("b"), nad("c", config=config("c", "macvlan"))]
    assert chosen(*documents) == ["a.yaml", "b.yaml", "c.yaml"]


def test_a_network_that_is_not_the_same_after_the_move_gets_one() -> None:
    """It fails in thick mode, and so stands for no other one."""
    same = nad("a", config=config("a", "macvlan"))
    broken = nad("b", config='{"cniVersion": "0.3.1", "name": "b!", "type": "macvlan"}')
    whole = config("b", "macvlan")
    assert chosen(same, nad("b", config=whole), deployment("b")) == ["a.yaml"]
    assert chosen(same, broken, deployment("b")) == ["b.yaml", "a.yaml"]


@pytest.mark.parametrize(
    ("wanted", "names"), [("none", []), ("all", ["a.yaml", "b.yaml"]), ("auto", ["a.yaml"])]
)
def test_what_the_user_asks_for(wanted: Wanted, names: list[str]) -> None:
    documents = [nad(n, config=config(n, "macvlan")) for n in "ab"]
    assert chosen(*documents, wanted=wanted) == names


def test_a_mesh_plugin_makes_no_interface() -> None:
    (text,) = pods_of(nad("istio-cni")).values()
    assert "ip addr" not in text


def test_a_name_is_neither_a_path_nor_a_command() -> None:
    (path,) = pods_of(nad('"../../x; reboot"'))
    assert path.count("/") == 1
    (text,) = pods_of(nad('"a; reboot"')).values()
    assert "'smoke-test-a; reboot'" in text


def test_a_device_is_requested() -> None:
    text = nad("fast").replace(
        "namespace: default}",
        "namespace: default, annotations: {k8s.v1.cni.cncf.io/resourceName: example.com/vf}}",
    )
    (manifest,) = pods_of(text).values()
    assert 'example.com/vf: "1"' in manifest


def test_the_longest_names_that_kubernetes_takes() -> None:
    """A NAD's name has up to 253 characters, a file's 255 and a host's 63; no two become one."""
    texts = [nad("lan" + "a" * 250, namespace="b" * 63), nad("lan" + "a" * 249, namespace="b" * 63)]
    files = pods_of(*texts)
    assert len(files) == 2
    assert all(len(path.rpartition("/")[2]) <= 255 for path in files)
    pods = [YAML(typ="safe", pure=True).load(text)["metadata"]["name"] for text in files.values()]
    assert len(set(pods)) == 2
    assert all(len(name) <= 63 for name in pods)
