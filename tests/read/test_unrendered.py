"""Templates: what parses and is none the less no manifest, and what holds {{ }} for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.read.support import nad, read, refused, write

TEMPLATE = "an unrendered template ({{ }} or {% %}), not a manifest; render it first"


def daemonset(*, image: str = "multus-cni:v4.0.2", args: str = "[]", path: str = "/a") -> str:
    return (
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: multus}\nspec:\n  template:\n"
        f"    spec:\n      containers:\n      - name: kube-multus\n        image: {image!r}\n"
        f"        args: {args}\n      volumes:\n      - {{name: a, hostPath: {{path: {path!r}}}}}\n"
    )


def with_config(config: str) -> str:
    head, _, _ = nad().partition("  config:")
    return f"{head}  config: {config}\n"


def workload(kind: str, api: str, spec: str) -> str:
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: cni}}\nspec:\n{spec}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(daemonset(image="{{ .Values.image }}:v1"), 9, id="image"),
        pytest.param(daemonset(args="['--cni-version={{ v }}']"), 10, id="flag"),
        pytest.param(daemonset(path="{{ conf_dir }}"), 12, id="host path"),
        pytest.param(nad("'{{ name }}'").partition("spec:")[0], 4, id="name"),
        pytest.param(with_config("'{\"mtu\": {{ .Values.mtu }}}'"), 7, id="config of a NAD"),
        pytest.param(with_config("'{% if a %}{}{% endif %}'"), 7, id="Jinja"),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cni}\ndata:\n  a: |\n"
            '    {"type": "multus", "logLevel": "{{ level }}"}\n',
            5,
            id="config of Multus",
        ),
        pytest.param(
            workload(
                "Deployment",
                "apps/v1",
                "  template:\n    metadata:\n      annotations:\n"
                "        k8s.v1.cni.cncf.io/networks: '{{ net }}'\n",
            ),
            8,
            id="annotation",
        ),
    ],
)
def test_a_quoted_action_is_a_template(tmp_path: Path, text: str, line: int) -> None:
    path = write(tmp_path, {"a.yaml": text}) / "a.yaml"
    [told] = refused(path)
    assert told.startswith(f"{path}:{line}: {TEMPLATE}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(daemonset(args="['kubectl get -o go-template={{.x}}']"), id="no flag"),
        pytest.param(
            workload("Workflow", "argoproj.io/v1", "  containers: [{image: '{{inputs.image}}'}]\n"),
            id="Argo Workflow",
        ),
        pytest.param(
            workload("ClusterPolicy", "kyverno.io/v1", "  message: '{{ request.object.spec }}'\n"),
            id="Kyverno",
        ),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cni}\ndata:\n  config: '{{ .Spec }}'\n",
            id="template of a webhook",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: cni, annotations: {rule: '{{ $value }}'}}\n"
            "spec: {containers: [{name: a, image: b, args: ['--format={{.Names}}']}]}\n",
            id="argument of another program",
        ),
    ],
)
def test_what_is_applied_with_its_braces_is_read(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"a.yaml": text})
    assert len(read(tmp_path).documents) == 1


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("{{ .Values.tag }}", "helm template"),
        ('{{ include "x" . }}', "helm template"),
        ("{{- if .Values.on }}", "helm template"),
        ("{{ multus_tag }}", "the tool that fills it in"),
    ],
)
def test_the_hint_names_helm_where_helm_wrote_it(tmp_path: Path, text: str, tool: str) -> None:
    write(tmp_path, {"a.yaml": daemonset(image=text)})
    assert tool in refused(tmp_path)[0]


CRD = (
    "# Source: chart/crds/pools.yaml\n{{ if .Values.on }}\napiVersion: apiextensions.k8s.io/v1\n"
    "kind: CustomResourceDefinition\nmetadata: {name: ippools.whereabouts.cni.cncf.io}\n{{ end }}\n"
)


@pytest.mark.parametrize("named", [True, False])
def test_a_definition_that_no_plan_reads_stops_nothing(tmp_path: Path, named: bool) -> None:
    path = write(tmp_path, {"a.yaml": f"{nad()}---\n{CRD}"})
    reading = read(path / "a.yaml" if named else path)
    assert len(reading.documents) == 1
    [problem] = reading.problems
    assert (problem.related, problem.source.line) == (False, 10)


def test_output_of_helm_is_not_to_be_rendered_again(tmp_path: Path) -> None:
    """The CRD of the NADs matters, and helm copies crds/ as it is."""
    own = CRD.replace("ippools.whereabouts", "network-attachment-definitions.k8s")
    path = write(tmp_path, {"a.yaml": f"{nad()}---\n{own}"}) / "a.yaml"
    [told] = refused(path)
    assert told.startswith(
        f"{path}:10: template text ({{{{ }}}} or {{% %}}) in what helm has rendered"
    )
    assert "render it first" not in told
