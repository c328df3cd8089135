from __future__ import annotations

import pytest

from migrator.read.config_maps import config_maps
from migrator.read.releases import helm_values, release_namespace, releases, yaml_map
from tests.inventory.documents import document, documents

FLUX = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: app, namespace: own}
spec:
  chart: {spec: {chart: ./charts/cilium/}}
  values: {a: {b: 1}}
"""
K3S = """
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata: {name: app, namespace: kube-system}
spec:
  chart: https://charts.example.com/linkerd2-cni
  set: {a.c: two, "x\\\\.y/z": three}
  valuesContent: |-
    a: {b: 1}
"""
ARGO = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  destination: {namespace: target}
  sources:
  - {repoURL: https://git.example.com}
  - chart: cni
    helm:
      values: "a: {b: 1, c: 1, d: 1}"
      valuesObject: {a: {c: 2}}
      parameters: [{name: a.d, value: '3'}]
"""
OPERATOR = """
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh, namespace: istio-system}
spec: {values: {a: {b: 1}}}
"""


@pytest.mark.parametrize(
    ("text", "chart", "values", "path"),
    [
        pytest.param(FLUX, "cilium", {"a": {"b": 1}}, ("spec", "values"), id="Flux"),
        pytest.param(
            K3S,
            "linkerd2-cni",
            {"a": {"b": 1, "c": "two"}, "x.y/z": "three"},
            ("spec", "valuesContent"),
            id="k3s: text and single values",
        ),
        pytest.param(OPERATOR, "", {"a": {"b": 1}}, ("spec", "values"), id="IstioOperator"),
    ],
)
def test_release(text: str, chart: str, values: object, path: tuple[str, ...]) -> None:
    (release,) = releases(document(text))
    assert (release.chart, release.values, release.path) == (chart, values, path)


def test_argo_merges_text_then_object_then_parameters_of_each_source() -> None:
    git, helm = releases(document(ARGO))
    assert (git.chart, git.values) == ("", {})
    assert (helm.chart, helm.values) == ("cni", {"a": {"b": 1, "c": 2, "d": "3"}})
    assert helm.path == ("spec", "sources", 1, "helm", "values")


def test_applicationset_holds_its_source_in_a_template() -> None:
    text = """
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: app}
    spec:
      template:
        spec:
          destination: {namespace: target}
          source: {path: deploy/whereabouts, helm: {valuesObject: {a: 1}}}
    """
    (release,) = releases(document(text))
    assert (release.chart, release.values) == ("whereabouts", {"a": 1})
    assert release_namespace(release.document) == "target"


def test_values_from_a_config_map_come_first_and_only_from_the_inputs() -> None:
    found = documents(
        """
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: app, namespace: own}
        spec:
          valuesFrom:
          - {kind: ConfigMap, name: shared, valuesKey: base.yaml}
          - {kind: ConfigMap, name: missing}
          - {kind: Secret, name: shared}
          values: {b: 2}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: shared, namespace: own}
        data: {base.yaml: "{a: 1, b: 1}", values.yaml: "{c: 1}"}
        """
    )
    (release,) = releases(found[0], config_maps(found))
    assert release.values == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{- if .Values.x }}\na: 1\n{{- end }}", id="a template"),
        pytest.param("- a\n- b", id="a list"),
        pytest.param("just text", id="a word"),
        pytest.param("", id="nothing"),
        pytest.param("a: [1", id="broken"),
        pytest.param("\x00", id="not text"),
    ],
)
def test_text_that_is_no_map_is_passed_over(text: str) -> None:
    assert yaml_map(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "apiVersion: apps/v1\nkind: Deployment\nspec: {values: {a: 1}}", id="no release"
        ),
        pytest.param(
            "apiVersion: example.com/v1\nkind: HelmRelease\nspec: {values: {a: 1}}",
            id="another group's HelmRelease",
        ),
        pytest.param(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {values: text}",
            id="values that are no map",
        ),
        pytest.param(
            "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec: {valuesContent: 5}",
            id="valuesContent that is no text",
        ),
    ],
)
def test_no_values(text: str) -> None:
    assert list(helm_values(document(text))) == []


@pytest.mark.parametrize(
    ("text", "namespace"),
    [
        pytest.param(FLUX, "own", id="Flux without a target"),
        pytest.param(
            FLUX.replace("spec:\n", "spec:\n  targetNamespace: far\n", 1), "far", id="Flux"
        ),
        pytest.param(K3S, "kube-system", id="k3s without a target"),
        pytest.param(K3S.replace("spec:\n", "spec:\n  targetNamespace: far\n", 1), "far", id="k3s"),
        pytest.param(ARGO, "target", id="Argo CD"),
        pytest.param(OPERATOR, "istio-system", id="operator: its own"),
    ],
)
def test_release_namespace(text: str, namespace: str) -> None:
    assert release_namespace(document(text)) == namespace


def test_rke2_names_a_chart_by_the_object() -> None:
    text = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {name: rke2-cilium}"
    (release,) = releases(document(text))
    assert release.chart == "cilium"
