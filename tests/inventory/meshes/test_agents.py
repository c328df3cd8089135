"""istio-cni, kuma-cni and linkerd-cni: in which mode, and which directory they write."""

from __future__ import annotations

import pytest

from migrator.inventory.neighbours import find_neighbours
from tests.inventory.documents import NO_FILES, documents


def facts(text: str, kind: str) -> dict[str, str]:
    ((only, found),) = [(n.kind, dict(n.facts)) for n in find_neighbours(documents(text), NO_FILES)]
    assert only == kind
    return found


OPERATOR = """
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh}
spec:
"""
FLUX = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: release}
spec:
"""


@pytest.mark.parametrize(
    ("text", "mode", "writes"),
    [
        pytest.param(
            OPERATOR + "  values: {cni: {chained: false, cniConfDir: /etc/cni/multus/net.d}}",
            "multus",
            "/etc/cni/multus/net.d",
            id="operator: a directory for Multus",
        ),
        pytest.param(
            OPERATOR + "  values: {cni: {cniBinDir: /x, provider: multus}}",
            "multus",
            "/etc/cni/net.d",
            id="operator: provider multus",
        ),
        pytest.param(
            OPERATOR + "  components: {cni: {enabled: true}}",
            "chained",
            "/etc/cni/net.d",
            id="operator: the charts' defaults",
        ),
        pytest.param(
            OPERATOR + "  profile: openshift\n  components: {cni: {enabled: true}}",
            "multus",
            "/etc/cni/multus/net.d",
            id="operator: OpenShift's profile",
        ),
        pytest.param(
            FLUX + "  chart: {spec: {chart: cni, sourceRef: {name: istio}}}",
            "chained",
            "/etc/cni/net.d",
            id="Flux: chart cni from Istio, no values",
        ),
        pytest.param(
            FLUX
            + "  chart: {spec: {chart: cni}}\n  values: {cniConfDir: /a/net.d/, chained: false}",
            "standalone",
            "/a/net.d",
            id="Flux: flat values of newer charts",
        ),
        pytest.param(
            FLUX
            + "  chart: {spec: {chart: cni}}\n  values: {global: {platform: k3s}, cniConfFileName: x}",
            "chained",
            "/var/lib/rancher/k3s/agent/etc/cni/net.d",
            id="Flux: platform k3s",
        ),
        pytest.param(
            """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: istio-cni}
spec:
  sources:
  - {chart: cni, helm: {valuesObject: {cni: {chained: false, provider: multus}}}}
""",
            "multus",
            "/etc/cni/net.d",
            id="Argo CD",
        ),
    ],
)
def test_istio_in_values(text: str, mode: str, writes: str) -> None:
    found = facts(text, "istio-cni")
    assert (found["mode"], found["writes_dir"]) == (mode, writes)


def test_sail_operator_decides_at_run_time_where_it_writes() -> None:
    text = "apiVersion: sailoperator.io/v1\nkind: IstioCNI\nmetadata: {name: default}\nspec: {}"
    assert facts(text, "istio-cni") == {}
    stated = text.replace("spec: {}", "spec: {values: {cni: {cniConfDir: /etc/cni/multus/net.d}}}")
    assert facts(stated, "istio-cni")["writes_dir"] == "/etc/cni/multus/net.d"


def test_istiod_alone_says_what_is_injected_and_not_where_the_agent_writes() -> None:
    text = FLUX + "  chart: {spec: {chart: istiod}}\n  values: {pilot: {cni: {provider: multus}}}"
    found = facts(text, "istio-cni")
    assert found == {"provider": "multus", "network": "default/istio-cni", "mode": "multus"}


def test_openshift_platform_makes_istiod_inject() -> None:
    text = FLUX + "  chart: {spec: {chart: istiod}}\n  values: {global: {platform: openshift}}"
    assert facts(text, "istio-cni")["network"] == "default/istio-cni"


ISTIO_DAEMONSET = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: istio-cni-node, namespace: istio-system}
spec:
  template:
    spec:
      containers:
      - name: install-cni
        image: docker.io/istio/install-cni:1.22.0
        envFrom: [{configMapRef: {name: istio-cni-config}}]
        volumeMounts:
        - {name: bin, mountPath: /host/opt/cni/bin}
        - {name: net, mountPath: /host/etc/cni/net.d}
      volumes:
      - {name: bin, hostPath: {path: /var/lib/cni/bin}}
      - {name: net, hostPath: {path: /etc/cni/multus/net.d}}
---"""
ISTIO_CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-cni-config, namespace: istio-system}
data: {CNI_CONF_NAME: istio-cni.conf, CHAINED_CNI_PLUGIN: 'false'}
---"""


def test_istio_daemonset_with_its_config_map_is_one_neighbour() -> None:
    assert facts(ISTIO_DAEMONSET + ISTIO_CONFIG, "istio-cni") == {
        "mode": "multus",
        "chained": "false",
        "conf_dir": "/etc/cni/multus/net.d",
        "writes_dir": "/etc/cni/multus/net.d",
        "conf_file": "istio-cni.conf",
        "bin_dir": "/var/lib/cni/bin",
    }


def test_istio_daemonset_without_its_config_map_does_not_guess() -> None:
    text = ISTIO_DAEMONSET.replace("/etc/cni/multus/net.d", "/etc/cni/net.d")
    found = facts(text, "istio-cni")
    assert "mode" not in found
    assert "chained" not in found


def test_istio_config_map_alone() -> None:
    found = facts(ISTIO_CONFIG, "istio-cni")
    assert found == {"mode": "standalone", "chained": "false", "conf_file": "istio-cni.conf"}


def test_kuma_is_made_for_multus_by_default() -> None:
    found = facts(
        FLUX + "  chart: {spec: {chart: kuma}}\n  values: {cni: {enabled: true}}", "kuma-cni"
    )
    assert (found["mode"], found["conf_file"]) == ("multus", "kuma-cni.conf")
    assert found["writes_dir"] == "/etc/cni/multus/net.d"


def test_kuma_chained() -> None:
    values = "{kuma: {cni: {enabled: true, chained: true, netDir: /etc/cni/net.d}}}"
    found = facts(FLUX + f"  chart: {{spec: {{chart: kong-mesh}}}}\n  values: {values}", "kuma-cni")
    assert (found["mode"], found["writes_dir"]) == ("chained", "/etc/cni/net.d")


def test_kuma_daemonset() -> None:
    text = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kuma-cni-node, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - name: install-cni
        env: [{name: CHAINED_CNI_PLUGIN, value: 'false'}, {name: CNI_CONF_NAME, value: kuma.conf}]
        volumeMounts: [{name: net, mountPath: /host/etc/cni/net.d}]
      volumes: [{name: net, hostPath: {path: /etc/cni/multus/net.d}}]
"""
    found = facts(text, "kuma-cni")
    assert (found["writes_dir"], found["conf_file"]) == ("/etc/cni/multus/net.d", "kuma.conf")


LINKERD_CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: linkerd-cni-config, namespace: linkerd-cni}
data: {dest_cni_net_dir: /etc/cni/multus/net.d, dest_cni_bin_dir: /opt/cni/bin}
---"""
LINKERD_DAEMONSET = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: linkerd-cni, namespace: linkerd-cni}
spec:
  template:
    spec:
      containers:
      - name: install-cni
        env:
        - {name: DEST_CNI_NET_DIR, valueFrom: {configMapKeyRef: {name: linkerd-cni-config, key: dest_cni_net_dir}}}
---"""


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        pytest.param(LINKERD_DAEMONSET + LINKERD_CONFIG, "/etc/cni/multus/net.d", id="DaemonSet"),
        pytest.param(LINKERD_CONFIG, "/etc/cni/multus/net.d", id="ConfigMap alone"),
        pytest.param(LINKERD_DAEMONSET, None, id="DaemonSet whose ConfigMap is not there"),
        pytest.param(
            FLUX + "  chart: {spec: {chart: linkerd2-cni}}", "/etc/cni/net.d", id="chart's default"
        ),
        pytest.param(FLUX + "  values: {destCNINetDir: /a/net.d}", "/a/net.d", id="values"),
    ],
)
def test_linkerd(text: str, writes: str | None) -> None:
    assert facts(text, "linkerd-cni").get("writes_dir") == writes
