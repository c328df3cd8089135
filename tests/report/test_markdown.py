from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from migrator.model.plan import Decision, Plan
from migrator.report.markdown import PULL_REQUEST, fitted, render
from migrator.report.writer import ALONE, Context
from tests import builders
from tests.report import plans
from tests.report.plans import account, attachment, changed, finding, planned


@cache
def many_nads(count: int) -> tuple[Any, ...]:
    texts = [plans.NAD.replace("storage", f"net-{n}") for n in range(count)]
    return tuple(
        planned(d, changed(d, ("spec", "config"), '{"type": "bridge"}', "written out", "S20"))
        for d in builders.documents(*texts)
    )


@cache
def large(count: int) -> Plan:
    """Thousands of objects, attachments, accounts and warnings."""
    known = plans.ready()
    nads = many_nads(min(count, 300)) * (count // 300 + 1)
    return replace(
        known,
        objects=(*nads, *known.objects),
        findings=(
            *(finding(f"P{n % 60:02}", seen=f"place {n}") for n in range(count)),
            *(finding(f"B{n:02}", "blocker", seen=f"{n} " * 300) for n in range(20)),
            *(finding(f"M{n:02}", manual=True, remedy="do " * 300) for n in range(20)),
        ),
        accounts=tuple(account(f"--flag{n}", "unknown" if n % 2 else "kept") for n in range(count)),
        attachments=tuple(
            attachment(f"app/net{n}", "broken" if n % 3 else "equal") for n in range(count)
        ),
        decisions=tuple(Decision(subject=f"s{n}", choice="c", reason="r") for n in range(count)),
    )


@pytest.mark.parametrize("limit", [4_000, 20_000, PULL_REQUEST, 1_000_000])
@pytest.mark.slow
def test_a_large_plan_fits(limit: int) -> None:
    text = fitted(large(1_500), ALONE, limit)
    assert len(text) <= limit
    assert len(text) > limit * 0.8 or limit == 1_000_000


def test_risks_and_manual_steps_are_never_cut() -> None:
    text = render(large(1_500))
    for n in range(20):
        assert f"**B{n:02}**" in text
        assert f"**M{n:02}**" in text
    for n in range(60):
        assert f"**P{n:02}**" in text


def test_what_was_left_out_is_counted_and_named() -> None:
    plan = large(1_500)
    text = render(plan)
    shown = len(re.findall(r"<summary><code>|, left out here for length", text))
    left = re.search(r"Left out here for length: ([\d,]+) NetworkAttachmentDefinition", text)
    assert left
    assert shown + int(left[1].replace(",", "")) == len(plan.changed)
    assert re.search(r"Left out here for length: [\d,]+ attachments", text)


def test_the_objects_of_multus_come_before_the_networks() -> None:
    text = render(large(1_500))
    assert "DaemonSet kube-system/kube-multus-ds</code>: 6 fields</summary>" in text


@pytest.mark.parametrize("limit", [4_000, 20_000, PULL_REQUEST])
def test_no_fold_and_no_fence_stays_open(limit: int) -> None:
    text = fitted(large(1_500), ALONE, limit)
    assert text.count("<details>") == text.count("</details>")
    assert len(re.findall(r"^```", text, re.M)) % 2 == 0


@pytest.mark.parametrize("limit", [8_000, 20_000, PULL_REQUEST])
def test_the_opening_is_whole_whatever_else_gives_way(limit: int) -> None:
    """Diffs are left out first."""
    objects = [
        planned(d, changed(d, (*plans.MAIN, "image"), f"mirror.example/multus:{n}", "why", "S04"))
        for n in range(150)
        for d in builders.documents(builders.daemonset(name=f"multus-{n}"))
    ]
    known = plans.ready()
    plan = replace(known, objects=(*known.objects, *objects))
    text = fitted(plan, Context(verification="Verified: built."), limit)
    assert len(text) <= limit
    top = text.partition("## Warnings")[0]
    for part in (
        "154 changed, 1 new", "Verified: built.",
        "| what | today |", "more rows not shown here", "mounted at `/hostroot`",
        "**Networks:** 1 of 3", "- **P04**", "**Do:** remedy of P04", "--frobnicate=1",
    ):  # fmt: skip
        assert part in top


@pytest.mark.parametrize("limit", [0, 1, 10, 100, 1_000])
def test_any_limit_holds(limit: int) -> None:
    assert len(fitted(plans.blocked(), ALONE, limit)) <= limit


def test_one_huge_object_is_told_in_one_line() -> None:
    (nad,) = builders.documents(plans.NAD)
    one = changed(nad, ("spec", "config"), "x" * 100_000, "it is long", "S20")
    text = render(plans.plan(planned(nad, one)))
    assert "`NetworkAttachmentDefinition app/storage`: 1 field, left out here for length" in text


def test_a_clean_plan_is_short() -> None:
    text = render(plans.nothing(), Context(verification="Built."))
    assert len(text) < 600
    assert "##" not in text


def test_the_order_of_the_sections() -> None:
    text = render(plans.blocked())
    order = [
        "# BLOCKED", "**Blocked by 1", "Nothing was built", "## Blockers", "## What would change",
        "**What the new pods may do", "**Networks:** 1 of 3", "## Manual steps",
        "## Unrecognised settings", "## Warnings", "## Changes", "## Networks of workloads",
        "## Decisions", "Settings of the old install (", "Suppressed (", "Fixed by this migration (",
    ]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("plan", "statement", "expected"),
    [
        (plans.ready(), "Built with kustomize.", "Built with kustomize."),
        (plans.ready(), "", "Not verified"),
        (plans.blocked(), "", "Nothing was built"),
    ],
    ids=["verified", "not verified", "blocked"],
)
def test_the_statement_of_the_verification(plan: Plan, statement: str, expected: str) -> None:
    assert expected in render(plan, Context(verification=statement)).split("\n## ")[0]


_TEXT = st.text(max_size=40) | st.integers(0, 4000).map("word ".__mul__)
_FINDINGS = st.builds(
    lambda n, severity, seen, remedy, manual, cured: finding(
        f"P{n:02}", severity, seen=seen, remedy=remedy, manual=manual, cured=cured
    ),
    st.integers(0, 30),
    st.sampled_from(["blocker", "warning", "info"]),
    _TEXT,
    _TEXT,
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    findings=st.lists(_FINDINGS, max_size=40),
    accounts=st.lists(
        st.builds(account, _TEXT, st.sampled_from(["kept", "unknown", "dropped"]), _TEXT),
        max_size=40,
    ),
    attachments=st.lists(
        st.builds(attachment, _TEXT, st.sampled_from(["equal", "broken", "unknown"]), reason=_TEXT),
        max_size=40,
    ),
    limit=st.integers(6_000, 70_000),
)
def test_any_plan_fits_and_shows_every_blocker(
    findings: Any, accounts: Any, attachments: Any, limit: int
) -> None:
    plan = replace(
        plans.ready(),
        findings=tuple(findings),
        accounts=tuple(accounts),
        attachments=tuple(attachments),
    )
    text = fitted(plan, ALONE, limit)
    assert len(text) <= limit
    for found in plan.blockers:
        assert f"**{found.id}**" in text
    for found in plan.findings:
        if found.manual and not found.cured:
            assert f"**{found.id}**" in text
