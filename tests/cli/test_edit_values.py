"""``edit`` into the values of a chart: what real helm renders with them is what was planned."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.test_edit import NEW, commit, git, objects, refused
from tests.cli.test_edit_flux import planned, same
from tests.cli.tools import ROOT, Run, migrator, tree
from tests.gitops.repositories import template

pytestmark = [pytest.mark.kustomize, pytest.mark.helm]

GITOPS = ROOT / "samples" / "gitops"
GIVEN = (".", "--node-files", "nodes")
FLUX = "kubernetes/network/multus/app/helmrelease.yaml"
ARGO = "argocd/multus.yaml"
SHARED = "platform/multus/values.yaml"
THICK = "v4.2.4-thick"

Values = Callable[[Path], tuple[str, ...]]


def flux_values(repo: Path) -> tuple[str, ...]:
    return (
        yaml.safe_dump(yaml.load((repo / FLUX).read_text(), yaml.CSafeLoader)["spec"]["values"]),
    )


def argo_values(repo: Path) -> tuple[str, ...]:
    helm = yaml.load((repo / ARGO).read_text(), yaml.CSafeLoader)["spec"]["source"]["helm"]
    files = [(repo / name.lstrip("/")).read_text() for name in helm["valueFiles"]]
    own = yaml.safe_dump(helm["valuesObject"]) if "valuesObject" in helm else helm.get("values")
    return (*files, *([own] if own else []))


VALUES: dict[str, tuple[str, str, Values]] = {
    "flux-app-template": ("network", FLUX, flux_values),
    "argo-app-template": ("kube-system", ARGO, argo_values),
}
"""Layout -> namespace, the file that changes, and all values of its release."""


def repository(folder: Path, layout: str, *changes: tuple[str, str, str]) -> Path:
    """The sample as a repository, with ``changes``: (file, text, other text)."""
    shutil.copytree(GITOPS / layout, folder / "repo")
    repo = folder / "repo"
    for name, old, new in changes:
        text = (repo / name).read_text()
        assert text.count(old) == 1, (name, old)
        (repo / name).write_text(text.replace(old, new))
    return commit(repo, {})


@pytest.fixture
def flux(tmp_path: Path) -> Path:
    return repository(tmp_path, "flux-app-template")


@pytest.fixture
def argo(tmp_path: Path) -> Path:
    return repository(tmp_path, "argo-app-template")


def rendered_text(repo: Path, layout: str = "flux-app-template") -> str:
    """What helm prints for the release."""
    namespace, _, values = VALUES[layout]
    return template(repo / "charts" / "app-template", "multus", namespace, values(repo))


def rendered(repo: Path, layout: str) -> dict[Any, Any]:
    """The same as objects, with those beside it."""
    file, text = VALUES[layout][1], rendered_text(repo, layout)
    new = [path.read_text() for path in (repo / file).parent.glob(NEW)]
    return objects(text, *new)


def proved(repo: Path, layout: str, *arguments: str) -> Run:
    """The run that edits it: what is rendered then is what was planned, and all else is as it was."""
    before = {path: (repo / path).read_bytes() for path in git(repo, "ls-files").splitlines()}
    wanted = {
        key: value for key, value in planned(repo, *GIVEN).items() if key in _own(repo, layout)
    }
    run = migrator("edit", *GIVEN, *arguments, cwd=repo)
    assert (run.code, run.err.replace(_left_out(run), "")) == (0, "")
    assert "object by object" in " ".join(run.out.split())
    assert same(rendered(repo, layout), wanted)
    assert [line for line in _gone(repo) if not CHANGES.search(line)] == []
    done = tree(repo)
    commit(repo, {})
    again = migrator("edit", *GIVEN, cwd=repo)
    assert (again.code, again.out.splitlines()[0]) == (0, "NOTHING TO CHANGE")
    assert _files(tree(repo)) == _files(done)
    git(repo, "revert", "--no-edit", "HEAD")
    assert {p: (repo / p).read_bytes() for p in git(repo, "ls-files").splitlines()} == before
    git(repo, "reset", "--quiet", "--hard", "HEAD^")
    return run


def _own(repo: Path, layout: str) -> set[Any]:
    new = ("", "ConfigMap", VALUES[layout][0], "multus-daemon-config")
    return {*rendered(repo, layout), new}


def _left_out(run: Run) -> str:
    """The note on templates of the chart, which are no YAML."""
    return "".join(line for line in run.err.splitlines(True) if line.startswith("left out, "))


def _files(found: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in found.items() if not name.startswith(".git/")}


def _gone(repo: Path) -> list[str]:
    """Lines that are not there any more."""
    lines = git(repo, "diff", "--unified=0").splitlines()
    return [line[1:] for line in lines if line.startswith("-") and not line.startswith("---")]


CHANGES = re.compile(
    r"tag: v4\.|command: |args:|- .?--|# isolation|path: /host/opt/cni/bin|globalMounts:|multus: \*bin|plugins: \*bin"
    r"|verbs: |limits: |requests: |env: \{|hostPID: false|resources: \*small|/thin_|--type"
)
"""What of a line says that it has to change."""


@pytest.mark.parametrize("layout", VALUES)
def test_values_make_the_chart_render_what_was_planned(layout: str, tmp_path: Path) -> None:
    run = proved(repository(tmp_path, layout), layout)
    assert "These files hold the plan now in the values of the chart" in run.out


def test_nothing_else_than_the_release_changes(flux: Path) -> None:
    assert migrator("edit", *GIVEN, "-q", cwd=flux).code == 0
    folder = "kubernetes/network/multus/app"
    assert [line[3:] for line in git(flux, "status", "--short").splitlines()] == [
        f"{folder}/helmrelease.yaml",
        f"{folder}/kustomization.yaml",
        f"{folder}/{NEW}",
    ]
    text = (flux / FLUX).read_text()
    assert "postRenderers" not in text
    kept = (
        "  name: &app multus\n",
        "          identifier: *app\n",
        f"depName=ghcr.io/k8snetworkplumbingwg/multus-cni\n              tag: {THICK}\n",
        "            resources: *small\n",
        '            command: ["/usr/src/multus-cni/bin/multus-daemon"]\n',
        '              verbs: ["get", "list", "update", "watch"]\n',
    )
    assert [line for line in kept if line not in text] == []


def test_what_is_said_of_it_names_the_values(flux: Path) -> None:
    said = migrator("check", *GIVEN, cwd=flux).out
    assert (
        "edit writes the change into its values, or where these have no place for it into "
        "spec.postRenderers of it"
    ) in " ".join(said.split())


def test_an_application_with_such_a_chart_is_no_blocker(argo: Path) -> None:
    run = migrator("check", *GIVEN, cwd=argo)
    assert (run.code, run.out.partition(":")[0]) == (0, "READY")
    assert "edit writes the change into its values, and proves that" in " ".join(run.out.split())
    assert "BLOCKED" in migrator("check", *GIVEN, cwd=other_chart(argo)).out


def other_chart(repo: Path) -> Path:
    """The repository with a chart that has another name, and whose values nobody described."""
    chart = repo / "charts" / "app-template" / "Chart.yaml"
    chart.write_text(chart.read_text().replace("name: app-template", "name: ours"))
    return commit(repo, {})


def test_a_chart_that_is_not_known_is_patched_by_flux(flux: Path) -> None:
    run = migrator("edit", *GIVEN, cwd=other_chart(flux))
    assert run.code == 0
    assert "hold the plan now\n" in run.out
    assert "postRenderers" in (flux / FLUX).read_text()


def test_the_wave_of_an_application_is_told(argo: Path) -> None:
    said = " ".join(migrator("edit", *GIVEN, cwd=argo).out.split())
    assert "argocd/multus.yaml is in wave -5, and argocd/multus-daemon-config.yaml in 0" in said


def test_an_earlier_wave_of_the_config_map_is_kept(argo: Path) -> None:
    assert migrator("edit", *GIVEN, "-q", cwd=argo).code == 0
    new = argo / "argocd" / NEW
    text = new.read_text()
    wave = '  annotations:\n    argocd.argoproj.io/sync-wave: "-5"\n'
    new.write_text(text.replace("  labels:\n", f"{wave}  labels:\n"))
    commit(argo, {})
    assert migrator("edit", *GIVEN, cwd=argo).out.startswith("NOTHING TO CHANGE")


# ---- how values are written ----

ARGS = "            args:\n              - --multus-conf-file=auto\n"
SMALL = "            resources: *small\n"


BIN = "        globalMounts:\n          - path: /host/opt/cni/bin\n"
ODD: dict[str, tuple[str, str, str]] = {
    "env as a map": (
        SMALL,
        f"{SMALL}            env:\n              # ours\n              ZONE: a\n",
        "              # ours\n              ZONE: a\n              MULTUS_NODE_NAME:\n",
    ),
    "env as a list": (
        SMALL,
        f"{SMALL}            env:\n              - name: ZONE\n                value: a\n",
        "              - name: ZONE\n                value: a\n              - name: MULTUS_NODE_NAME\n",
    ),
    "env in braces": (
        SMALL,
        f"{SMALL}            env: {{ZONE: a}} # ours\n",
        "            env: {ZONE: a, MULTUS_NODE_NAME: {",
    ),
    "comment within args": (
        "              - --global-namespaces=network\n",
        "              # isolation\n              - --global-namespaces=network\n",
        "",
    ),
    "options of all pods": (
        "    persistence:\n",
        "    defaultPodOptions: {hostPID: false} # none needs it\n\n    persistence:\n",
        "    defaultPodOptions: {hostPID: true} # none needs it\n\n",
    ),
    "comment within rules": (
        '            - apiGroups: ["", "events.k8s.io"]\n',
        '            # of pods\n            - apiGroups: ["", "events.k8s.io"]\n',
        '            # of pods\n            - apiGroups: ["", "events.k8s.io"]\n',
    ),
    "mounts by an alias": (
        BIN,
        """\
        advancedMounts:
          multus:
            plugins: &bin
              # one folder for all
              - path: /host/opt/cni/bin
            multus: *bin
""",
        "            plugins: &bin\n              # one folder for all\n              - path: /host/opt/cni/bin\n",
    ),
    "mounts with an anchor": (
        BIN,
        """\
        advancedMounts:
          multus:
            multus: &bin
              - path: /host/opt/cni/bin # of the node
            plugins: *bin
""",
        "            plugins:\n              - path: /host/opt/cni/bin\n",
    ),
    "resources by an alias": (
        "                memory: 16Mi\n",
        "                memory: 50Mi # enough\n",
        "                memory: 50Mi # enough\n",
    ),
    "anchor on a command": (
        '            command: ["/thin_entrypoint"]\n',
        '            command: &entry ["/thin_entrypoint"]\n',
        '            command: &entry ["/usr/src/multus-cni/bin/multus-daemon"]\n',
    ),
}
"""What of the release stands otherwise, how, and what of that is there once it is edited."""


TOGETHER = (
    ("env as a map", "comment within args", "mounts by an alias", "anchor on a command"),
    ("env as a list", "options of all pods", "mounts with an anchor"),
    ("env in braces", "comment within rules", "resources by an alias"),
)
"""Each run of helm and kustomize costs more than what it looks at, so several are tried in one."""


@pytest.mark.parametrize("names", TOGETHER, ids=", ".join)
def test_odd_ways_to_write_values(names: tuple[str, ...], tmp_path: Path) -> None:
    odd = [ODD[name] for name in names]
    changes = [(FLUX, old, new) for old, new, _ in odd]
    repo = repository(tmp_path, "flux-app-template", *changes)
    proved(repo, "flux-app-template")
    text = (repo / FLUX).read_text()
    assert [kept for _, _, kept in odd if kept not in text] == []


def test_each_odd_way_is_tried() -> None:
    assert sorted(name for names in TOGETHER for name in names) == sorted(ODD)


def test_an_image_that_two_containers_share_by_an_anchor(argo: Path) -> None:
    """Both are of one image, and both change. All values stand in the file."""
    repo = alone(argo)
    proved(repo, "argo-app-template")
    text = (repo / SHARED).read_text()
    assert (
        "        image: &image\n          repository: ghcr.io/k8snetworkplumbingwg/multus-cni\n"
        f"          tag: {THICK} # renovate: keep with the one of the nodes' image\n"
    ) in text
    assert "        image: *image\n" in text
    assert "        securityContext: *privileged\n" in text


def test_line_ends_of_windows(tmp_path: Path) -> None:
    repo = repository(tmp_path, "flux-app-template")
    path = repo / FLUX
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    commit(repo, {".gitattributes": "* -text\n"})
    proved(repo, "flux-app-template")
    data = path.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")


def as_text(repo: Path) -> str:
    """The Application with its values as a text."""
    text = (repo / ARGO).read_text()
    head, own = text.split("      valuesObject:\n")
    own, tail = own.split("  syncPolicy:\n")
    lines = own.replace(
        "        resources:\n", "        resources:\n                # less than others\n"
    )
    return f"{head}      values: |\n{lines}  syncPolicy:\n{tail}"


def test_values_that_are_a_text(argo: Path) -> None:
    path = argo / ARGO
    path.write_text(
        as_text(argo).replace(
            "                # less than others\n", "                  # less than others\n"
        )
    )
    commit(argo, {})
    proved(argo, "argo-app-template")
    text = path.read_text()
    assert "      values: |\n        controllers:\n" in text
    assert "                  # less than others\n" in text


# ---- whose values they are ----


def alone(repo: Path) -> Path:
    """Without values of its own: all stand in the file."""
    path = repo / ARGO
    head, _, rest = path.read_text().partition("      # what differs")
    path.write_text(head + "  syncPolicy" + rest.partition("  syncPolicy")[2])
    return commit(repo, {})


OTHER = """\
apiVersion: argoproj.io/v1alpha1
kind: {kind}
metadata: {{name: {name}, namespace: argocd}}
spec:
  source:
    repoURL: https://git.example/other.git
    path: charts/app-template
    helm: {{valueFiles: [{file}]}}
"""


def others(*files: tuple[str, str, str]) -> dict[str, str]:
    """A file for each (name, kind, file of values) of another cluster."""
    return {
        f"clusters/{name}.yaml": OTHER.format(name=name, kind=kind, file=file)
        for name, kind, file in files
    }


READERS = (
    ("path", "Application", "/platform/multus/values.yaml"),
    ("relative", "Application", "../../platform/multus/values.yaml"),
    ("of-another-source", "Application", "$values/platform/multus/values.yaml"),
    ("generated", "ApplicationSet", "'/platform/{{name}}/values.yaml'"),
    ("name-generated", "ApplicationSet", "'$values/platform/multus/{{.file}}.yaml'"),
    ("all-generated", "ApplicationSet", "'{{values}}'"),
)


def test_a_file_of_values_of_other_clusters_is_left_alone(argo: Path) -> None:
    commit(alone(argo), others(*READERS))
    before = tree(argo)
    run = migrator("edit", "argocd", "--node-files", "nodes", cwd=argo)
    said = refused(run, argo, before)
    for name, kind, _ in READERS:
        assert f"clusters/{name}.yaml: {kind} argocd/{name} takes values from {SHARED}" in said
    assert said.count("write the values into Application argocd/multus itself") == len(READERS)


def test_other_files_of_that_name_are_others(argo: Path) -> None:
    files = ("/platform/other/values.yaml", "/values.yaml")
    commit(alone(argo), others(*((f"n{n}", "Application", file) for n, file in enumerate(files))))
    run = migrator("edit", "argocd", "--node-files", "nodes", cwd=argo)
    assert run.code == 0, run.err
    assert f" M {SHARED}\n" in git(argo, "status", "--short")


def test_a_release_of_the_same_name_is_another_cluster_s(argo: Path) -> None:
    twin = (alone(argo) / ARGO).read_text()
    commit(argo, {"clusters/other/multus.yaml": twin})
    before = tree(argo)
    run = migrator("edit", "argocd", "--node-files", "nodes", cwd=argo)
    said = refused(run, argo, before)
    assert (
        f"clusters/other/multus.yaml: Application argocd/multus takes values from {SHARED}" in said
    )


def test_the_defaults_of_a_chart_are_everybody_s(argo: Path) -> None:
    defaults = argo / "charts/app-template/values.yaml"
    own = [yaml.safe_load(file.read_text()) for file in (defaults, argo / SHARED)]
    defaults.write_text(yaml.safe_dump(own[0] | own[1]))
    path = alone(argo) / ARGO
    path.write_text(path.read_text().replace("- /platform/multus/values.yaml", "- values.yaml"))
    commit(argo, {})
    before = tree(argo)
    said = refused(migrator("edit", *GIVEN, cwd=argo), argo, before)
    assert "charts/app-template/values.yaml: whoever installs this chart has its defaults" in said


def test_single_values_have_the_last_word(argo: Path) -> None:
    path = argo / ARGO
    parameter = (
        "      parameters:\n        - name: controllers.multus.containers.multus.image.tag\n"
        "          value: v4.1.4\n"
    )
    path.write_text(
        path.read_text().replace("      # what differs", f"{parameter}      # what differs")
    )
    commit(argo, {})
    before = tree(argo)
    said = refused(migrator("edit", *GIVEN, cwd=argo), argo, before)
    assert (
        "controllers.multus.containers.multus.image.tag is said again in argocd/multus.yaml:"
        in said
    )


def test_values_of_a_config_map_alone_are_patched(flux: Path) -> None:
    path = flux / FLUX
    head, values = path.read_text().split("  values:\n")
    path.write_text(f"{head}  valuesFrom:\n    - kind: ConfigMap\n      name: multus-values\n")
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "multus-values", "namespace": "network"},
        "data": {"values.yaml": re.sub("^    ", "", values.replace("*app", "multus"), flags=re.M)},
    }
    folder = path.parent
    (folder / "values.yaml").write_text(json.dumps(config))
    listing = folder / "kustomization.yaml"
    listing.write_text(listing.read_text() + "  - ./values.yaml\n")
    commit(flux, {})
    run = migrator("edit", *GIVEN, cwd=flux)
    assert run.code == 0
    said = " ".join(run.out.split())
    assert "Not in the values of the chart: " in said
    assert "stands in no values of HelmRelease multus but at" in said
    assert "postRenderers" in path.read_text()


def test_what_values_cannot_say_is_patched(tmp_path: Path) -> None:
    """A volume that other pods of the same release mount, too."""
    other = """\
      exporter:
        containers:
          exporter:
            image: {repository: registry.example/exporter, tag: 1.0.0}

    persistence:
"""
    repo = repository(tmp_path, "flux-app-template", (FLUX, "\n    persistence:\n", other))
    run = migrator("edit", *GIVEN, cwd=repo)
    assert run.code == 0, run.err
    said = " ".join(run.out.split())
    assert "Not in the values of the chart: " in said
    assert "the values have the volume opt-cni-bin for other pods, too" in said
    assert "postRenderers" in (repo / FLUX).read_text()


CHART = """\
# Multus, by k3s
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata: {name: multus, namespace: kube-system}
spec:
  chart: app-template
  targetNamespace: network
  valuesContent: |-
"""


def test_a_chart_of_k3s(flux: Path) -> None:
    path = flux / FLUX
    values = path.read_text().split("  values:\n")[1].replace("*app", "multus")
    path.unlink()
    listing = path.parent / "kustomization.yaml"
    listing.write_text(listing.read_text().replace("./helmrelease.yaml", "./chart.yaml"))
    chart = path.parent / "chart.yaml"
    chart.write_text(CHART + values)
    commit(flux, {})
    wanted = {
        k: v for k, v in planned(flux, *GIVEN).items() if k[1] in ("DaemonSet", "ClusterRole")
    }
    run = migrator("edit", *GIVEN, cwd=flux)
    assert run.code == 0, run.err
    text = chart.read_text()
    assert text.startswith(CHART)
    assert "              # renovate: datasource=docker depName=ghcr.io/k8s" in text
    content = yaml.safe_load(text)["spec"]["valuesContent"]
    found = objects(template(flux / "charts" / "app-template", "multus", "network", (content,)))
    assert same({key: found[key] for key in wanted}, wanted)
    commit(flux, {})
    assert migrator("edit", *GIVEN, cwd=flux).out.startswith("NOTHING TO CHANGE")


def test_a_packed_chart_that_is_named_by_its_path(flux: Path) -> None:
    folder = flux / "charts/app-template"
    with tarfile.open(flux / "charts/app-template-4.1.1.tgz", "w:gz") as packed:
        packed.add(folder, "app-template")
    shutil.rmtree(folder)
    path = flux / FLUX
    path.write_text(path.read_text().replace("app-template\n", "app-template-4.1.1.tgz\n", 1))
    commit(flux, {})
    run = migrator("edit", *GIVEN, cwd=flux)
    assert run.code == 0, run.err
    assert "These files hold the plan now in the values of the chart" in run.out
    assert "postRenderers" not in path.read_text()


WEB = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
    "data: {a: {{ .Values.multus }}}\n",
}
WEB_SOURCE = """\
    - repoURL: https://git.example/observatory/platform.git
      path: charts/web
      helm: {releaseName: web, valuesObject: {multus: 1.2.3}}
"""


def test_an_application_of_two_charts(argo: Path) -> None:
    """The values that change are those of the chart of Multus, and what the other makes stays."""
    path = argo / ARGO
    head, _, rest = path.read_text().partition("  source:\n")
    source, _, tail = rest.partition("  syncPolicy:")
    item = textwrap.indent(source, "  ").replace("      repoURL", "    - repoURL", 1)
    path.write_text(f"{head}  sources:\n{item}{WEB_SOURCE}  syncPolicy:{tail}")
    commit(argo, WEB)
    run = migrator("edit", *GIVEN, cwd=argo)
    assert run.code == 0, run.err
    assert "These files hold the plan now in the values of the chart" in run.out
    sources = yaml.safe_load(path.read_text())["spec"]["sources"]
    assert THICK in json.dumps(sources[0]["helm"]["valuesObject"])
    assert [sources[1]] == yaml.safe_load(WEB_SOURCE)
    commit(argo, {})
    assert migrator("edit", *GIVEN, cwd=argo).out.startswith("NOTHING TO CHANGE")


# ---- what is refused, and who is told what ----

CHART_OF_GIT = """\
  chart:
    spec:
      chart: ./charts/app-template
      sourceRef:
        kind: GitRepository
        name: lantern
        namespace: flux-system
"""
OF_A_REGISTRY = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: app-template, namespace: flux-system}
spec:
  interval: 1h
  url: oci://registry.example/charts/app-template
  ref: {tag: 4.1.1}
"""
PULL = "helm pull {} --untar --untardir charts, at the root of the repository"
NAMED = "oci://registry.example/charts/app-template --version 4.1.1"


def test_a_chart_in_a_folder_of_git_is_in_no_repository_of_charts(flux: Path) -> None:
    """The address of the source was taken for that of a repository of charts, and helm asked it."""
    shutil.rmtree(flux / "charts")
    commit(flux, {})
    for options in ((), ("--fetch",)):
        run = migrator("check", *GIVEN, *options, cwd=flux)
        said = " ".join(run.out.split())
        assert "give --fetch" not in said
        assert "helm pull" not in said + run.err
        assert " --repo " not in said


def test_a_chart_of_a_registry_is_pulled_first(flux: Path) -> None:
    path = flux / FLUX
    reference = "  chartRef: {kind: OCIRepository, name: app-template, namespace: flux-system}\n"
    path.write_text(path.read_text().replace(CHART_OF_GIT, reference))
    assert reference in path.read_text()
    shutil.move(flux / "charts", flux.parent / "pulled")
    commit(flux, {"clusters/lantern/charts.yaml": OF_A_REGISTRY})
    said = " ".join(migrator("check", *GIVEN, cwd=flux).out.split())
    assert f"edit write all of it into the values: {PULL.format('CHART')}" in said
    source = flux / "clusters/lantern/charts.yaml"
    source.write_text(f"# the chart of multus\n{source.read_text()}")
    said = " ".join(migrator("check", *GIVEN, cwd=commit(flux, {})).out.split())
    fetch = "give --fetch, which has helm download it; or"
    assert f"edit write all of it into the values: {fetch} {PULL.format(NAMED)}" in said
    assert said.count("--fetch") == 1
    shutil.move(flux.parent / "pulled", flux / "charts")
    run = migrator("edit", *GIVEN, cwd=flux)
    assert run.code == 0, run.err
    assert "These files hold the plan now in the values of the chart" in run.out
    assert "?? charts/" in git(flux, "status", "--short"), "it need not be committed"


def test_of_what_was_rendered_elsewhere_the_values_wait_for_the_chart(flux: Path) -> None:
    """It is patched, and what would have it in the values is said."""
    (flux.parent / "render.yaml").write_text(rendered_text(flux))
    shutil.rmtree(flux / "charts")
    commit(flux, {"kubernetes/source.yaml": f"# of multus\n{OF_A_REGISTRY}"})
    given = ("--rendered", f"multus={flux.parent / 'render.yaml'}", "--check")
    said = " ".join(migrator("edit", *GIVEN, *given, cwd=flux).out.split())
    assert "Not in the values of the chart: only what app-template renders was given" in said
    assert "multus-migrator edit ., with the chart at ./charts/app-template, writes them" in said
    path = flux / FLUX
    reference = "  chartRef: {kind: OCIRepository, name: app-template, namespace: flux-system}\n"
    path.write_text(path.read_text().replace(CHART_OF_GIT, reference))
    commit(flux, {})
    said = " ".join(migrator("edit", *GIVEN, *given, cwd=flux).out.split())
    assert "multus-migrator edit . --fetch writes them without --rendered" in said


@pytest.mark.parametrize(("name", "said"), [("multus", "P54"), ("multus-{{name}}", "NOT SEEN")])
def test_an_application_set_is_no_application(argo: Path, name: str, said: str) -> None:
    """What it says goes to every cluster that it generates; the plan is of one."""
    path = argo / ARGO
    head, spec = path.read_text().split("spec:\n", 1)
    generated = "".join(f"    {line}" for line in spec.splitlines(keepends=True))
    path.write_text(
        head.replace("kind: Application", "kind: ApplicationSet")
        + "spec:\n  generators: [{list: {elements: [{name: a}, {name: b}]}}]\n"
        + f"  template:\n    metadata: {{name: '{name}'}}\n    spec:\n{generated}"
    )
    commit(argo, {})
    before = tree(argo)
    run = migrator("edit", *GIVEN, cwd=argo)
    assert run.code == 4
    assert said in run.out
    assert tree(argo) == before


PATCHED = """\
resources: [../../kubernetes/network/multus/app]
patches:
- patch: |
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {name: multus}
    spec: {values: {controllers: {multus: {pod: {terminationGracePeriodSeconds: 60}}}}}
"""


def test_values_that_a_root_makes_are_not_put_into_its_base(flux: Path) -> None:
    (flux / "kubernetes/network/multus/ks.yaml").unlink()
    listing = flux / "kubernetes" / "kustomization.yaml"
    listing.write_text(listing.read_text().replace("  - network/multus/ks.yaml\n", ""))
    commit(flux, {"clusters/a/kustomization.yaml": PATCHED})
    run = migrator("edit", "clusters/a", "--node-files", "nodes", cwd=flux)
    assert run.code == 0, run.err
    said = " ".join(run.out.split())
    assert "the values of HelmRelease multus are others in its file than once that is built" in said
    assert "terminationGracePeriodSeconds" not in (flux / FLUX).read_text()
    assert "postRenderers" in (flux / FLUX).read_text()


def test_a_single_value_of_flux_keeps_the_last_word(tmp_path: Path) -> None:
    """targetPath is laid over the inline values, where a change of these would be lost."""
    single = "{kind: ConfigMap, name: own, valuesKey: tag, targetPath: %s}"
    path = "controllers.multus.containers.multus.image.tag"
    taken = (FLUX, "  values:\n", f"  valuesFrom: [{single % path}]\n  values:\n")
    repo = repository(tmp_path, "flux-app-template", taken)
    holder = "{apiVersion: v1, kind: ConfigMap, metadata: {name: own}, data: {tag: v4.1.0}}\n"
    commit(repo, {f"{Path(FLUX).parent}/own.yaml": holder})
    run = migrator("edit", *GIVEN, cwd=repo)
    assert run.code == 0, run.err
    said = " ".join(run.out.split())
    assert f"{path} is said again in {FLUX}:" in said
    assert "postRenderers" in (repo / FLUX).read_text()


def test_a_policy_for_the_image_keeps_its_line(tmp_path: Path) -> None:
    marked = '              tag: v4.2.2 # {"$imagepolicy": "flux-system:multus:tag"}\n'
    repo = repository(tmp_path, "flux-app-template", (FLUX, "              tag: v4.2.2\n", marked))
    run = migrator("edit", *GIVEN, cwd=repo)
    assert run.code == 0, run.err
    assert "Flux sets the value of this line by an ImagePolicy" in " ".join(run.out.split())
    assert marked in (repo / FLUX).read_text()


def test_two_releases_of_one_file_keep_apart(flux: Path) -> None:
    """One for each architecture: each is changed where it stands."""
    path = flux / FLUX
    host = "          hostNetwork: true\n"
    text = path.read_text()
    texts = [
        text.replace(host, f"{host}          nodeSelector: {{kubernetes.io/arch: {arch}}}\n")
        for arch in ("amd64", "arm64")
    ]
    texts[1] = texts[1].replace("&app multus", "&app multus-arm")
    path.write_text("".join(texts))
    commit(flux, {})
    run = migrator("edit", *GIVEN, cwd=flux)
    assert run.code == 0, run.err
    assert "These files hold the plan now in the values of the chart" in run.out
    one, two = (part for part in path.read_text().split("---\n") if part)
    for part, arch in ((one, "amd64"), (two, "arm64")):
        assert f"kubernetes.io/arch: {arch}" in part
        assert part.count("v4.2.4-thick") == 2
    commit(flux, {})
    assert migrator("edit", *GIVEN, cwd=flux).out.startswith("NOTHING TO CHANGE")
