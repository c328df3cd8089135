"""Forges that answer on this machine, and a repository to review."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci.forge import Elsewhere, Forge, artifact, forge
from tests.ci.github import ARTIFACTS, BREAKS, COMMENTS, PULL, REPO, RUN, happened
from tests.ci.runner import START
from tests.cli.test_review_git import commit, git


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Forge]:
    """GitHub with an open pull request of a fork, its run, and no comment; the job that a run starts."""
    with forge() as made:
        made.answers = {
            f"{REPO}/pulls": [PULL],
            ARTIFACTS: {"artifacts": [{"id": 5, "size_in_bytes": 400, "expired": False}]},
            f"{REPO}/actions/artifacts/5/zip": Elsewhere(f"{made.url}/blob"),
            "/blob": artifact(BREAKS),
            COMMENTS: [],
            **{f"{REPO}/issues/comments/{each}": {} for each in (11, 12)},
        }
        environment = {
            "GITHUB_API_URL": made.url,
            "GITHUB_REPOSITORY": "shop/infra",
            "GITHUB_TOKEN": "t0ken",
            "GITHUB_RUN_ID": "99",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "no_proxy": "127.0.0.1",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        happened(tmp_path, workflow_run=RUN)
        yield made


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository in whose branch `change` nothing has happened yet."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, START)
    git(folder, "checkout", "--quiet", "-b", "change")
    return folder
