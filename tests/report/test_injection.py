"""A pull request from a fork can write anything into a manifest; no report may be led by it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from markdown_it import MarkdownIt

from migrator.report import markdown, runbook, terminal
from migrator.report.safe import visible
from migrator.report.writer import ALONE, Context, ReportWriter
from tests.report import hostile
from tests.report.poison import poisoned

pytestmark = pytest.mark.slow

TEXTS = pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
BLOCKED = pytest.mark.parametrize("blocked", [False, True], ids=["ready", "blocked"])
COLOUR = re.compile(r"\x1b\[(?:0|1|2|3[0-6]|1;3[0-6])m")

PLAIN: dict[str, ReportWriter] = {
    "plan": terminal.render_plan,
    "check": terminal.render,
    "diff": terminal.render_diff,
}


@TEXTS
@BLOCKED
@pytest.mark.parametrize("name", PLAIN)
def test_a_terminal_is_sent_nothing_but_our_own_colours(
    name: str, blocked: bool, text: str
) -> None:
    shown = PLAIN[name](poisoned(text, blocked=blocked), Context(color=True))
    for line in COLOUR.sub("", shown).split("\n"):
        assert visible(line) == line


OWN_HTML = re.compile(
    r"(?:<details><summary>(?:<code>[^<>]*</code>: )?[^<>]*</summary>|</details>)\n?"
)
OWN_HEADINGS = {
    "Blockers", "What changes", "What would change", "Manual steps",
    "Unrecognised settings (dropped)", "Decisions",
    "Changes", "Networks of workloads", "Plugins on the nodes", "Warnings", "Decide", "Before",
    "Node by node", "Stop", "After", "Later restarts and reboots", "The way back",
}  # fmt: skip
ALIVE = re.compile(
    r"(?:^|[^\w`])@\w|(?:^|\W)#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|://|\bwww\.|:[a-z+1]+:|\$\w", re.I
)
"""What GitHub makes a mention, a reference, a commit, a link, an emoji or maths of."""

MARKDOWN: dict[str, ReportWriter] = {
    "report": markdown.render,
    "runbook": runbook.render,
}


@cache
def parser() -> Any:
    return MarkdownIt("gfm-like", {"html": True, "linkify": True})


@cache
def tokens(text: str) -> list[Any]:
    """The tokens of GitHub's dialect, inline ones too."""
    return [t for token in parser().parse(text) for t in (token, *(token.children or ()))]


@cache
def rendered(name: str, text: str, *, blocked: bool) -> str:
    return MARKDOWN[name](poisoned(text, blocked=blocked))


@TEXTS
@BLOCKED
@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_holds_no_markup_but_our_own(name: str, blocked: bool, text: str) -> None:
    shown = rendered(name, text, blocked=blocked)
    found = tokens(shown)
    heading = [
        found[i + 1].content
        for i, t in enumerate(found)
        if t.type == "heading_open" and t.tag != "h1"
    ]
    assert {*heading} <= OWN_HEADINGS
    forbidden = {"link_open", "image", "html_inline", "em_open", "s_open", "blockquote_open"}
    assert [(t.type, t.content, t.attrs) for t in found if t.type in forbidden] == []
    html = [t.content for t in found if t.type == "html_block"]
    assert [content for content in html if not OWN_HTML.fullmatch(content)] == []
    words = [t.content for t in found if t.type == "text"]
    assert [content for content in words if ALIVE.search(content)] == []
    for line in shown.split("\n"):
        assert visible(line) == line


@TEXTS
def test_every_row_of_a_table_has_its_columns(text: str) -> None:
    found = tokens(rendered("report", text, blocked=False))
    widths: list[int] = []
    rows: list[int] = []
    for token in found:
        if token.type == "tr_open":
            rows.append(0)
        elif token.type in ("td_open", "th_open"):
            rows[-1] += 1
        elif token.type == "table_close":
            widths.append(len(set(rows)))
            rows = []
    assert widths == [1, 1, 1, 1, 1]


@BLOCKED
@pytest.mark.parametrize("name", ["fence", "table", "HTML", "backtick at the end", "mention"])
def test_the_limit_holds_for_hostile_texts(blocked: bool, name: str) -> None:
    plan = poisoned(hostile.TEXTS[name] * 100, blocked=blocked)
    assert len(markdown.fitted(plan, ALONE, 20_000)) <= 20_000


def test_a_backslash_before_a_pipe_does_not_end_a_cell_in_any_dialect() -> None:
    """Old and new releases of cmark-gfm disagree about ``\\\\|``: no cell may hold one."""
    shown = markdown.render(poisoned("a \\| b \\\\| c"))
    rows = [line for line in shown.split("\n") if line.startswith("|")]
    assert len(rows) > 8
    assert not any("\\\\|" in row for row in rows)


def test_templates_in_a_manifest_are_not_run() -> None:
    shown = markdown.render(poisoned("{{ 7 * 7 }}"))
    assert "{{ 7 * 7 }}" in shown
    assert "49" not in shown
