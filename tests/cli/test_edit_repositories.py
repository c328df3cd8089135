"""``edit`` in each sample repository: every line of its diff, and what is applied before and after.

To write the diffs anew after a change that is meant: ``MIGRATOR_UPDATE_GOLDEN=1 pytest
tests/cli/test_edit_repositories.py``, then read the difference.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrator.tools.kustomize import builder, find_tool
from migrator.trees.paths import diff_paths
from tests.cli.test_edit import commit, git, objects
from tests.cli.test_edit_flux import post_rendered
from tests.cli.tools import Run, migrator, tree
from tests.gitops import repositories
from tests.gitops.repositories import GITOPS, LAYOUTS

pytestmark = [pytest.mark.kustomize, pytest.mark.helm]

NOT_SEEN = {"flux-gitrepository": "M17", "remote-root": "M16", "remote-root-thick": "M16"}
"""What takes upstream's manifest from a URL, which nobody fetched."""
NO_WRITER = {"k3s-helmchart-rke2-multus": "P54"}
"""A chart that nothing can patch after it was rendered, and of whose values nothing is known."""
WRITTEN = [name for name in LAYOUTS if name not in {**NOT_SEEN, **NO_WRITER}]


def copied(layout: str, tmp_path: Path) -> Path:
    shutil.copytree(GITOPS / layout, tmp_path / layout)
    return commit(tmp_path / layout, {})


def edit(repo: Path, *options: str) -> Run:
    return migrator("edit", ".", "--node-files", "nodes", *options, cwd=repo)


@pytest.mark.parametrize("layout", WRITTEN)
def test_every_line_of_the_diff_is_as_it_was_read(
    layout: str, tmp_path: Path, tell: Callable[[str, str], None]
) -> None:
    run = edit(copied(layout, tmp_path), "--diff")
    assert (run.code, run.err) == (0, "")
    golden = GITOPS / f"{layout}.diff"
    if os.environ.get("MIGRATOR_UPDATE_GOLDEN"):
        golden.write_text(run.out, encoding="utf-8")
    assert run.out == golden.read_text(encoding="utf-8")
    tell("lines of the diff of edit in each repository", f"{layout}: {len(run.out.splitlines())}")


def test_there_is_a_diff_for_each_layout_that_is_written() -> None:
    assert sorted(path.stem for path in GITOPS.glob("*.diff")) == sorted(WRITTEN)


def applied(layout: str) -> dict[Any, Any]:
    """The objects of Multus that are applied from a repository: built, or rendered and then
    post-rendered as its release says, with the new files beside it."""
    root = repositories.GITOPS / layout
    tool = find_tool()
    assert tool is not None
    if (root / "kustomization.yaml").exists():
        return objects(builder(tool)(root))
    text = repositories.rendered.__wrapped__(layout)
    crds, others = repositories.crds_apart(text)
    beside = [path.read_text() for path in root.rglob("multus-daemon-config.yaml")]
    for _, release in repositories.objects(layout, "HelmRelease"):
        if release["metadata"]["name"] == "multus" and "postRenderers" in release["spec"]:
            others = post_rendered(release, others, root.parent)
    return objects(crds, others, *beside)


@pytest.mark.parametrize("layout", WRITTEN)
def test_what_is_applied_becomes_what_was_planned(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = copied(layout, tmp_path)
    monkeypatch.setattr(repositories, "GITOPS", tmp_path)
    plan = migrator("plan", ".", "--node-files", "nodes", "-o", "../out", "-q", cwd=repo)
    assert (plan.code, plan.err) == (0, "")
    tool = find_tool()
    assert tool is not None
    planned, old = (
        objects(builder(tool)(tmp_path / "out")),
        objects(builder(tool)(tmp_path / "out/base")),
    )
    before = applied(layout)
    run = edit(repo)
    assert (run.code, run.err) == (0, "")
    after = applied(layout)
    assert {key: old[key] for key in old if key in before} == {
        key: before[key] for key in before if key in old
    }
    wanted = {**before, **{key: planned[key] for key in planned if key in after}}
    assert after.keys() == wanted.keys()
    assert [diff_paths(after[key], wanted[key]) for key in wanted] == [[]] * len(wanted)
    new = [key for key in after if key not in before]
    assert [(kind, name) for _, kind, _, name in new] == [("ConfigMap", "multus-daemon-config")]


@pytest.mark.parametrize("layout", WRITTEN)
def test_it_is_done_once_and_git_takes_it_back(layout: str, tmp_path: Path) -> None:
    repo = copied(layout, tmp_path)
    before = {name: digest for name, digest in tree(repo).items() if ".git/" not in name}
    assert edit(repo, "-q").code == 0
    commit(repo, {})
    again = edit(repo)
    assert again.code == 0
    assert again.out.startswith("NOTHING TO CHANGE")
    assert git(repo, "status", "--porcelain") == ""
    git(repo, "revert", "--no-edit", "HEAD")
    after = {name: digest for name, digest in tree(repo).items() if ".git/" not in name}
    assert after == before


@pytest.mark.parametrize("layout", [*NOT_SEEN, *NO_WRITER])
def test_what_cannot_be_written_is_blocked(layout: str, tmp_path: Path) -> None:
    repo = copied(layout, tmp_path)
    before = tree(repo)
    run = edit(repo)
    assert run.code == 4
    assert {**NOT_SEEN, **NO_WRITER}[layout] in run.out
    assert tree(repo) == before
