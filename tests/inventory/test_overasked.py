"""Pods that ask for more networks than any has, wherever they do: refused before they are resolved."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from migrator.inventory.build import build_inventory
from migrator.inventory.running_pods import examine
from migrator.model.errors import InputError
from migrator.multus.releases import DEFAULT_TARGET
from migrator.tools.bounds import ANNOTATION, NETWORKS
from tests.read.support import nad, names, read, refused, write
from tests.trust.making import aliased

KEY = "k8s.v1.cni.cncf.io/networks"
DEFAULT = "v1.multus-cni.io/default-network"
MANY = ",".join(["lan"] * 1001)
SAID = "asks for about 1,001 networks; no pod has so many"


def thing(kind: str, version: str, spec: Any, **annotations: str) -> dict[str, Any]:
    metadata = {"name": "p", "namespace": "apps", "annotations": annotations}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def pod(value: str, key: str = KEY) -> dict[str, Any]:
    return thing("Pod", "v1", {"containers": [{"name": "a", "image": "b"}]}, **{key: value})


def values(text: str) -> str:
    return json.dumps({"podAnnotations": {KEY: text}})


def argo(**helm: Any) -> dict[str, Any]:
    return thing("Application", "argoproj.io/v1alpha1", {"source": {"chart": "c", "helm": helm}})


def machine(count: int) -> dict[str, Any]:
    networks = [{"name": f"n{i}", "multus": {"networkName": f"lan{i}"}} for i in range(count)]
    template = {"spec": {"domain": {"devices": {}}, "networks": networks}}
    return thing("VirtualMachine", "kubevirt.io/v1", {"template": template})


def release(spec: dict[str, Any]) -> dict[str, Any]:
    return thing("HelmRelease", "helm.toolkit.fluxcd.io/v2", spec)


CONFIG_MAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "v", "namespace": "apps"},
    "data": {"values.yaml": values(MANY)},
}
PARAMETER = {"name": f"podAnnotations.{KEY.replace('.', chr(92) + '.')}", "value": MANY}
PLACES = {
    "a Pod": [pod(MANY)],
    "its default network": [pod(MANY, DEFAULT)],
    "JSON": [pod(json.dumps([{"name": "a"}] * 1001))],
    "values of Flux": [release({"values": json.loads(values(MANY))})],
    "a ConfigMap of values": [
        CONFIG_MAP,
        release({"description": "multus", "valuesFrom": [{"kind": "ConfigMap", "name": "v"}]}),
    ],
    "values of Argo CD as text": [argo(values=values(MANY))],
    "values of Argo CD as parameters": [argo(parameters=[PARAMETER])],
    "values of k3s": [thing("HelmChart", "helm.cattle.io/v1", {"valuesContent": values(MANY)})],
    "a machine of KubeVirt": [machine(1001)],
    "a cluster of Rook": [
        thing(
            "CephCluster",
            "ceph.rook.io/v1",
            {"network": {"provider": "multus", "selectors": {"public": MANY}}},
        )
    ],
}


@pytest.mark.parametrize("place", PLACES)
def test_networks_that_no_pod_has(tmp_path: Path, place: str) -> None:
    objects = "\n---\n".join(map(json.dumps, PLACES[place]))
    write(tmp_path, {"a.yaml": f"{nad()}---\n{objects}\n"})
    [line] = refused(tmp_path)
    assert line.startswith(f"{tmp_path}/a.yaml:")
    assert SAID in line
    inventory = build_inventory(read(tmp_path), keep_going=True)
    assert inventory.workloads == ()
    assert "storage" in names(inventory.reading)
    assert "p" not in names(inventory.reading)
    assert [SAID.partition(";")[0] in p.message for p in inventory.reading.problems] == [True]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(",".join(["lan"] * 150_000), "is larger than 256 KiB; Kubernetes takes no more", id="600 KB"),
        pytest.param("a" * 600_000, "is larger than 256 KiB", id="one name"),
        pytest.param("," * 60_000, "asks for about 60,001 networks", id="commas"),
        pytest.param("\u20ac" * 90_000, "is larger than 256 KiB", id="characters of three bytes"),
    ],
)  # fmt: skip
def test_an_annotation_that_is_too_large(tmp_path: Path, value: str, said: str) -> None:
    write(tmp_path, {"a.yaml": json.dumps(pod(value))})
    begin = time.process_time()
    [line] = refused(tmp_path)
    assert said in line
    assert time.process_time() - begin < 10
    pods = json.dumps({"kind": "List", "items": [pod(value)]})
    with pytest.raises(InputError) as error:
        examine(pods, "pods.json", DEFAULT_TARGET)
    assert error.value.lines()[0].startswith("pods.json:1: the networks annotation of Pod apps/p ")
    assert said in error.value.lines()[0]


def test_what_a_user_allows_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NETWORKS.variable, "2000")
    write(tmp_path, {"a.yaml": json.dumps(pod(MANY))})
    assert len(build_inventory(read(tmp_path)).workloads) == 1
    monkeypatch.setenv(ANNOTATION.variable, "1")
    assert "is larger than 1 KiB" in refused(tmp_path)[0]


def test_what_all_ask_for_together_has_a_bound(tmp_path: Path) -> None:
    """24 KB, since YAML repeats an annotation in three characters."""
    write(tmp_path, {"a.yaml": aliased(200, 1000)})
    begin = time.process_time()
    [line] = refused(tmp_path)
    assert "with Pod p99, more than 100,000 networks are asked for; give some" in line
    assert time.process_time() - begin < 10


def test_a_thousand_networks_are_no_bomb(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": json.dumps(pod(",".join(["lan"] * 1000)))})
    write(tmp_path, {"b.yaml": json.dumps(machine(1000))})
    assert len(build_inventory(read(tmp_path)).workloads) == 2
