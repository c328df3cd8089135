"""Live dumps: what repeats its controller is one workload, what differs is kept."""

from __future__ import annotations

from tests.inventory.documents import find_workloads

from .documents import documents

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec: {template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}, spec: {containers: []}}}
---"""
REPLICA_SET = """
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-5d9
  namespace: apps
  ownerReferences: [{kind: Deployment, name: web, controller: true}]
spec:
  replicas: 2
  template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}, spec: {containers: []}}
---"""


def pod(name: str, networks: str = "lan", owner: str = "ReplicaSet web-5d9") -> str:
    kind, owner_name = owner.split()
    return f"""
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  namespace: apps
  labels: {{pod-template-hash: 5d9}}
  annotations: {{k8s.v1.cni.cncf.io/networks: {networks}}}
  ownerReferences: [{{kind: {kind}, name: {owner_name}, controller: true}}]
spec: {{containers: []}}
---"""


def refs(text: str) -> list[tuple[str, str | None]]:
    return [(str(w.document.ref), w.networks) for w in find_workloads(documents(text))]


def test_deployment_replica_set_and_pods_are_one_workload() -> None:
    text = DEPLOYMENT + REPLICA_SET + pod("web-5d9-a") + pod("web-5d9-b")
    assert refs(text) == [("Deployment apps/web", "lan")]


def test_order_of_the_inputs_does_not_matter() -> None:
    text = pod("web-5d9-a") + REPLICA_SET + DEPLOYMENT
    assert refs(text) == [("Deployment apps/web", "lan")]


def test_pod_finds_its_deployment_without_the_replica_set() -> None:
    assert refs(DEPLOYMENT + pod("web-5d9-a")) == [("Deployment apps/web", "lan")]


def test_pods_of_an_unseen_controller_count_once() -> None:
    owner = "DaemonSet agent"
    text = pod("a", owner=owner) + pod("b", owner=owner) + pod("c", owner="DaemonSet other")
    assert refs(text) == [("Pod apps/a", "lan"), ("Pod apps/c", "lan")]


def test_what_a_pod_asks_for_beyond_its_template_is_kept_once() -> None:
    text = DEPLOYMENT + pod("a", "'lan, default/istio-cni'") + pod("b", "'lan, default/istio-cni'")
    assert refs(text) == [
        ("Deployment apps/web", "lan"),
        ("Pod apps/a", "lan, default/istio-cni"),
    ]


def test_past_revision_without_replicas_runs_nothing() -> None:
    old = REPLICA_SET.replace("networks: lan", "networks: old").replace(
        "replicas: 2", "replicas: 0"
    )
    assert refs(DEPLOYMENT + old) == [("Deployment apps/web", "lan")]


def test_controller_of_the_same_name_in_another_namespace_is_another() -> None:
    text = DEPLOYMENT.replace("namespace: apps", "namespace: else") + pod("a")
    assert refs(text) == [("Deployment else/web", "lan"), ("Pod apps/a", "lan")]


def test_static_pods_belong_to_their_node_and_to_nobody() -> None:
    text = pod("a-node1", owner="Node node1") + pod("b-node1", owner="Node node1")
    assert refs(text) == [("Pod apps/a-node1", "lan"), ("Pod apps/b-node1", "lan")]


def test_owner_that_is_no_controller_does_not_count() -> None:
    text = DEPLOYMENT + pod("a", owner="Deployment web").replace(
        "controller: true", "controller: false"
    )
    assert refs(text) == [("Deployment apps/web", "lan"), ("Pod apps/a", "lan")]


def test_scaled_down_deployment_is_still_a_workload() -> None:
    text = DEPLOYMENT.replace("spec: {template", "spec: {replicas: 0, template", 1)
    assert refs(text) == [("Deployment apps/web", "lan")]
