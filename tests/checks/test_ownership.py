"""Who owns Multus, and the words with which the plan is held back."""

from __future__ import annotations

import pytest

from migrator.model.plan import Finding
from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, target

FLUX = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: multus, namespace: networking}}
spec:
  chart: {{spec: {{chart: {chart}, sourceRef: {{kind: HelmRepository, name: charts}}}}}}
  values: {values}
"""
IMAGE = "{image: {repository: ghcr.io/k8snetworkplumbingwg/multus-cni, tag: v4.0.2}}"


def _found(*texts: str) -> list[Finding]:
    plan = make_plan(builders.inventory(*texts), target())
    return [finding for finding in plan.findings if finding.id == "P54"]


def test_a_chart_of_unknown_content_holds_the_plan_back() -> None:
    (finding,) = _found(FLUX.format(chart="multus", values="{replicas: 1}"))
    assert finding.severity == "blocker"
    assert "a mode that its values do not say" in finding.seen


def test_a_flux_release_gets_all_that_its_post_renderer_needs() -> None:
    (finding,) = _found(FLUX.format(chart="app-template", values=IMAGE))
    assert finding.source is not None and finding.source.line == 6
    for part in ("postRenderers", "ClusterRole", "multus-daemon-config"):
        assert part in finding.remedy
    assert "\n" not in finding.remedy


def test_the_values_of_a_general_chart_are_named_as_they_are() -> None:
    values = "{controllers: {net: {containers: {app: " + IMAGE + "}}}}"
    (finding,) = _found(FLUX.format(chart="app-template", values=values))
    assert "controllers.net.containers.app.image.tag to v4.2.4-thick" in finding.remedy
    assert "controllers.net.containers.app.command" in finding.remedy


K3S = """\
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata: {{name: net, namespace: kube-system}}
spec:
  chart: {chart}
  repo: {repo}
  valuesContent: |
    {values}
"""


@pytest.mark.parametrize(
    ("values", "told", "untold"),
    [
        ("{}", "thickPlugin.enabled: true", "do not set"),
        ("{}", "or helm pull rke2-multus --repo https://rke2-charts.rancher.io --untar", "VERSION"),
        (
            "config: {cni_conf: {masterCniFilename: a.conf, logLevel: debug}}",
            "config.cni_conf.masterCniFilename becomes config.daemon_conf.multusMasterCNI",
            "logLevel",
        ),
        (
            "config: {cni_conf: {confDir: /var/lib/rancher/k3s/agent/etc/cni/net.d}}",
            "do not set thickPlugin.enabled alone",
            "values to change",
        ),
        (
            "config: {cni_conf: {binDir: /var/lib/rancher/k3s/data/cni}}",
            "on nodes with config.cni_conf.binDir: /var/lib/rancher/k3s/data/cni",
            "helm pull",
        ),
    ],
)
def test_the_chart_of_rke2_by_its_values(values: str, told: str, untold: str) -> None:
    text = K3S.format(chart="rke2-multus", repo="https://rke2-charts.rancher.io", values=values)
    (finding,) = _found(text)
    assert told in finding.remedy
    assert untold not in finding.remedy


def test_the_chart_that_rke2_brings_itself_is_named_with_its_repository() -> None:
    (finding,) = _found(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\n"
        "metadata: {name: rke2-multus, namespace: kube-system}\nspec: {valuesContent: 'a: 1'}\n"
    )
    pull = "helm pull rke2-multus --repo https://rke2-charts.rancher.io --version VERSION --untar"
    assert pull in finding.remedy
    assert "VERSION is the one that your cluster runs" in finding.remedy


@pytest.mark.parametrize("repo", ["https://bjw-s.github.io/charts", "oci://x/home-operations"])
def test_a_chart_with_thin_mode_only_has_no_switch(repo: str) -> None:
    (finding,) = _found(K3S.format(chart="multus", repo=repo, values="{}"))
    assert finding.severity == "blocker"
    assert "no setting for another" in finding.remedy


def test_the_chart_decides_and_not_what_the_release_is_called() -> None:
    text = K3S.format(chart="metallb", repo="https://metallb.example", values="{}")
    assert _found(text.replace("name: net,", "name: multus,")) == []


@pytest.mark.parametrize(
    "values",
    [
        "{image: {repository: ghcr.io/k8snetworkplumbingwg/multus-cni, tag: v4.2.4-thick}}",
        "{image: {repository: x.example.com/eks/multus-cni, tag: v4.1.4-eksbuild.3_thick}}",
        (
            "{containers: {multus: {image: ghcr.io/k8snetworkplumbingwg/multus-cni, "
            "command: [/usr/src/multus-cni/bin/multus-daemon]}}}"
        ),
        "{thickPlugin: {enabled: true}}",
    ],
)
def test_a_release_that_is_thick_is_left_alone(values: str) -> None:
    assert _found(FLUX.format(chart="multus", values=values)) == []


@pytest.mark.parametrize(
    "values",
    [
        "{image: {repository: ghcr.io/k8snetworkplumbingwg/multus-dynamic-networks-controller}}",
        "{image: {repository: nginx}, podAnnotations: {k8s.v1.cni.cncf.io/networks: multus}}",
        "{multus: {enabled: false}}",
    ],
)
def test_other_releases_are_no_multus(values: str) -> None:
    assert _found(FLUX.format(chart="app-template", values=values)) == []


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        ("helm.sh/chart: rke2-multus-v4.0.2", "thickPlugin.enabled: true"),
        ("app.kubernetes.io/managed-by: Helm", "--allow P54"),
        ("addonmanager.kubernetes.io/mode: Reconcile", "EnsureExists"),
        ("networkaddonsoperator.network.kubevirt.io/version: v0.90.1", "network addons operator"),
    ],
)
def test_each_owner_has_its_own_switch(labels: str, word: str) -> None:
    text = daemonset("--multus-conf-file=auto").replace(
        "  namespace: kube-system\n", f"  namespace: kube-system\n  labels: {{{labels}}}\n", 1
    )
    (finding,) = _found(text)
    assert finding.severity == "blocker"
    assert word in finding.remedy


def test_allowing_it_lets_the_patches_through() -> None:
    text = daemonset("--multus-conf-file=auto").replace(
        "  namespace: kube-system\n",
        "  namespace: kube-system\n  labels: {app.kubernetes.io/managed-by: Helm}\n",
        1,
    )
    assert [f.id for f in make_plan(builders.inventory(text), target()).blockers] == ["P54"]
    assert make_plan(builders.inventory(text), target(), ["P54"]).blockers == ()


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ("secondaryNetwork: {multus: {image: multus-cni}}", 1),
        ("secondaryNetwork: {cniPlugins: {image: plugins}}", 0),
        ("ofedDriver: {image: driver}", 0),
    ],
)
def test_nvidias_operator_is_asked_by_its_own_field(spec: str, count: int) -> None:
    text = (
        "apiVersion: mellanox.com/v1alpha1\nkind: NicClusterPolicy\n"
        f"metadata: {{name: policy}}\nspec:\n  {spec}\n"
    )
    assert len(_found(text)) == count


@pytest.mark.parametrize(
    ("bin_dir", "remedy"),
    [("/run/cni/bin", "leave it thin: MicroShift"), ("/var/lib/cni/bin", "upgrade the platform")],
    ids=["MicroShift", "OpenShift"],
)
def test_microshift_is_not_told_to_upgrade(bin_dir: str, remedy: str) -> None:
    text = daemonset("--multus-conf-file=auto").replace(
        "{path: /opt/cni/bin}", f"{{path: {bin_dir}}}"
    )
    (finding,) = _found(text.replace("kube-system", "openshift-multus"))
    assert remedy in finding.remedy
