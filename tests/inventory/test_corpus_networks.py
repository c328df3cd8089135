"""Real manifests: every NAD and workload is classified, and a sample checked by hand is pinned.

Set MIGRATOR_CORPUS to a folder of manifests, one folder for each origin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from migrator.inventory.cni_configmaps import find_config_map_files
from migrator.inventory.meshes.injection import all_workloads
from migrator.inventory.nads import config_type, find_nads
from migrator.inventory.neighbours import find_neighbours
from migrator.model.inputs import Document
from tests.corpus import MARKS, documents_of, manifests
from tests.inventory.documents import find_workloads, injected_workloads

from .documents import NO_FILES, node_file, node_files

pytestmark = MARKS


class Holds(NamedTuple):
    """What a file holds, counted by hand."""

    nads: int = 0
    on_disk: int = 0
    with_resource: int = 0
    workloads: int = 0
    neighbours: tuple[str, ...] = ()
    cni_files: int = 0


_MULTUS = "multus-cni/"
_SRIOV = "k8snetworkplumbingwg__sriov-network-device-plugin/"
_ISTIO = "istio__istio/"
SAMPLE = {
    "redhat-best-practices-for-k8s__certsuite-sample-workload/test-target/nad-istio.yaml": Holds(
        nads=1, on_disk=1
    ),
    "rook__rook/deploy/examples/cluster-multus-test.yaml": Holds(workloads=1),
    "rook__rook/tests/scripts/multus/default-public-cluster-nads.yaml": Holds(nads=2),
    "infinitydon__5gcore-sctp-loadbalancer/core-5g-macvlan.yml": Holds(nads=3),
    "infinitydon__cw-multus-ipam-cni/examples/iperf3-cw-multinet-perf.yaml": Holds(
        nads=1, workloads=2
    ),
    "infinitydon__cw-multus-ipam-cni/examples/nads-whereabouts.yaml": Holds(nads=4),
    "infinitydon__cw-multus-ipam-cni/examples/pod-open5gs-interfaces.yaml": Holds(workloads=1),
    "niloysh__open5gs-k8s/networks5g/network-attachments-ovs.yaml": Holds(nads=3, with_resource=3),
    "niloysh__open5gs-k8s/networks5g/network-attachments.yaml": Holds(nads=4),
    "niloysh__open5gs-k8s/open5gs/slices/slice1/smf1/smf-deployment.yaml": Holds(workloads=1),
    "jfroy__flatops/kubernetes/apps/kube-system/multus/networks/default.yaml": Holds(nads=2),
    "jfroy__flatops/kubernetes/apps/storage/kantai1-samba/app/helmrelease.yaml": Holds(workloads=1),
    "onedr0p__home-ops/kubernetes/apps/default/home-assistant/app/helmrelease.yaml": Holds(
        workloads=1
    ),
    "osnabrugge__home-cluster/cluster/apps/downloaders/qbittorrent/helm-release.yaml": Holds(
        workloads=1
    ),
    "rust84__k8s-gitops/kubernetes/apps/home/esphome/app/helmrelease.yaml": Holds(workloads=1),
    "k8snetworkplumbingwg__ovs-cni/examples/mirror-consumer.yaml": Holds(
        nads=1, with_resource=1, workloads=1
    ),
    "charmed-kubernetes__charm-multus/tests/data/multinic_pod.yaml": Holds(workloads=1),
    _MULTUS + "v3.4.2/e2e/macvlan1.yml": Holds(nads=1, workloads=2),
    _MULTUS + "v3.4.2/examples/npwg-demo-1/04_macvlan1.yml": Holds(nads=4),
    _MULTUS + "v3.4.2/examples/npwg-demo-1/06_flannel2.yml": Holds(
        neighbours=("flannel",), cni_files=1
    ),
    _MULTUS + "v3.9.3/e2e/simple-static-pod.yml": Holds(workloads=1),
    _MULTUS + "v3.9.3/multus-daemonset.yml": Holds(),  # the NADs' CRD is no NAD
    _SRIOV + "deployments/sriov-crd.yaml": Holds(nads=1, with_resource=1),
    _SRIOV + "docs/dpdk/pod_testpmd_virt.yaml": Holds(),  # a pod that asks for no network
    _ISTIO + "manifests/profiles/openshift.yaml": Holds(neighbours=("istio-cni",)),
    _ISTIO + "operator/cmd/mesh/testdata/manifest-generate/output/istio-cni.golden.yaml": Holds(
        neighbours=("istio-cni",)
    ),
    "kubevirt__kubevirtci/cluster-provision/gocli/opts/istio/manifests/"
    "istio-operator-with-cnao.cr.yaml": Holds(neighbours=("istio-cni",)),
    "luongvy__poc-multus-calico/manifests/calico/calico.yaml": Holds(neighbours=("calico",)),
    "k8snetworkplumbingwg__multus-dynamic-networks-controller/manifests/"
    "dynamic-networks-controller.yaml": Holds(neighbours=("dynamic-networks-controller",)),
    "openshift__microshift/assets/components/multus/07-daemonset-dhcp.yaml": Holds(),  # a template
    "archichris__multus-ext-cni/examples/nets/ipvlan2.yml": Holds(),  # another kind's config
    "archichris__multus-ext-cni/examples/deployment/example-deployment.yml": Holds(),
    "openshift__cluster-network-operator/bindata/network/ovn-kubernetes/common/"
    "default-net-annotation-policy.yaml": Holds(),  # a policy about the annotation
}


def holds(found: tuple[Document, ...]) -> Holds:
    nads = find_nads(found)
    daemonsets = [d for d in found if d.ref.kind == "DaemonSet"]
    return Holds(
        nads=len(nads),
        on_disk=sum(1 for nad in nads if not nad.config),
        with_resource=sum(1 for nad in nads if nad.resource_name),
        workloads=len(find_workloads(found)),
        neighbours=tuple(n.kind for n in find_neighbours(found, NO_FILES)),
        cni_files=len(find_config_map_files(found, daemonsets)),
    )


@pytest.mark.parametrize("name", [pytest.param(name, id=Path(name).name) for name in SAMPLE])
def test_sample_checked_by_hand(corpus: Path, name: str) -> None:
    assert holds(documents_of(corpus / name)) == SAMPLE[name]


def test_everything_is_classified_and_nothing_crashes(tell: Callable[[str, str], None]) -> None:
    found = [document for path in manifests() for document in documents_of(path)]
    nads = find_nads(found)
    workloads = find_workloads(found)
    written = Counter(
        config_type(d) or "absent" for d in found if d.ref.kind == "NetworkAttachmentDefinition"
    )
    counts = {
        "objects": len(found),
        "NADs": len(nads),
        "NADs by spec.config": dict(written),
        "NADs with a resource": sum(1 for nad in nads if nad.resource_name),
        "workloads": len(workloads),
        "workloads by kind": dict(Counter(w.document.ref.kind for w in workloads)),
        "workloads in JSON": sum(1 for w in workloads if "[" in (w.networks or "")),
        "injected": len(injected_workloads(found, nads)),
        "neighbours": dict(Counter(n.kind for n in find_neighbours(found, NO_FILES))),
        "CNI files in ConfigMaps": len(find_config_map_files(found, found)),
    }
    for name, count in counts.items():
        tell("networks of the real files", f"{name}: {count}")
    kinds = [d for d in found if d.ref.kind == "NetworkAttachmentDefinition"]
    assert len(nads) == len(kinds)
    assert all(nad.name and nad.namespace for nad in nads)
    assert all(w.networks is not None or w.default_network is not None for w in workloads)
    assert len(all_workloads(found, nads)) >= len(workloads)


def test_every_annotation_in_a_manifest_is_a_workload() -> None:
    missed = []
    for path in manifests():
        text = path.read_text(encoding="utf-8", errors="replace")
        if "k8s.v1.cni.cncf.io/networks:" in text and not find_workloads(documents_of(path)):
            missed.append(path.name)
    assert missed == []


def test_every_cni_file_can_be_looked_at(corpus: Path, tell: Callable[[str, str], None]) -> None:
    paths = [p for p in sorted(corpus.rglob("*")) if ".conf" in p.name and p.is_file()]
    files = [node_file(p.name, p.read_text(encoding="utf-8", errors="replace")) for p in paths]
    kinds = Counter(n.kind for n in find_neighbours((), node_files(*files)))
    tell("networks of the real files", f"CNI files: {len(files)}; plugins: {dict(kinds)}")
    assert kinds["istio-cni"] >= 1
