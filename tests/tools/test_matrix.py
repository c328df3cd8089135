"""What is written builds to the same bytes with each kubectl, and a chart renders to the same objects with
each helm, of those that MIGRATOR_MATRIX names by the minor release of kubectl: ``21 31 37``."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from migrator.cli.main import run
from migrator.tools.helm import Helm, Template, template
from migrator.tools.kustomize import Tool, builder
from tests.needs import give_up
from tests.plan.test_samples import SAMPLES, expected
from tests.tools.charts import CHART, SUB, chart, objects, packed

pytestmark = [pytest.mark.matrix, pytest.mark.afresh]
TOOLS = Path(__file__).resolve().parents[2] / ".venv" / "tools"


def minors() -> list[int]:
    return [int(minor) for minor in os.environ.get("MIGRATOR_MATRIX", "").split()]


def program(minor: int, name: str) -> str:
    path = TOOLS / str(minor) / name
    if not path.is_file():
        give_up(f"{name} of kubectl 1.{minor} is not in .venv/tools: make test-matrix installs it")
    return str(path)


def _helm(minor: int) -> Helm:
    """Not by `find_helm`, which refuses those that let a chart look up host names."""
    return Helm(path=program(minor, "helm"), version=f"of kubectl 1.{minor}")


def _same(results: Mapping[int, str]) -> dict[str, list[int]]:
    """Each result, with the minors that gave it."""
    by: dict[str, list[int]] = defaultdict(list)
    for minor, result in results.items():
        by[result].append(minor)
    return by


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(path, id=path.parent.name, marks=pytest.mark.xdist_group(path.parent.name))
        for path in SAMPLES
    ],
)
def test_each_kubectl_builds_a_sample_to_the_same_bytes(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    monkeypatch.chdir(sample.parent)
    run(["plan", *expected(sample)["args"], "--no-verify", "-o", str(out), "--quiet"])
    plan = json.loads((out / "plan.json").read_text())
    built = _same({minor: _build(minor, out) for minor in minors()})
    assert list(built.values()) == [minors()], "kubectls that agree"
    (text,) = built
    assert ("kind: " in text) == bool(plan["changes"])


def _build(minor: int, root: Path) -> str:
    command = (program(minor, "kubectl"), "kustomize")
    return builder(Tool(name="kubectl kustomize", version=f"1.{minor}", command=command))(root)


# No null among them: helm up to 4.1 keeps the key, and 4.2.3 and 4.3.1 have it no more, so that `hasKey`
# and `toJson` differ. A null of a user, for the key of a chart, takes it away in all of them.
VALUES = """
image: {repository: registry.example/multus, tag: v4.2.4}
port: 12345678
big: 1234567890123
share: 0.5
mode: 0644
off: no
text: |
  first
  second
nested: {b: 2, a: 1}
gone: {kept: 1, dropped: 2}
sub: {x: parent, y: null}
"""
HELPERS = """{{- define "net.labels" -}}
app: {{ .Chart.Name }}
release: {{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}
"""
DAEMONSET = """{{- if semverCompare ">=1.28-0" .Capabilities.KubeVersion.Version }}
# a comment
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ printf "%s-%s" .Release.Name .Chart.Name }}
  namespace: {{ .Release.Namespace }}
  labels: {{- include "net.labels" . | nindent 4 }}
  annotations:
    sum: {{ include (print $.Template.BasePath "/config.yaml") . | sha256sum }}
spec:
  template:
    spec:
      containers:
        - name: net
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          args: {{ list "--port" (.Values.port | toString) | toJson }}
          env:
            {{- range $name, $value := .Values.nested }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
            {{- end }}
{{- end }}
"""
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data:
  all: {{ omit .Values "sub" | toJson | quote }}
  yaml: |
    {{- toYaml (pick .Values "nested" "text" "big" "share") | nindent 4 }}
  tpl: {{ tpl "{{ .Values.image.tag }}" . | quote }}
  file: {{ .Files.Get "files/a.conf" | quote }}
  files: {{ (.Files.Glob "files/*").AsConfig | quote }}
  gone: {{ hasKey .Values.gone "dropped" | quote }}
  apis: {{ .Capabilities.APIVersions.Has "apps/v1" | quote }}
"""
SUB_TEMPLATE = """apiVersion: v1
kind: ConfigMap
metadata: {name: sub}
data: {x: {{ .Values.x | quote }}, global: {{ .Values.global.g | quote }}}
"""


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A chart with what charts of networks use: a sub-chart, packed, helpers, files, CRDs, hooks."""
    source = chart(
        tmp_path / "net",
        {
            "Chart.yaml": f"{CHART}dependencies: [{{name: sub, version: 1.0.0}}]\n",
            "values.yaml": VALUES,
            "values.schema.json": json.dumps({"required": ["never there"]}),
            "templates/_helpers.tpl": HELPERS,
            "templates/a.yaml": DAEMONSET,
            "templates/config.yaml": CONFIG,
            "templates/hook.yaml": "kind: Job\nmetadata: {annotations: {helm.sh/hook: test}}\n",
            "templates/NOTES.txt": "{{ .Values.text }}",
            "files/a.conf": '{"a": "b"}\n',
            "crds/crd.yaml": "kind: CustomResourceDefinition\nmetadata: {name: '{{ literal }}'}\n",
        },
    )
    (source / "charts").mkdir()
    sub = {"Chart.yaml": SUB, "values.yaml": "x: own\ny: own\n", "templates/s.yaml": SUB_TEMPLATE}
    (source / "charts" / "sub-1.0.0.tgz").write_bytes(packed(sub, "sub"))
    return source


def test_each_helm_renders_a_chart_to_the_same_objects(whole: Path) -> None:
    values = ("gone: {dropped: null}\nglobal: {g: everywhere}\n", "image: {tag: v4.2.3}\n")
    wanted = Template(chart=whole, release="multus", namespace="kube-system", values=values)
    rendered = {}
    for minor in minors():
        first, second = template(_helm(minor), wanted)
        assert objects(first) == objects(second)
        rendered[minor] = json.dumps(objects(first), indent=1, sort_keys=True)
    found = _same(rendered)
    assert list(found.values()) == [minors()], "helms that agree"
    (text,) = found
    assert [thing["kind"] for thing in json.loads(text)] == [
        "CustomResourceDefinition",
        "ConfigMap",
        "ConfigMap",
        "DaemonSet",
    ]
