"""M16: what could not be read and may be Multus holds the plan back, what cannot be does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from migrator.model.inputs import Problem, Source
from migrator.model.plan import Assumption, Plan, Readiness
from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, target

INSTALL = daemonset("--multus-conf-file=auto")


def _plan(*problems: Problem, allowed: tuple[str, ...] = ()) -> Plan:
    inventory = builders.inventory(INSTALL)
    reading = replace(inventory.reading, problems=problems)
    return make_plan(replace(inventory, reading=reading), target(), allowed)


def _problem(*, related: bool) -> Problem:
    source = Source(file="apps/multus/app.yaml", line=3)
    return Problem(source=source, message="broken YAML", hint="check it", related=related)


def test_a_part_that_names_multus_is_a_blocker_with_its_place() -> None:
    plan = _plan(_problem(related=True))
    (found,) = (f for f in plan.findings if f.id == "M16")
    assert found.severity == "blocker"
    assert found.source == Source(file="apps/multus/app.yaml", line=3)
    assert found.seen == "apps/multus/app.yaml:3: broken YAML"
    assert plan.readiness is Readiness.NOT_SEEN_WHOLE


@pytest.mark.parametrize("problems", [(), (_problem(related=False),)], ids=["none", "unrelated"])
def test_what_cannot_be_multus_is_left_alone(problems: tuple[Problem, ...]) -> None:
    plan = _plan(*problems)
    assert not [f for f in plan.findings if f.id == "M16"]
    assert plan.readiness is Readiness.READY_IF


def test_allowed_it_is_an_assumption() -> None:
    plan = _plan(_problem(related=True), allowed=("M16",))
    assert plan.readiness is Readiness.READY_IF
    assert Assumption.UNSEEN in plan.assumptions
