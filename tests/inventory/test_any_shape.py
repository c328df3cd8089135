"""Whatever an object holds where something else belongs: nothing raises, nothing is invented."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.inventory.cni_configmaps import find_config_map_files
from migrator.inventory.meshes.injection import all_workloads
from migrator.inventory.nads import find_nads
from migrator.inventory.neighbours import find_neighbours
from migrator.inventory.requests import DEFAULT_NETWORK, NETWORKS
from migrator.model.inputs import Document, ObjectRef, Source
from tests.inventory.documents import find_workloads, injected_workloads

from .documents import NO_FILES

KINDS = (
    ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("v1", "Pod"),
    ("v1", "Namespace"),
    ("v1", "ConfigMap"),
    ("kubevirt.io/v1", "VirtualMachine"),
    ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    ("helm.cattle.io/v1", "HelmChart"),
    ("argoproj.io/v1alpha1", "Application"),
    ("install.istio.io/v1alpha1", "IstioOperator"),
    ("ceph.rook.io/v1", "CephCluster"),
    ("example.com/v1", "Anything"),
)
KEYS = [
    "metadata",
    "labels",
    "annotations",
    "spec",
    "template",
    "containers",
    "initContainers",
    "volumes",
    "volumeMounts",
    "env",
    "envFrom",
    "command",
    "args",
    "image",
    "name",
    "value",
    "valueFrom",
    "configMapKeyRef",
    "configMapRef",
    "domain",
    "devices",
    "interfaces",
    "state",
    "networks",
    "multus",
    "networkName",
    "default",
    "config",
    "values",
    "valuesContent",
    "valuesFrom",
    "source",
    "sources",
    "helm",
    "parameters",
    "valuesObject",
    "chart",
    "cni",
    "pilot",
    "provider",
    "chained",
    "cniConfDir",
    "network",
    "selectors",
    "public",
    "data",
    "ownerReferences",
    "controller",
    "kind",
    "replicas",
    "set",
    "items",
    "key",
    "path",
    "mountPath",
    "subPath",
    "hostNetwork",
    "istio-injection",
    "components",
    "enabled",
    "profile",
    "global",
    "platform",
    "status",
]
NAMES = (
    "istio-cni",
    "istio-cni-config",
    "istio-sidecar-injector",
    "cilium-config",
    "kuma-cni",
    "a",
)
words = st.sampled_from(
    ("", "a", "multus", "cni", "kuma", "true", "cp", "/a/b.conf", "{", "[]", *NAMES)
)
leaves = st.one_of(st.none(), st.booleans(), st.integers(0, 2), words)
keys = st.sampled_from((*KEYS, NETWORKS, DEFAULT_NETWORK))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=20,
)


@st.composite
def objects(draw: st.DrawFn) -> Document:
    api_version, kind = draw(st.sampled_from(KINDS))
    name = draw(st.sampled_from(NAMES))
    data: dict[str, Any] = draw(st.dictionaries(keys, trees, max_size=4))
    data |= {"apiVersion": api_version, "kind": kind}
    group = api_version.rpartition("/")[0]
    return Document(
        ref=ObjectRef(group=group, kind=kind, namespace="", name=name),
        api_version=api_version,
        source=Source(file="any.yaml", line=1),
        data=data,
        form="standalone",
        text="",
        lines={},
    )


@settings(deadline=None, max_examples=150)
@given(st.lists(objects(), max_size=6))
def test_nothing_raises_and_nothing_is_invented(documents: list[Document]) -> None:
    nads = find_nads(documents)
    find_neighbours(documents, NO_FILES)
    assert find_config_map_files(documents, documents) == ()
    asked = (*find_workloads(documents), *injected_workloads(documents, nads))
    for workload in (*asked, *all_workloads(documents, nads)):
        assert workload.document in documents
        assert workload.networks is not None or workload.default_network is not None


@settings(deadline=None, max_examples=50)
@given(st.lists(objects(), max_size=4))
def test_an_unrelated_object_changes_nothing(documents: list[Document]) -> None:
    service = Document(
        ref=ObjectRef(group="", kind="Service", namespace="", name="unrelated"),
        api_version="v1",
        source=Source(file="any.yaml", line=1),
        data={"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}},
        form="standalone",
        text="",
        lines={},
    )
    assert find_workloads([service, *documents]) == find_workloads(documents)
    assert find_neighbours([service, *documents], NO_FILES) == find_neighbours(documents, NO_FILES)
