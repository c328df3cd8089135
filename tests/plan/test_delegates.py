"""Delegates of a hand-written config that become NADs, beside NADs that are there already."""

from __future__ import annotations

import json

import pytest

from migrator.plan.planner import make_plan
from tests.builders import ROLE, inventory, target, with_hand_written
from tests.plan.estates import RULES, nad

EXTRA = {"cniVersion": "0.3.1", "name": "storage", "type": "macvlan", "master": "eth1"}
CONFIG = json.dumps({"type": "multus", "delegates": [{"name": "pods", "type": "calico"}, EXTRA]})


@pytest.mark.parametrize(
    ("document", "blocked"),
    [
        (nad("storage", "kube-system", json.dumps(EXTRA | {"master": "eth9"})), True),
        (nad("storage", "kube-system", json.dumps(EXTRA, indent=2)), False),
        (nad("storage", "default", json.dumps(EXTRA | {"master": "eth9"})), False),
    ],
    ids=["another configuration", "the same configuration", "another namespace"],
)
def test_a_nad_with_the_delegate_s_name(document: str, blocked: bool) -> None:
    before = inventory(with_hand_written(CONFIG), ROLE + RULES, document)
    planned = make_plan(before, target())
    assert ("N17" in {f.id for f in planned.blockers}) == blocked


def test_p01_is_cured_for_thin_installs_with_an_empty_nad() -> None:
    from tests.plan.estates import plan

    found = {f.id: f for f in plan(nad("lan")).findings}
    assert found["P01"].cured
    assert "P01" not in {f.id for f in plan(nad("lan", config=json.dumps(EXTRA))).findings}
