"""What a build asks for is what its inputs ask for, wherever that is taken to be so."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrator.inventory.again import known_workloads
from migrator.inventory.build import build_inventory
from migrator.inventory.meshes.injection import all_workloads
from migrator.inventory.nads import find_nads
from migrator.model.inputs import Document
from migrator.model.inventory import Inventory, Workload
from migrator.plan.planner import make_plan
from migrator.read.reading import read_inputs
from tests.builders import target
from tests.inventory.documents import documents

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "samples").glob("*/manifests"))


def workload(kind: str, name: str = "web", networks: str = "lan") -> str:
    return f"""\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: apps}}
spec:
  template:
    metadata: {{annotations: {{k8s.v1.cni.cncf.io/networks: "{networks}"}}}}
    spec: {{containers: []}}
---
"""


def nad(name: str) -> str:
    return f"""\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {{name: {name}, namespace: default}}
---
"""


def config_map(text: str) -> str:
    return f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: values, namespace: apps}}
data: {{values.yaml: '{text}'}}
---
"""


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: apps}
spec: {valuesFrom: [{kind: ConfigMap, name: values}]}
---
"""
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web-1
  namespace: apps
  annotations: {k8s.v1.cni.cncf.io/networks: lan}
  ownerReferences: [{kind: ReplicaSet, name: web-, controller: true}]
spec: {containers: []}
---
"""
ASKS = 'podAnnotations: {k8s.v1.cni.cncf.io/networks: "lan"}'


def inventory(text: str) -> Inventory:
    found = documents(text)
    folder = read_inputs([], stdin=io.BytesIO(), node_files=None, build=None, keep_going=False)
    return build_inventory(replace(folder, documents=found))


def known(before: Inventory, build: Sequence[Document]) -> tuple[Workload, ...] | None:
    """What is said of a build, which has to be what is found in it."""
    nads = find_nads(build)
    said = known_workloads(before, build, nads)
    assert said is None or said == all_workloads(build, nads)
    return said


def changed(document: Document) -> Document:
    return replace(document, data={**document.data, "spec": {"config": "{}"}})


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (nad("lan") + workload("Deployment"), ""),
        (nad("lan") + workload("Deployment"), config_map("a: b")),
        (nad("lan") + POD, config_map("a: b")),
        (nad("lan") + RELEASE + config_map(ASKS), nad("net")),
    ],
    ids=["a changed NAD", "and a new ConfigMap", "a Pod alone", "a new NAD beside a release"],
)
def test_they_are_taken_where_nothing_that_changes_asks(text: str, new: str) -> None:
    before = inventory(text)
    first, *rest = before.reading.documents
    assert before.workloads
    assert known(before, (changed(first), *rest, *documents(new))) is before.workloads


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (nad("lan") + workload("Deployment"), workload("StatefulSet", "new")),
        (nad("lan") + POD, workload("Deployment", "web", networks="")),
        (nad("lan") + RELEASE, config_map(ASKS)),
        (nad("lan") + workload("Deployment"), nad("istio-cni")),
        (workload("StatefulSet") + nad("lan"), ""),
    ],
    ids=[
        "what is new asks",
        "a new owner of a Pod",
        "new values of a release",
        "a NAD that a mesh injects",
        "what is changed asks no more",
    ],
)
def test_they_are_looked_for_again(text: str, new: str) -> None:
    before = inventory(text)
    first, *rest = before.reading.documents
    assert known(before, (changed(first), *rest, *documents(new))) is None


def test_another_order_is_another_answer() -> None:
    before = inventory(workload("Deployment", "a") + workload("Deployment", "b"))
    assert known(before, tuple(reversed(before.reading.documents))) is None


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_the_state_after_is_what_its_documents_say(sample: Path) -> None:
    nodes = sample.parent / "nodes"
    reading = read_inputs(
        [str(sample)],
        stdin=io.BytesIO(),
        node_files=str(nodes) if nodes.is_dir() else None,
        build=None,
        keep_going=True,
    )
    after = make_plan(build_inventory(reading), target()).after.inventory
    assert after == build_inventory(after.reading)
