"""``edit`` into a Flux HelmRelease: what its chart renders is patched by ``postRenderers``.

helm renders a chart that stands here, and what Flux would apply is made here again: helm's output,
and over it a kustomize build for each post-renderer.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.tools.helm import find_helm
from migrator.tools.kustomize import builder, find_tool
from migrator.trees.paths import diff_paths
from tests.cli.test_contract import INSTALL
from tests.cli.test_edit import NEW, commit, git, objects, refused
from tests.cli.tools import migrator, tree

pytestmark = [pytest.mark.kustomize, pytest.mark.helm]

IMAGE = "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.4"
RELEASE = """\
# Multus, by its chart.
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: multus, namespace: kube-system}
spec:
  interval: 1h
  chart:
    spec: {chart: ./charts/multus, sourceRef: {kind: GitRepository, name: flux-system}}
  values:
    # renovate: datasource=docker
    tag: v4.1.4  # thin
"""
LISTED = "resources:\n- release.yaml  # the chart\n"
RENDER = "render.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    template = INSTALL.replace(IMAGE, "ghcr.io/k8snetworkplumbingwg/multus-cni:{{ .Values.tag }}")
    assert template != INSTALL
    return commit(
        tmp_path / "repo",
        {
            "apps/kustomization.yaml": LISTED,
            "apps/release.yaml": RELEASE,
            "charts/multus/Chart.yaml": "apiVersion: v2\nname: multus\nversion: 0.1.0\n",
            "charts/multus/templates/all.yaml": template,
            "charts/multus/values.yaml": "tag: v4.1.0\n",
        },
    )


def rendered(repo: Path, release: str = "apps/release.yaml") -> str:
    """What helm prints for the release."""
    helm = find_helm()
    assert helm is not None
    values = yaml.safe_load((repo / release).read_text())["spec"].get("values", {})
    (repo.parent / "values.yaml").write_text(json.dumps(values))
    command = [helm.path, "template", "multus", str(repo / "charts/multus")]
    command += ["--namespace", "kube-system", "-f", str(repo.parent / "values.yaml")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def post_rendered(release: Any, text: str, place: Path) -> str:
    """``text`` after each post-renderer of the release, which is built in a folder of ``place``."""
    tool = find_tool()
    assert tool is not None
    for entry in release["spec"].get("postRenderers", []):
        folder = Path(tempfile.mkdtemp(dir=place))
        (folder / "all.yaml").write_text(text)
        root = {"resources": ["all.yaml"], **entry["kustomize"]}
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(root))
        text = builder(tool)(folder)
    return text


def applied(repo: Path, text: str, release: str = "apps/release.yaml") -> dict[Any, Any]:
    """What Flux applies: ``text`` with the post-renderers of the release, and the files beside it."""
    data = yaml.safe_load((repo / release).read_text())
    text = post_rendered(data, text, repo.parent)
    new = [path.read_text() for path in (repo / release).parent.glob(NEW)]
    return objects(text, *new)


def planned(repo: Path, *arguments: str) -> dict[Any, Any]:
    """What the overlay builds, and of the install what it leaves alone."""
    out = repo.parent / "out"
    run = migrator("plan", *arguments, "-o", str(out), "--no-verify", "-q", cwd=repo)
    assert (run.code, run.err) == (0, "")
    tool = find_tool()
    assert tool is not None
    return objects(builder(tool)(out))


def same(found: dict[Any, Any], wanted: dict[Any, Any]) -> bool:
    assert found.keys() == wanted.keys()
    assert [diff_paths(found[key], wanted[key]) for key in wanted] == [[]] * len(wanted)
    return True


@pytest.mark.parametrize("given", ["apps", "."])
def test_a_release_becomes_what_was_planned(repo: Path, given: str) -> None:
    wanted = planned(repo, given)
    run = migrator("edit", given, cwd=repo)
    assert (run.code, run.err) == (0, "")
    assert "object by object" in " ".join(run.out.split())
    assert same(applied(repo, rendered(repo)), wanted)
    text = (repo / "apps/release.yaml").read_text()
    assert text.startswith(RELEASE + "  postRenderers:\n"), "nothing else of it changes"
    assert (repo / "apps/kustomization.yaml").read_text() == f"{LISTED}- {NEW}\n"
    changed = [line[3:] for line in git(repo, "status", "--short").splitlines()]
    assert changed == ["apps/kustomization.yaml", "apps/release.yaml", f"apps/{NEW}"]


def test_a_release_that_was_given_by_itself(repo: Path) -> None:
    """What a root lists is applied with it, so that is what has to be given."""
    before = tree(repo)
    said = refused(migrator("edit", "apps/release.yaml", cwd=repo), repo, before)
    assert "apps: it builds a file that changes, and would change too; give it as the INPUT" in said
    git(repo, "rm", "-q", "apps/kustomization.yaml")
    git(repo, "commit", "-qm", "no root")
    wanted = planned(repo, "apps/release.yaml")
    run = migrator("edit", "apps/release.yaml", cwd=repo)
    assert (run.code, run.err) == (0, "")
    release, new = (repo / "apps/release.yaml").read_text().split("---\n")
    (repo / "apps/release.yaml").write_text(release)
    (repo / "apps" / NEW).write_text(new)
    assert same(applied(repo, rendered(repo)), wanted)


@pytest.mark.parametrize("given", [".", "apps/own"])
def test_a_kustomization_further_up_lists_the_new_file(repo: Path, given: str) -> None:
    """Else nobody would apply the ConfigMap, and the proof of a folder would not notice."""
    git(repo, "rm", "-q", "--cached", "-r", "apps")
    (repo / "apps/own").mkdir()
    (repo / "apps/release.yaml").rename(repo / "apps/own/release.yaml")
    commit(repo, {"apps/kustomization.yaml": "resources: [own/release.yaml]\n"})
    run = migrator("edit", given, cwd=repo)
    assert (run.code, run.err) == ((0, "") if given == "." else (1, run.err))
    if given == ".":
        listed = (repo / "apps/kustomization.yaml").read_text()
        assert listed == f"resources: [own/release.yaml, own/{NEW}]\n"
    else:
        assert "apps: it builds a file that changes, and would change too" in run.err


def test_it_is_done_once_and_git_takes_it_back(repo: Path) -> None:
    before = tree(repo / "apps")
    assert migrator("edit", "apps", "-q", cwd=repo).code == 0
    done = tree(repo / "apps")
    commit(repo, {})
    again = migrator("edit", "apps", cwd=repo)
    assert again.code == 0
    assert again.out.startswith("NOTHING TO CHANGE")
    assert tree(repo / "apps") == done
    assert migrator("edit", "apps", "--check", "-q", cwd=repo).code == 0
    git(repo, "revert", "--no-edit", "HEAD")
    assert tree(repo / "apps") == before


def test_post_renderers_of_the_user_run_first_and_stay(repo: Path) -> None:
    own = (
        "  postRenderers:\n  - kustomize:\n      images:  # the mirror\n      - name: "
        "ghcr.io/k8snetworkplumbingwg/multus-cni\n        newName: "
        "mirror.example/k8snetworkplumbingwg/multus-cni\n"
    )
    commit(repo, {"apps/release.yaml": RELEASE + own})
    wanted = planned(repo, "apps")
    run = migrator("edit", "apps", cwd=repo)
    assert (run.code, run.err) == (0, "")
    assert (repo / "apps/release.yaml").read_text().startswith(f"{RELEASE}{own}  - kustomize:\n")
    made = applied(repo, rendered(repo))
    assert same(made, wanted)
    assert "mirror.example/k8snetworkplumbingwg/multus-cni:v4.2.4-thick" in str(made)


def test_another_tag_of_the_chart_is_no_drift_and_another_mount_is(repo: Path) -> None:
    """A committed patch has no guard on images: an update of the chart must not stop everything."""
    assert migrator("edit", "apps", "-q", cwd=repo).code == 0
    text = rendered(repo)
    made = applied(repo, text.replace("v4.1.4", "v4.1.3"))
    assert "v4.1.3" not in str(made)
    with pytest.raises(Exception, match="test"):
        applied(repo, text.replace("/host/opt/cni/bin", "/host/bin"))


def test_a_chart_that_is_not_here_is_given_as_it_was_rendered(repo: Path) -> None:
    text = rendered(repo)
    (repo.parent / RENDER).write_text(text)
    git(repo, "rm", "-rq", "charts")
    git(repo, "commit", "-qm", "the chart is a registry's")
    blocked = migrator("edit", "apps", cwd=repo)
    assert blocked.code == 4
    assert "--rendered multus=RENDER" in blocked.out.replace("\n       ", " ")
    given = ("apps", "--rendered", f"multus={repo.parent / RENDER}")
    wanted = planned(repo, *given)
    run = migrator("edit", *given, cwd=repo)
    assert (run.code, run.err) == (0, "")
    assert same(applied(repo, text), wanted)
    commit(repo, {})
    assert migrator("edit", *given, cwd=repo).out.startswith("NOTHING TO CHANGE")
    piped = migrator("plan", "apps", "--rendered", "multus=-", cwd=repo, stdin=text.encode())
    assert piped.out.startswith("NOTHING TO CHANGE")


def test_what_was_given_on_standard_input_cannot_be_edited(repo: Path) -> None:
    before = tree(repo)
    run = migrator(
        "edit", "apps", "--rendered", "multus=-", cwd=repo, stdin=rendered(repo).encode()
    )
    assert "standard input cannot be edited" in refused(run, repo, before)


def test_another_cluster_over_the_same_release_is_told_and_nothing_written(repo: Path) -> None:
    for name in "abcde":
        commit(repo, {f"clusters/{name}/kustomization.yaml": "resources: [../../apps]\n"})
    before = tree(repo)
    said = refused(migrator("edit", "clusters/a", cwd=repo), repo, before)
    assert "clusters/b: it builds a file that changes, and would change too" in said
    assert "clusters/e" in said


ARGO = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: multus, namespace: argocd}
spec:
  destination: {namespace: kube-system}
  source: {repoURL: https://git.example/fleet, path: charts/multus, helm: {values: "tag: v4.1.4"}}
"""
K3S = """\
apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata: {name: multus, namespace: kube-system}
spec:
  chart: multus
  valuesContent: |
    tag: v4.1.4
"""


@pytest.mark.parametrize("release", [ARGO, K3S], ids=["argo", "k3s"])
def test_a_release_without_post_renderers_is_blocked(repo: Path, release: str) -> None:
    commit(repo, {"apps/release.yaml": release})
    before = tree(repo)
    run = migrator("edit", "apps", cwd=repo)
    assert run.code == 4
    assert "P54" in run.out
    assert tree(repo) == before


def _text(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _text(each)
    elif isinstance(value, list):
        for each in value:
            yield from _text(each)


def test_patches_in_a_release_name_no_place_of_a_render(repo: Path) -> None:
    """What helm prints is no file of the user's, and its lines move with each update."""
    migrator("edit", "apps", "-q", cwd=repo)
    data = yaml.safe_load((repo / "apps/release.yaml").read_text())
    texts = list(_text(data["spec"]["postRenderers"]))
    assert any("S04" in text for text in texts)
    assert not any("(rendered)" in text for text in texts)


def test_networks_beside_the_release_are_written_in_the_same_edit(repo: Path) -> None:
    network = (
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
        "metadata: {name: lan, namespace: apps}\n"
    )
    conf = '{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "master": "eth1"}'
    etc = "nodes/n1/etc/cni"
    commit(
        repo,
        {
            "apps/release.yaml": f"{RELEASE}---\n{network}",
            "apps/kustomization.yaml": LISTED,
            f"{etc}/multus/net.d/10-lan.conf": conf,
            f"{etc}/net.d/10-x.conf": '{"cniVersion": "0.3.1", "name": "k8s", "type": "calico"}',
        },
    )
    run = migrator("edit", "apps", "--node-files", "nodes", "--nad-config", "explicit", cwd=repo)
    assert (run.code, run.err) == (0, ""), run.out
    release, nad = yaml.safe_load_all((repo / "apps/release.yaml").read_text())
    assert json.loads(nad["spec"]["config"]) == json.loads(conf)
    assert release["spec"]["postRenderers"]


APPLIED = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, targetNamespace: NAMESPACE}
"""


@pytest.mark.parametrize("given", [("apps",), ("apps", "flux/apps.yaml")], ids=["root", "both"])
@pytest.mark.parametrize("rooted", [True, False])
def test_a_config_map_that_flux_would_put_elsewhere(
    repo: Path, given: tuple[str, ...], rooted: bool
) -> None:
    """helm puts the DaemonSet where the release says, whatever Flux does to the files beside it."""
    if not rooted:
        git(repo, "rm", "-q", "apps/kustomization.yaml")
    commit(repo, {"flux/apps.yaml": APPLIED.replace("NAMESPACE", "flux-system")})
    release = RELEASE.replace("kube-system}", "flux-system}").replace(
        "spec:\n", "spec:\n  targetNamespace: kube-system\n", 1
    )
    commit(repo, {"apps/release.yaml": release})
    before = tree(repo)
    said = refused(migrator("edit", *given, cwd=repo), repo, before)
    assert "flux/apps.yaml:1: Kustomization flux-system/apps puts all that it applies into" in said
    commit(repo, {"flux/apps.yaml": APPLIED.replace("NAMESPACE", "kube-system")})
    commit(repo, {"apps/release.yaml": RELEASE})
    assert migrator("edit", *given, "--check", "-q", cwd=repo).code == 2


def test_a_render_that_lies_among_the_inputs_is_that_in_the_copy_too(repo: Path) -> None:
    git(repo, "rm", "-q", "apps/kustomization.yaml")
    commit(repo, {"apps/render.yaml": rendered(repo)})
    run = migrator("edit", "apps", "--rendered", "multus=apps/render.yaml", cwd=repo)
    assert (run.code, run.err) == (0, "")


def test_two_releases_in_one_file_are_told_apart(repo: Path) -> None:
    """The second made no Multus, and is left as it is."""
    second = RELEASE.replace("name: multus,", "name: web,").replace("charts/multus", "charts/web")
    commit(
        repo,
        {
            "apps/release.yaml": f"{RELEASE}---\n{second}",
            "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
            "charts/web/templates/web.yaml": "apiVersion: v1\nkind: ConfigMap\n"
            "metadata: {name: web, labels: {by: multus}}\n",
        },
    )
    run = migrator("edit", "apps", cwd=repo)
    assert (run.code, run.err) == (0, "")
    assert (repo / "apps/release.yaml").read_text().endswith(f"---\n{second}")


@pytest.mark.parametrize("value", ["--additional-bin-dir=/opt/${DIR}/bin", "--log=$${DIR}"])
def test_variables_of_a_chart_are_not_for_flux(repo: Path, value: str) -> None:
    """postBuild fills in the release, patches and all, and never what its chart makes."""
    chart = repo / "charts/multus/templates/all.yaml"
    text = chart.read_text().replace("'--cni-version=0.3.1'", f"'--cni-version=0.3.1', '{value}'")
    commit(repo, {"charts/multus/templates/all.yaml": text})
    wanted = planned(repo, "apps")
    run = migrator("edit", "apps", cwd=repo)
    assert (run.code, run.err) == (0, "")
    for path in (repo / "apps").iterdir():
        assert "${" not in path.read_text()
    assert same(applied(repo, rendered(repo)), wanted)


def test_variables_of_the_release_are_for_flux(repo: Path) -> None:
    """It fills them in where they are in the values, and in the guard of what is made of them."""
    text = RELEASE.replace("tag: v4.1.4", "dir: ${DIR}\n    tag: v4.1.4")
    chart = repo / "charts/multus/templates/all.yaml"
    flag = "'--additional-bin-dir=/opt/{{ .Values.dir }}'"
    made = chart.read_text().replace("'--cni-version=0.3.1'", f"'--cni-version=0.3.1', {flag}")
    commit(repo, {"charts/multus/templates/all.yaml": made, "apps/release.yaml": text})
    run = migrator("edit", "apps", "-q", cwd=repo)
    assert run.code == 0, run.err
    for path in (repo / "apps").iterdir():
        path.write_text(path.read_text().replace("${DIR}", "own"))
    assert "'/opt/cni/bin:/opt/own'" in str(applied(repo, rendered(repo)))


def test_a_hook_that_was_rendered_is_not_patched(repo: Path) -> None:
    """No post-renderer sees one: Flux would find nothing to patch, and fail."""
    chart = repo / "charts/multus/templates/all.yaml"
    hook = "metadata: {name: multus, annotations: {x: y}}\nrules"
    text = chart.read_text().replace("metadata: {name: multus}\nrules", hook)
    assert hook in text
    commit(repo, {"charts/multus/templates/all.yaml": text})
    made = (
        rendered(repo)
        .replace("{x: y}", "\n    helm.sh/hook: pre-install\n  ")
        .replace("{name: multus, annotations: ", "\n  name: multus\n  annotations: ")
    )
    (repo.parent / RENDER).write_text(made.replace("\n  }\nrules", "\nrules"))
    before = tree(repo)
    run = migrator("edit", "apps", "--rendered", f"multus={repo.parent / RENDER}", cwd=repo)
    assert "ClusterRole multus is a hook of the chart" in refused(run, repo, before)
