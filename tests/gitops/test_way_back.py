"""Stage one of the way back, as texts of the user's own files."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.gitops.way_back import back_to_old_objects, back_to_old_pods
from migrator.kustomize.compare import differences
from migrator.kustomize.stage_files import stages
from migrator.model.inputs import ObjectRef
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from tests import builders
from tests.read.support import nad


def _plan(*texts: str, **settings: Any) -> Plan:
    return make_plan(builders.inventory(*texts), builders.target(**settings), allowed=("P34",))


ROLE = builders.ROLE + "- {apiGroups: [''], resources: [pods], verbs: [get]}\n"
INSTALLS = {
    "v3": (builders.v3("--multus-conf-file=auto", "--namespace-isolation=true"), ROLE),
    "v4": (builders.daemonset("--multus-conf-file=auto"), ROLE),
}


@pytest.mark.parametrize("stage", [None, 1, 2])
@pytest.mark.parametrize("install", INSTALLS)
def test_it_is_what_the_overlay_of_the_plan_is(install: str, stage: Any) -> None:
    plan = _plan(*INSTALLS[install], stage=stage)
    back = back_to_old_pods(plan)
    assert back is not None
    (whole,) = (s for s in stages(plan) if s.folder == "rollback/stage-1")
    wanted: dict[ObjectRef, Any] = {planned.ref: planned.desired for planned in plan.objects}
    wanted.update((planned.ref, planned.desired) for planned in whole.patched)
    there = {planned.ref: planned.desired for planned in back.objects}
    assert list(differences(wanted, there)) == []


@pytest.mark.parametrize("stage", [None, 1, 2])
@pytest.mark.parametrize("install", INSTALLS)
def test_its_second_stage_is_the_old_objects_with_a_strategy(install: str, stage: Any) -> None:
    plan = _plan(*INSTALLS[install], stage=stage)
    back = back_to_old_objects(plan)
    (whole,) = (s for s in stages(plan) if s.folder == "rollback/stage-2")
    wanted: dict[ObjectRef, Any] = {p.ref: p.document.data for p in plan.objects if p.document}
    wanted.update((planned.ref, planned.desired) for planned in whole.patched)
    there = {planned.ref: planned.desired for planned in back.objects}
    assert list(differences(wanted, there)) == []
    assert [p.ref for p in back.changed] == [planned.ref for planned in whole.patched]
    assert whole.patched, "these name no strategy"


def test_where_no_pod_is_replaced_there_is_none() -> None:
    assert back_to_old_pods(_plan(nad())) is None
