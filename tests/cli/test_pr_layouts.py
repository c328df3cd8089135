"""``pr`` where Multus lives in a repository of many clusters: what is theirs stays theirs.

Each sample repository goes from a clone to a pushed branch, to its merge and back, in
test_edit_repositories.py.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.clones import Clone, clone, config, git, save
from tests.cli.test_contract import INSTALL
from tests.cli.test_edit import objects
from tests.cli.test_edit_shared_root import LAYOUT, OWN, applied
from tests.cli.tools import Run, migrator
from tests.gitops.repositories import GITOPS

__all__ = ["config"]

APP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app, namespace: web}\n"
OTHERS = ("birch", "cedar")


def pr(repo: Clone, *words: str) -> Run:
    return migrator("pr", *words, cwd=repo.path)


def branches(repo: Clone) -> list[str]:
    text = git(repo.remote, "branch", "--list", "--format=%(refname:short)", "multus-migrator/*")
    return text.split()


@pytest.mark.kustomize
def test_one_cluster_of_a_shared_root_is_moved_and_the_others_stay(
    tmp_path: Path, config: Path
) -> None:
    repo = clone(tmp_path, {"README.md": "hello\n"})
    shutil.copytree(GITOPS / LAYOUT, repo.path, dirs_exist_ok=True)
    save(repo.path)
    others = [f"clusters/{name}/multus.yaml" for name in OTHERS]
    before = {name: applied(repo.path, name) for name in others}
    run = pr(repo, OWN, "--node-files", "nodes", "--push")
    assert (run.code, run.err) == (0, "")
    assert "multus-thick/ is a component, which has no base" in " ".join(run.out.split())
    branch, back = branches(repo)
    assert back == f"{branch}-back"
    (text,) = (repo.path / ".git/multus-migrator").rglob("*.md")
    assert "\n- multus-thick/ is a component, which has no base" in text.read_text()
    tips = repo.tips(branch)
    assert tips[0] == tips[1]
    assert "is up to date" in pr(repo, OWN, "--node-files", "nodes", "--push").out
    assert repo.tips(branch) == tips

    git(repo.path, "merge", "--quiet", "--no-ff", "--message", "merged", branch)
    assert {name: applied(repo.path, name) for name in others} == before
    (daemon,) = (o for k, o in objects(applied(repo.path, OWN)).items() if k[1] == "DaemonSet")
    container = daemon["spec"]["template"]["spec"]["containers"][0]
    assert container["image"].endswith(":v4.2.4-thick")


@pytest.mark.helm
def test_a_second_run_of_a_writer_of_values_changes_nothing(tmp_path: Path, config: Path) -> None:
    repo = clone(tmp_path, {"README.md": "hello\n"})
    shutil.copytree(GITOPS / "flux-app-template", repo.path, dirs_exist_ok=True)
    save(repo.path)
    words = ("kubernetes/network", "--node-files", "nodes", "--push")
    assert pr(repo, *words, "-q") == Run(0, "", "")
    branch, _ = branches(repo)
    assert branch == "multus-migrator/kubernetes-network"
    tips = repo.tips(branch)
    assert "is up to date" in pr(repo, *words).out
    assert repo.tips(branch) == tips


def test_of_five_clusters_the_two_that_use_multus_get_a_branch_each(
    tmp_path: Path, config: Path
) -> None:
    files = {f"clusters/{name}/app.yaml": APP for name in ("a", "b", "c", "d", "e")}
    files |= {f"clusters/{name}/multus.yaml": INSTALL for name in ("b", "d")}
    repo = clone(tmp_path, files)
    for name in ("b", "d"):
        assert pr(repo, f"clusters/{name}", "--push", "-q") == Run(0, "", "")
    for name in ("a", "c", "e"):
        run = pr(repo, f"clusters/{name}", "--push", "--if-present")
        assert (run.code, run.out.splitlines()[0][:9]) == (0, "NOT FOUND")
    assert branches(repo) == [
        *("multus-migrator/clusters-b", "multus-migrator/clusters-b-back"),
        *("multus-migrator/clusters-d", "multus-migrator/clusters-d-back"),
    ]
    for name in ("b", "d"):
        branch = f"multus-migrator/clusters-{name}"
        changed = git(repo.path, "diff", "--name-only", "main", branch).split()
        assert changed == [
            f"clusters/{name}/multus-daemon-config.yaml",
            f"clusters/{name}/multus.yaml",
        ]
    assert repo.untouched()


def test_what_cannot_be_one_plan_is_no_branch(tmp_path: Path, config: Path) -> None:
    """A second install is another object of the same name."""
    repo = clone(tmp_path, {f"clusters/{name}/multus.yaml": INSTALL for name in ("b", "d")})
    run = pr(repo, "clusters/b", "clusters/d", "--push")
    assert (run.code, run.out) == (1, "")
    assert "DaemonSet kube-system/kube-multus-ds is also in clusters/b/multus.yaml:1" in run.err
    assert branches(repo) == []
