"""Who owns fields, and what apply would leave."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.live.managers import ownership
from migrator.live.records import Cure, Ownership
from migrator.read.streams import parse_documents

OLD = {"spec": {"containers": [{"name": "a", "args": ["x"], "image": "one"}]}}
NEW = {"spec": {"containers": [{"name": "a", "image": "two"}]}}
FIELDS: dict[str, Any] = {
    "f:spec": {"f:containers": {'k:{"name":"a"}': {".": {}, "f:args": {}, "f:image": {}}}}
}


def entry(manager: str, operation: str = "Update", fields: Any = None, **more: Any) -> Any:
    return {
        "manager": manager,
        "operation": operation,
        "fieldsV1": FIELDS if fields is None else fields,
        **more,
    }


def owner(*entries: Any, applied: Any = None, release: str = "") -> Ownership | None:
    notes = {} if applied is None else {
        "kubectl.kubernetes.io/last-applied-configuration": applied
    }  # fmt: skip
    if release:
        notes["meta.helm.sh/release-name"] = release
    metadata = {"name": "x", "annotations": notes, "managedFields": list(entries)}
    data = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, **OLD}
    (live,), _ = parse_documents(json.dumps(data).encode(), "x.json")
    return ownership(live.ref, live, OLD, NEW, forward=True, due=True)


def cure(found: Ownership | None) -> Cure | None:
    assert found is not None
    return found.cure


def test_client_side_apply_removes_what_it_had_set() -> None:
    assert owner(entry("kubectl-client-side-apply"), applied=json.dumps(OLD)) is None


@pytest.mark.parametrize("applied", [None, "{}", "broken", json.dumps(NEW)])
def test_what_the_annotation_has_not_got_stays(applied: str | None) -> None:
    found = owner(entry("kubectl-create"), applied=applied)
    assert found is not None
    assert (len(found.kept), found.cure, found.rejected) == (1, Cure.SET_LAST_APPLIED, True)
    assert found.annotated is (applied is not None)


def test_server_side_apply_of_one_manager_needs_no_annotation() -> None:
    found = owner(entry("somebody", "Apply"))
    assert (cure(found), found and found.rejected) == (Cure.SAME_MANAGER, False)


@pytest.mark.parametrize(("more", "rejected"), [((), False), ((entry("kubectl-create"),), True)])
def test_what_flux_applies_is_committed(more: tuple[Any, ...], rejected: bool) -> None:
    found = owner(entry("kustomize-controller", "Apply"), *more)
    assert (cure(found), found and found.rejected) == (Cure.COMMIT, rejected)


def test_of_two_managers_one_would_keep_it() -> None:
    assert cure(owner(entry("somebody", "Apply"), entry("helm"))) is Cure.SET_LAST_APPLIED


def test_a_release_is_moved_by_its_chart() -> None:
    assert cure(owner(entry("helm"), release="net")) is Cure.CHART


@pytest.mark.parametrize(
    "other",
    [
        entry("kube-controller-manager", subresource="status"),
        entry("else", fields={"f:metadata": {"f:labels": {}}}),
        entry("else", fields={"f:spec": {"f:containers": {'k:{"name":"b"}': {}}}}),
        entry("else", fields={"f:spec": {"f:containers": {"k:broken": {}, "v:1": {}}}}),
        entry("else", fields=[]),
        entry("else", fields={}),
        "no map",
    ],
    ids=["status", "other fields", "another item", "no keys", "a list", "nothing", "no entry"],
)
def test_owns_none_of_the_fields(other: Any) -> None:
    found = owner(entry("kubectl-create"), other)
    assert found is not None
    assert [manager.name for manager, _ in found.owned] == ["kubectl-create"]


def test_an_atomic_field_is_owned_with_all_that_is_in_it() -> None:
    found = owner(entry("whole", fields={"f:spec": {"f:containers": {}}}))
    assert found is not None
    assert len(found.owned[0][1]) == 2
