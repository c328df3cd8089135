"""Suppressing a finding: with a reason, for one object, until a day; and never out of sight."""

from __future__ import annotations

import datetime

import pytest
from msgspec.structs import replace

from migrator.checks.suppression import Suppression, annotated
from migrator.model.inputs import Problem, Source
from migrator.model.plan import Finding, Plan
from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, target

TODAY = datetime.date(2026, 6, 15)
DAEMONSET = "DaemonSet kube-system/kube-multus-ds"
BITNAMI = daemonset("--multus-conf-file=auto", image="docker.io/bitnami/multus-cni:4.1.4")


def _plan(*texts: str, suppress: tuple[Suppression, ...] = ()) -> Plan:
    return make_plan(builders.inventory(*texts), target(), (), suppress, TODAY)


def _suppression(
    id_: str = "M01",
    ref: str = DAEMONSET,
    reason: str = "the image is ours",
    expires: datetime.date | None = None,
) -> Suppression:
    source = Source(file="multus-migrator.toml", line=7)
    return Suppression(id=id_, object=ref, reason=reason, expires=expires, source=source)


def _with_annotation(key: str, value: str) -> str:
    meta = f'  annotations: {{"{key}": "{value}"}}\n'
    return BITNAMI.replace("  namespace: kube-system\n", f"  namespace: kube-system\n{meta}", 1)


def _of(plan: Plan, id_: str) -> list[Finding]:
    return [finding for finding in plan.findings if finding.id == id_]


def test_the_image_blocks_without_a_suppression() -> None:
    assert [f.id for f in _plan(BITNAMI).blockers] == ["M01"]


def test_an_annotation_with_a_reason_suppresses_and_is_shown() -> None:
    plan = _plan(_with_annotation("multus-migrator/ignore.M01", "the image is ours"))
    assert plan.blockers == ()
    assert [f.suppressed for f in _of(plan, "M01")] == ["the image is ours"]


def test_a_table_of_the_config_does_the_same() -> None:
    plan = _plan(BITNAMI, suppress=(_suppression(),))
    assert plan.blockers == ()
    assert [f.suppressed for f in _of(plan, "M01")] == ["the image is ours"]


@pytest.mark.parametrize(
    "suppression",
    [
        pytest.param(_suppression("M02"), id="another id"),
        pytest.param(_suppression(ref="DaemonSet kube-system/multus"), id="another object"),
        pytest.param(_suppression(ref="kube-multus-ds"), id="only a part of the reference"),
        pytest.param(_suppression(reason=""), id="no reason"),
        pytest.param(_suppression(expires=TODAY - datetime.timedelta(days=1)), id="yesterday"),
    ],
)
def test_what_does_not_fit_suppresses_nothing(suppression: Suppression) -> None:
    plan = _plan(BITNAMI, suppress=(suppression,))
    assert [f.id for f in plan.blockers] == ["M01"]
    assert [f.suppressed for f in _of(plan, "M01")] == [""]


def test_the_last_day_still_counts() -> None:
    plan = _plan(BITNAMI, suppress=(_suppression(expires=TODAY),))
    assert plan.blockers == ()
    assert _of(plan, "M10") == []


def test_an_expired_one_is_a_finding_itself() -> None:
    plan = _plan(BITNAMI, suppress=(_suppression(expires=datetime.date(2026, 6, 1)),))
    (expired,) = _of(plan, "M10")
    assert "M01" in expired.seen and "2026-06-01" in expired.seen
    assert expired.source == Source(file="multus-migrator.toml", line=7)
    assert expired.remedy == "review it again, and set a new date in expires"


def test_an_expired_one_that_nothing_needs_any_more_says_so() -> None:
    expired = _suppression("P49", "*", expires=datetime.date(2026, 6, 1))
    (finding,) = _of(_plan(BITNAMI, suppress=(expired,)), "M10")
    assert "nothing left to suppress" in finding.seen
    assert finding.remedy == "remove the entry"


def test_a_star_stands_for_findings_of_any_object_and_of_none() -> None:
    problem = Problem(source=Source(file="a.yaml", line=1), message="broken", hint="mend it")
    inventory = builders.inventory(BITNAMI)
    broken = replace(inventory, reading=replace(inventory.reading, problems=(problem,)))
    suppressions = (_suppression("M16", "*", "a template of another team"),)
    plan = make_plan(broken, target(), (), suppressions, TODAY)
    assert [f.object for f in _of(plan, "M16")] == [None]
    assert [f.suppressed for f in _of(plan, "M16")] == ["a template of another team"]


@pytest.mark.parametrize(
    ("key", "value", "seen"),
    [
        ("multus-migrator/ignore.M011", "a reason", "no rule has the id M011"),
        ("multus-migrator/ignore.S03", "a step cannot be suppressed", "no rule has the id S03"),
        ("multus-migrator/ignore.M01", "", "M01 has no reason"),
        ("multus-migrator/ignore.M01", "  ", "M01 has no reason"),
    ],
)
def test_an_annotation_that_cannot_work_is_a_finding(key: str, value: str, seen: str) -> None:
    plan = _plan(_with_annotation(key, value))
    (useless,) = _of(plan, "M11")
    assert useless.seen == seen
    assert useless.source is not None and useless.source.line == 6
    assert [f.id for f in plan.blockers] == ["M01"]


def test_an_id_that_was_withdrawn_is_known_and_said_to_hide_nothing() -> None:
    plan = _plan(BITNAMI, suppress=(_suppression("M07", "*"),))
    (useless,) = _of(plan, "M11")
    assert useless.seen.startswith("M07 was withdrawn. ") and "NOT FOUND" in useless.seen
    assert useless.remedy == "remove the suppression"


def test_an_unknown_id_comes_with_the_one_that_was_meant() -> None:
    (useless,) = _of(_plan(_with_annotation("multus-migrator/ignore.M011", "x")), "M11")
    assert "M01" in useless.remedy


def test_an_annotation_is_about_its_own_object_only() -> None:
    other = _with_annotation("multus-migrator/ignore.M01", "only this one").replace(
        "name: kube-multus-ds\n", "name: other\n"
    )
    plan = _plan(BITNAMI, other)
    assert {str(f.object): f.suppressed for f in _of(plan, "M01")} == {
        DAEMONSET: "",
        "DaemonSet kube-system/other": "only this one",
    }


def test_other_annotations_are_no_suppressions() -> None:
    documents = builders.documents(_with_annotation("example.com/ignore.M01", "x"))
    assert annotated(documents) == ()


def test_the_annotations_of_the_pod_template_are_no_suppressions() -> None:
    text = BITNAMI.replace(
        "labels: {name: multus}}\n",
        "labels: {name: multus}}\n",
    ).replace(
        "      labels: {name: multus}\n",
        '      labels: {name: multus}\n      annotations: {multus-migrator/ignore.M01: "x"}\n',
    )
    assert "ignore.M01" in text
    assert annotated(builders.documents(text)) == ()


def test_a_suppressed_manual_step_needs_no_person() -> None:
    hook = daemonset(container="livenessProbe: {exec: {command: [ls]}}", pod="hostNetwork: true\n")
    wide = (_suppression("M09"), *(_suppression(i) for i in ("P34", "P04", "P12")))
    assert _plan(hook).needs_person
    assert not _plan(hook, suppress=wide).needs_person


def test_suppressed_findings_come_after_those_that_count() -> None:
    plan = _plan(BITNAMI, suppress=(_suppression(),))
    flags = [(f.cured, bool(f.suppressed)) for f in plan.findings]
    assert flags == sorted(flags)
