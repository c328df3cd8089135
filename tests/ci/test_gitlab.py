"""The scripts of the template for GitLab, as they are written.

The project that they clone is one like this, whose installation takes no time.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.ci.forge import forge
from tests.ci.posting import post
from tests.ci.runner import BUMPED, OTHER, bash, program
from tests.ci.templates import gitlab_scripts, loaded
from tests.cli.test_review_git import commit, git
from tests.cli.tools import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> str:
    """A project like this one, at a tag, whose installation takes no time."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / ".ci", folder / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    git(folder, "init", "--quiet")
    program(folder / "made")
    (folder / ".ci" / "install.sh").write_text('#!/bin/sh\ncp -r "$(dirname "$0")/../made" "$1"\n')
    commit(folder, {})
    git(folder, "tag", "v1")
    commit(folder, {".ci/install.sh": "#!/bin/sh\nexit 77\n"})
    return f"file://{folder}"


@pytest.fixture
def job(project: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a job of GitLab; folders of mktemp are made where they are thrown away."""
    (tmp_path / "temp").mkdir()
    return {
        "MULTUS_REVIEW_PROJECT": project,
        "MULTUS_REVIEW_REF": "v1",
        "TMPDIR": str(tmp_path / "temp"),
    }


def test_gitlab_reviews_what_the_branch_does(repo: Path, job: dict[str, str]) -> None:
    base = git(repo, "rev-parse", "main")
    head = commit(repo, {**BUMPED, "multus-migrator-review": "a file of that name\n"})
    request = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head}
    empty = {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "", "MULTUS_REVIEW_PATHS": "infra\napps\n"}
    done = bash(gitlab_scripts("multus-migrator-review"), repo, {**job, **request, **empty})
    assert done.code == 4, done.err
    assert done.out.startswith("BREAKS: 1 new blocker\n")
    made = repo / "multus-migrator-review"
    artifacts = loaded(".ci/gitlab.yml")["multus-migrator-review"]["artifacts"]
    for path in (*artifacts["paths"], artifacts["reports"]["junit"]):
        assert (repo / path).is_file()
    assert 'failures="1"' in (made / "review.xml").read_text()
    assert "BREAKS" in post.comment((made / post.FILE).read_bytes())


def test_gitlab_reviews_the_result_of_a_merge(repo: Path, job: dict[str, str]) -> None:
    """What the target branch did meanwhile is not of this request."""
    base = git(repo, "rev-parse", "main")
    commit(repo, OTHER)
    git(repo, "checkout", "--quiet", "main")
    target = commit(repo, BUMPED)
    git(repo, "merge", "--quiet", "--no-ff", "--message", "merged", "change")
    request = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": target,
        "CI_COMMIT_SHA": git(repo, "rev-parse", "HEAD"),
    }
    done = bash(gitlab_scripts("multus-migrator-review"), repo, {**job, **request})
    assert done.code == 0, done.err
    assert done.out.startswith("CHANGES: 1 network changes")


@pytest.mark.parametrize("missing", ["MULTUS_REVIEW_PROJECT", "MULTUS_REVIEW_REF"])
def test_gitlab_says_which_variable_is_missing(
    repo: Path, job: dict[str, str], missing: str
) -> None:
    done = bash(gitlab_scripts("multus-migrator-review"), repo, {**job, missing: ""})
    assert done.code != 0
    assert f"{missing}: is not set: the " in done.err
    assert not (repo / "multus-migrator-review").exists()


@pytest.mark.parametrize("ref", ["gone", "--upload-pack=touch PWNED"])
def test_gitlab_stops_at_a_project_that_is_not_there(
    repo: Path, job: dict[str, str], ref: str
) -> None:
    done = bash(gitlab_scripts("multus-migrator-review"), repo, {**job, "MULTUS_REVIEW_REF": ref})
    assert done.code not in (0, 4)
    assert not [*Path(job["TMPDIR"]).rglob("PWNED"), *repo.rglob("PWNED")]


def test_gitlab_posts_the_note(repo: Path, job: dict[str, str]) -> None:
    text = f"{post.MARKER}\n## multus-migrator review\n\n**BREAKS: 1 new blocker**\n"
    (repo / "multus-migrator-review").mkdir()
    (repo / "multus-migrator-review" / post.FILE).write_text(text)
    notes = "/projects/3/merge_requests/7/notes"
    with forge() as api:
        api.answers = {"/user": {"id": 40}, notes: []}
        request = {
            "CI_API_V4_URL": api.url,
            "CI_MERGE_REQUEST_PROJECT_ID": "3",
            "CI_MERGE_REQUEST_IID": "7",
            "MULTUS_REVIEW_TOKEN": "t0ken",
        }
        done = bash(gitlab_scripts("multus-migrator-note"), repo, {**job, **request})
        expected = "multus-migrator: the comment is made\n"
        assert (done.code, done.out, done.err) == (0, expected, "")
        assert api.written() == [("POST", notes, text)]
