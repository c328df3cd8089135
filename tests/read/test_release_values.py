"""Values as each controller reads and merges them: Flux, the k3s Helm controller, Argo CD."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from migrator.model.errors import MigratorError
from migrator.read.releases import merge
from migrator.read.set_values import typed
from migrator.tools.helm import Template
from tests.read.test_rendering import CHART, FLUX, Helm, application, problem, put, read

HELM_CHART = """
    apiVersion: helm.cattle.io/v1
    kind: HelmChart
    metadata: {name: multus, namespace: kube-system}
    spec:
      chart: multus
"""
CONFIG = """
    ---
    apiVersion: helm.cattle.io/v1
    kind: HelmChartConfig
    metadata: {name: multus, namespace: kube-system}
    spec:
      valuesContent: |-
        a: 2
"""


def asked(folder: Path, text: str, *inputs: str) -> Helm:
    helm = Helm()
    reading = read(put(folder, {"apps/multus.yaml": text, **CHART}), helm, *inputs)
    assert not reading.problems, reading.problems
    return helm


def told(folder: Path, text: str) -> str:
    helm = Helm()
    said = problem(read(put(folder, {"apps/multus.yaml": text, **CHART}), helm))
    assert helm.asked == []
    return said


def flux(more: str, *holders: str) -> str:
    return FLUX.rstrip() + textwrap.indent(f"\n{more}\n", " " * 6) + "".join(holders)


def holder(**data: str) -> str:
    """A ConfigMap ``own`` with these entries."""
    entries = "".join(f"      {key}: {json.dumps(value)}\n" for key, value in data.items())
    head = (
        "apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: own, namespace: net}\n    data:"
    )
    return f"\n    ---\n    {head}\n{entries}"


TARGET = "valuesFrom: [{kind: ConfigMap, name: own, valuesKey: k, targetPath: %s}]"


def test_the_namespace_of_a_k3s_release_is_that_of_its_object(tmp_path: Path) -> None:
    helm = asked(tmp_path, HELM_CHART)
    assert [(each.release, each.namespace) for each in helm.asked] == [("multus", "kube-system")]


@pytest.mark.parametrize("files", [1, 2])
def test_a_helm_chart_config_is_laid_over_its_chart(tmp_path: Path, files: int) -> None:
    chart = f"{HELM_CHART.rstrip()}\n      valuesContent: 'a: 1'\n      set: {{b: 3}}\n"
    if files == 2:
        put(tmp_path, {"apps/config.yaml": CONFIG.replace("---", "")})
    helm = asked(tmp_path, chart if files == 2 else chart + CONFIG)
    assert helm.values == [{"a": 1}, {"a": 2}, {"b": 3}]


def test_another_config_or_kind_is_not_laid_over(tmp_path: Path) -> None:
    other = CONFIG.replace("multus", "cilium") + CONFIG.replace("kube-system", "far")
    assert asked(tmp_path, HELM_CHART + other).asked[0].values == ()


def test_a_release_with_a_config_is_given_by_its_name(tmp_path: Path) -> None:
    files = {
        "apps/multus.yaml": HELM_CHART + CONFIG,
        "r.yaml": "apiVersion: apps/v1\nkind: DaemonSet\n",
    }
    folder = put(tmp_path, files)
    reading = read(folder, Helm(), rendered={"multus": str(folder / "r.yaml")})
    assert [render.release.kind for render in reading.renders] == ["HelmChart"]


def test_k3s_sets_words_as_what_they_mean_and_numbers_in_quotes_as_text(tmp_path: Path) -> None:
    values = '{a: "true", b: "FALSE", c: "2", d: 3, e: "x,y", f: "null"}'
    helm = asked(tmp_path, f"{HELM_CHART.rstrip()}\n      set: {values}\n")
    assert helm.values == [{"a": True, "b": False, "c": "2", "d": 3, "e": "x,y", "f": None}]


@pytest.mark.parametrize("text", ["{a,b}", r"a\,b"])
def test_what_only_helm_reads_is_not_guessed(tmp_path: Path, text: str) -> None:
    said = told(tmp_path, f"{HELM_CHART.rstrip()}\n      set: {{a.b: '{text}'}}\n")
    assert "sets a.b to what helm alone can read" in said


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("True", True),
        ("null", None),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("007", "007"),
        ("7\n", "7\n"),
        ("9223372036854775808", "9223372036854775808"),
        ("1.5", "1.5"),
        ("", ""),
    ],
)
def test_what_set_makes_of_a_text(text: str, value: Any) -> None:
    assert typed(text) == value
    assert type(typed(text)) is type(value)


@pytest.mark.parametrize(
    ("path", "text", "inline", "values"),
    [
        ("a.b", "x", "{a: {b: y}}", {"a": {"b": "x"}}),
        ("a", "x", "{a: y}", {"a": "y"}),
        ("a.b", "true", "{c: 1}", {"a": {"b": True}, "c": 1}),
        ("a.b", '"true"', "{}", {"a": {"b": "true"}}),
        ("a.b", "5\n", "{}", {"a": {"b": "5\n"}}),
        (r"a.b\.c", "x", "{}", {"a": {"b.c": "x"}}),
    ],
    ids=["over-inline", "not-at-the-top", "beside", "quoted", "as-it-is", "dot"],
)
def test_flux_sets_a_single_value_over_the_inline_ones(
    tmp_path: Path, path: str, text: str, inline: str, values: Any
) -> None:
    """fluxcd/pkg, chartutil.ChartValuesFromReferences ("target path precedence over all")."""
    release = flux(f"{TARGET % path}\nvalues: {inline}", holder(k=text))
    assert asked(tmp_path, release).values == [values]


def test_a_single_value_goes_over_what_came_before_it_alone(tmp_path: Path) -> None:
    first, second = "{kind: ConfigMap, name: own}", TARGET.split("[")[1].rstrip("]") % "a.b"
    for entries, value in ((f"{first}, {second}", "x"), (f"{second}, {first}", "y")):
        release = flux(
            f"valuesFrom: [{entries}]", holder(k="x", **{"values.yaml": "{a: {b: y, c: z}}"})
        )
        assert asked(tmp_path / value, release).values == [{"a": {"b": value, "c": "z"}}]


@pytest.mark.parametrize(
    ("path", "text"), [("a", "x,y"), ("a", "{x}"), ("a[0]", "x"), ("a", "1000000")]
)
def test_a_single_value_that_flux_alone_reads_is_not_guessed(
    tmp_path: Path, path: str, text: str
) -> None:
    release = flux(TARGET % f"'{path}'", holder(k=text))
    assert "to what helm alone can read" in told(tmp_path, release)


def test_texts_of_values_go_to_helm_as_they_are(tmp_path: Path) -> None:
    """helm's own reader takes 0644 and on otherwise than YAML 1.2 does."""
    text = "a: 0644\nb: on\n"
    release = flux("valuesFrom: [{kind: ConfigMap, name: own}]", holder(**{"values.yaml": text}))
    assert asked(tmp_path, release).asked[0].values == (text,)


@pytest.mark.parametrize("text", ["# nothing yet\n", "", "{}", "---\n", "null"])
def test_values_of_comments_alone_are_none(tmp_path: Path, text: str) -> None:
    release = flux("valuesFrom: [{kind: ConfigMap, name: own}]", holder(**{"values.yaml": text}))
    assert asked(tmp_path, release).values == []


@pytest.mark.parametrize("text", ["a", "[1]", "{", "a: &a [*a]"])
def test_values_that_are_no_map_are_told(tmp_path: Path, text: str) -> None:
    release = flux("valuesFrom: [{kind: ConfigMap, name: own}]", holder(**{"values.yaml": text}))
    assert "values.yaml of ConfigMap own is not a YAML map" in told(tmp_path, release)


def test_null_stays_since_it_takes_a_default_away(tmp_path: Path) -> None:
    assert asked(tmp_path, flux("values: {a: null}")).values == [{"a": None}]


def test_the_old_name_of_the_defaults_of_a_chart(tmp_path: Path) -> None:
    release = FLUX.replace("charts/multus,", "charts/multus, valuesFile: prod.yaml,")
    assert "the chart's defaults from prod.yaml" in told(tmp_path, release)


@pytest.mark.parametrize(
    ("helm", "values"),
    [
        ("{values: 'a: 1', valuesObject: {a: 2}}", [{"a": 2}]),
        ("{values: 'a: 1', valuesObject: {}}", []),
        ("{values: '# none'}", []),
        ("{parameters: [{name: a, value: 'x,y'}]}", [{"a": "x,y"}]),
        (
            "{parameters: [{name: a, value: '1', forceString: true}, {name: a, value: '2'}]}",
            [{"a": 2}, {"a": "1"}],
        ),
    ],
    ids=["object", "empty-object", "comment", "comma", "set-string-is-last"],
)
def test_argo_values(tmp_path: Path, helm: str, values: Any) -> None:
    assert asked(tmp_path, application(helm)).values == values


@pytest.mark.parametrize(
    ("helm", "said"),
    [
        ("{parameters: [{name: a, value: $ARGOCD_APP_NAME}]}", "a variable of Argo CD"),
        ("{parameters: [{name: a, value: '{x,y}'}]}", "sets a to what helm alone can read"),
        ("{valueFiles: [$other/v.yaml]}", "from $other/v.yaml, which is not known"),
        ("{valueFiles: ['a\\0b']}", "is not there"),
        (f"{{valueFiles: [{'x' * 5000}]}}", "... of Application argocd/multus is not there"),
    ],
    ids=["variable", "list", "no-such-reference", "nul", "long"],
)
def test_argo_values_that_are_not_known(tmp_path: Path, helm: str, said: str) -> None:
    text = told(tmp_path, application(helm.replace("'a\\0b'", '"a\\0b"')))
    assert said in text
    assert len(text) < 1000


@pytest.mark.parametrize("name", [".argocd-source.yaml", ".argocd-source-multus.yaml"])
def test_parameters_that_argo_keeps_beside_the_chart(tmp_path: Path, name: str) -> None:
    put(tmp_path, {f"charts/multus/{name}": "helm: {parameters: []}\n"})
    assert f"has parameters in charts/multus/{name}" in told(tmp_path, application("{}"))


def test_parameters_of_another_application_are_not_looked_at(tmp_path: Path) -> None:
    put(tmp_path, {"charts/multus/.argocd-source-web.yaml": "helm: {}\n"})
    assert len(asked(tmp_path, application("{}")).asked) == 1


SOURCES = """
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {name: multus, namespace: argocd}
    spec:
      destination: {namespace: kube-system}
      sources:
      - {repoURL: r, path: charts/multus, helm: {releaseName: own, valueFiles: [$v/own.yaml]}}
      - {repoURL: r, path: charts/multus}
      - {repoURL: r, ref: v}
"""


def test_each_source_of_an_application_has_its_own_name_and_values(tmp_path: Path) -> None:
    put(tmp_path, {"own.yaml": "a: 1\n"})
    helm = asked(tmp_path, SOURCES)
    assert [(each.release, each.values) for each in helm.asked] == [
        ("own", ("a: 1\n",)),
        ("multus", ()),
    ]


APPLICATIONS = """
    apiVersion: argoproj.io/v1alpha1
    kind: ApplicationSet
    metadata: {name: nets, namespace: argocd}
    spec:
      generators: [{list: {elements: [{tag: v4.1.4}]}}]
      template:
        metadata: {name: multus}
        spec:
          destination: {namespace: kube-system}
          source: {repoURL: r, path: charts/multus, helm: {values: 'tag: TAG'}}
"""


def test_an_application_set_names_its_release_in_the_template(tmp_path: Path) -> None:
    assert asked(tmp_path, APPLICATIONS).asked[0].release == "multus"


@pytest.mark.parametrize(
    "text",
    [
        APPLICATIONS.replace("TAG", "{{tag}}"),
        APPLICATIONS.replace("metadata: {name: multus}", "metadata: {name: '{{tag}}-multus'}"),
        APPLICATIONS.rstrip() + "\n      templatePatch: 'spec: {}'\n",
    ],
    ids=["values", "name", "patch"],
)
def test_what_generators_fill_in_is_not_rendered(tmp_path: Path, text: str) -> None:
    said = told(tmp_path, text)
    assert "ApplicationSet argocd/nets is a template, which its generators fill in" in said
    assert "--rendered nets=FILE" in said


def test_the_namespace_and_the_kubernetes_that_argo_gives_to_helm(tmp_path: Path) -> None:
    helm = asked(tmp_path, application("{namespace: far, kubeVersion: v1.30.1}"))
    assert [(each.namespace, each.kube_version) for each in helm.asked] == [("far", "v1.30.1")]


HIDDEN = """
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: hidden, namespace: net}
    stringData: {values.yaml: 'database: {word: correct-horse}', one: "battery-staple\\n"}
"""


def test_what_a_chart_says_of_secret_values_is_not_told(tmp_path: Path) -> None:
    class Failing(Helm):
        def __call__(self, wanted: Template) -> tuple[str, str]:
            raise MigratorError(f"helm: {wanted.values}", hint="h")

    names = "{kind: Secret, name: hidden}, {kind: Secret, name: hidden, valuesKey: one, targetPath: a.b}"
    text = flux(f"valuesFrom: [{names}]\nvalues: {{tag: plain}}", HIDDEN)
    folder = put(tmp_path, {"apps/multus.yaml": text, **CHART})
    said = problem(read(folder, Failing()))
    assert "plain" in said
    assert "database" in said, "no key is a secret"
    assert "correct-horse" not in said
    assert "battery-staple" not in said


_MAPS = ("{}", "{a: {b: 1}}", "{a: 1}", "{a: {b: {c: 2}}}", "{a: null, b: 1}")


@pytest.mark.parametrize("inline", _MAPS)
@pytest.mark.parametrize("last", _MAPS)
@pytest.mark.parametrize(
    "paths", [("a.b", "a"), ("a.b", "a.b.c"), ("a.b.c", "a.b"), ("a.c", "a.b")]
)
def test_the_sets_laid_over_each_other_are_what_helm_is_given(
    tmp_path: Path, paths: tuple[str, str], last: str, inline: str
) -> None:
    """Also where single values win over some of what stands behind them, and lose to the rest."""
    first, second = (
        f"- {{kind: ConfigMap, name: own, valuesKey: k{n}, targetPath: {path}}}"
        for n, path in enumerate(paths)
    )
    entries = [first, "- {kind: ConfigMap, name: own}", second]
    text = flux(
        "\n".join(["valuesFrom:", *entries, f"values: {inline}"]),
        holder(k0="x", k1="y", **{"values.yaml": last}),
    )
    helm = Helm()
    (render,) = read(put(tmp_path, {"apps/m.yaml": text, **CHART}), helm).renders
    (given,) = helm.values
    merged: dict[str, Any] = {}
    for each in render.values:
        merged = merge(merged, each.values)
    assert merged == given


def test_each_set_is_where_it_stands_and_single_values_are_not_whole(tmp_path: Path) -> None:
    """A HelmChart with its HelmChartConfig: who changes values has to see whose they are."""
    chart = f"{HELM_CHART.rstrip()}\n      valuesContent: 'a: 0644'\n      set: {{b: 3}}\n"
    folder = put(tmp_path, {"apps/multus.yaml": chart + CONFIG, **CHART})
    (render,) = read(folder, Helm()).renders
    assert [(each.owner and each.owner.kind, each.path) for each in render.values] == [
        ("HelmChart", ("spec", "valuesContent")),
        ("HelmChartConfig", ("spec", "valuesContent")),
        ("HelmChart", ()),
    ]
    assert render.chart_name == "multus"


def test_a_file_of_values_is_a_set_without_an_owner(tmp_path: Path) -> None:
    text = application("{valueFiles: [own.yaml], values: 'b: 2'}")
    files = {"apps/m.yaml": text, "charts/multus/own.yaml": "# none\na: 1\n", **CHART}
    (render,) = read(put(tmp_path, files), Helm()).renders
    file, inline = render.values
    assert (file.owner, file.path, file.values) == (None, (), {"a": 1})
    assert Path(file.source.file).samefile(tmp_path / "charts/multus/own.yaml")
    assert inline.owner == render.release
