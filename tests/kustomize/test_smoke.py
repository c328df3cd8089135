"""The test pods: one for each network, with commands that can be copied."""

from __future__ import annotations

from ruamel.yaml import YAML

from migrator.kustomize.smoke import smoke_pods as pods_of
from tests.builders import inventory
from tests.plan.estates import nad


def test_one_pod_for_each_nad() -> None:
    files = pods_of(inventory(nad("lan"), nad("wan", "edge")))
    assert sorted(files) == ["smoke-test/default--lan.yaml", "smoke-test/edge--wan.yaml"]
    text = files["smoke-test/edge--wan.yaml"]
    assert "k8s.v1.cni.cncf.io/networks: edge/wan" in text
    assert "ip addr show net1" in text


def test_a_mesh_plugin_makes_no_interface() -> None:
    (text,) = pods_of(inventory(nad("istio-cni"))).values()
    assert "ip addr" not in text


def test_a_name_is_neither_a_path_nor_a_command() -> None:
    (path,) = pods_of(inventory(nad('"../../x; reboot"')))
    assert path.count("/") == 1
    (text,) = pods_of(inventory(nad('"a; reboot"'))).values()
    assert "'smoke-test-a; reboot'" in text


def test_a_device_is_requested() -> None:
    text = nad("fast").replace(
        "namespace: default}",
        "namespace: default, annotations: {k8s.v1.cni.cncf.io/resourceName: example.com/vf}}",
    )
    (manifest,) = pods_of(inventory(text)).values()
    assert 'example.com/vf: "1"' in manifest


def test_the_longest_names_that_kubernetes_takes() -> None:
    """A NAD's name has up to 253 characters, a file's 255 and a host's 63; no two become one."""
    texts = [nad("lan" + "a" * 250, namespace="b" * 63), nad("lan" + "a" * 249, namespace="b" * 63)]
    files = pods_of(inventory(*texts))
    assert len(files) == 2
    assert all(len(path.rpartition("/")[2]) <= 255 for path in files)
    pods = [YAML(typ="safe", pure=True).load(text)["metadata"]["name"] for text in files.values()]
    assert len(set(pods)) == 2
    assert all(len(name) <= 63 for name in pods)
