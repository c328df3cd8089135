"""``edit`` of a kustomize root that lists upstream's thin manifest by its URL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.tools.kustomize import builder, find_tool
from tests.cli.test_edit import commit, git, objects
from tests.cli.test_edit_flux import same
from tests.cli.test_edit_refs import GITOPS, edit
from tests.cli.tools import migrator, tree
from tests.cli.upstream import Upstream, answering

pytestmark = pytest.mark.kustomize

ROOT = "multus/kustomization.yaml"
THICK = "  - https://raw.githubusercontent.com/k8snetworkplumbingwg/multus-cni/v4.2.4/deployments/multus-daemonset-thick.yml\n"
OF_THIN = "  - target: {kind: DaemonSet, name: kube-multus-ds}\n"
"""Where the patch of the sample begins that adds an argument, which thick mode has none of."""


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Upstream]:
    with answering(tmp_path, "v4.2.4", "master") as found:
        yield found


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    shutil.copytree(GITOPS / "remote-root", tmp_path / "repo")
    return commit(tmp_path / "repo", {})


def without(repo: Path, begin: str) -> None:
    """What begins there in the kustomization is taken out, to its end."""
    text = (repo / ROOT).read_text()
    assert text.count(begin) == 1
    commit(repo, {ROOT: text[: text.index(begin)]})


def built(folder: Path) -> dict[Any, Any]:
    tool = find_tool()
    assert tool is not None
    return objects(builder(tool, fetch=True)(folder))


def planned(repo: Path, given: str) -> dict[Any, Any]:
    """What the overlay builds, without what upstream's thick manifest lacks and nobody uses."""
    run = migrator(
        "plan",
        given,
        "--node-files",
        "nodes",
        "--fetch",
        "-o",
        "../out",
        "--no-verify",
        "-q",
        cwd=repo,
    )
    assert (run.code, run.err) == (0, "")
    found = built(repo.parent / "out")
    del found[next(key for key in found if key[-1] == "multus-cni-config")]
    return found


@pytest.mark.parametrize("given", [".", "multus"])
def test_the_url_becomes_that_of_the_thick_manifest(
    repo: Path, remote: Upstream, given: str
) -> None:
    without(repo, "patches:\n")
    if given != ".":
        (repo / "kustomization.yaml").unlink()
        commit(repo, {})
    wanted = planned(repo, given)
    before = {name: text for name, text in tree(repo).items() if ".git/" not in name}
    run = migrator("edit", given, "--node-files", "nodes", "--fetch", cwd=repo)
    assert (run.code, run.err) == (0, "")
    said = " ".join(run.out.split())
    assert "These files hold the plan now in the ref of upstream's manifest" in said
    assert "ConfigMap kube-system/multus-cni-config is not part of upstream's thick" in said
    assert same(built(repo / given), wanted)
    text = (repo / ROOT).read_text()
    comment = "  # renovate: datasource=github-releases depName=k8snetworkplumbingwg/multus-cni\n"
    assert f"{comment}{THICK}  - tanks.yaml\n" in text
    assert "    newTag: v4.2.4-thick\n" in text
    commit(repo, {})
    again = migrator("edit", given, "--node-files", "nodes", "--fetch", cwd=repo)
    assert again.out.startswith("NOTHING TO CHANGE")
    git(repo, "revert", "--no-edit", "HEAD")
    assert {n: t for n, t in tree(repo).items() if ".git/" not in n} == before


def test_a_branch_becomes_the_tag(repo: Path, remote: Upstream) -> None:
    without(repo, "patches:\n")
    text = (repo / ROOT).read_text()
    commit(repo, {ROOT: text.replace("multus-cni/v4.2.4/", "multus-cni/refs/heads/master/")})
    remote.files |= {
        path.replace("multus-cni/", "multus-cni/refs/heads/").replace("/v4.2.4/", "/master/"): text
        for path, text in remote.files.items()
    }
    remote.files |= {
        path.replace("multus-cni/", "multus-cni/refs/tags/"): text
        for path, text in remote.files.items()
        if "/v4.2.4/" in path
    }
    run = edit(repo)
    assert (run.code, run.err) == (0, "")
    assert THICK.replace("/v4.2.4/", "/refs/tags/v4.2.4/") in (repo / ROOT).read_text()


def test_patches_of_thin_mode_leave_it_to_a_component(repo: Path, remote: Upstream) -> None:
    run = edit(repo)
    assert (run.code, run.err) == (0, "")
    said = " ".join(run.out.split())
    assert "These files hold the plan now in a component" in said
    assert (
        "Not in the ref of upstream's manifest: multus/kustomization.yaml:1: with upstream's"
        in said
    )
    assert "/tmp" not in run.out
    assert "multus-daemonset-thick" not in (repo / ROOT).read_text()


def test_what_its_own_patches_set_is_patched_behind_them(repo: Path, remote: Upstream) -> None:
    """They run after a component, and would undo it."""
    without(repo, OF_THIN)
    (repo / "kustomization.yaml").unlink()
    commit(repo, {})
    wanted = planned(repo, "multus")
    own = (repo / ROOT).read_text().partition("patches:\n")[2]
    run = migrator("edit", "multus", "--node-files", "nodes", "--fetch", cwd=repo)
    assert (run.code, run.err) == (0, "")
    said = " ".join(run.out.split())
    assert "in the ref of upstream's manifest, with patches behind your own" in said
    assert "Not in a component: multus/kustomization.yaml:12: patches: this runs after" in said
    assert same(built(repo / "multus"), wanted)
    assert f"patches:\n{own}  - target:\n" in (repo / ROOT).read_text()
    assert not (repo / "multus/multus-thick").exists()
    commit(repo, {})
    again = migrator("edit", "multus", "--node-files", "nodes", "--fetch", cwd=repo)
    assert again.out.startswith("NOTHING TO CHANGE")


def test_every_line_of_the_diff_is_as_it_was_read(
    repo: Path, remote: Upstream, tell: Callable[[str, str], None]
) -> None:
    run = edit(repo, "--diff")
    assert (run.code, run.err) == (0, "")
    golden = GITOPS / "remote-root.diff"
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        golden.write_text(run.out, encoding="utf-8")
    assert run.out == golden.read_text(encoding="utf-8")
    tell(
        "lines of the diff of edit in each repository", f"remote-root: {len(run.out.splitlines())}"
    )


def test_what_is_thick_already_stays(tmp_path: Path) -> None:
    """Its manifest has what upstream's lacks as patches."""
    shutil.copytree(GITOPS / "remote-root-thick", tmp_path / "repo")
    repo = commit(tmp_path / "repo", {})
    with answering(tmp_path, "v4.1.4"):
        run = edit(repo)
    assert run.code == 0
    assert run.out.startswith("NOTHING TO CHANGE")


def test_two_manifests_are_not_swapped(repo: Path, remote: Upstream) -> None:
    without(repo, "patches:\n")
    text = (repo / ROOT).read_text()
    other = text.replace("/v4.2.4/", "/master/").replace("- tanks.yaml", "- ../other")
    commit(repo, {"other/kustomization.yaml": other.replace("- ../other", "- a.yaml")})
    commit(repo, {"other/a.yaml": (repo / "multus/tanks.yaml").read_text().replace("tanks", "a")})
    commit(repo, {"kustomization.yaml": "resources: [multus, cellar, other]\n"})
    run = edit(repo)
    assert run.code == 1
    assert "may not add resource with an already registered id" in run.err
