"""JUnit: what fails a build, what is skipped with a reason, and XML that every reader takes."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from msgspec.structs import replace

from migrator.model.inputs import ObjectRef
from migrator.model.plan import Finding, Plan
from migrator.report import junit
from tests.report import hostile, plans
from tests.report.poison import poisoned

TEXTS = pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
LEGAL = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""Char of XML 1.0."""
MULTUS = ObjectRef(group="apps", kind="DaemonSet", namespace="kube-system", name="kube-multus-ds")


def suites(plan: Plan) -> Element:
    return fromstring(junit.render(plan).encode())  # noqa: S314  # our own text


def case(*findings: Finding, **fields: Any) -> Element:
    """The one test case of these findings."""
    (found,) = suites(plans.plan(findings=findings, **fields)).iter("testcase")
    return found


def test_a_blocker_fails_and_says_what_to_do() -> None:
    found = case(plans.finding("P54", "blocker", object=MULTUS))
    assert found.get("classname") == "DaemonSet kube-system/kube-multus-ds"
    assert found.get("name") == "P54 Title of P54"
    failure = found.find("failure")
    assert failure is not None
    assert failure.get("message") == "seen of P54. Do: remedy of P54"


@pytest.mark.parametrize(
    ("finding", "allowed"),
    [
        (plans.finding("P12"), ()),
        (plans.finding("P12"), ("P12",)),
        (plans.finding("P12", "info"), ()),
        (plans.finding("P12", manual=True, cured=True), ()),
        (plans.finding("P12", "blocker", cured=True), ()),
    ],
    ids=["a warning", "an allowed warning", "a note", "a manual step that is cured", "cured"],
)
def test_what_does_not_block_passes_and_is_still_told(
    finding: Finding, allowed: tuple[str, ...]
) -> None:
    found = case(finding, allowed=frozenset(allowed))
    assert [child.tag for child in found] == ["system-out"]
    assert "seen of P12" in (found[0].text or "")


@pytest.mark.parametrize(
    ("finding", "reason"),
    [
        (plans.finding("P54", "blocker", suppressed="agreed"), "agreed"),
        (plans.finding("P12", suppressed="agreed"), "agreed"),
        (plans.finding("P54", "blocker"), "allowed with --allow P54"),
    ],
    ids=["a suppressed blocker", "a suppressed warning", "an allowed blocker"],
)
def test_what_was_accepted_is_skipped_with_the_reason(finding: Finding, reason: str) -> None:
    found = case(finding, allowed=frozenset({"P54"}))
    assert [(child.tag, child.get("message")) for child in found] == [("skipped", reason)]


def test_a_manual_step_is_skipped_with_what_to_do() -> None:
    found = case(plans.finding("P12", manual=True), plans.finding("P12", seen="a warning"))
    (skipped,) = found
    assert skipped.tag == "skipped"
    assert skipped.get("message") == "manual step: seen of P12. Do: remedy of P12"
    assert "a warning. Do: remedy of P12" in (skipped.text or "")


def test_a_manual_step_of_an_allowed_blocker_says_both() -> None:
    found = case(plans.finding("P54", "blocker", manual=True), allowed=frozenset({"P54"}))
    assert found[0].get("message") == (
        "manual step: seen of P54. Do: remedy of P54; allowed with --allow P54"
    )


def test_a_manual_step_that_blocks_fails() -> None:
    found = case(plans.finding("P54", "blocker", manual=True))
    assert [child.tag for child in found] == ["failure"]


def test_a_manual_step_that_is_suppressed_says_why() -> None:
    found = case(plans.finding("P12", manual=True, suppressed="agreed"))
    assert found[0].get("message") == "agreed"


def test_every_reason_is_told_once() -> None:
    reasons = ("agreed", "agreed", "nobody uses it")
    found = case(*(plans.finding(suppressed=r, seen=f"{n}") for n, r in enumerate(reasons)))
    assert found[0].get("message") == "agreed; nobody uses it"


def test_one_open_blocker_fails_the_case_although_others_are_suppressed() -> None:
    accepted = plans.finding("P54", "blocker", suppressed="agreed", seen="one")
    found = case(accepted, plans.finding("P54", "blocker", seen="two"))
    assert [child.tag for child in found] == ["failure"]
    assert found[0].text == "two. Do: remedy of P54"


def test_one_case_for_each_object_and_rule() -> None:
    findings = [
        plans.finding("P12", object=MULTUS, seen="one"),
        plans.finding("P12", object=MULTUS, seen="two"),
        plans.finding("P13", object=MULTUS),
        plans.finding("P12", object=replace(MULTUS, name="other")),
    ]
    found = list(suites(plans.plan(findings=tuple(findings))).iter("testcase"))
    assert [c.get("name") for c in found] == [
        "P12 Title of P12",
        "P13 Title of P13",
        "P12 Title of P12",
    ]
    assert "one. Do: remedy of P12\ntwo" in (found[0][0].text or "")


def test_objects_without_findings_are_seen_to_pass() -> None:
    found = suites(plans.nothing())
    assert [(c.get("classname"), c.get("name"), len(c)) for c in found.iter("testcase")] == [
        ("DaemonSet kube-system/kube-multus-ds", "nothing found", 0)
    ]


def test_a_suite_for_each_file_with_its_sums() -> None:
    known = plans.blocked()
    known = replace(
        known, findings=(*known.findings, plans.finding("N11", source=plans.source(1, "b.yaml")))
    )
    root = suites(known)
    sums = ("tests", "failures", "skipped")
    assert [(s.get("name"), *(s.get(name) for name in sums)) for s in root] == [
        ("multus.yaml", "11", "1", "2"),
        ("b.yaml", "1", "0", "0"),
    ]
    assert [root.get(name) for name in sums] == ["12", "1", "2"]


def test_a_plan_without_anything_is_still_a_document() -> None:
    root = suites(plans.plan())
    assert (root.tag, root.get("tests")) == ("testsuites", "0")


@TEXTS
def test_a_hostile_text_is_a_text_of_legal_characters(text: str) -> None:
    shown = junit.render(poisoned(text, blocked=True))
    assert LEGAL.fullmatch(shown)
    root = fromstring(shown.encode())  # noqa: S314  # our own text
    tags = {"testsuites", "testsuite", "testcase", "failure", "skipped", "system-out"}
    assert {element.tag for element in root.iter()} <= tags
    names = {name for element in root.iter() for name in element.attrib}
    assert names <= {"name", "classname", "tests", "failures", "skipped", "type", "message"}


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert junit.render(plans.ready()) == junit.render(plans.ready())
