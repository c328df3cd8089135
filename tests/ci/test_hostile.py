"""What an artifact may hold: what a review writes, and nothing else."""

from __future__ import annotations

import random
import stat
import zipfile
from typing import Any

import pytest

from migrator.live.reviewed import Review
from migrator.report import review as reports
from tests.ci.forge import Forge, archive, artifact
from tests.ci.github import ARTIFACTS, BREAKS, COMMENTS, said
from tests.ci.posting import post
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
    "compressed in another way": archive((post.FILE, BREAKS), method=zipfile.ZIP_LZMA),
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
            *("- \\`@user `", "- ``a`@user`", "- \\\\@user", "- <b>", "- a\\", "- *b*"),
            *("- \u202eabc", "- a\u200bb", "- \u00a0", "\u2028", "- `a\u202eb`"),
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


def test_an_answer_has_a_bound(api: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "_ANSWER", 200)
    api.answers[COMMENTS] = [said(11, "guest", "x" * 300)]
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
