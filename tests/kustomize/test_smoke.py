"""The test pods: one for each network, with commands that can be copied."""

from __future__ import annotations

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
