"""The comment of a review: which request gets it, which comment is updated, and what is refused."""

from __future__ import annotations

import json
import random
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ci.comment import post
from migrator.live.reviewed import Review
from migrator.report import review as reports
from tests.ci.forge import Elsewhere, Forge, Status, archive, artifact, forge
from tests.live.changes import (
    annotated,
    changed,
    image,
    nad,
    nodes,
    reviewed,
    set_main,
    thick,
    thin,
)
from tests.report.hostile import TEXTS

NETWORKS = "k8s.v1.cni.cncf.io/networks"
REPO = "/repos/shop/infra"
COMMENTS = f"{REPO}/issues/7/comments"
ARTIFACTS = f"{REPO}/actions/runs/30/artifacts"
SHA = "1f" * 20
BREAKS = f"{post.MARKER}\n## multus-migrator review\n\n**BREAKS: 1 new blocker**\n"
NOTHING = BREAKS.replace("BREAKS: 1 new blocker", "NOTHING CHANGES")
RUN: dict[str, Any] = {
    "id": 30,
    "event": "pull_request",
    "head_sha": SHA,
    "head_branch": "bump/a&b",
    "head_repository": {"id": 2, "owner": {"login": "guest"}},
}
PULL = {"number": 7, "head": {"sha": SHA, "ref": "bump/a&b", "repo": {"id": 2}}}


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


def happened(tmp_path: Path, **event: Any) -> None:
    (tmp_path / "event.json").write_text(json.dumps(event))


def said(number: int, login: str = post.AUTHOR, body: str | None = BREAKS) -> dict[str, Any]:
    return {"id": number, "user": {"login": login}, "body": body}


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


def _entry(kind: int = stat.S_IFREG, name: str = post.FILE) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (kind | 0o777) << 16
    return entry


ARCHIVES = {
    "two files": archive((post.FILE, BREAKS), ("b.md", BREAKS)),
    "two files of one name": archive((post.FILE, BREAKS), ("xomment.md", BREAKS)).replace(
        b"xomment.md", post.FILE.encode()
    ),
    "a link": archive((_entry(stat.S_IFLNK), "/etc/passwd")),
    "a link with the text of a comment": archive((_entry(stat.S_IFLNK), BREAKS)),
    "a pipe": archive((_entry(stat.S_IFIFO), BREAKS)),
    "a folder": archive((_entry(stat.S_IFDIR, f"{post.FILE}/"), "")),
    "a file in a folder": archive((f"x/{post.FILE}", BREAKS)),
    "a path upwards": archive((f"../{post.FILE}", BREAKS)),
    "another name": archive(("note.md", BREAKS)),
    "no file": archive(),
    "no archive": BREAKS.encode(),
    "half an archive": artifact(BREAKS)[:60],
    "nothing": b"",
}

BODIES: dict[str, str | bytes] = {
    "no marker": BREAKS.partition("\n")[2],
    "the marker later": "\n" + BREAKS,
    "a blank before the marker": " " + BREAKS,
    "a byte order mark": "\ufeff" + BREAKS,
    "the marker of something else": BREAKS.replace(" review -->", " reviews -->"),
    "not UTF-8": BREAKS.encode() + b"- \xff\n",
    "UTF-16": BREAKS.encode("utf-16"),
    "a null": BREAKS + "- a\0\n",
    **{
        f"a line: {line[:30]!r}": f"{BREAKS}\n{line}\n"
        for line in (
            *("::set-env name=PATH::/x", "::error::x", "##[group]x", "- ::stop-commands::x\r"),
            *("@octocat", "- thanks @octocat", "## @org/team", "**@octocat**", "- a`b @octocat"),
            *("- #1", "## ## #1", "- GH-1", "- octo/repo#1", "- !12", "- %3", "- closes #1"),
            *("/approve", "- /approve", "  /merge", "plain words", "    - x\ty", "1. x", "> x"),
            *("- [x](http://a.example)", "- ![x](a.png)", "- <img src=x>", "- <!-- x", "[a]: b"),
            *("- http://a.example", "- www.a.example", "- mailto:a", "<details>", "***", "- *x*"),
            *("| a | b |", "|---|", "```", "~~~", "- a\\`b`", "- ``a`", "**a** b", "# a", "### #1"),
            *("- \u202eabc", "- a\u200bb", "- \u00a0", "\u2028", "- caf\u00e9", "- `a\u202eb`"),
        )
    },
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_artifact_that_is_not_one_small_file_is_refused(name: str) -> None:
    with pytest.raises(post.Refused):
        post.comment(post.only_file(ARCHIVES[name]))


@pytest.mark.parametrize("name", BODIES)
def test_a_text_that_no_review_writes_is_refused(name: str) -> None:
    text = BODIES[name]
    with pytest.raises(post.Refused):
        post.comment(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(ARCHIVES["two files"], id="two files"),
        pytest.param(artifact(BREAKS + "::set-env name=a::hunter2\n"), id="a command"),
        pytest.param(artifact(BREAKS + "- @hunter2\n"), id="a mention"),
    ],
)
def test_what_is_refused_is_neither_posted_nor_printed(
    api: Forge, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    api.answers["/blob"] = data
    api.answers[COMMENTS] = [said(12)]
    assert post.main(["github"]) == 1
    assert api.written() == []
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.endswith("; nothing is posted\n")
    assert "hunter2" not in told.err


def test_much_in_a_small_archive_is_not_unpacked(api: Forge) -> None:
    text = BREAKS + "- a\n" * 3_000_000
    api.answers["/blob"] = artifact(text)
    assert len(text) > 10_000_000
    assert len(api.answers["/blob"]) < post.MOST
    assert len(post.only_file(api.answers["/blob"])) == post.MOST + 1
    assert post.main(["github"]) == 1
    assert api.written() == []


def test_a_large_artifact_is_not_fetched(api: Forge) -> None:
    large = {"id": 5, "size_in_bytes": 10_000_000, "expired": False}
    api.answers[ARTIFACTS] = {"artifacts": [large]}
    assert post.main(["github"]) == 1
    assert not [each for each in api.asked if each.path.endswith("/zip")]


def test_a_spoiled_archive_gives_the_comment_or_is_refused() -> None:
    good, chance = artifact(BREAKS), random.Random(15)  # noqa: S311
    for _ in range(2000):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            assert post.comment(post.only_file(bytes(data)))
        except post.Refused:
            continue


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_a_review_writes_is_taken(text: str) -> None:
    """Whatever stands in the manifests, and whatever the two sides are called."""
    network = nad({"name": text, "type": "bridge", "bridge": text})
    edits = [network, set_main(command=[text]), image(text), annotated(NETWORKS, text)]
    is_template = "{{" in text
    _taken(reviewed(thin(), changed(thin(), *([] if is_template else edits))), text)


def test_the_review_of_a_move_is_taken() -> None:
    assert not post.is_quiet(_taken(reviewed(thin(), thick(), files=nodes()), "main"))


@pytest.mark.parametrize("objects", [thin(), []], ids=["nothing changes", "no Multus"])
def test_the_review_of_no_change_is_no_news(objects: list[dict[str, Any]]) -> None:
    assert post.is_quiet(_taken(reviewed(objects, objects), "main"))


def _taken(review: Review, side: str) -> str:
    text = reports.markdown(reports.clean(review, side, side))
    assert post.comment(text.encode()) == text
    return text


def test_both_sides_have_one_marker() -> None:
    assert post.MARKER == reports.MARKER


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
