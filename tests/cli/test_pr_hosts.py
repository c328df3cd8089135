"""``pr --create``: the exact words that gh and glab are given, by stubs that record them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from migrator.cli.publishing import Remote, missing, published
from migrator.model.errors import MigratorError
from migrator.report.writer import Outcome
from migrator.tools.hosts import Host, host_of
from tests.cli.clones import BRANCH, FILE, Clone, config, git, plain, repo

__all__ = ["config", "plain", "repo"]

GITHUB, GITLAB = "https://github.com/example/fleet.git", "git@gitlab.example.com:example/fleet.git"
LIST = ["pr", "list", "--head", BRANCH, "--state", "open"]
LIST += ["--json", "number,url,body,isCrossRepository"]
CREATE = ["pr", "create", "--head", BRANCH, "--base", "main", "--title", "Move", "--body-file", "-"]
LIST_MR = ["mr", "list", "--source-branch", BRANCH, "--output", "json"]
CREATE_MR = ["mr", "create", "--source-branch", BRANCH, "--target-branch", "main"]
CREATE_MR += ["--title", "Move", "--description", "why\n", "--yes"]
STUB = """\
#!/usr/bin/env python3
import json, os, pathlib, sys
here = pathlib.Path(__file__).parent
record = {"words": sys.argv[1:], "given": sys.stdin.read(), "folder": os.getcwd()}
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(record) + "\\n")
answer = here / sys.argv[2]
print(answer.read_text() if answer.exists() else "https://host.example/7")
sys.exit(int((here / "code").read_text()) if (here / "code").exists() else 0)
"""


class Stub:
    """A program that records how it was called. ``answers`` is what it prints, by its second word."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / name).write_text(STUB)
        (folder / name).chmod(0o755)

    def answers(self, word: str, text: Any) -> None:
        (self.folder / word).write_text(text if isinstance(text, str) else json.dumps(text))

    def fails(self) -> None:
        (self.folder / "code").write_text("1")

    def calls(self) -> list[Any]:
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def words(self) -> list[Sequence[str]]:
        return [each["words"] for each in self.calls()]


@pytest.fixture
def gh(plain: Clone, monkeypatch: pytest.MonkeyPatch) -> Stub:
    return _stub("gh", GITHUB, plain, monkeypatch)


@pytest.fixture
def glab(plain: Clone, monkeypatch: pytest.MonkeyPatch) -> Stub:
    return _stub("glab", GITLAB, plain, monkeypatch)


def _stub(name: str, url: str, clone: Clone, monkeypatch: pytest.MonkeyPatch) -> Stub:
    """On PATH; the remote has the URL of the host, and is pushed to where it is."""
    belongs_to(clone, url)
    stub = Stub(clone.path.parent / "bin", name)
    monkeypatch.setenv("PATH", f"{stub.folder}{os.pathsep}{os.environ['PATH']}")
    stub.answers("list", [])
    return stub


def belongs_to(clone: Clone, url: str) -> None:
    """As if the remote were there: for git of the user alone, whose configuration is that of the test."""
    git(clone.path, "remote", "set-url", "origin", url)
    git(clone.path, "config", "--global", f"url.file://{clone.remote}.insteadOf", url)


def create(repo: Clone, text: str = "thick\n") -> tuple[Outcome, tuple[str, ...]]:
    done = repo.publish(text, create=True)
    return done.outcome, done.requests


def test_gh_makes_the_request_once(plain: Clone, gh: Stub) -> None:
    assert create(plain) == (Outcome.MADE, ("https://host.example/7",))
    assert plain.tips()[0] == plain.tips()[1] != ""
    looked, made = gh.calls()
    assert looked == {"words": LIST, "given": "", "folder": str(plain.path)}
    assert made == {"words": CREATE, "given": "why\n", "folder": str(plain.path)}
    own = {
        "number": 7,
        "url": "https://host.example/7",
        "body": "why\r\n",
        "isCrossRepository": False,
    }
    gh.answers("list", [own])
    assert create(plain) == (Outcome.UP_TO_DATE, ("https://host.example/7",))
    assert gh.words() == [LIST]


def test_gh_gives_an_open_request_its_new_text(plain: Clone, gh: Stub) -> None:
    own = {"number": 7, "url": "https://host.example/7", "body": "old", "isCrossRepository": False}
    gh.answers("list", [{**own, "number": 6, "isCrossRepository": True}, own])
    assert create(plain) == (Outcome.MADE, ("https://host.example/7",))
    _, edited = gh.calls()
    assert edited["words"] == ["pr", "edit", "7", "--body-file", "-"]
    assert edited["given"] == "why\n"


def test_a_request_from_a_fork_is_another(plain: Clone, gh: Stub) -> None:
    gh.answers("list", [{"number": 6, "url": "u", "body": "why\n", "isCrossRepository": True}])
    create(plain)
    assert gh.words() == [LIST, CREATE]


def test_what_gh_refuses_is_said(plain: Clone, gh: Stub) -> None:
    gh.answers("list", "gh: not logged in; token=abcdefgh12345")
    gh.fails()
    with pytest.raises(MigratorError) as error:
        plain.publish(create=True)
    lines = error.value.lines()
    assert lines[0] == "`gh pr list` failed"
    assert "not logged in" in lines[1]
    assert "abcdefgh12345" not in lines[1]
    assert plain.tips()[0] == plain.tips()[1] != ""


def test_glab_makes_the_request_once(plain: Clone, glab: Stub) -> None:
    glab.answers("list", "No open merge requests match your search in example/fleet")
    assert create(plain) == (Outcome.MADE, ("https://host.example/7",))
    assert glab.words() == [LIST_MR, CREATE_MR]
    own = {"iid": 7, "web_url": "u", "description": "why", "source_project_id": 1}
    glab.answers("list", [{**own, "target_project_id": 1}])
    assert create(plain) == (Outcome.UP_TO_DATE, ("u",))
    glab.answers("list", [{**own, "description": None, "target_project_id": 1}])
    glab.calls()
    assert create(plain) == (Outcome.MADE, ("u",))
    assert glab.words() == [LIST_MR, ["mr", "update", "7", "--description", "why\n", "--yes"]]
    glab.answers("list", [{**own, "target_project_id": 2}])
    create(plain)
    assert glab.words() == [LIST_MR, CREATE_MR]


@pytest.mark.parametrize(
    ("url", "why", "commands"),
    [
        (GITHUB, "gh is not on PATH, so nothing was created", ["gh pr create"]),
        (GITLAB, "glab is not on PATH, so nothing was created", ["glab mr create"]),
        (
            "https://git.example.com/fleet",
            "the host of origin is not known for GitHub or GitLab, so nothing was created",
            ["gh pr create", "glab mr create"],
        ),
    ],
)
def test_where_nothing_can_be_created_it_is_pushed_and_the_commands_are_printed(
    url: str, why: str, commands: list[str], plain: Clone
) -> None:
    belongs_to(plain, url)
    proposal, remote = plain.proposal(), Remote("origin", push=True, create=True)
    done = published(proposal, remote)
    assert plain.tips()[0] == plain.tips()[1] != ""
    assert missing(proposal, remote, done) == why
    assert [" ".join(each.split()[:3]) for each in done.commands] == commands


def test_the_commands_can_be_typed(plain: Clone, gh: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """As they are printed, in the folder in which they are."""
    monkeypatch.chdir(plain.path)
    done = plain.publish(push=False)
    assert plain.tips()[1] == ""
    for command in done.commands:
        assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert plain.tips()[0] == plain.tips()[1]
    (made,) = gh.calls()
    file = f".git/multus-migrator/{BRANCH}.md"
    assert made["words"] == [*CREATE[:-1], file]
    assert (plain.path / file).read_text() == "why\n"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (GITHUB, Host.GITHUB),
        ("git@github.com:example/fleet.git", Host.GITHUB),
        ("ssh://git@ssh.github.com:443/example/fleet.git", Host.GITHUB),
        ("https://token@github.com/example/fleet", Host.GITHUB),
        ("https://GitHub.com/example/fleet", Host.GITHUB),
        (GITLAB, Host.GITLAB),
        ("ssh://git@gitlab.com:22/example/fleet.git", Host.GITLAB),
        ("https://ghe.example.com/example/fleet", Host.GITHUB),
        ("https://code.example.com/example/fleet", Host.GITLAB),
        ("https://github.com.example.net/example/fleet", None),
        ("https://example.net/github.com/fleet", None),
        ("file:///srv/gitlab/fleet.git", None),
        ("/srv/gitlab.com/fleet.git", None),
        ("../github.com/fleet.git", None),
        ("", None),
    ],
)
def test_the_host_is_told_by_the_url(
    url: str, host: Host | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GH_HOST", "ghe.example.com")
    monkeypatch.setenv("GITLAB_HOST", "https://code.example.com/")
    assert host_of(url) is host


@pytest.mark.kustomize
def test_two_stages_are_two_requests_the_second_a_draft(
    repo: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    gh = _stub("gh", GITHUB, repo, monkeypatch)
    run = repo.pr("--stage", "1", "--create")
    assert (run.code, run.err) == (0, "")
    _, first, _, second = gh.calls()
    title = "deploy: Move Multus from v4.1.4 thin to v4.2.4 thick (stage 1 of 2)"
    assert first["words"][2:8] == ["--head", BRANCH, "--base", "main", "--title", title]
    assert second["words"][2:8] == [
        *("--head", f"{BRANCH}-stage-2", "--base", BRANCH),
        *("--title", "deploy: Give Multus its update strategy back (stage 2 of 2)"),
    ]
    assert [each["words"][8:] for each in (first, second)] == [
        ["--body-file", "-"],
        ["--body-file", "-", "--draft"],
    ]
    assert "**This is stage one of two.**" in first["given"]
    assert "**This is stage two of two. Merge it when every node was moved**" in second["given"]
    assert "`bash rollout.sh status` says so" in second["given"]
    changed = git(repo.path, "diff", "--name-only", BRANCH, f"{BRANCH}-stage-2")
    assert changed.split() == ["deploy/multus.yaml"]
    lines = git(repo.path, "diff", "--unified=0", BRANCH, f"{BRANCH}-stage-2").splitlines()
    changes = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changes == [
        "-  annotations:",
        """-    multus-migrator/update-strategy: '{"type":"RollingUpdate"}'""",
        "-    type: OnDelete",
        "+    type: RollingUpdate",
    ]
    tips = [repo.tips(name) for name in (BRANCH, f"{BRANCH}-stage-2")]
    assert all(here == there != "" for here, there in tips)
    repo.pr("-q", "--stage", "1", "--push")
    assert tips == [repo.tips(name) for name in (BRANCH, f"{BRANCH}-stage-2")]


def test_once_stage_one_is_merged_stage_two_is_a_run_like_any_other(repo: Clone) -> None:
    assert repo.pr("-q", "--stage", "1").code == 0
    git(repo.path, "merge", "--quiet", "--no-ff", "-m", "merged", BRANCH)
    assert repo.pr("--stage", "1").out.startswith("NOTHING TO CHANGE")
    wanted = git(repo.path, "show", f"{BRANCH}-stage-2:{FILE}")
    for name in ("-stage-2", "-back"):
        git(repo.path, "branch", "--quiet", "-D", f"{BRANCH}{name}")
    run = repo.pr("--stage", "2")
    assert (run.code, run.err) == (0, "")
    log = git(repo.path, "log", "--format=%s", f"main..{BRANCH}")
    assert log == "Give Multus its update strategy back (stage 2 of 2)"
    text = git(repo.path, "show", f"{BRANCH}:{FILE}")
    assert text.replace("  annotations: {}\n", "") == wanted
    assert repo.tips(f"{BRANCH}-back")[0] == "", "no pod is replaced"
    body = (repo.path / f".git/multus-migrator/{BRANCH}.md").read_text()
    assert "**This is stage two of two. Merge it when every node was moved**" in body


def test_stage_two_of_what_is_thin_is_the_whole_move(repo: Clone) -> None:
    assert repo.pr("-q", "--stage", "2").code == 0
    subject = git(repo.path, "show", "-s", "--format=%s", BRANCH)
    assert subject == "Move Multus from v4.1.4 thin to v4.2.4 thick"
    body = (repo.path / f".git/multus-migrator/{BRANCH}.md").read_text()
    assert "stage two of two" not in body
