from __future__ import annotations

import json

import pytest

from tests.inventory.documents import find_workloads

from .documents import documents

VM = """
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: vm, namespace: vms}
spec:
  template:
    spec:
      domain: {devices: {interfaces: [{name: a}, {name: b}]}}
      networks:
"""


def test_name_without_namespace_is_the_machines_own() -> None:
    text = VM + "      - {name: a, multus: {networkName: lan}}\n"
    text += "      - {name: b, multus: {networkName: shared/br0.100}}\n"
    (workload,) = find_workloads(documents(text))
    assert json.loads(workload.networks or "") == [
        {"name": "lan", "namespace": "vms"},
        {"name": "br0.100", "namespace": "shared"},
    ]
    assert (workload.origin, workload.namespace, workload.default_network) == (
        "kubevirt",
        "vms",
        None,
    )
    assert workload.source.line == 10


def test_default_network_is_handed_on_as_written() -> None:
    text = VM + "      - {name: a, multus: {networkName: fast, default: true}}\n"
    (workload,) = find_workloads(documents(text))
    assert (workload.networks, workload.default_network) == (None, "fast")


@pytest.mark.parametrize(
    "networks",
    [
        pytest.param("      - {name: a, pod: {}}", id="pod network only"),
        pytest.param("      - {name: a, multus: {networkName: ''}}", id="no name"),
        pytest.param("      - {name: a, multus: text}", id="not a map"),
        pytest.param("        text", id="networks is no list"),
    ],
)
def test_leaves_alone(networks: str) -> None:
    assert find_workloads(documents(VM + networks)) == ()


def test_unplugged_interface_is_no_attachment() -> None:
    text = VM.replace("{name: b}", "{name: b, state: absent}")
    text += "      - {name: b, multus: {networkName: lan}}\n"
    assert find_workloads(documents(text)) == ()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """
            apiVersion: kubevirt.io/v1
            kind: VirtualMachineInstance
            metadata: {name: vmi}
            spec: {domain: {cpu: {}}, networks: [{name: a, multus: {networkName: lan}}]}
            """,
            id="instance",
        ),
        pytest.param(
            """
            apiVersion: pool.kubevirt.io/v1alpha1
            kind: VirtualMachinePool
            metadata: {name: pool}
            spec:
              virtualMachineTemplate:
                spec:
                  template:
                    spec: {domain: {cpu: {}}, networks: [{name: a, multus: {networkName: lan}}]}
            """,
            id="pool",
        ),
    ],
)
def test_other_kinds_of_machines(text: str) -> None:
    (workload,) = find_workloads(documents(text))
    assert workload.networks == '[{"name": "lan", "namespace": "default"}]'


def test_snapshot_of_a_machine_runs_nothing() -> None:
    text = """
    apiVersion: snapshot.kubevirt.io/v1beta1
    kind: VirtualMachineSnapshotContent
    spec:
      source:
        virtualMachine:
          spec: {template: {spec: {domain: {}, networks: [{multus: {networkName: lan}}]}}}
    """
    assert find_workloads(documents(text)) == ()
