from __future__ import annotations

import json

import pytest

from migrator.inventory.meshes.injection import add_network, all_workloads
from migrator.inventory.nads import find_nads
from tests.inventory.documents import documents, injected_workloads

NAD = """
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: istio-cni, namespace: default}
---"""
MESH = """
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh}
spec:
  components: {cni: {enabled: true}}
  values:
    cni: {chained: false, cniConfDir: /etc/cni/multus/net.d, provider: multus}
    pilot: {cni: {enabled: true, provider: multus}}
---"""


def namespace(labels: str, name: str = "apps") -> str:
    return f"""
apiVersion: v1
kind: Namespace
metadata: {{name: {name}, labels: {{{labels}}}}}
---"""


def deployment(
    labels: str = "", annotations: str = "", spec: str = "", name: str = "web", ns: str = "apps"
) -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {ns}}}
spec:
  template:
    metadata: {{labels: {{{labels}}}, annotations: {{{annotations}}}}}
    spec: {{{spec} containers: [{{name: app}}]}}
---"""


ENABLED = namespace("istio-injection: enabled")


def injected(text: str) -> list[tuple[str, str | None]]:
    found = documents(text)
    workloads = injected_workloads(found, find_nads(found))
    assert all(w.origin == "injected" for w in workloads)
    return [(str(w.document.ref), w.networks) for w in workloads]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ENABLED + deployment(), id="namespace is labelled"),
        pytest.param(
            namespace("istio.io/rev: '1-20'") + deployment(), id="namespace has a revision"
        ),
        pytest.param(ENABLED + deployment("sidecar.istio.io/inject: 'true'"), id="both"),
        pytest.param(
            deployment("sidecar.istio.io/inject: 'true'"), id="pod label, unseen namespace"
        ),
        pytest.param(deployment("istio.io/rev: canary"), id="pod has a revision"),
        pytest.param(
            ENABLED
            + deployment("sidecar.istio.io/inject: 'yes'", "sidecar.istio.io/inject: 'false'"),
            id="the pod's label counts before its annotation",
        ),
        pytest.param(
            namespace("istio-injection: enabled, istio.io/dataplane-mode: ambient") + deployment(),
            id="ambient does not undo the injection label",
        ),
    ],
)
def test_injected(text: str) -> None:
    assert injected(MESH + text) == [("Deployment apps/web", "default/istio-cni")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(deployment(), id="no label anywhere"),
        pytest.param(namespace("") + deployment(), id="namespace without a label"),
        pytest.param(
            namespace("istio-injection: disabled") + deployment("sidecar.istio.io/inject: 'true'"),
            id="a disabled namespace is asked for nothing",
        ),
        pytest.param(
            namespace("istio-injection: disabled, istio.io/rev: a") + deployment(),
            id="istio-injection counts before the revision",
        ),
        pytest.param(ENABLED + deployment("sidecar.istio.io/inject: 'false'"), id="label opts out"),
        pytest.param(
            ENABLED + deployment("", "sidecar.istio.io/inject: 'false'"), id="annotation opts out"
        ),
        pytest.param(
            ENABLED + deployment("sidecar.istio.io/inject: 'no'"), id="whatever is not yes is no"
        ),
        pytest.param(
            deployment("", "sidecar.istio.io/inject: 'true'"),
            id="an annotation alone calls no webhook",
        ),
        pytest.param(ENABLED + deployment(spec="hostNetwork: true,"), id="host network"),
        pytest.param(
            namespace("istio.io/dataplane-mode: ambient") + deployment(), id="ambient mode alone"
        ),
        pytest.param(
            deployment("istio.io/dataplane-mode: ambient"), id="ambient mode of the pod alone"
        ),
        pytest.param(
            ENABLED + deployment("", "inject.istio.io/templates: gateway"),
            id="the gateway template writes no networks",
        ),
    ],
)
def test_leaves_alone(text: str) -> None:
    assert "Deployment apps/web" not in dict(injected(MESH + text))


@pytest.mark.parametrize(
    "mesh",
    [
        pytest.param("", id="no mesh"),
        pytest.param(
            MESH.replace("multus", "default").replace("chained: false", "chained: true"),
            id="chained",
        ),
        pytest.param(NAD.replace("istio-cni", "lan"), id="a NAD of another name"),
        pytest.param(
            NAD
            + """
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data: {values: '{"pilot": {"cni": {"provider": "default"}}, "istio_cni": {"chained": true}}'}
---""",
            id="the webhook's own ConfigMap says no, whatever NAD is left",
        ),
    ],
)
def test_no_mesh_for_multus_injects_nothing(mesh: str) -> None:
    assert injected(mesh + ENABLED + deployment()) == []


@pytest.mark.parametrize(
    ("mesh", "network"),
    [
        pytest.param(MESH, "default/istio-cni", id="provider multus"),
        pytest.param(NAD, "default/istio-cni", id="only a NAD in default"),
        pytest.param(NAD.replace("default", "apps"), "istio-cni", id="only a NAD in the namespace"),
        pytest.param(
            """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: istiod}
spec: {chart: {spec: {chart: istiod}}, values: {istio_cni: {enabled: true, chained: false}}}
---""",
            "istio-cni",
            id="the rule before Istio 1.22",
        ),
        pytest.param(
            """
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector-canary, namespace: istio-system}
data: {values: '{"pilot": {"cni": {"provider": "multus"}}}'}
---""",
            "default/istio-cni",
            id="the webhook's own ConfigMap",
        ),
        pytest.param(
            """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: istio-cni-node, namespace: istio-system}
spec:
  template:
    metadata: {labels: {sidecar.istio.io/inject: 'false'}}
    spec:
      containers:
      - {name: install-cni, volumeMounts: [{name: net, mountPath: /host/etc/cni/net.d}]}
      volumes: [{name: net, hostPath: {path: /etc/cni/multus/net.d}}]
---""",
            "istio-cni",
            id="an agent that writes where Multus looks",
        ),
    ],
)
def test_which_network(mesh: str, network: str) -> None:
    assert injected(mesh + ENABLED + deployment()) == [("Deployment apps/web", network)]


def test_system_namespaces_are_ignored() -> None:
    text = namespace("istio-injection: enabled", "kube-system") + deployment(ns="kube-system")
    assert injected(MESH + text) == []


def test_a_list_of_containers_alone_makes_no_pod() -> None:
    text = """
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main, namespace: apps}
spec: {containers: [{name: sidecar}]}
---"""
    assert injected(MESH + ENABLED + text) == [("Namespace apps", "default/istio-cni")]


def test_newer_rule_wins_over_the_older() -> None:
    older = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: istio-cni}
spec: {chart: {spec: {chart: cni}}, values: {cni: {chained: false, cniConfDir: /etc/cni/net.d}}}
---"""
    text = ENABLED + deployment()
    assert injected(older + text) == [("Deployment apps/web", "istio-cni")]
    assert injected(older + MESH + text) == [("Deployment apps/web", "default/istio-cni")]


def test_annotation_in_the_webhooks_config_overwrites() -> None:
    text = """
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system}
data: {config: "injectedAnnotations: {k8s.v1.cni.cncf.io/networks: other/net}"}
---"""
    text += ENABLED + deployment("", "k8s.v1.cni.cncf.io/networks: lan")
    assert injected(text) == [("Deployment apps/web", "other/net")]


INJECTED_ANNOTATIONS = """
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh}
spec:
  values:
    sidecarInjectorWebhook:
      injectedAnnotations: {k8s.v1.cni.cncf.io/networks: istio-cni}
---"""


def test_injected_annotations_overwrite_what_the_pod_asks_for() -> None:
    text = INJECTED_ANNOTATIONS + ENABLED + deployment("", "k8s.v1.cni.cncf.io/networks: lan")
    assert injected(text) == [("Deployment apps/web", "istio-cni")]


def test_injected_annotations_reach_gateways_too() -> None:
    text = INJECTED_ANNOTATIONS + ENABLED + deployment("", "inject.istio.io/templates: gateway")
    assert injected(text) == [("Deployment apps/web", "istio-cni")]


def test_namespaces_by_default() -> None:
    text = MESH.replace(
        "    pilot", "    sidecarInjectorWebhook: {enableNamespacesByDefault: true}\n    pilot"
    )
    assert injected(text + deployment()) == [("Deployment apps/web", "default/istio-cni")]
    assert injected(text + namespace("istio-injection: disabled") + deployment()) == []


def test_namespace_without_templates_stands_for_its_unseen_pods() -> None:
    assert injected(MESH + ENABLED) == [("Namespace apps", "default/istio-cni")]


def test_namespace_with_templates_does_not() -> None:
    opted_out = deployment("sidecar.istio.io/inject: 'false'")
    assert injected(MESH + ENABLED + deployment()) == [("Deployment apps/web", "default/istio-cni")]
    assert injected(MESH + ENABLED + opted_out) == [("Namespace apps", "default/istio-cni")]


def test_live_pod_that_was_injected_is_not_injected_again() -> None:
    text = """
apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: apps
  annotations: {sidecar.istio.io/status: '{}', k8s.v1.cni.cncf.io/networks: default/istio-cni}
spec: {containers: []}
---"""
    assert injected(MESH + ENABLED + text) == []
    found = documents(MESH + ENABLED + text)
    (workload,) = all_workloads(found, find_nads(found))
    assert (workload.origin, workload.networks) == ("annotation", "default/istio-cni")


def test_live_pod_of_a_template_in_the_inputs_is_not_counted_twice() -> None:
    pod = """
apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: apps
  ownerReferences: [{kind: Deployment, name: web, controller: true}]
spec: {containers: []}
---"""
    assert injected(MESH + ENABLED + deployment() + pod) == [
        ("Deployment apps/web", "default/istio-cni")
    ]


def test_all_workloads_gives_an_annotated_template_once_as_it_will_be() -> None:
    text = MESH + ENABLED
    text += deployment("", "k8s.v1.cni.cncf.io/networks: lan, v1.multus-cni.io/default-network: d")
    text += deployment("", "k8s.v1.cni.cncf.io/networks: lan", name="other", ns="else")
    found = documents(text)
    workloads = all_workloads(found, find_nads(found))
    assert [(w.document.ref.name, w.networks, w.default_network, w.origin) for w in workloads] == [
        ("other", "lan", None, "annotation"),
        ("web", "lan, default/istio-cni", "d", "injected"),
    ]


def test_source_is_the_annotation_or_the_template() -> None:
    text = MESH + ENABLED + deployment("", "k8s.v1.cni.cncf.io/networks: lan")
    found = documents(text)
    (workload,) = injected_workloads(found, ())
    line = text.splitlines()[workload.source.line - 1]
    assert "k8s.v1.cni.cncf.io/networks" in line


def test_virtual_machine_keeps_its_networks() -> None:
    text = """
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: vm, namespace: apps}
spec:
  template:
    spec: {domain: {cpu: {}}, networks: [{name: a, multus: {networkName: lan}}]}
---"""
    found = documents(MESH + ENABLED + text)
    (workload,) = all_workloads(found, ())
    assert json.loads(workload.networks or "") == [
        {"name": "lan", "namespace": "apps"},
        {"name": "istio-cni", "namespace": "default"},
    ]


KUMA = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: kuma, namespace: kuma-system}
spec: {chart: {spec: {chart: kuma}}, values: {cni: {enabled: true}}}
---"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            namespace("kuma.io/sidecar-injection: enabled") + deployment(),
            [("Deployment apps/web", "kuma-cni")],
            id="namespace",
        ),
        pytest.param(
            deployment("kuma.io/sidecar-injection: enabled", "k8s.v1.cni.cncf.io/networks: lan"),
            [("Deployment apps/web", "kuma-cni")],
            id="the pod's own networks are overwritten",
        ),
        pytest.param(
            namespace("kuma.io/sidecar-injection: enabled")
            + deployment("kuma.io/sidecar-injection: disabled"),
            [("Namespace apps", "kuma-cni")],
            id="pod opts out",
        ),
        pytest.param(ENABLED + deployment(), [], id="Istio's label means nothing to Kuma"),
        pytest.param(deployment(), [], id="no label"),
    ],
)
def test_kuma(text: str, expected: list[tuple[str, str]]) -> None:
    assert injected(KUMA + text) == expected


@pytest.mark.parametrize(
    ("existing", "network", "expected"),
    [
        pytest.param("", "istio-cni", "istio-cni", id="nothing before"),
        pytest.param("a", "istio-cni", "a, istio-cni", id="list"),
        pytest.param("a,istio-cni", "istio-cni", "a,istio-cni", id="listed already"),
        pytest.param(
            "istio-cni", "default/istio-cni", "istio-cni, default/istio-cni", id="another namespace"
        ),
        pytest.param(
            '[{"name": "a"}]', "istio-cni", '[{"name": "a"}, {"name": "istio-cni"}]', id="JSON"
        ),
        pytest.param(
            '[{"name": "a"}]',
            "default/istio-cni",
            '[{"name": "a"}, {"name": "istio-cni", "namespace": "default"}]',
            id="JSON with a namespace",
        ),
        pytest.param(
            '[{"name": "istio-cni", "namespace": "default", "mac": "x"}]',
            "default/istio-cni",
            '[{"name": "istio-cni", "namespace": "default", "mac": "x"}]',
            id="JSON: listed already",
        ),
        pytest.param(
            '[{"name": "a"',
            "istio-cni",
            '[{"name": "a", istio-cni',
            id="no bracket: a list to Istio",
        ),
        pytest.param('[{"name": ]', "istio-cni", '[{"name": ]', id="broken JSON stays"),
        pytest.param("[]", "istio-cni", '[{"name": "istio-cni"}]', id="empty JSON list"),
    ],
)
def test_add_network(existing: str, network: str, expected: str) -> None:
    assert add_network(existing, network) == expected
