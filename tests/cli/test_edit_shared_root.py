"""``edit`` of the object that one cluster has for a root which several apply: a component, and one line.

What Flux and Argo CD apply is made here once more by kustomize, from their fields.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.tools.kustomize import builder, find_tool
from migrator.trees.paths import diff_paths
from tests.cli.test_edit import commit, git, objects
from tests.cli.tools import ROOT, Run, migrator, tree

pytestmark = pytest.mark.kustomize

GITOPS = ROOT / "samples/gitops"
LAYOUT = "flux-shared-root"
SHARED, COMPONENT = "infra/multus", "infra/multus/multus-thick"
OWN = "clusters/alder/multus.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    shutil.copytree(GITOPS / LAYOUT, tmp_path / "repo")
    return commit(tmp_path / "repo", {})


def edit(repo: Path, *words: str) -> Run:
    return migrator("edit", *words, "--node-files", "nodes", cwd=repo)


def files(repo: Path) -> Mapping[str, str]:
    return {name: text for name, text in tree(repo).items() if ".git/" not in name}


def applied(repo: Path, name: str) -> str:
    """What a cluster gets: the fields of the object go into the kustomization of the folder."""
    (found,) = yaml.safe_load_all((repo / name).read_text())
    spec = found["spec"]
    folder = spec["path"] if "path" in spec else spec["source"]["path"]
    own = spec if "path" in spec else spec["source"].get("kustomize", {})
    copy = repo.parent / "applied"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(repo, copy, ignore=shutil.ignore_patterns(".git"))
    path = copy / folder / "kustomization.yaml"
    root = yaml.safe_load(path.read_text())
    for field in ("components", "patches"):
        root[field] = [*root.get(field, ()), *own.get(field, ())]
    images = {each["name"]: each for each in root.get("images", ())}
    images |= {each["name"]: each for each in map(_entry, own.get("images", ()))}
    path.write_text(yaml.safe_dump({**root, "images": [*images.values()]}))
    return built(path.parent)


def _entry(image: Any) -> dict[str, str]:
    if not isinstance(image, str):
        return dict(image)
    name, _, tag = image.rpartition(":")
    return {"name": name, "newTag": tag}


def built(folder: Path) -> str:
    tool = find_tool()
    assert tool is not None
    return builder(tool)(folder)


def planned(repo: Path, name: str) -> dict[Any, Any]:
    out = repo.parent / "out"
    words = ("--node-files", "nodes", "-o", str(out), "--no-verify", "-q")
    assert migrator("plan", name, *words, cwd=repo) == Run(0, "", "")
    return objects(built(out))


def test_every_line_of_the_diff_is_as_it_was_read(
    repo: Path, tell: Callable[[str, str], None]
) -> None:
    run = edit(repo, OWN, "--diff")
    assert (run.code, run.err) == (0, "")
    golden = GITOPS / f"{LAYOUT}.diff"
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        golden.write_text(run.out, encoding="utf-8")
    assert run.out == golden.read_text(encoding="utf-8")
    tell("lines of the diff of edit in each repository", f"{LAYOUT}: {len(run.out.splitlines())}")


def test_one_cluster_changes_and_the_others_stay(repo: Path) -> None:
    others = ["clusters/birch/multus.yaml", "clusters/cedar/multus.yaml"]
    old = files(repo)
    wanted = planned(repo, OWN)
    before = {name: applied(repo, name) for name in (OWN, *others)}
    run = edit(repo, OWN)
    assert (run.code, run.err) == (0, "")
    said = " ".join(run.out.split())
    assert "These files hold the plan now in a component that one object lists" in said
    assert "they are the plan, object by object (built with" in said
    assert "multus-thick/ is a component, which has no base" in said
    assert git(repo, "status", "--short").splitlines() == [f" M {OWN}", f"?? {COMPONENT}/"]
    assert {name: applied(repo, name) for name in others} == {n: before[n] for n in others}
    assert built(repo / SHARED) == before["clusters/birch/multus.yaml"]
    after = objects(applied(repo, OWN))
    expected = {**objects(before[OWN]), **wanted}
    assert after.keys() == expected.keys()
    assert [diff_paths(after[key], expected[key]) for key in expected] == [[]] * len(expected)
    assert all(
        "+argocd:skip-file-rendering" in path.read_text()
        for path in (repo / COMPONENT).rglob("*.y*ml")
    )
    commit(repo, {})
    again = edit(repo, OWN)
    assert (again.code, again.out.splitlines()[0]) == (0, "NOTHING TO CHANGE")
    git(repo, "revert", "--no-edit", "HEAD")
    assert files(repo) == old


def test_the_next_cluster_takes_the_same_component(repo: Path) -> None:
    assert edit(repo, OWN, "-q") == Run(0, "", "")
    commit(repo, {})
    before = applied(repo, OWN)
    run = edit(repo, "clusters/cedar", "-q")  # with a patch of its own, and all of its folder
    assert run == Run(0, "", "")
    assert git(repo, "status", "--short") == " M clusters/cedar/multus.yaml\n"
    assert applied(repo, OWN) == before
    name = f"{COMPONENT}/kustomization.yml"
    commit(repo, {name: f"{(repo / name).read_text()}# by hand\n"})
    assert edit(repo, "clusters/birch", "-q") == Run(0, "", "")
    assert git(repo, "status", "--short").splitlines() == [
        " M clusters/birch/multus.yaml",
        f"?? {COMPONENT}-multus/",
    ]
    assert "multus-thick-multus" in (repo / "clusters/birch/multus.yaml").read_text()


def test_the_root_itself_is_left_alone_once_somebody_lists_a_component(repo: Path) -> None:
    assert edit(repo, OWN, "-q") == Run(0, "", "")
    commit(repo, {})
    before = files(repo)
    run = edit(repo, SHARED)
    assert (run.code, run.out) == (1, "")
    assert (
        f"in place: {OWN}:2: Kustomization flux-system/multus puts components over it, and would fail:"
        in run.err
    )
    assert files(repo) == before


def test_who_is_not_asked_names_the_way(repo: Path) -> None:
    run = edit(repo, SHARED, OWN, "--diff")
    assert (run.code, run.out) == (1, "")
    assert (
        "clusters/birch/multus.yaml:2: Kustomization flux-system/multus applies infra/multus, and would "
        f"change too; give it as an INPUT, or give {OWN} alone, which gets a component then"
        in run.err
    )


def test_all_clusters_at_once_are_not_seen_whole(repo: Path) -> None:
    run = edit(repo, "clusters")
    assert run.code == 4
    said = " ".join(run.out.split())
    assert "infra/multus is applied here, and by Kustomization flux-system/multus" in said
    assert "give the file of one of them, that of one cluster" in said


def test_an_object_that_others_apply_too_is_left_alone(repo: Path) -> None:
    sync = "clusters/birch/sync.yaml"
    text = (repo / sync).read_text().replace("path: ./clusters/birch", "path: ./clusters")
    other = text.replace("name: sawmills", "name: elsewhere")  # of another repository
    commit(repo, {sync: other})
    assert edit(repo, OWN, "--check", "-q").code == 2
    commit(repo, {sync: text})
    run = edit(repo, OWN)
    assert (run.code, run.out) == (1, "")
    assert (
        f"{sync}:12: Kustomization flux-system/birch applies clusters, and gets the component, too"
        in run.err
    )


UNDOING = """\
patches:
  - target: {kind: DaemonSet}
    patch: |
      - {op: replace, path: /spec/template/spec/terminationGracePeriodSeconds, value: 11}
"""


@pytest.mark.parametrize("name", [OWN, f"{SHARED}/kustomization.yaml"])
def test_a_patch_that_would_undo_it_is_named_with_its_line(repo: Path, name: str) -> None:
    text = (repo / name).read_text()
    more = textwrap.indent(UNDOING, "  ") if name == OWN else UNDOING
    commit(repo, {name: text + more})
    run = edit(repo, OWN)
    assert (run.code, run.out) == (1, "")
    (line,) = run.err.splitlines()[1:]
    assert (
        f"{name}:{len(text.splitlines()) + 2}: patches: this runs after the components" in line
        and "undo DaemonSet kube-system/kube-multus-ds: spec.template.spec.terminationGracePeriod"
        in line
    )


def test_check_tells_where_the_change_belongs(repo: Path) -> None:
    run = migrator("check", OWN, "--node-files", "nodes", cwd=repo)
    said = " ".join(run.out.split())
    assert "Kustomization flux-system/multus applies infra/multus, which others may apply" in said
    assert "one line into spec.components of Kustomization flux-system/multus" in said


def test_a_policy_for_the_image_of_the_root_stops_it(repo: Path) -> None:
    path = f"{SHARED}/kustomization.yaml"
    text = (repo / path).read_text()
    commit(repo, {path: text.replace("v4.1.4", 'v4.1.4 # {"$imagepolicy": "a:b:tag"}')})
    run = edit(repo, OWN)
    assert (run.code, run.out) == (1, "")
    assert f"{path}:10: Flux sets the image of this line by an ImagePolicy" in run.err


ARGO = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: NAME, namespace: argocd}
spec:
  destination: {name: NAME, namespace: kube-system}
  source:
    repoURL: https://git.example/sawmills/argo.git
    path: infra/multus
"""


def test_an_application_gets_it_too(repo: Path) -> None:
    shutil.rmtree(repo / "clusters")
    image = "ghcr.io/k8snetworkplumbingwg/multus-cni"
    more = f"    kustomize:\n      images:\n        - {image}:v4.1.3\n"
    commit(repo, {"apps/a.yaml": ARGO.replace("NAME", "a"), "apps/b.yaml": ARGO + more})
    before = applied(repo, "apps/b.yaml")
    wanted = planned(repo, "apps/a.yaml")
    assert edit(repo, "apps/a.yaml", "-q") == Run(0, "", "")
    source = yaml.safe_load((repo / "apps/a.yaml").read_text())["spec"]["source"]
    assert source["kustomize"] == {
        "components": ["multus-thick"],
        "images": [f"{image}:v4.2.4-thick"],
    }
    assert applied(repo, "apps/b.yaml") == before
    after = objects(applied(repo, "apps/a.yaml"))
    assert [diff_paths(after[key], tree) for key, tree in wanted.items()] == [[]] * len(wanted)
    commit(repo, {})
    assert edit(repo, "apps/b.yaml", "-q") == Run(0, "", "")
    assert git(repo, "status", "--short") == " M apps/b.yaml\n"
    assert f"        - {image}:v4.2.4-thick\n" in (repo / "apps/b.yaml").read_text()
