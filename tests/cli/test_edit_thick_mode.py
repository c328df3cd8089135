"""``edit`` into the values that switch on the thick mode of a chart, for each kind of release."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.test_edit import commit, git
from tests.cli.tools import ROOT, Run, migrator

pytestmark = pytest.mark.helm

SAMPLE = ROOT / "samples" / "gitops" / "rke2-helmchartconfig"
FILE = "server/rke2-multus-config.yaml"
GIVEN = (".", "--node-files", "nodes")
VALUES = (SAMPLE / FILE).read_text().split("valuesContent: |-\n")[1]
MIRROR = "mirror.observatory.example"

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: meta, namespace: argocd}
spec:
  destination: {server: "https://kubernetes.default.svc", namespace: kube-system}
  source:
    repoURL: https://git.example/observatory.git
    path: charts/rke2-multus
    helm:
      valuesObject:
        global: {systemDefaultRegistry: mirror.observatory.example}
"""
CHART = """\
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata: {name: rke2-multus, namespace: kube-system}
spec:
  chart: rke2-multus
  version: v4.2.205
  valuesContent: |-
"""
CONFIG = """
---
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-multus, namespace: kube-system}
spec:
  valuesContent: |-
    tolerations: []
    pod: {resources: {multus: {limits: {memory: 512Mi}}}}
"""
VALUES_FROM = """
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: meta, namespace: kube-system}
spec:
  chart: {spec: {chart: charts/rke2-multus, sourceRef: {kind: GitRepository, name: fleet}}}
  valuesFrom: [{kind: ConfigMap, name: meta}]
"""


def repository(folder: Path, text: str) -> Path:
    shutil.copytree(SAMPLE, folder / "repo")
    (folder / "repo" / FILE).write_text(text)
    return commit(folder / "repo", {})


def edited(repo: Path) -> tuple[Run, list[Any]]:
    """The run, and the documents of the file that changes. Planned again, nothing is left."""
    run = migrator("edit", *GIVEN, cwd=repo)
    assert (run.code, run.err) == (0, "")
    assert git(repo, "status", "--short").split() == ["M", FILE]
    assert "It is the thick mode of the chart" in " ".join(run.out.split())
    commit(repo, {})
    again = migrator("edit", *GIVEN, cwd=repo)
    assert (again.code, again.out.splitlines()[0]) == (0, "NOTHING TO CHANGE")
    assert git(repo, "status", "--short") == ""
    return run, list(yaml.safe_load_all((repo / FILE).read_text()))


def test_an_application_on_the_registry_of_its_chart(tmp_path: Path) -> None:
    values = textwrap.indent(VALUES.replace(f"{MIRROR}/", ""), "    ")
    values = values.replace("{memory: 128Mi}", '{memory: 512Mi, cpu: "2"}')
    run, (application,) = edited(repository(tmp_path, APPLICATION + values))
    found = application["spec"]["source"]["helm"]["valuesObject"]
    assert found["thickPlugin"] == {
        "enabled": True,
        "image": {"repository": "k8snetworkplumbingwg/multus-cni", "tag": "v4.2.4-thick"},
    }
    assert found["config"]["daemon_conf"]["globalNamespaces"] == "antennas"
    # null in a map may be lost where that is applied, so these limits stay, and are told
    assert found["pod"]["resources"]["multus"]["limits"] == {"memory": "512Mi", "cpu": "2"}
    assert "S09 containers[name=kube-multus].resources.limits" in " ".join(run.out.split())


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ("memory: 50Mi, cpu: 50m", {"memory": "256Mi", "cpu": "50m"}),
        ("memory: 128Mi, cpu: 20m", {"memory": "256Mi", "cpu": "50m"}),
    ],
    ids=["too little memory", "below what is requested"],
)
def test_limits_that_have_to_stay_are_raised_to_what_a_daemon_needs(
    limits: str, kept: dict[str, str], tmp_path: Path
) -> None:
    """All plugins run in the daemon: 50Mi, which thin mode has of upstream, end in an OOM loop."""
    values = VALUES.replace(f"{MIRROR}/", "").replace("memory: 128Mi", limits)
    _, (application,) = edited(repository(tmp_path, APPLICATION + textwrap.indent(values, "    ")))
    found = application["spec"]["source"]["helm"]["valuesObject"]["pod"]["resources"]["multus"]
    assert found["limits"] == kept


def test_a_helmchart_under_a_config_that_says_other_things(tmp_path: Path) -> None:
    repo = repository(tmp_path, CHART + VALUES.rstrip() + CONFIG)
    _, (chart, config) = edited(repo)
    assert yaml.safe_load(chart["spec"]["valuesContent"])["thickPlugin"]["enabled"] is True
    assert config == list(yaml.safe_load_all(CONFIG))[-1]


def test_a_config_that_says_the_contrary_stops_it(tmp_path: Path) -> None:
    text = CHART + VALUES.rstrip() + CONFIG.replace("tolerations: []", "thickPlugin: {enabled: no}")
    repo = repository(tmp_path, text)
    run = migrator("edit", *GIVEN, "-q", cwd=repo)
    assert run.code == 1
    assert "thickPlugin.enabled is said again in server/rke2-multus-config.yaml:" in run.err
    assert git(repo, "status", "--short") == ""


def test_a_config_with_too_little_memory_stops_it(tmp_path: Path) -> None:
    text = CHART + VALUES.rstrip() + CONFIG.replace("512Mi", "96Mi")
    repo = repository(tmp_path, text)
    run = migrator("edit", *GIVEN, "-q", cwd=repo)
    assert run.code == 1
    assert "pod.resources.multus.limits in server/rke2-multus-config.yaml:" in run.err
    assert "has the last word, and a daemon in which all plugins run needs more (P23)" in run.err
    assert git(repo, "status", "--short") == ""


def test_settings_that_thin_mode_did_not_read_are_told_as_they_go(tmp_path: Path) -> None:
    """Isolation that nobody had so far would part pods from their networks."""
    unread = "      daemon_conf: {namespaceIsolation: true, perNode: {x: 1}, logLevel: debug, logFile: /x.log}\n"
    text = (SAMPLE / FILE).read_text().replace("      cni_conf:\n", f"{unread}      cni_conf:\n")
    run, (config,) = edited(repository(tmp_path, text))
    assert (
        "config.daemon_conf loses namespaceIsolation, perNode and gets another logFile, since thin mode "
        "read nothing of that." in " ".join(run.out.split())
    )
    daemon = yaml.safe_load(config["spec"]["valuesContent"])["config"]["daemon_conf"]
    assert "namespaceIsolation" not in daemon
    assert daemon["logFile"] == "/var/log/multus.log"


def test_thick_mode_on_a_thin_image_gets_a_thick_one(tmp_path: Path) -> None:
    """A tag without -thick, from a bot that bumps tags: such an image has no multus-daemon."""
    repo = repository(tmp_path, (SAMPLE / FILE).read_text())
    edited(repo)
    (repo / FILE).write_text((repo / FILE).read_text().replace("v4.2.4-thick", "v4.2.4"))
    commit(repo, {})
    run = migrator("edit", *GIVEN, cwd=repo)
    assert (run.code, run.out.partition(":")[0]) == (0, "READY")
    changed = git(repo, "diff", "-U0").splitlines()
    assert [line.strip() for line in changed if line[:1] in "+-"][2:] == [
        "-        tag: v4.2.4",
        "+        tag: v4.2.4-thick",
    ]


def test_single_values_are_no_set_that_can_change(tmp_path: Path) -> None:
    single = (
        "      parameters: [{name: image.repository, value: k8snetworkplumbingwg/multus-cni}]\n"
    )
    head = APPLICATION.partition("      valuesObject:")[0]
    repo = repository(tmp_path, head + single)
    run = migrator("edit", *GIVEN, "-q", cwd=repo)
    assert run.code == 1
    assert "Application argocd/meta has no set of values of its own that could change" in run.err


def test_a_helmrelease_whose_values_stand_elsewhere_gets_its_own(tmp_path: Path) -> None:
    """The ConfigMap may be shared, and stays; what no value says is in post-renderers."""
    holder = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: meta, namespace: kube-system}\n"
    text = f"{holder}data:\n  values.yaml: |\n{VALUES.rstrip()}{VALUES_FROM}"
    repo = repository(tmp_path, text)
    run, (config_map, release) = edited(repo)
    assert config_map == next(iter(yaml.safe_load_all(text)))
    assert release["spec"]["values"]["thickPlugin"]["image"]["repository"].startswith(MIRROR)
    (renderer,) = release["spec"]["postRenderers"]
    assert "install_multus" in renderer["kustomize"]["patches"][1]["patch"]
    assert "it goes without" not in run.out
    chart = repo / "charts" / "rke2-multus" / "Chart.yaml"
    chart.write_text(chart.read_text().replace("v4.2.205", "v4.2.312"))
    commit(repo, {})
    later = migrator("plan", *GIVEN, "-o", "../out", "--no-verify", cwd=repo)
    assert later.out.startswith("NOTHING TO CHANGE"), "a chart that names its ConfigMap anew"
