from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from migrator.model.plan import Plan
from migrator.report.safe import columns
from migrator.report.terminal import render, render_diff, render_plan
from migrator.report.writer import Context, ReportWriter
from tests import builders
from tests.report import plans
from tests.report.plans import account, attachment, changed, finding, planned

ANSI = re.compile(r"\x1b\[[0-9;]*m")
LONG = "/very/long/path" * 20


def crowded() -> Plan:
    """More of everything than a screen holds."""
    nads = [plans.NAD.replace("storage", f"net{n}") for n in range(30)]
    documents = builders.documents(*nads)
    objects = [
        planned(d, changed(d, ("spec", "config"), "{}", "a reason " * 30, "S20")) for d in documents
    ]
    known = plans.ready()
    return replace(
        known,
        objects=(*known.objects, *objects),
        findings=tuple(
            finding(f"{severity[0].upper()}{n:02}", severity, title="a title " * 12, seen="x " * 400,
                    remedy="y " * 400, error="z " * 400, manual=manual)
            for severity, manual in (("blocker", False), ("warning", True), ("warning", False))
            for n in range(20)
        ),
        accounts=tuple(account(f"--flag{n}={LONG}", "unknown", "no " * 60) for n in range(30)),
        attachments=tuple(attachment(f"net{n}", v) for n in range(9) for v in ("equal", "broken")),
    )  # fmt: skip


@pytest.mark.parametrize("width", [40, 80, 132])
@pytest.mark.parametrize("write", [render_plan, render])
@pytest.mark.parametrize("make", [plans.ready, crowded], ids=["small", "crowded"])
def test_no_line_is_wider_than_the_terminal_but_for_a_word_that_is(
    make: Callable[[], Plan], write: ReportWriter, width: int
) -> None:
    text = write(make(), Context(width=width))
    wide = [line for line in text.split("\n") if columns(line) > width]
    headings = [line for line in wide if "(multus-migrator " in line]
    assert not headings or width == 40
    assert [line for line in wide if len(line.split()) > 2 and line not in headings] == []


@pytest.mark.parametrize("width", [0, 40, 80])
@pytest.mark.parametrize("write", [render_plan, render, render_diff])
def test_a_path_is_never_cut(write: ReportWriter, width: int) -> None:
    path = "/etc/cni/" + "net.d/" * 30 + "00-multus.conf"
    known = replace(
        finding("P04", seen=f"{path} is there", manual=True), source=plans.source(7, path)
    )
    (document,) = builders.documents(plans.NAD)
    step = changed(document, ("spec", "config"), path, f"{path} is read", "S20")
    plan = replace(plans.plan(planned(document, step)), findings=(known,))
    assert path in write(plan, Context(width=width)).split()


def test_a_pipe_gets_each_paragraph_as_one_line() -> None:
    lines = render(crowded(), Context(width=0)).splitlines()
    assert "       " + " ".join(["x"] * 400) in lines
    assert "  B00  " + " ".join(["a title"] * 12) in lines


@pytest.mark.parametrize("allowed", [frozenset[str](), frozenset(f"B{n:02}" for n in range(20))])
def test_a_summary_fits_a_screen_however_much_there_is(allowed: frozenset[str]) -> None:
    text = render_plan(replace(crowded(), allowed=allowed), Context(out="out"))
    assert len(text.splitlines()) <= 60


def test_a_usual_summary_fits_a_small_screen() -> None:
    assert len(render_plan(plans.ready(), Context(out="out")).splitlines()) <= 36


def test_what_is_cut_is_counted() -> None:
    text = render_plan(crowded())
    assert text.count("... and 17 more") == 2
    assert "... and 27 more" in text


@pytest.mark.parametrize("write", [render_plan, render, render_diff])
@pytest.mark.parametrize("make", [plans.ready, plans.blocked], ids=["ready", "blocked"])
def test_colour_adds_nothing_but_colour(make: Callable[[], Plan], write: ReportWriter) -> None:
    plain = write(make())
    coloured = write(make(), Context(color=True))
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert ANSI.sub("", coloured) == plain
    for line in coloured.split("\n"):
        assert line.count("\x1b[0m") * 2 == len(ANSI.findall(line))


@pytest.mark.parametrize(
    ("plan", "out", "first", "last"),
    [
        (plans.ready(), "out", "READY", "kubectl kustomize out"),
        (plans.ready(), "", "READY", "leave out --dry-run."),
        (plans.blocked(), "out", "BLOCKED by 1 problem.", "run plan again."),
        (plans.nothing(), "out", "NOTHING TO CHANGE", ""),
    ],
    ids=["ready", "nothing written", "blocked", "nothing to do"],
)  # fmt: skip
def test_the_verdict_comes_first_and_the_next_step_last(
    plan: Plan, out: str, first: str, last: str
) -> None:
    lines = render_plan(plan, Context(out=out)).splitlines()
    assert lines[0].startswith(first)
    assert lines[-2].endswith(last)


@pytest.mark.parametrize(
    ("plan", "end"),
    [
        (plans.ready(), "Plan: 4 to change, 1 new, 1 manual step, 1 unrecognised setting."),
        (plans.blocked(), "Plan: 1 blocker, 1 manual step, 1 unrecognised setting."),
        (plans.nothing(), "Plan: nothing to change, 0 manual steps."),
    ],
    ids=["ready", "blocked", "nothing to do"],
)
def test_the_end_is_what_the_plan_comes_to(plan: Plan, end: str) -> None:
    assert render_plan(plan, Context(width=0)).splitlines()[-1] == end


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_small_terminal_answers_what_a_reviewer_asks(count: int) -> None:
    """24 lines at 80 columns: what changes, what may break, what must I do, is it verified?"""
    steps = [
        finding(f"P0{n}", manual=True, seen="seen " * 90, remedy="first this, then that, " * 20)
        for n in range(count)
    ]
    plan = replace(plans.ready(), findings=tuple(steps), accounts=())
    proof = "Verified: built with kubectl kustomize v5.4.2, " + "compared with the plan. " * 4
    text = render_plan(plan, Context(out="out", verification=proof))
    screen = "\n".join(text.splitlines()[:24])
    assert "  image           ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2 ->" in screen
    assert "New access for the pods: the root directory of the node at /hostroot;" in screen
    assert "Networks: 1 of 3 unchanged; changed: app/fast" in screen
    assert "Verified: built with kubectl kustomize" in screen
    assert [f"Title of P0{n}" in screen for n in range(count)] == [True] * count
    assert screen.count("Do: first this") == count


@pytest.mark.parametrize("write", [render_plan])
def test_what_is_told_in_short_names_the_command_that_tells_all(write: ReportWriter) -> None:
    text = write(crowded(), Context(width=0))
    assert "Blockers (multus-migrator check INPUT... shows all)" in text
    assert "Warnings (multus-migrator check INPUT... shows all)" in text


def test_what_to_do_stands_out_and_places_are_dim() -> None:
    text = render(plans.ready(), Context(color=True))
    assert "\x1b[1;36mDo:\x1b[0m remedy of P04" in text
    assert "\x1b[2mmultus.yaml:7\x1b[0m" in text


def test_no_patches_means_no_changes_to_count() -> None:
    assert "What changes" not in render_plan(plans.blocked())


def test_a_check_without_findings_says_so() -> None:
    assert "No findings." in render(plans.nothing())


def test_a_check_names_what_was_allowed() -> None:
    plan = replace(plans.nothing(), findings=(finding("A1", "blocker"),), allowed=frozenset({"A1"}))
    assert "Allowed with --allow A1" in render(plan)


def test_the_same_json_written_differently_is_said_so() -> None:
    (nad,) = builders.documents(plans.NAD.replace('"token": "abc"', '"x": 1'))
    config = str(nad.data["spec"]["config"]).replace(" ", "")
    plan = plans.plan(planned(nad, changed(nad, ("spec", "config"), config, "one form", "S20")))
    text = render_diff(plan)
    assert "the same JSON, written differently" in text


def test_a_plan_without_changes_has_no_differences() -> None:
    assert "Nothing changes." in render_diff(plans.nothing())
