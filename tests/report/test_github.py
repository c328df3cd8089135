"""GitHub Actions: workflow commands that say nothing but ours, and a summary that is not too long."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from migrator.model.inputs import Source
from migrator.model.plan import Finding
from migrator.report import github, github_summary, markdown
from migrator.report.safe import visible
from tests.report import hostile, plans
from tests.report.poison import poisoned

TEXTS = pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
COMMAND = re.compile(
    r"::(?P<level>error|warning|notice)"
    r" (?:file=(?P<file>[^:,]*),line=(?P<line>\d+),)?title=(?P<title>[^:,]*)::(?P<message>.*)"
)


def commands(*findings: Finding, allowed: tuple[str, ...] = ()) -> list[re.Match[str]]:
    shown = github.render(plans.plan(findings=findings, allowed=frozenset(allowed)))
    matches = [COMMAND.fullmatch(line) for line in shown.splitlines()]
    assert all(matches), shown
    verdict, *others = [match for match in matches if match]
    assert verdict["title"] == "multus-migrator"
    return others


def unescaped(text: str) -> str:
    """As the runner reads a property (ActionCommand.cs)."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


@pytest.mark.parametrize(
    ("severity", "level"), [("blocker", "error"), ("warning", "warning"), ("info", "notice")]
)
def test_severities_are_levels(severity: str, level: str) -> None:
    (command,) = commands(plans.finding("P12", severity))
    assert command["level"] == level
    assert (command["file"], command["line"]) == ("multus.yaml", "7")
    assert command["title"] == "P12 Title of P12"
    assert command["message"] == "seen of P12. Do: remedy of P12"


@pytest.mark.parametrize(
    ("finding", "allowed"),
    [
        (plans.finding("P12", cured=True), ()),
        (plans.finding("P12", suppressed="agreed"), ()),
        (plans.finding("P54", "blocker"), ("P54",)),
    ],
    ids=["cured", "suppressed", "allowed"],
)
def test_what_is_settled_is_not_told(finding: Finding, allowed: tuple[str, ...]) -> None:
    assert commands(finding, allowed=allowed) == []


def test_the_worst_comes_first_and_a_person_before_a_warning() -> None:
    found = commands(
        plans.finding("M05", "info"),
        plans.finding("P12"),
        plans.finding("P04", manual=True),
        plans.finding("P54", "blocker"),
    )
    assert [c["title"][:3] for c in found] == ["P54", "P04", "P12", "M05"]


def test_the_same_at_several_places_is_told_once() -> None:
    (command,) = commands(*(plans.finding(source=plans.source(n)) for n in range(1, 9)))
    assert command["line"] == "1"
    assert (
        "(also multus.yaml:2, multus.yaml:3, multus.yaml:4, multus.yaml:5, multus.yaml:6 and 2 more)"
        in command["message"]
    )


def test_a_rule_with_many_findings_leaves_room_for_others() -> None:
    found = commands(*(plans.finding(seen=f"case {n}") for n in range(30)), plans.finding("P91"))
    assert len(found) == 12
    assert found[10]["message"].startswith("20 more like it")
    assert found[10]["file"] is None
    assert found[11]["title"].startswith("P91")


def test_ten_findings_of_a_rule_are_all_told() -> None:
    found = commands(*(plans.finding(seen=f"case {n}") for n in range(10)))
    assert [c["message"] for c in found] == [f"case {n}. Do: remedy of P90" for n in range(10)]


def test_a_command_is_written_as_the_runner_reads_it() -> None:
    places = (Source(file="a:b,c%.yaml", line=3),)
    assert github._command("error", "a\r\nb: c, d%", "x\r\ny: z, %", places) == (
        "::error file=a%3Ab%2Cc%25.yaml,line=3,title=a%0D%0Ab%3A c%2C d%25::x%0D%0Ay: z, %25"
    )


def test_a_finding_without_a_place_has_no_file() -> None:
    (command,) = commands(plans.finding(source=None))
    assert command["file"] is None


@pytest.mark.parametrize(
    "text",
    ["50% of a, b: c", "%0A::error::x", "a\nb", "a\r\nb", "x::y", "a,line=9,title=b::c"],
)
def test_what_the_runner_would_read_is_escaped(text: str) -> None:
    source = Source(file=f"{text}.yaml", line=3)
    (command,) = commands(plans.finding(title=text, seen=text, remedy="", source=source))
    assert unescaped(command["title"]) == f"P90 {visible(text)}"
    assert unescaped(command["file"]) == visible(f"{text}.yaml")
    assert command["line"] == "3"
    assert command["message"].replace("%25", "%") == visible(text)


@TEXTS
def test_a_hostile_text_starts_no_command(text: str) -> None:
    shown = github.render(poisoned(text, blocked=True))
    lines = shown.split("\n")
    assert lines.pop() == ""
    assert len(lines) == 5
    for line in lines:
        assert COMMAND.fullmatch(line)
        assert visible(line[1:]) == line[1:]  # the first colon is that of our own command


def test_a_quiet_plan_says_its_verdict_alone() -> None:
    shown = github.render(plans.nothing())
    assert shown == "::notice title=multus-migrator::NOTHING TO CHANGE\n"


def test_a_small_summary_is_the_markdown_report() -> None:
    assert github_summary.render(plans.ready()) == markdown.render(plans.ready())


@pytest.mark.parametrize("text", ["a" * 900, "ß" * 900, "網" * 900], ids=["1", "2", "3 bytes"])
def test_a_summary_never_has_more_bytes_than_github_shows(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert github_summary._BYTES == 1024 * 1024
    monkeypatch.setattr(github_summary, "_BYTES", 128 * 1024)
    findings = tuple(plans.finding(f"P{n}", seen=text) for n in range(190))
    known = replace(plans.ready(), findings=findings)
    size = len(github_summary.render(known).encode())
    assert size <= 128 * 1024
    assert size > len(markdown.render(known)) * 1.2
