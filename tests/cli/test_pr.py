"""``pr`` from its command line: what it puts on which branch, what it prints, and how it ends."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from migrator.gitops.ownership import digest
from migrator.tools import git_refs
from tests.cli.clones import BRANCH, FILE, Clone, clone, config, git, repo, save, tip, write
from tests.cli.test_contract import INSTALL
from tests.cli.tools import ROOT, Run, migrator, tree

__all__ = ["config", "repo"]


def stopped(run: Run) -> str:
    """What it says where it stops with one line."""
    assert (run.code, run.out) == (1, "")
    assert run.err.count("\n") == 1
    return run.err


def test_the_branch_holds_what_edit_writes_and_the_checkout_stays(repo: Clone) -> None:
    before = tree(repo.path / "deploy")
    run = repo.pr()
    assert (run.code, run.err) == (0, "")
    assert f"{BRANCH} was written, for main" in run.out
    assert "\n  git push --force-with-lease=refs/heads/multus-migrator/deploy: --force" in run.out
    assert repo.untouched()
    assert tree(repo.path / "deploy") == before
    assert repo.tips()[1] == ""
    assert git(repo.path, "branch", "--show-current") == "main"

    commits = git(repo.path, "rev-list", "--reverse", f"main..{BRANCH}").split()
    subjects = [git(repo.path, "show", "-s", "--format=%s", each) for each in commits]
    assert subjects == [
        "Give Multus the rights that v4.2.4 thick needs",
        "Move Multus from v4.1.4 thin to v4.2.4 thick",
    ]
    for each in commits:
        message = git(repo.path, "show", "-s", "--format=%B", each)
        changed = git_refs.changes(repo.path, f"{each}~", each)
        assert message.endswith(f"\nMultus-Migrator-Plan: {digest(changed)}\n")
        assert max(map(len, message.splitlines()[:-2])) <= 72
        author = git(repo.path, "show", "-s", "--format=%an <%ae>|%cn", each)
        assert author == "Ann Other <ann@example.invalid>|Ann Other"

    assert migrator("edit", "deploy", "-q", cwd=repo.path) == Run(0, "", "")
    git(repo.path, "add", "--all")
    assert git(repo.path, "write-tree") == git(repo.path, "rev-parse", f"{BRANCH}^{{tree}}")


def test_from_a_clone_to_a_pushed_branch_and_back(repo: Clone) -> None:
    before = tree(repo.path / "deploy")
    assert repo.pr("-q", "--push") == Run(0, "", "")
    tips, files = repo.tips(), tree(repo.path / ".git/multus-migrator")
    assert tips[0] == tips[1] != ""
    again = repo.pr("--push")
    assert (again.code, f"{BRANCH} is up to date, for main" in again.out) == (0, True)
    assert repo.tips() == tips
    assert tree(repo.path / ".git/multus-migrator") == files

    git(repo.path, "merge", "--quiet", "--no-ff", "-m", "merged", BRANCH)
    run = repo.pr("--push")
    assert (run.code, run.out.splitlines()[0]) == (0, "NOTHING TO CHANGE")
    assert repo.tips() == tips
    assert tree(repo.path / "deploy") != before
    git(repo.path, "revert", "--no-edit", "-m", "1", "HEAD")
    assert tree(repo.path / "deploy") == before


def test_the_way_back_is_a_branch_of_two_commits_on_top(repo: Clone) -> None:
    """From the whole to the old pods under OnDelete, and then to the files as they were, with a strategy:
    nothing that is applied might take OnDelete away."""
    assert repo.pr("-q", "--push") == Run(0, "", "")
    back = f"{BRANCH}-back"
    assert repo.tips(back)[0] == repo.tips(back)[1] != ""
    assert git(repo.path, "rev-parse", f"{back}~2") == repo.tips()[0]
    lines = git(repo.path, "diff", "main", back).splitlines()
    assert [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "+  updateStrategy:",
        "+    type: RollingUpdate",
    ]
    text = git(repo.path, "show", f"{back}~:{FILE}")
    assert "type: OnDelete" in text
    assert "multus-cni:v4.1.4" in text
    assert "thick" not in text
    assert git(repo.path, "diff", "--name-only", BRANCH, f"{back}~") == FILE, (
        "the rest stays migrated"
    )
    (body,) = (repo.path / ".git/multus-migrator").rglob("*.md")
    assert f"They are on the branch `{back}`, which is not proposed." in body.read_text()


def test_a_commit_of_a_person_on_the_way_back_stops_it(repo: Clone) -> None:
    git(repo.path, "switch", "--quiet", "--create", f"{BRANCH}-back")
    write(repo.path, {"note.txt": "mine\n"})
    save(repo.path, "a note")
    git(repo.path, "switch", "--quiet", "main")
    assert f"{BRANCH}-back has a commit that somebody made" in stopped(repo.pr())
    assert repo.tips() == ("", "")


def test_a_base_that_moved_in_these_files_has_it_made_anew(repo: Clone) -> None:
    assert repo.pr("-q", "--push").code == 0
    tips = repo.tips()
    base = repo.base_moves({FILE: f"# ours\n{INSTALL}"})
    run = repo.pr("--push")
    assert (run.code, "was written" in run.out) == (0, True)
    now = repo.tips()
    assert now[0] == now[1] != tips[0]
    assert git(repo.path, "merge-base", "main", BRANCH) == base
    assert git(repo.path, "show", f"{BRANCH}:{FILE}").startswith("# ours\n")


def test_a_commit_of_a_person_stops_it_in_one_line(repo: Clone) -> None:
    git(repo.path, "switch", "--quiet", "--create", BRANCH)
    write(repo.path, {"note.txt": "mine\n"})
    commit = save(repo.path, "a note")
    git(repo.path, "switch", "--quiet", "main")
    about = (
        f"{BRANCH} has a commit that somebody made or changed: {commit[:9]} (a note, by Ann Other)"
    )
    for options in ((), ("--push",), ("--dry-run",)):
        error = stopped(repo.pr(*options))
        assert error == f"error: {about}; merge it, or close it; or use another: --branch OTHER\n"
    assert repo.tips() == (commit, "")
    assert repo.pr("-q", "--branch", "net/thick") == Run(0, "", "")
    assert tip(repo.path, "net/thick") != ""


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--branch", "main"), "main is checked out, and is the branch to be written"),
        (("--branch", "trunk", "--base", "trunk"), "trunk is a branch that others build on"),
        (("--branch", "master"), "master is a branch that others build on"),
        (("--branch", "a..b"), "a..b is not the name of a branch"),
        (("--branch", "-x"), "-x is not the name of a branch"),
        (("--branch", "HEAD"), "HEAD is not the name of a branch"),
        (("--branch", "elsewhere"), "elsewhere is checked out in another work tree"),
        (
            ("--branch", "elsewhere/x"),
            "beside the branch elsewhere Git can have none that is called",
        ),
        (("--base", "a b"), "--base a b is not the name of a branch"),
    ],
)
def test_a_branch_of_others_is_never_written(
    options: tuple[str, ...], error: str, repo: Clone, tmp_path: Path
) -> None:
    git(repo.path, "worktree", "add", "--quiet", "-b", "elsewhere", str(tmp_path / "elsewhere"))
    refs = git(repo.path, "for-each-ref")
    assert stopped(repo.pr(*options)).startswith(f"error: {error}")
    assert git(repo.path, "for-each-ref") == refs


def test_the_default_branch_of_the_remote_is_never_written(repo: Clone) -> None:
    """Also where only the remote itself tells which one that is."""
    git(repo.path, "push", "--quiet", "origin", "main:stable")
    git(repo.remote, "symbolic-ref", "HEAD", "refs/heads/stable")
    git(repo.path, "remote", "set-head", "origin", "--delete")
    wanted = "stable is a branch that others build on"
    assert wanted in stopped(repo.pr("--push", "--branch", "stable"))
    git(repo.path, "remote", "set-head", "origin", "stable")
    assert wanted in stopped(repo.pr("--branch", "stable"))
    assert tip(repo.path, "stable") == ""


def test_a_remote_that_is_not_there_is_one_line(repo: Clone) -> None:
    assert "the repository has no remote upstream" in stopped(
        repo.pr("--push", "--remote", "upstream")
    )
    git(repo.path, "remote", "set-url", "origin", "file:///nowhere/at/all")
    assert "`git ls-remote` failed" in repo.pr("--push").err
    assert repo.tips() == ("", "")
    assert repo.pr("-q").code == 0, "nothing is asked of it where nothing is pushed"


def test_on_its_own_branch_it_says_which_one_to_check_out(repo: Clone) -> None:
    git(repo.path, "switch", "--quiet", "--create", BRANCH)
    assert "check out the branch that it is for: git switch main" in stopped(repo.pr())


def test_a_dirty_work_tree_is_refused(repo: Clone) -> None:
    write(repo.path, {"README.md": "hello\n"})
    save(repo.path)
    write(repo.path, {"README.md": "bye\n"})
    for options in ((), ("--dry-run",)):
        assert "the work tree has changes: README.md" in stopped(repo.pr(*options))
    assert repo.tips() == ("", "")


def test_what_is_in_no_repository_is_refused(tmp_path: Path, repo: Clone) -> None:
    write(tmp_path, {f"apart/{FILE}": INSTALL})
    run = migrator("pr", "deploy", cwd=tmp_path / "apart")
    assert "is in no Git work tree" in stopped(run)
    run = migrator("pr", "-", cwd=repo.path, stdin=INSTALL.encode())
    assert "standard input cannot be edited" in stopped(run)
    git(tmp_path / "apart", "init", "--quiet")
    run = migrator("pr", "deploy", cwd=tmp_path / "apart")
    assert "the repository has no commit yet" in stopped(run)


def test_a_dry_run_shows_all_and_writes_nothing(repo: Clone) -> None:
    before = tree(repo.path / ".git")
    run = repo.pr("--dry-run")
    assert (run.code, run.err) == (0, "")
    for text in (
        f"{BRANCH} would be written, for main",
        "Nothing was written.",
        "\nGive Multus the rights that v4.2.4 thick needs\n",
        f"--- a/{FILE}\n+++ b/{FILE}\n",
        "\ndeploy: Move Multus from v4.1.4 thin to v4.2.4 thick\n",
        "\n# READY: Multus v4.1.4 thin to v4.2.4 thick\n",
        "\n<!-- multus-migrator: multus-migrator/deploy -->\n",
    ):
        assert text in run.out
    assert tree(repo.path / ".git") == before
    assert repo.untouched()
    assert repo.pr("-q").code == 0
    told = re.findall(r"^Multus-Migrator-Plan: .*$", run.out, re.MULTILINE)
    made = git(repo.path, "log", "--reverse", "--format=%B", f"main..{BRANCH}-back")
    assert told == re.findall(r"^Multus-Migrator-Plan: .*$", made, re.MULTILINE)
    assert f"{BRANCH} is up to date, for main" in repo.pr("--dry-run").out


def test_names_of_files_and_objects_do_nothing(repo: Clone) -> None:
    """To git, a shell, the text, or a message."""
    name = b"-o $(touch PWNED) `touch PWNED` @all fixes #1 [skip ci] \xc3\xa9:(top)*.yaml"
    place = repo.path / "deploy" / os.fsdecode(name)
    (repo.path / FILE).rename(place)
    place.write_text(INSTALL.replace("name: kube-multus-ds", "name: 'x.#1'"))
    save(repo.path)
    run = repo.pr("--push")
    assert (run.code, run.err) == (0, "")
    assert repo.pr("--push").out.splitlines()[3] == f"{BRANCH} is up to date, for main"
    assert repo.untouched()
    assert not list(repo.path.parent.rglob("PWNED"))
    message = git(repo.path, "log", "--format=%B", f"main..{BRANCH}-back")
    body = (repo.path / f".git/multus-migrator/{BRANCH}.md").read_text()
    for sign in ("[skip ci]", "#1", " @all"):
        assert sign not in message
        assert sign not in body
    changed = git(repo.path, "diff", "--name-only", "-z", "main", BRANCH).split("\0")
    assert len(changed) == 3


def test_what_is_blocked_makes_nothing(repo: Clone) -> None:
    repo.base_moves({"deploy/root/kustomization.yaml": "resources: ['https://x.example/multus']\n"})
    refs = git(repo.path, "for-each-ref")
    run = repo.pr("--push")
    assert (run.code, run.out.splitlines()[0]) == (4, "NOT SEEN WHOLE: 1 problem.")
    assert git(repo.path, "for-each-ref") == refs


def test_networks_are_a_commit_of_their_own(tmp_path: Path, config: Path) -> None:
    """Before the rest, and on top of each other they are the whole edit."""
    repo = clone(tmp_path, {"README.md": "hello\n"})
    shutil.copytree(ROOT / "samples/hand-written-config", repo.path / "deploy")
    save(repo.path)
    run = repo.pr("--node-files", "deploy/nodes")
    assert (run.code, run.err) == (0, "")
    log = git(repo.path, "log", "--reverse", "--name-only", "--format=- %s", f"main..{BRANCH}")
    assert [line for line in log.splitlines() if line] == [
        "- Give the network tenant its configuration",
        "deploy/manifests/tenant.yaml",
        "- Give Multus the rights that v4.2.4 thick needs",
        "deploy/manifests/prerequisites.yaml",
        "- Move Multus from v3.8.0 thin to v4.2.4 thick",
        "deploy/manifests/multus-daemon-config.yaml",
        "deploy/manifests/multus.yaml",
        "deploy/manifests/storage-net.yaml",
    ]
    assert migrator("edit", "deploy", "--node-files", "deploy/nodes", "-q", cwd=repo.path).code == 0
    git(repo.path, "add", "--all")
    assert git(repo.path, "write-tree") == git(repo.path, "rev-parse", f"{BRANCH}^{{tree}}")


@pytest.mark.kustomize
def test_a_root_of_another_repository_is_refused(repo: Clone, tmp_path: Path) -> None:
    write(tmp_path, {"base/kustomization.yaml": "resources: [multus.yaml]\n"})
    write(tmp_path, {"base/multus.yaml": INSTALL})
    repo.base_moves({"root/kustomization.yaml": "resources: [../../base]\n"})
    run = migrator("pr", "root", cwd=repo.path)
    assert "what the INPUT builds on lies outside of" in stopped(run)
