from __future__ import annotations

import textwrap

import pytest

from tests.inventory.documents import find_workloads

from .documents import documents

TEMPLATE = """\
metadata:
  annotations:
    k8s.v1.cni.cncf.io/networks: lan
spec:
  containers: [{name: app}]
"""


def nested(head: str, *keys: str) -> str:
    """An object of the kind that ``head`` names, with a pod template below ``keys``."""
    text = textwrap.dedent(head).strip() + "\n"
    for depth, key in enumerate(keys):
        text += "  " * depth + key + ":\n"
    return text + textwrap.indent(TEMPLATE, "  " * len(keys))


def asked(text: str) -> list[tuple[str, str | None, str | None]]:
    found = find_workloads(documents(text))
    return [(w.namespace, w.networks, w.default_network) for w in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            nested("apiVersion: apps/v1\nkind: Deployment", "spec", "template"), id="Deployment"
        ),
        pytest.param(
            nested("apiVersion: apps/v1\nkind: StatefulSet", "spec", "template"), id="StatefulSet"
        ),
        pytest.param(nested("apiVersion: batch/v1\nkind: Job", "spec", "template"), id="Job"),
        pytest.param(
            nested(
                "apiVersion: batch/v1\nkind: CronJob", "spec", "jobTemplate", "spec", "template"
            ),
            id="CronJob",
        ),
        pytest.param(
            nested("apiVersion: argoproj.io/v1alpha1\nkind: Rollout", "spec", "template"),
            id="Rollout",
        ),
        pytest.param(
            nested("apiVersion: serving.knative.dev/v1\nkind: Service", "spec", "template"),
            id="Knative Service",
        ),
        pytest.param(nested("apiVersion: v1\nkind: PodTemplate", "template"), id="PodTemplate"),
        pytest.param(
            nested("apiVersion: example.com/v1\nkind: Database", "spec", "replica", "podTemplate"),
            id="a kind that nobody knows",
        ),
        pytest.param("apiVersion: v1\nkind: Pod\n" + TEMPLATE, id="bare Pod"),
        pytest.param(
            """
            apiVersion: jobset.x-k8s.io/v1alpha2
            kind: JobSet
            spec:
              replicatedJobs:
              - name: a
                template: {spec: {template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}, spec: {containers: []}}}}
            """,
            id="JobSet: templates in a list",
        ),
        pytest.param(
            """
            apiVersion: monitoring.example.com/v1
            kind: Monitor
            spec: {podMetadata: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}}
            """,
            id="annotations that an operator hands on",
        ),
        pytest.param(
            """
            apiVersion: serving.knative.dev/v1
            kind: Revision
            metadata: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}
            spec: {containers: [{name: app}]}
            """,
            id="an object that is a pod itself",
        ),
        pytest.param(
            """
            apiVersion: cdi.kubevirt.io/v1beta1
            kind: DataVolume
            metadata: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}
            spec: {source: {blank: {}}}
            """,
            id="CDI hands a DataVolume's annotation to its importer pod",
        ),
    ],
)
def test_pod_templates_of_any_kind(text: str) -> None:
    assert asked(text) == [("default", "lan", None)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: a, annotations: {k8s.v1.cni.cncf.io/networks: lan}}
            spec: {template: {spec: {containers: [{name: app}]}}}
            """,
            id="annotation on the Deployment itself reaches no pod",
        ),
        pytest.param(
            """
            apiVersion: v1
            kind: Namespace
            metadata: {name: a, annotations: {v1.multus-cni.io/default-network: lan}}
            """,
            id="annotation on a Namespace",
        ),
        pytest.param(
            """
            apiVersion: k8s.cni.cncf.io/v1
            kind: NetworkAttachmentDefinition
            metadata: {name: a, annotations: {k8s.v1.cni.cncf.io/networks: lan}}
            """,
            id="annotation on a NAD",
        ),
        pytest.param(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: a, annotations: {k8s.v1.cni.cncf.io/network-status: '[]'}}
            spec: {containers: [{name: app}]}
            """,
            id="status annotation of a live Pod",
        ),
        pytest.param(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: a}
            spec: {containers: [{name: app}]}
            status: {copy: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}}
            """,
            id="what the server reports",
        ),
        pytest.param(
            """
            apiVersion: apps/v1
            kind: ControllerRevision
            data: {spec: {template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}}}}
            """,
            id="a past revision",
        ),
        pytest.param(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              annotations:
                kubectl.kubernetes.io/last-applied-configuration: '{"spec": {"template": {"metadata":
                  {"annotations": {"k8s.v1.cni.cncf.io/networks": "lan"}}}}}'
            spec: {template: {spec: {containers: [{name: app}]}}}
            """,
            id="last-applied-configuration",
        ),
        pytest.param(
            """
            apiVersion: install.istio.io/v1alpha1
            kind: IstioOperator
            spec: {values: {sidecarInjectorWebhook: {injectedAnnotations: {k8s.v1.cni.cncf.io/networks: a}}}}
            """,
            id="what Istio adds to others",
        ),
        pytest.param(
            """
            apiVersion: v1
            kind: ConfigMap
            data: {pod.yaml: "metadata: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}"}
            """,
            id="a manifest quoted in a ConfigMap",
        ),
        pytest.param(
            """
            apiVersion: apps/v1
            kind: Deployment
            spec: {template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks: [lan]}}}}
            """,
            id="a list is no annotation: the API server refuses it",
        ),
        pytest.param(
            """
            apiVersion: apps/v1
            kind: Deployment
            spec: {template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks-status: lan}}}}
            """,
            id="another annotation that begins alike",
        ),
        pytest.param(
            """
            apiVersion: ceph.rook.io/v1
            kind: CephCluster
            spec: {network: {provider: host, selectors: {public: lan}}}
            """,
            id="Rook on the host network",
        ),
        pytest.param(
            "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec: {valuesContent: '{{'}",
            id="garbage",
        ),
    ],
)
def test_leaves_alone(text: str) -> None:
    assert asked(text) == []


@pytest.mark.parametrize(
    ("value", "networks"),
    [
        pytest.param("''", "", id="an empty value is there"),
        pytest.param("", "", id="null is empty to the API server"),
        pytest.param('\'[{"name": "a"\'', '[{"name": "a"', id="broken JSON as it is"),
        pytest.param("${NETWORKS}", "${NETWORKS}", id="placeholder"),
        pytest.param("|-\n        a,\n        b", "a,\nb", id="block scalar"),
    ],
)
def test_value_as_it_is_written(value: str, networks: str) -> None:
    text = f"""
apiVersion: v1
kind: Pod
metadata:
  annotations:
    k8s.v1.cni.cncf.io/networks: {value}
spec: {{containers: []}}
"""
    assert asked(text) == [("default", networks, None)]


def test_both_annotations_are_one_request_and_each_stands_alone() -> None:
    text = """
    apiVersion: v1
    kind: Pod
    metadata: {name: a, annotations: {v1.multus-cni.io/default-network: ns/d}}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: b
      annotations: {v1.multus-cni.io/default-network: d, k8s.v1.cni.cncf.io/networks: n}
    """
    assert asked(text) == [("default", None, "ns/d"), ("default", "n", "d")]


def test_source_is_the_line_of_the_annotation() -> None:
    text = nested("apiVersion: apps/v1\nkind: Deployment", "spec", "template")
    (workload,) = find_workloads(documents(text, "deploy.yaml"))
    assert str(workload.source) == "deploy.yaml:7"


def test_each_template_of_an_object_is_a_workload() -> None:
    text = """
    apiVersion: example.com/v1
    kind: Cluster
    metadata: {namespace: data}
    spec:
      head: {template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks: a}}}}
      workers:
      - template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks: b}}}
      - template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks: c}}}
    """
    assert asked(text) == [("data", "a", None), ("data", "b", None), ("data", "c", None)]


def test_objects_inside_an_object_keep_their_namespace_and_their_own_annotations() -> None:
    text = """
    apiVersion: work.open-cluster-management.io/v1
    kind: ManifestWork
    metadata: {namespace: cluster1}
    spec:
      workload:
        manifests:
        - apiVersion: apps/v1
          kind: Deployment
          metadata: {namespace: apps, annotations: {k8s.v1.cni.cncf.io/networks: not-me}}
          spec: {template: {metadata: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}}}
    """
    assert asked(text) == [("apps", "lan", None)]


HELM = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: flux-system}
spec:
  targetNamespace: home
  values:
"""


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(
            "defaultPodOptions: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}",
            id="app-template",
        ),
        pytest.param(
            "controllers: {a: {pod: {annotations: {k8s.v1.cni.cncf.io/networks: lan}}}}", id="pod"
        ),
        pytest.param("podAnnotations: {k8s.v1.cni.cncf.io/networks: lan}", id="podAnnotations"),
    ],
)
def test_flux_release_runs_in_its_target_namespace(values: str) -> None:
    assert asked(HELM + "    " + values) == [("home", "lan", None)]


def test_values_in_texts_single_values_and_config_maps() -> None:
    text = """
    apiVersion: helm.cattle.io/v1
    kind: HelmChart
    metadata: {name: a}
    spec:
      targetNamespace: one
      set: {podAnnotations.k8s\\.v1\\.cni\\.cncf\\.io/networks: single}
      valuesContent: |
        podAnnotations:
          k8s.v1.cni.cncf.io/networks: text
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {name: b}
    spec:
      destination: {namespace: two}
      source: {helm: {values: "podAnnotations: {k8s.v1.cni.cncf.io/networks: argo}"}}
    ---
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {name: c, namespace: three}
    spec: {valuesFrom: [{kind: ConfigMap, name: values}]}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: values, namespace: three}
    data: {values.yaml: "podAnnotations: {k8s.v1.cni.cncf.io/networks: from-map}"}
    """
    assert asked(text) == [
        ("one", "text", None),
        ("one", "single", None),
        ("two", "argo", None),
        ("three", "from-map", None),
    ]


def test_value_in_a_text_has_the_line_of_the_text() -> None:
    text = """\
    apiVersion: helm.cattle.io/v1
    kind: HelmChart
    metadata: {name: a}
    spec:
      valuesContent: |
        podAnnotations:
          k8s.v1.cni.cncf.io/networks: text
    """
    (workload,) = find_workloads(documents(text))
    assert workload.source.line == 5


def test_rook_cluster_asks_for_its_public_and_cluster_networks() -> None:
    text = """
    apiVersion: ceph.rook.io/v1
    kind: CephCluster
    metadata: {name: ceph, namespace: rook-ceph}
    spec: {network: {provider: multus, selectors: {cluster: back, public: default/front}}}
    """
    assert asked(text) == [("rook-ceph", "default/front, back", None)]
