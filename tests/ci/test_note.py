"""The note on a merge request of GitLab: there is one, and it is updated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ci.forge import Forge, forge
from tests.ci.github import BREAKS
from tests.ci.posting import post

NOTES = "/projects/3/merge_requests/7/notes"


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Forge]:
    """GitLab with a merge request without notes, and a file to post."""
    (tmp_path / "comment.md").write_text(BREAKS)
    with forge() as made:
        made.answers = {"/user": {"id": 40}, NOTES: [], f"{NOTES}/12": {}}
        environment = {
            "CI_API_V4_URL": made.url,
            "CI_MERGE_REQUEST_PROJECT_ID": "3",
            "CI_MERGE_REQUEST_IID": "7",
            "MULTUS_REVIEW_TOKEN": "t0ken",
            "no_proxy": "127.0.0.1",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield made


def noted(number: int, author: int, body: str = BREAKS) -> dict[str, Any]:
    return {"id": number, "author": {"id": author}, "body": body}


@pytest.mark.parametrize(
    ("notes", "written"),
    [
        pytest.param([], ("POST", NOTES, BREAKS), id="the first"),
        pytest.param([noted(12, 40)], ("PUT", f"{NOTES}/12", BREAKS), id="the next"),
        pytest.param([noted(12, 41)], ("POST", NOTES, BREAKS), id="of somebody else"),
        pytest.param([noted(12, 40, "hello")], ("POST", NOTES, BREAKS), id="another of ours"),
    ],
)
def test_a_merge_request_has_one_note(
    gitlab: Forge, tmp_path: Path, notes: list[Any], written: tuple[str, str, str]
) -> None:
    gitlab.answers[NOTES] = notes
    assert post.main(["gitlab", str(tmp_path / "comment.md")]) == 0
    assert gitlab.written() == [written]
    assert {each.token for each in gitlab.asked} == {"t0ken"}


def test_a_job_without_a_review_posts_nothing(gitlab: Forge, tmp_path: Path) -> None:
    assert post.main(["gitlab", str(tmp_path / "none.md")]) == 0
    assert gitlab.asked == []


@pytest.mark.parametrize("kind", ["a link", "a link to nothing", "a folder", "a command"])
def test_a_file_that_is_no_review_is_refused(gitlab: Forge, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "x.md"
    if kind == "a folder":
        file.mkdir()
    elif kind == "a command":
        file.write_text(f"{BREAKS}/merge\n")
    else:
        file.symlink_to(tmp_path / ("comment.md" if kind == "a link" else "none.md"))
    assert post.main(["gitlab", str(file)]) == 1
    assert gitlab.asked == []
