"""Ruling 1: severity is judged after the plan, and what nobody has shown never blocks."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from migrator.catalogue.cases import Case, cases_of
from migrator.checks import RULES, STATE_CHECKS
from migrator.inventory.build import build_inventory
from migrator.model.inventory import Inventory
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, target, v3
from tests.rules.shared import parameters, planned

CASES = [c for rules, _ in STATE_CHECKS for r in rules for c in cases_of(r.id) if c.triggers]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(daemonset("--multus-conf-file=auto"), id="v4 thin"),
        pytest.param(v3("--multus-conf-file=auto"), id="v3"),
        pytest.param(v3("--multus-conf-file=/tmp/multus-conf/70-multus.conf"), id="a lost config"),
    ],
)
def test_nothing_that_is_merely_absent_blocks(text: str) -> None:
    nad = (
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
        "metadata: {name: istio-cni, namespace: default}\n"
    )
    assert make_plan(builders.inventory(text, nad), target()).blockers == ()


def _built(plan: Plan) -> Inventory:
    """The inventory of the planned build, read anew."""
    desired = {planned_object.ref: planned_object.desired for planned_object in plan.objects}
    reading = plan.before.inventory.reading
    documents = tuple(
        type(d)(
            ref=d.ref,
            api_version=d.api_version,
            source=d.source,
            data=desired.get(d.ref, d.data),
            form=d.form,
            text="",
            lines={},
        )
        for d in reading.documents
    )
    new = tuple(
        type(reading.documents[0])(
            ref=p.ref,
            api_version=str(p.desired.get("apiVersion")),
            source=reading.documents[0].source,
            data=p.desired,
            form="build",
            text="",
            lines={},
        )
        for p in plan.objects
        if p.document is None
    )
    return build_inventory(
        type(reading)(
            documents=documents + new,
            inputs=(),
            problems=(),
            fragments=(),
            root=None,
            node_files=reading.node_files,
        )
    )


@pytest.mark.parametrize("case", parameters(CASES))
def test_what_is_cured_is_not_there_in_the_build_and_what_is_there_is_told(case: Case) -> None:
    plan = planned(case)
    built = _built(plan)
    after = replace(plan.after, inventory=built)
    shown = {
        (f.id, f.object)
        for _, check in STATE_CHECKS
        for f in check(after)
        if all(r.applies_to(after.daemon) for r in RULES if r.id == f.id)
    }
    told = {(f.id, f.object) for f in plan.findings if not f.cured}
    cured = {(f.id, f.object) for f in plan.findings if f.cured}
    assert shown <= told
    assert not shown & cured
