"""M31: what the cluster did not give is said, and what decides holds the plan back."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from migrator.live.review import review
from migrator.live.reviewed import Outcome, Turn
from migrator.model.inputs import NotRead, Snapshot, Source, WhyNotRead
from migrator.model.inventory import Inventory
from migrator.model.plan import Assumption, Finding, Plan, Readiness
from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import ROLE, V4, daemonset, migrated, target
from tests.plan.estates import RULES

INSTALL = (
    daemonset(
        "--multus-conf-file=auto",
        "--cni-version=0.3.1",
        "--multus-master-cni-file-name=10-calico.conflist",
        image=V4.replace("4.0.2", "4.1.4"),
    ),
    f"{ROLE}{RULES}",
)
"""One of which the plan knows all that decides."""
WHERE = Source(file="s/snapshot.json", line=1)


def _inventory(*unread: NotRead, **head: Any) -> Inventory:
    snapshot = Snapshot(
        source=WHERE,
        collected="2026-11-26T11:30:00Z",
        context="lab",
        server="v1.31.2",
        namespaces=head.get("namespaces", ()),
        unread=unread,
    )
    inventory = builders.inventory(*head.get("texts", INSTALL))
    return replace(inventory, reading=replace(inventory.reading, snapshot=snapshot))


def _plan(*unread: NotRead, allowed: tuple[str, ...] = (), **head: Any) -> Plan:
    return make_plan(_inventory(*unread, **head), target(), allowed)


def _unread(resource: str, **more: Any) -> NotRead:
    empty: dict[str, Any] = {"namespace": "", "reason": WhyNotRead.FORBIDDEN, "detail": ""}
    return NotRead(resource=resource, **{**empty, **more})


def _found(plan: Plan) -> list[Finding]:
    return [finding for finding in plan.findings if finding.id == "M31"]


@pytest.mark.parametrize(
    "resource", ["daemonsets.apps", "configmaps", "network-attachment-definitions.k8s.cni.cncf.io"]
)
def test_what_decides_holds_the_plan_back(resource: str) -> None:
    plan = _plan(_unread(resource))
    (found,) = _found(plan)
    assert found.severity == "blocker"
    assert found.seen == f"{resource} were not read (forbidden)"
    assert found.source == WHERE
    assert plan.readiness is Readiness.NOT_SEEN_WHOLE
    assert _plan(_unread(resource), allowed=("M31",)).readiness is Readiness.READY_IF


@pytest.mark.parametrize("resource", ["nodes", "pods", "clusterroles.rbac.authorization.k8s.io"])
def test_the_rest_is_a_warning_on_which_the_verdict_rests(resource: str) -> None:
    plan = _plan(_unread(resource))
    assert [found.severity for found in _found(plan)] == ["warning"]
    assert plan.readiness is Readiness.READY_IF
    assert plan.assumptions == (Assumption.NOT_COLLECTED,)


def test_namespaces_that_were_left_out_are_taken_for_granted() -> None:
    plan = _plan(namespaces=("apps", "kube-system"))
    assert plan.readiness is Readiness.READY_IF
    assert plan.assumptions == (Assumption.NOT_COLLECTED,)


def test_a_thick_install_of_which_a_part_is_not_known_is_not_said_to_be_done() -> None:
    plan = _plan(_unread("pods"), texts=migrated(*INSTALL))
    assert not plan.changed
    assert plan.readiness is Readiness.READY_IF


def test_a_part_of_a_cluster_without_multus_has_none() -> None:
    plan = _plan(_unread("pods"), texts=(ROLE,))
    assert plan.readiness is Readiness.NOT_FOUND


def test_a_namespace_and_what_the_server_said_are_told() -> None:
    unread = _unread("pods", namespace="apps", reason=WhyNotRead.FAILED, detail="EOF")
    (found,) = _found(_plan(unread))
    assert found.seen == "pods of the namespace apps were not read (failed: EOF)"
    assert "kubectl get pods -n apps -o yaml" in found.remedy


def test_no_command_is_named_for_all_kinds_of_a_group() -> None:
    (found,) = _found(_plan(_unread("*.constraints.gatekeeper.sh")))
    assert "kubectl get" not in found.remedy


def test_namespaces_that_were_left_out_are_told() -> None:
    (found,) = _found(_plan(namespaces=("apps", "kube-system")))
    assert found.severity == "warning"
    assert found.seen == "only these namespaces were collected: apps, kube-system"


def test_a_snapshot_of_everything_is_left_alone() -> None:
    plan = _plan()
    assert _found(plan) == []
    assert plan.readiness is Readiness.READY


def test_inputs_that_are_no_snapshot_are_left_alone() -> None:
    assert _found(make_plan(builders.inventory(*INSTALL), target(), ())) == []


@pytest.mark.parametrize(
    ("unread", "severity", "outcome"),
    [
        pytest.param("clusterroles.rbac", "warning", Outcome.CHANGES, id="roles were not read"),
        pytest.param("clusterrolebindings.rbac", "warning", Outcome.CHANGES, id="nor bindings"),
        pytest.param("pods", "blocker", Outcome.BREAKS, id="the role is gone"),
    ],
)
def test_a_review_takes_no_role_for_gone_that_was_not_read(
    unread: str, severity: str, outcome: Outcome
) -> None:
    resource = f"{unread}.authorization.k8s.io" if "." in unread else unread
    after = _inventory(_unread(resource), texts=INSTALL[:1])
    found = review(_inventory(), after, allowed=("M31",))
    assert [f.severity for f in found.of(Turn.NEW) if f.id == "P34"] == [severity]
    assert found.outcome is outcome
