"""Which releases are rendered, from which chart, and with which values.

What helm makes of them is in tests/tools; here a stand-in keeps what it was asked for.
"""

from __future__ import annotations

import base64
import io
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.model.errors import InputError, MigratorError
from migrator.model.inputs import Reading
from migrator.read.reading import read_inputs
from migrator.read.renders import RenderChart, Tools
from migrator.tools.helm import Template

RENDER = """
    ---
    # Source: multus/templates/daemonset.yaml
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: kube-multus-ds}
    ---
    # Source: multus/templates/account.yaml
    apiVersion: v1
    kind: ServiceAccount
    metadata: {name: multus, namespace: elsewhere}
"""
FLUX = """
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {name: multus, namespace: net}
    spec:
      chart: {spec: {chart: charts/multus, sourceRef: {kind: GitRepository, name: flux-system}}}
"""
DEFAULTS = """chart:
        spec:
          chart: charts/multus
          valuesFiles: [prod.yaml]
          sourceRef: {kind: GitRepository, name: r}"""
CHART = {"charts/multus/Chart.yaml": "name: multus\nversion: 0.2.0\n"}


class Helm:
    """Renders everything to ``text``, and keeps what it was asked for."""

    def __init__(self, text: str = RENDER, second: str = "") -> None:
        self.asked: list[Template] = []
        texts = (textwrap.dedent(each).lstrip() for each in (text, second or text))
        self.texts: tuple[str, str] = next(texts), next(texts)

    def __call__(self, wanted: Template) -> tuple[str, str]:
        self.asked.append(wanted)
        return self.texts

    @property
    def values(self) -> list[Any]:
        (asked,) = self.asked
        return [yaml.safe_load(text) for text in asked.values]


def no_build(files: Mapping[str, str]) -> str:
    raise AssertionError("nothing is to be built")


def put(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    (folder / ".git").mkdir(exist_ok=True)
    return folder


def read(
    folder: Path, helm: RenderChart, *inputs: str, rendered: Mapping[str, str] | None = None
) -> Reading:
    return read_inputs(
        [str(folder / name) for name in inputs or ("apps",)],
        stdin=io.BytesIO(textwrap.dedent(RENDER).encode()),
        node_files=None,
        build=None,
        keep_going=False,
        rendered=rendered or {},
        tools=Tools(helm, no_build),
    )


def problem(reading: Reading) -> str:
    """The one thing that could not be read."""
    assert not reading.renders
    (found,) = reading.problems
    assert found.related
    return f"{found.message}; {found.hint}"


def test_objects_of_a_render_know_their_release(tmp_path: Path) -> None:
    helm = Helm()
    folder = put(tmp_path, {"apps/multus.yaml": FLUX, **CHART})
    reading = read(folder, helm)
    (render,) = reading.renders
    assert (render.release.kind, render.release.name) == ("HelmRelease", "multus")
    assert render.source.file == str(folder / "apps/multus.yaml")
    assert render.name == f"{render.source.file} (rendered)"
    assert render.chart == str(folder / "charts/multus")
    made = {d.ref.name: d for d in reading.documents if d.source.file == render.name}
    assert made.keys() == {"kube-multus-ds", "multus"}
    assert made["kube-multus-ds"].placed == "net", "helm puts it where the release is"
    assert made["multus"].placed == "", "it says itself where it goes"
    assert made["kube-multus-ds"].source.line == 3
    (asked,) = helm.asked
    assert (asked.release, asked.namespace, asked.values) == ("multus", "net", ())


@pytest.mark.parametrize(
    ("spec", "name", "namespace"),
    [
        ("releaseName: other", "other", "net"),
        ("targetNamespace: far", "far-multus", "far"),
        ("{releaseName: other, targetNamespace: far}", "other", "far"),
    ],
)
def test_name_and_namespace_of_a_flux_release(
    tmp_path: Path, spec: str, name: str, namespace: str
) -> None:
    more = spec.strip("{}").replace(", ", "\n      ")
    helm = Helm()
    read(put(tmp_path, {"apps/multus.yaml": f"{FLUX.rstrip()}\n      {more}\n", **CHART}), helm)
    (asked,) = helm.asked
    assert (asked.release, asked.namespace) == (name, namespace)


def vendored(version: str, name: str = "multus") -> str:
    return f"""
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {{name: multus}}
        spec:
          chart:
            spec: {{chart: {name}, version: "{version}", sourceRef: {{kind: HelmRepository, name: r}}}}
    """


@pytest.mark.parametrize(
    ("chart", "release", "found"),
    [
        ("charts/multus/Chart.yaml", vendored("0.2.0"), "charts/multus"),
        ("charts/multus/Chart.yaml", vendored("v0.2.0"), "charts/multus"),
        ("charts/multus/Chart.yaml", vendored("0.2.x"), "charts/multus"),
        ("charts/multus/Chart.yaml", vendored(""), "charts/multus"),
        ("charts/multus/Chart.yaml", vendored("0.2.1"), ""),
        ("charts/multus/Chart.yaml", vendored("0.2.0", "other"), ""),
        ("charts/multus/values.yaml", vendored("0.2.0"), ""),
        ("apps/charts/multus/Chart.yaml", vendored("0.2.0"), "apps/charts/multus"),
        ("charts/multus-0.2.0/multus/Chart.yaml", vendored("0.2.0"), "charts/multus-0.2.0/multus"),
        ("charts/multus-0.2.0.tgz", vendored("0.2.0"), "charts/multus-0.2.0.tgz"),
        ("charts/multus-0.2.1.tgz", vendored("0.2.0"), ""),
        ("charts/multus/Chart.yaml", vendored("0.2.0", ".."), ""),
    ],
)
def test_where_the_chart_of_a_repository_is_found(
    tmp_path: Path, chart: str, release: str, found: str
) -> None:
    helm = Helm()
    files = {"apps/multus.yaml": release, chart: "name: multus\nversion: 0.2.0\n"}
    read(put(tmp_path, files), helm, "apps/multus.yaml")
    assert [str(asked.chart.relative_to(tmp_path)) for asked in helm.asked] == (
        [found] if found else []
    )


def test_a_chart_behind_a_link_out_of_the_repository_is_not_rendered(tmp_path: Path) -> None:
    put(tmp_path / "other", CHART)
    folder = put(tmp_path / "mine", {"apps/multus.yaml": FLUX})
    (folder / "charts").symlink_to(tmp_path / "other/charts")
    helm = Helm()
    assert not read(folder, helm).renders
    assert helm.asked == []


def test_a_chart_without_a_word_of_multus_is_left_alone(tmp_path: Path) -> None:
    release = FLUX.replace("multus", "web") + "      # cni\n"
    helm = Helm()
    files = {"apps/web.yaml": release, "charts/web/Chart.yaml": "name: web\nversion: 1.0.0\n"}
    read(put(tmp_path, {**files, "apps/ns.yaml": RENDER}), helm)
    assert helm.asked == []


def test_a_chart_whose_templates_alone_name_multus_is_rendered(tmp_path: Path) -> None:
    release = FLUX.replace("multus", "net").replace("kind: HelmRelease", "kind: HelmRelease  # cni")
    files = {
        "apps/net.yaml": release,
        "charts/net/Chart.yaml": "name: net\nversion: 1.0.0\n",
        "charts/net/templates/ds.yaml": "image: multus-cni\n",
    }
    helm = Helm()
    read(put(tmp_path, files), helm)
    assert len(helm.asked) == 1


def test_what_lies_in_a_rendered_chart_is_read_as_its_render_alone(tmp_path: Path) -> None:
    files = {
        "apps/multus.yaml": FLUX,
        "charts/multus/templates/ds.yaml": "kind: DaemonSet\nmetadata: {name: {{ .x }}} # multus\n",
        "charts/multus/values.yaml": "image: ghcr.io/k8snetworkplumbingwg/multus-cni\n",
        **CHART,
    }
    reading = read(put(tmp_path, files), Helm(), ".")
    assert not reading.problems
    assert not reading.charts
    assert not reading.mentions


def test_flux_values_in_the_order_of_their_sources(tmp_path: Path) -> None:
    more = """
      valuesFrom:
      - {kind: ConfigMap, name: first}
      - {kind: Secret, name: second, valuesKey: own.yaml}
      - {kind: ConfigMap, name: none, optional: true}
      - {kind: ConfigMap, name: first, valuesKey: tag, targetPath: image.tag}
      values: {image: {pull: Always}}
    """
    secret = base64.b64encode(b"a: 2\n").decode()
    sources = f"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: first, namespace: net}}
        data: {{values.yaml: "a: 1", tag: "true"}}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {{name: second}}
        data: {{own.yaml: {secret}}}
    """
    helm = Helm()
    release = FLUX.rstrip() + more
    reading = read(put(tmp_path, {"apps/m.yaml": release, "apps/v.yaml": sources, **CHART}), helm)
    assert helm.values == [{"a": 2, "image": {"tag": True, "pull": "Always"}}]
    (render,) = reading.renders
    assert [Path(each.source.file).name for each in render.values] == [
        "v.yaml",
        "v.yaml",
        "m.yaml",
        "m.yaml",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "valuesFrom: [{kind: ConfigMap, name: away}]",
            "values from ConfigMap away, which is not in",
        ),
        ("valuesFrom: [{kind: Secret, name: away}]", "values from Secret away, which is not in"),
        (DEFAULTS, "the chart's defaults from prod.yaml"),
    ],
    ids=["config-map", "secret", "values-files"],
)
def test_values_that_are_not_known_are_no_render(tmp_path: Path, more: str, said: str) -> None:
    release = FLUX.rstrip() + f"\n      {more}\n"
    if more.startswith("chart"):
        release = "\n".join(line for line in release.splitlines() if "flux-system" not in line)
    helm = Helm()
    told = problem(read(put(tmp_path, {"apps/multus.yaml": release, **CHART}), helm))
    assert said in told
    assert "--rendered multus=FILE" in told
    assert helm.asked == []


def test_encrypted_values_are_unknown_and_no_fault(tmp_path: Path) -> None:
    sealed = """
        apiVersion: v1
        kind: Secret
        metadata: {name: hidden, namespace: net}
        stringData: {values.yaml: "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}
        sops: {mac: x}
    """
    release = FLUX.rstrip() + "\n      valuesFrom: [{kind: Secret, name: hidden}]\n"
    helm = Helm()
    reading = read(put(tmp_path, {"apps/m.yaml": release, "apps/s.yaml": sealed, **CHART}), helm)
    (render,) = reading.renders
    assert render.unknown == ("Secret hidden, which SOPS encrypted",)
    assert helm.values == []


def application(helm: str, source: str = "path: charts/multus") -> str:
    return f"""
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {{name: multus, namespace: argocd}}
        spec:
          destination: {{namespace: kube-system}}
          source:
            repoURL: https://git.example/fleet
            {source}
            helm: {helm}
    """


def test_argo_values_in_the_order_of_their_sources(tmp_path: Path) -> None:
    helm = Helm()
    given = (
        "{releaseName: own, valueFiles: [../../prod.yaml, /all.yaml, absent.yaml], "
        "ignoreMissingValueFiles: true, valuesObject: {c: 3}, parameters: "
        '[{name: d.e, value: "4"}, {name: f, value: "5", forceString: true}, {name: g, value: "true"}]}'
    )
    files = {"apps/a.yaml": application(given), "prod.yaml": '{"a": 1}', "all.yaml": '{"b": 2}'}
    read(put(tmp_path, {**files, **CHART}), helm)
    assert helm.values == [{"a": 1}, {"b": 2}, {"c": 3}, {"d": {"e": 4}, "g": True}, {"f": "5"}]
    (asked,) = helm.asked
    assert (asked.release, asked.namespace) == ("own", "kube-system")


@pytest.mark.parametrize(
    ("helm", "said"),
    [
        ("{valueFiles: [../../../secret.yaml]}", "leads out of the repository"),
        ("{valueFiles: [link.yaml]}", "leads out of the repository"),
        (
            "{valueFiles: ['https://example.invalid/v.yaml']}",
            "from a URL, and nothing is downloaded",
        ),
        ("{valueFiles: ['s3://bucket/v.yaml']}", "from a URL, and nothing is downloaded"),
        ("{valueFiles: ['env/*.yaml']}", "by a pattern"),
        ("{valueFiles: [none.yaml]}", "none.yaml of Application argocd/multus is not there"),
        ("{valueFiles: [list.yaml]}", "is not a YAML map"),
        ("{fileParameters: [{name: a, path: b}]}", "by fileParameters"),
        ("{parameters: [{name: 'a[0]', value: x}]}", "a part of a list"),
    ],
)
def test_files_that_values_name_are_refused(tmp_path: Path, helm: str, said: str) -> None:
    folder = put(tmp_path / "mine", {"apps/a.yaml": application(helm), **CHART})
    put(folder, {"charts/multus/list.yaml": "[1]\n"})
    (tmp_path / "secret.yaml").write_text("password: hunter2\n")
    (folder / "charts/multus/link.yaml").symlink_to(tmp_path / "secret.yaml")
    stand_in = Helm()
    told = problem(read(folder, stand_in))
    assert said in told
    assert "hunter2" not in told
    assert stand_in.asked == []


def test_values_of_a_k3s_chart(tmp_path: Path) -> None:
    chart = """
        apiVersion: helm.cattle.io/v1
        kind: HelmChart
        metadata: {name: multus, namespace: kube-system}
        spec:
          chart: multus
          version: 0.2.0
          targetNamespace: net
          valuesContent: |-
            a: 1
          set: {b.c: "2", d: 3}
    """
    helm = Helm()
    read(put(tmp_path, {"apps/c.yaml": chart, **CHART}), helm)
    assert helm.values == [{"a": 1}, {"b": {"c": "2"}, "d": 3}]
    assert (helm.asked[0].release, helm.asked[0].namespace) == ("multus", "net")


@pytest.mark.parametrize("name", ["multus", "net/multus"])
def test_what_the_user_rendered_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    folder = put(tmp_path, {"apps/multus.yaml": FLUX, "render.yaml": RENDER})
    helm = Helm()
    reading = read(folder, helm, rendered={name: str(folder / "render.yaml")})
    assert helm.asked == []
    (render,) = reading.renders
    assert render.chart == ""
    assert [d.ref.kind for d in reading.documents if d.source.file == render.name] == [
        "DaemonSet",
        "ServiceAccount",
    ]
    assert str(folder / "render.yaml") in {item.name for item in reading.inputs}


def test_a_render_below_the_input_is_not_read_twice(tmp_path: Path) -> None:
    folder = put(tmp_path, {"apps/multus.yaml": FLUX, "apps/render.yaml": RENDER})
    reading = read(folder, Helm(), rendered={"multus": str(folder / "apps/render.yaml")})
    assert [d.ref.kind for d in reading.documents].count("DaemonSet") == 1


def test_a_render_on_standard_input(tmp_path: Path) -> None:
    folder = put(tmp_path, {"apps/multus.yaml": FLUX})
    reading = read(folder, Helm(), rendered={"multus": "-"})
    assert len(reading.renders) == 1


def test_a_release_without_any_word_can_be_given_its_render(tmp_path: Path) -> None:
    release = FLUX.replace("multus", "nets")
    folder = put(tmp_path, {"apps/nets.yaml": release, "render.yaml": RENDER})
    reading = read(folder, Helm(), rendered={"nets": str(folder / "render.yaml")})
    assert reading.renders[0].release.name == "nets"
    assert reading.renders[0].release in {d.ref for d in reading.documents}


@pytest.mark.parametrize("name", ["other", "far/multus", "kube-multus-ds"])
def test_a_render_of_no_release_is_refused(tmp_path: Path, name: str) -> None:
    folder = put(tmp_path, {"apps/multus.yaml": FLUX, "apps/ds.yaml": RENDER})
    with pytest.raises(MigratorError, match=f"--rendered {name}: no release of the inputs"):
        read(folder, Helm(), rendered={name: str(folder / "apps/multus.yaml")})


def test_two_releases_of_one_name_are_told_apart_by_their_namespaces(tmp_path: Path) -> None:
    second = FLUX.replace("namespace: net", "namespace: far")
    folder = put(tmp_path, {"apps/a.yaml": FLUX, "apps/b.yaml": second, "render.yaml": RENDER})
    with pytest.raises(MigratorError, match="more than one release of the inputs has that name"):
        read(folder, Helm(), rendered={"multus": str(folder / "render.yaml")})
    reading = read(folder, Helm(), rendered={"far/multus": str(folder / "render.yaml")})
    assert [render.release.namespace for render in reading.renders] == ["far"]


def test_lines_of_crds_that_helm_copies_are_told_apart(tmp_path: Path) -> None:
    text = """
        ---
        # Source: multus/crds/nad.yaml
        {{ if .Values.crd }}
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: network-attachment-definitions.k8s.cni.cncf.io}
        {{- end }}
    """
    folder = put(tmp_path, {"apps/multus.yaml": FLUX, **CHART})
    reading = read(folder, Helm(text))
    assert not reading.problems
    (crd,) = (d for d in reading.documents if d.ref.kind == "CustomResourceDefinition")
    assert crd.source.line == 4


def test_what_differs_from_render_to_render_is_not_known(tmp_path: Path) -> None:
    folder = put(tmp_path, {"apps/multus.yaml": FLUX, **CHART})
    reading = read(folder, Helm(RENDER, RENDER.replace("elsewhere", "elsewhere, labels: {a: b}")))
    (found,) = reading.problems
    assert found.related
    assert "ServiceAccount elsewhere/multus is another one each time" in found.message


def test_what_helm_says_is_a_line_at_the_release(tmp_path: Path) -> None:
    class Broken(Helm):
        def __call__(self, wanted: Template) -> tuple[str, str]:
            raise MigratorError("helm: no such template")

    told = problem(read(put(tmp_path, {"apps/multus.yaml": FLUX, **CHART}), Broken()))
    assert told.startswith("HelmRelease net/multus cannot be rendered: helm: no such template; ")


def test_without_helm_a_chart_that_is_here_is_not_seen(tmp_path: Path) -> None:
    """Its values may say nothing of Multus: nothing else would tell that something was passed over."""

    class Absent(Helm):
        def __call__(self, wanted: Template) -> None:  # type: ignore[override]
            return None

    files = {"charts/multus/templates/ds.yaml": "name: {{ .x }}  # multus\n", **CHART}
    reading = read(put(tmp_path, {"apps/multus.yaml": FLUX, **files}), Absent(), ".")
    told = problem(reading)
    assert told.endswith(
        "no helm was found; install it, or render it yourself, and give what comes out with "
        "--rendered multus=FILE"
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no Kubernetes object is in it"),
        (b"# nothing\n", "no Kubernetes object is in it"),
        (
            b"Error: chart not found\n",
            "no Kubernetes object is in it",
        ),
        (RENDER.encode("utf-16"), "the file is UTF-16"),
        (b"kind: \xff\napiVersion: v1\n", "not UTF-8: byte 0xff"),
    ],
    ids=["empty", "comment", "prose", "utf-16", "latin"],
)
def test_a_render_that_is_none_is_told(tmp_path: Path, data: bytes, said: str) -> None:
    """As a shell leaves it behind a helm that failed, or PowerShell behind any; never an all-clear."""
    folder = put(tmp_path, {"apps/multus.yaml": FLUX})
    (folder / "render.yaml").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(folder, Helm(), rendered={"multus": str(folder / "render.yaml")})
    (line,) = caught.value.lines()
    assert f"render.yaml:1: {said}" in line
