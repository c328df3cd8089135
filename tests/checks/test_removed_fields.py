"""P58: the cure for each way in which a live install was made, and the words of the server."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.checks import removed_fields
from migrator.model.inputs import MISSING
from migrator.model.plan import Change, Finding, Planned
from migrator.plan.planner import make_plan
from tests.builders import daemonset, documents, inventory, target

SET_LAST_APPLIED = "kubectl kustomize rollback | kubectl apply set-last-applied"
SERVER_SIDE = "kubectl apply --server-side"
LIMITS = "resources: {requests: {cpu: 100m, memory: %s}, limits: {cpu: 100m, memory: %s}}"
AUTO = "--multus-conf-file=auto"


def told(container: str = LIMITS % ("50Mi", "50Mi"), *args: str, **metadata: Any) -> list[Finding]:
    """What P58 tells of a thin DaemonSet with this container and metadata."""
    (read,) = documents(daemonset(*(args or (AUTO,)), container=container))
    data = {**read.data, "metadata": {**read.data["metadata"], "uid": "5f1c", **metadata}}
    plan = make_plan(inventory(json.dumps(data)), target())
    return [finding for finding in plan.findings if finding.id == "P58"]


def by(manager: str, operation: str = "Update") -> dict[str, str]:
    return {"manager": manager, "operation": operation}


@pytest.mark.parametrize(
    ("metadata", "cure", "never"),
    [
        ({}, SET_LAST_APPLIED, SERVER_SIDE),
        ({"managedFields": [by("kubectl-create")]}, SET_LAST_APPLIED, SERVER_SIDE),
        (
            {"managedFields": [by("kubectl", "Apply")]},
            "--field-manager=kubectl -k rollback; what follows, as the same manager,",
            "puts the old fields back",
        ),
        (
            {"managedFields": [by("terraform", "Apply")]},
            "--field-manager=terraform -k rollback; what follows, as the same manager,",
            SET_LAST_APPLIED,
        ),
        (
            {"managedFields": [by("$(reboot)", "Apply")]},
            "--field-manager=ITS-MANAGER -k rollback",
            "$(reboot)",
        ),
        ({"managedFields": [by("helm")]}, "upgrade the release through its chart", SERVER_SIDE),
        (
            {
                "managedFields": [
                    by("kubectl-client-side-apply"),
                    by("kustomize-controller", "Apply"),
                ]
            },
            "let Flux reconcile the objects once as they are",
            SET_LAST_APPLIED,
        ),
        (
            {"managedFields": [by("kustomize-controller", "Apply")]},
            "it owns these fields, and removes them",
            SET_LAST_APPLIED,
        ),
        (
            {"managedFields": [by("argocd-controller", "Apply")]},
            "commit the result to what Argo CD applies",
            SET_LAST_APPLIED,
        ),
    ],
    ids=[
        "no managedFields",
        "kubectl create",
        "kubectl apply --server-side",
        "a tool",
        "a manager that is no plain name",
        "Helm",
        "Flux, over kubectl apply",
        "Flux alone",
        "Argo CD",
    ],
)
def test_the_cure_is_that_of_the_way_it_was_made(
    metadata: dict[str, Any], cure: str, never: str
) -> None:
    (finding,) = told(**metadata)
    assert cure in finding.remedy
    assert never not in finding.remedy
    assert "runbook.md" in finding.remedy, "before the rollout, nothing of the result is applied"
    assert not re.search(r"-k (?:\.|OUT|stage)", finding.remedy)
    assert finding.manual
    assert finding.severity == "warning"


@pytest.mark.parametrize(
    ("limit", "request_after"), [("50Mi", "128Mi"), ("128Mi", "256Mi"), ("255Mi", "256Mi")]
)
def test_the_error_is_the_servers_where_it_keeps_the_limit(limit: str, request_after: str) -> None:
    (finding,) = told(LIMITS % (limit, limit))
    assert finding.error == (
        "spec.template.spec.containers[0].resources.requests: Invalid value: "
        f'"{request_after}": must be less than or equal to memory limit of {limit}'
    )


def test_without_a_memory_limit_it_is_the_daemons() -> None:
    (finding,) = told("resources: {requests: {memory: 64Mi}}", "--namespace-isolation=true")
    assert finding.error == "flag provided but not defined: -namespace-isolation"
    assert "the plan removes containers[name=kube-multus].args, " in finding.seen


@pytest.mark.parametrize(
    ("goes", "speaks_up"), [({}, False), ("", False), (None, False), ({"a": "b"}, True)], ids=repr
)
def test_an_empty_field_that_goes_is_the_servers_default(goes: object, *, speaks_up: bool) -> None:
    (read,) = documents(daemonset())
    metadata = {**read.data["metadata"], "uid": "5f1c"}
    live = replace(read, data={**read.data, "metadata": metadata, "extra": goes})
    change = Change(
        object=live.ref,
        path=("extra",),
        before=goes,
        after=MISSING,
        reason="",
        rule="S01",
        source=None,
    )
    desired = {key: value for key, value in live.data.items() if key != "extra"}
    planned = Planned(ref=live.ref, document=live, desired=desired, changes=(change,))
    assert bool(list(removed_fields.findings([planned]))) == speaks_up
