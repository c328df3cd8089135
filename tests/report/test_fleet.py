"""What is said of many clusters: what matters is on the first screen, and no text of a manifest acts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from migrator.live.fleet import Blocker, Result, told
from migrator.report.fleet import Named, Shard, as_json, as_markdown, as_text, failed
from migrator.report.html.fleet import render
from migrator.report.safe import visible
from tests.report import hostile, pages
from tests.report.test_injection import ALIVE

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/fleet.schema.json").read_text("utf-8"))
TEXTS = pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)


def named(*results: Result, shard: Shard | None = None) -> Named:
    return Named(told=told(results, whole=shard is None), digest="0" * 64, shard=shard)


def result(name: str, outcome: Any, group: str, **more: Any) -> Result:
    known = {"source": "v3.9.3 thin", "target": "v4.2.4", "changed": 2, "new": 1}
    return Result(name=name, outcome=outcome, fingerprint=group * 64, **{**known, **more})


def blocked(name: str, text: str = "the image has no thick tag") -> Result:
    blocker = Blocker(id="M01", title="No thick image is known", seen=text, remedy="say --image")
    return result(name, "blocked", "b", blockers=(blocker,))


def thousand() -> Named:
    """In three groups, one of which is blocked."""
    return named(
        *(
            (
                blocked(f"c{n:04}")
                if n % 10 == 3
                else result(f"c{n:04}", "ready", "a", manual=1)
                if n % 2
                else result(f"c{n:04}", "ready-if", "c", condition="the RBAC is there")
            )
            for n in range(1000)
        )
    )


def test_the_first_screen_says_which_groups_what_blocks_and_in_which_order() -> None:
    screen = as_text(thousand(), "out").splitlines()
    assert len(screen) <= 24
    assert screen[0] == "BLOCKED: 100 of 1,000 clusters blocked, 900 can go."
    text = "\n".join(screen)
    assert "1. BLOCKED: 100 clusters, v3.9.3 thin -> v4.2.4 thick\n" in text
    assert "M01 No thick image is known" in text
    assert "Do: say --image" in text
    assert "c0003, c0013, c0023 and 97 more" in text
    assert "2. READY IF: 500 clusters, v3.9.3 thin -> v4.2.4 thick: 2 changed, 1 new" in text
    assert "   if the RBAC is there\n" in text
    assert "3. READY: 400 clusters" in text
    assert "1. one cluster of each group: c0000, c0001\n" in text
    assert "2. the others, 898 clusters: c0002, c0004, c0005 and 895 more" in text


def test_the_reports_of_a_thousand_name_each_and_are_the_same_each_time() -> None:
    found = thousand()
    for text in (as_markdown(found), render(found)):
        assert all(f"c{n:04}" in text for n in range(1000))
    assert as_markdown(found) == as_markdown(thousand())
    assert len(render(found)) < 500_000
    paragraphs = pages.read(render(found)).all("p")
    assert not [p for p in paragraphs if p.all("details")], (
        "a browser would end the paragraph there"
    )
    document = json.loads(as_json(found, {"fleet.md": "x"}))
    assert not list(Draft202012Validator(SCHEMA).iter_errors(document))
    assert document["counts"] == {"blocked": 100, "ready": 400, "ready-if": 500}


@pytest.mark.parametrize(
    ("results", "first"),
    [
        ([result("a", "ready", "a")], "READY: all of 1 cluster can go."),
        (
            [result("a", "ready", "a"), result("b", "nothing-to-change", "b", changed=0, new=0)],
            "READY: 1 of 2 clusters can go.",
        ),
        ([failed("a", ["x"])], "FAILED: 1 cluster, 1 without a plan, none can go."),
        ([Result(name="a", outcome="not-found")], "NOT FOUND: none of 1 cluster has to go."),
        ([], "NOTHING TO CHANGE: none of 0 clusters has to go."),
        ([blocked("a")], "BLOCKED: 1 of 1 cluster blocked, none can go."),
    ],
)
def test_the_verdict(results: list[Result], first: str) -> None:
    for text in (as_text(named(*results), "out"), as_markdown(named(*results))[2:]):
        assert text.splitlines()[0] == first
    assert first.partition(": ")[2][:-1] in pages.read(render(named(*results))).text


def test_many_groups_are_cut_on_the_screen_alone() -> None:
    many = named(*(result(f"c{n}", "ready", f"{n:02}"[-1], source=f"{n}") for n in range(6)))
    more = named(
        *(Result(name=f"c{n}", outcome="ready", fingerprint=f"{n:064}") for n in range(99))
    )
    assert "more groups" not in as_text(many, "out")
    assert "... and 93 more groups" in as_text(more, "out")
    assert "99. **READY**" in as_markdown(more)


def test_blockers_that_read_otherwise_in_a_cluster_are_not_told_as_its_own() -> None:
    words = "These are the words of a; they differ in "
    equal = named(blocked("a"), blocked("b"))
    other = named(blocked("a"), blocked("b", "another image"), blocked("c"))
    assert words not in as_text(equal, "out") + as_markdown(equal) + render(equal)
    assert f"{words}b, whose own reports say" in as_text(other, "out")
    assert f"{words}[`b`](clusters/b/report.md), whose" in as_markdown(other)
    assert f'{words}<a href="clusters/b/report.html">b</a>, whose' in render(other)


def test_much_that_blocks_fits_one_screen() -> None:
    blockers = tuple(
        Blocker(id=f"P{n:02}", title="t", seen="s" * 400, remedy="r" * 400) for n in range(9)
    )
    groups = [
        Result(name=f"c{n}", outcome="blocked", fingerprint=f"{n:064}", blockers=blockers)
        for n in range(2)
    ]
    screen = as_text(named(*groups), "out")
    assert len(screen.splitlines()) <= 30
    assert screen.count("... and 6 more\n") == 2
    assert max(map(len, screen.splitlines())) < 220
    assert as_markdown(named(*groups)).count("P08") == 2


def test_lines_of_an_error_are_bounded_and_without_secrets() -> None:
    found = failed("a", ["token: hunter2x\x1b[31m", *("x" * 10_000 for _ in range(100))])
    assert len(found.error) == 21
    assert found.error[0] == "token: <redacted>"
    assert found.error[-1] == "... and 81 more lines"
    assert max(map(len, found.error)) < 500


def hostile_fleet(text: str) -> Named:
    return named(
        blocked("a", text),
        result("b", "ready-if", "c", condition=text, source=text, target=text),
        failed("c", [text, text]),
    )


def shapes(page: str) -> set[tuple[str, ...]]:
    return {(e.tag, *sorted(e.attributes)) for e in pages.read(page).walk()}


@TEXTS
def test_a_text_is_a_text(text: str) -> None:
    found = hostile_fleet(text)
    for line in as_text(found, "out").split("\n"):
        assert visible(line) == line
    page = render(found)
    assert shapes(page) <= shapes(render(hostile_fleet("plain")))
    parsed = MarkdownIt("gfm-like", {"html": True, "linkify": True}).parse(as_markdown(found))
    tokens = [t for token in parsed for t in (token, *(token.children or ()))]
    links = [t.attrs["href"] for t in tokens if t.type == "link_open"]
    assert {re.sub("clusters/[ab]/report.md", "", str(link)) for link in links} == {""}
    forbidden = {"image", "html_inline", "html_block", "em_open", "s_open", "blockquote_open"}
    assert [t for t in tokens if t.type in forbidden] == []
    assert [t.content for t in tokens if t.type == "text" and ALIVE.search(t.content)] == []
    headings = [t for t in tokens if t.type == "heading_open"]
    assert len(headings) == 4
