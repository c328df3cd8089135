"""The comment on a pull request: which one gets it, and which comment is updated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ci.forge import Forge, Status, artifact
from tests.ci.github import (
    ARTIFACTS,
    BREAKS,
    COMMENTS,
    NOTHING,
    PULL,
    REPO,
    RUN,
    SHA,
    happened,
    said,
)
from tests.ci.posting import post


def test_a_fork_gets_its_comment(api: Forge) -> None:
    assert post.main(["github"]) == 0
    assert api.written() == [("POST", COMMENTS, BREAKS)]
    (pulls,) = [each for each in api.asked if each.path == f"{REPO}/pulls"]
    assert (pulls.query["head"], pulls.query["state"]) == ("guest:bump/a&b", "open")


def test_the_token_goes_to_the_api_alone(api: Forge, capsys: pytest.CaptureFixture[str]) -> None:
    post.main(["github"])
    assert {each.token for each in api.asked if each.path != "/blob"} == {"Bearer t0ken"}
    assert [each.token for each in api.asked if each.path == "/blob"] == [""]
    assert "t0ken" not in "".join(capsys.readouterr())


def test_the_next_run_updates_it(api: Forge) -> None:
    api.answers[COMMENTS] = [said(11), said(12)]
    assert post.main(["github"]) == 0
    assert api.written() == [("PATCH", f"{REPO}/issues/comments/11", BREAKS)]


def test_it_is_found_behind_many_others(api: Forge) -> None:
    api.answers[COMMENTS] = [*(said(n, "guest", "hello") for n in range(100, 305)), said(12)]
    assert post.main(["github"]) == 0
    assert api.written() == [("PATCH", f"{REPO}/issues/comments/12", BREAKS)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(said(11, "guest"), id="somebody who writes the marker"),
        pytest.param(said(11, body="see " + BREAKS), id="a comment that quotes it"),
        pytest.param(said(11, body="deployed"), id="another workflow"),
        pytest.param(said(11, body=None), id="no text"),
        pytest.param({**said(11), "user": None}, id="a user who is gone"),
    ],
)
def test_comments_of_others_are_left_alone(api: Forge, other: dict[str, Any]) -> None:
    api.answers[COMMENTS] = [other]
    assert post.main(["github"]) == 0
    assert api.written() == [("POST", COMMENTS, BREAKS)]


@pytest.mark.parametrize("there", [False, True])
def test_no_news_makes_no_comment_but_updates_one(api: Forge, there: bool) -> None:
    api.answers["/blob"] = artifact(NOTHING)
    api.answers[COMMENTS] = [said(12)] if there else []
    assert post.main(["github"]) == 0
    expected = [("PATCH", f"{REPO}/issues/comments/12", NOTHING)] if there else []
    assert api.written() == expected


def test_a_job_of_the_pull_request_itself(api: Forge, tmp_path: Path) -> None:
    api.answers[f"{REPO}/actions/runs/99/artifacts"] = api.answers.pop(ARTIFACTS)
    head = {"sha": SHA, "ref": "bump", "repo": {"id": 2, "owner": {"login": "shop"}}}
    twin = {"number": 8, "head": PULL["head"]}
    api.answers[f"{REPO}/pulls"] = [twin, PULL]
    happened(tmp_path, pull_request={"number": 7, "head": head})
    assert post.main(["github"]) == 0
    assert api.written() == [("POST", COMMENTS, BREAKS)]


@pytest.mark.parametrize(
    "run",
    [
        pytest.param({"event": "push"}, id="not for a pull request"),
        pytest.param({"head_repository": None}, id="a fork that is gone"),
        pytest.param({"head_sha": "2e" * 20}, id="a pull request that moved on"),
        pytest.param(
            {"head_repository": {"id": 3, "owner": {"login": "guest"}}}, id="another fork"
        ),
    ],
)
def test_a_run_without_a_request_posts_nothing(
    api: Forge, tmp_path: Path, run: dict[str, Any]
) -> None:
    happened(tmp_path, workflow_run={**RUN, **run})
    assert post.main(["github"]) == 0
    assert api.written() == []
    assert not [each for each in api.asked if "artifacts" in each.path]


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([], id="none"),
        pytest.param([{"id": 5, "size_in_bytes": 400, "expired": True}], id="expired"),
    ],
)
def test_a_run_without_an_artifact_posts_nothing(api: Forge, listed: list[Any]) -> None:
    api.answers[ARTIFACTS] = {"artifacts": listed}
    assert post.main(["github"]) == 0
    assert api.written() == []


def test_the_newest_artifact_counts(api: Forge) -> None:
    found = [{"id": n, "size_in_bytes": 400, "expired": False} for n in (4, 5, 3)]
    api.answers[ARTIFACTS] = {"artifacts": found}
    assert post.main(["github"]) == 0
    assert api.written() == [("POST", COMMENTS, BREAKS)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            {f"{REPO}/pulls": [PULL, {**PULL, "number": 8}]}, "several", id="two requests"
        ),
        pytest.param({COMMENTS: Status(403)}, "HTTP status 403: the token may", id="no right"),
        pytest.param({COMMENTS: b"<html>"}, "JSONDecodeError", id="no JSON"),
        pytest.param({COMMENTS: {"message": "busy"}}, "odd", id="no list"),
        pytest.param({ARTIFACTS: Status(500)}, "HTTP status 500", id="a fault"),
    ],
)
def test_what_fails_is_one_line(
    api: Forge, capsys: pytest.CaptureFixture[str], change: dict[str, Any], words: str
) -> None:
    api.answers |= change
    assert post.main(["github"]) == 1
    told = capsys.readouterr().err
    assert words in told
    assert (told.count("\n"), api.written()) == (1, [])


@pytest.mark.parametrize("event", [{}, {"push": {}}])
def test_another_event_is_refused(api: Forge, tmp_path: Path, event: dict[str, Any]) -> None:
    happened(tmp_path, **event)
    assert post.main(["github"]) == 1
    assert api.asked == []


@pytest.mark.parametrize("words", [[], ["gitlab"], ["github", "x"], ["gitlab", "a", "b"], ["x"]])
def test_another_command_line_is_refused(words: list[str]) -> None:
    assert post.main(words) == 1
