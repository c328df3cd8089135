from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from migrator.model.plan import Finding, Plan
from migrator.report.summary import fates, grouped, summarise, worst_first
from tests import builders
from tests.report import plans
from tests.report.plans import attachment, finding


@pytest.mark.parametrize(
    ("findings", "where"),
    [
        ((finding("A", "blocker"),), "blockers"),
        ((finding("A", "blocker", manual=True),), "blockers"),
        ((finding("A", "blocker", cured=True),), "cured"),
        ((finding("A", "blocker", suppressed="known"),), "suppressed"),
        ((finding("A", manual=True, suppressed="known"),), "suppressed"),
        ((finding("A", manual=True),), "manual"),
        ((finding("A", "info", manual=True),), "manual"),
        ((finding("A", manual=True, cured=True),), "cured"),
        ((finding("A"),), "warnings"),
        ((finding("A", "info"),), "notes"),
        ((finding("A", "info", lasting=True),), "lasting"),
        ((finding("A", "info", lasting=True, suppressed="known"),), "suppressed"),
    ],
)
def test_each_finding_stands_in_one_place(findings: tuple[Finding, ...], where: str) -> None:
    summary = summarise(replace(plans.nothing(), findings=findings))
    places = ("blockers", "manual", "lasting", "warnings", "notes", "cured", "suppressed")
    assert [name for name in places if getattr(summary, name)] == [where]


def test_an_allowed_blocker_is_a_warning_that_says_so() -> None:
    plan = replace(plans.ready(), findings=(finding("A", "blocker"),), allowed=frozenset({"A"}))
    summary = summarise(plan)
    assert summary.status == "ready"
    assert [(g.id, g.allowed) for g in summary.warnings] == [("A", True)]


@pytest.mark.parametrize(
    ("make", "status"),
    [(plans.ready, "ready"), (plans.blocked, "blocked"), (plans.nothing, "nothing")],
)
def test_status(make: Callable[[], Plan], status: str) -> None:
    assert summarise(make()).status == status


def test_what_repeats_is_one_group_and_one_case_with_all_its_places() -> None:
    same = [finding("A", seen="x", source=plans.source(n)) for n in (3, 1, 3)]
    other = finding("A", seen="y", source=plans.source(9))
    (group,) = grouped([*same, other], frozenset())
    assert group.count == 4
    assert [(c.seen, [p.line for p in c.places]) for c in group.cases] == [
        ("x", [3, 1]),
        ("y", [9]),
    ]
    assert group.remedy == "remedy of A"


def test_different_remedies_stay_with_their_cases() -> None:
    (group,) = grouped([finding("A", remedy="one"), finding("A", remedy="two")], frozenset())
    assert group.remedy == ""
    assert [case.remedy for case in group.cases] == ["one", "two"]


def test_networks_that_do_not_stay_are_named_by_their_fate_the_worst_first() -> None:
    found = fates([attachment("a"), attachment("b", "cured"), attachment("c", "broken"),
                   attachment("c", "broken"), attachment("d", "broken")])  # fmt: skip
    assert found == (("broken", ("c", "d")), ("cured", ("b",)))


def test_the_worst_attachments_come_first() -> None:
    found = worst_first([attachment("a"), attachment("b", "broken"), attachment("c", "unknown")])
    assert [a.network for a in found] == ["b", "c", "a"]


def test_sources_of_several_daemonsets_are_named_once() -> None:
    two = (builders.daemonset(name="a"), builders.daemonset(name="b"), builders.v3(name="c"))
    plan = plans.plan(texts=two)
    assert summarise(plan).sources == ("v4.0.2 thin", "v3.9.3 thin")
