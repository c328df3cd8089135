"""How a live object was made, and who owns a field of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.inventory.made_by import (
    LAST_APPLIED,
    Made,
    is_live,
    last_applied,
    made_by,
    managers,
    owners,
    removed_by_apply,
)
from migrator.model.inputs import Document
from migrator.trees.paths import parse_path

from .documents import documents

MAIN = "spec.template.spec.containers[name=kube-multus]"
ARGS, LIMITS = (parse_path(f"{MAIN}.{field}") for field in ("args", "resources.limits"))
MOUNT = parse_path(f"{MAIN}.volumeMounts[mountPath=/host/opt/cni/bin]")


def live(**metadata: Any) -> Document:
    """A DaemonSet with this metadata."""
    data = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "kube-multus-ds", "namespace": "kube-system", **metadata},
    }
    (only,) = documents(json.dumps(data))
    return only


def by(manager: str, operation: str = "Update", **more: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, **more}


def of_main(fields: Any) -> dict[str, Any]:
    """fieldsV1 of one container's fields."""
    container = {'k:{"name":"kube-multus"}': {".": {}, "f:name": {}, **fields}}
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": container}}}}


APPLIED = {LAST_APPLIED: '{"spec": {}}'}
HELM = {"meta.helm.sh/release-name": "multus"}
ARGO = {"argocd.argoproj.io/tracking-id": "infra:apps/DaemonSet:kube-system/kube-multus-ds"}
FLUX = {"kustomize.toolkit.fluxcd.io/name": "infra"}
CLIENT, SERVER = by("kubectl-client-side-apply"), by("kubectl", "Apply")
STATUS = by("kube-controller-manager", subresource="status")


@pytest.mark.parametrize(
    ("metadata", "made"),
    [
        pytest.param({}, Made.UNKNOWN, id="a manifest of Git"),
        pytest.param({"uid": "5f"}, Made.UNKNOWN, id="kubectl get without managedFields"),
        pytest.param({"managedFields": [STATUS]}, Made.UNKNOWN, id="status alone"),
        pytest.param({"managedFields": [by("somebody")]}, Made.UNKNOWN, id="an unknown manager"),
        pytest.param({"managedFields": [by("kubectl-edit")]}, Made.UNKNOWN, id="edited, no maker"),
        pytest.param({"managedFields": [by("kubectl-create"), STATUS]}, Made.CREATE, id="create"),
        pytest.param(
            {"managedFields": [by("kubectl-create"), by("kubectl-edit")]},
            Made.CREATE,
            id="created, then edited",
        ),
        pytest.param({"annotations": APPLIED}, Made.APPLY, id="the annotation alone"),
        pytest.param({"managedFields": [CLIENT]}, Made.APPLY, id="the manager alone"),
        pytest.param(
            {"annotations": APPLIED, "managedFields": [by("kubectl-create")]},
            Made.APPLY,
            id="create --save-config, or set-last-applied",
        ),
        pytest.param({"annotations": {LAST_APPLIED: "{"}}, Made.UNKNOWN, id="a broken annotation"),
        pytest.param({"managedFields": [SERVER]}, Made.SERVER_SIDE, id="server-side"),
        pytest.param({"managedFields": [by("tf", "Apply")]}, Made.SERVER_SIDE, id="a tool"),
        pytest.param(
            {"annotations": APPLIED, "managedFields": [CLIENT, SERVER]},
            Made.SERVER_SIDE,
            id="by the client once, on the server now",
        ),
        pytest.param(
            {
                "annotations": APPLIED,
                "managedFields": [by("x", "Apply", fieldsV1={"f:metadata": {"f:labels": {}}})],
            },
            Made.APPLY,
            id="labels alone are applied on the server",
        ),
        pytest.param(
            {"annotations": APPLIED, "managedFields": [by("x", "Apply", subresource="status")]},
            Made.APPLY,
            id="status is applied on the server",
        ),
        pytest.param({"annotations": HELM}, Made.HELM, id="a release"),
        pytest.param({"managedFields": [by("helm")]}, Made.HELM, id="Helm's manager"),
        pytest.param({"managedFields": [by("helm", "Apply")]}, Made.HELM, id="Helm 4"),
        pytest.param(
            {"labels": {"helm.toolkit.fluxcd.io/name": "multus"}}, Made.HELM, id="a HelmRelease"
        ),
        pytest.param(
            {"labels": FLUX, "managedFields": [by("helm"), by("kustomize-controller", "Apply")]},
            Made.HELM,
            id="Flux over what Helm made",
        ),
        pytest.param(
            {"labels": {"app.kubernetes.io/managed-by": "Helm"}},
            Made.UNKNOWN,
            id="helm template has Helm's labels",
        ),
        pytest.param({"labels": FLUX}, Made.FLUX, id="Flux's labels"),
        pytest.param(
            {"managedFields": [CLIENT, by("kustomize-controller", "Apply")]},
            Made.FLUX,
            id="Flux's manager",
        ),
        pytest.param({"annotations": {**ARGO, **APPLIED}}, Made.ARGO, id="Argo CD's tracking id"),
        pytest.param({"managedFields": [by("argocd-controller")]}, Made.ARGO, id="its manager"),
    ],
)
def test_how_it_was_made(metadata: dict[str, Any], made: Made) -> None:
    assert made_by(live(**metadata)) is made


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, False),
        ({"creationTimestamp": None}, False),
        ({"generation": 1}, False),
        ({"annotations": APPLIED}, False),
        ({"uid": "5f"}, True),
        ({"resourceVersion": "41"}, True),
        ({"creationTimestamp": "2026-01-01T00:00:00Z"}, True),
        ({"managedFields": [STATUS]}, True),
    ],
)
def test_what_is_live(metadata: dict[str, Any], *, expected: bool) -> None:
    assert is_live(live(**metadata)) is expected


@pytest.mark.parametrize(
    ("fields", "owned"),
    [
        pytest.param({"f:args": {}}, ["args"], id="the field"),
        pytest.param(
            {"f:resources": {"f:limits": {".": {}, "f:memory": {}}}}, ["limits"], id="one below it"
        ),
        pytest.param({"f:resources": {}}, ["limits"], id="a parent as a whole"),
        pytest.param({"f:resources": {".": {}}}, [], id="a parent that was set empty"),
        pytest.param({"f:resources": {"f:requests": {}}}, [], id="its neighbour"),
        pytest.param(
            {"f:volumeMounts": {'k:{"mountPath":"/host/opt/cni/bin"}': {".": {}}}},
            ["mount"],
            id="an item of a list",
        ),
        pytest.param(
            {"f:volumeMounts": {'k:{"mountPath":"/host/etc/cni/net.d"}': {".": {}}}},
            [],
            id="another item",
        ),
        pytest.param({"f:volumeMounts": {"k:{": {}, "v:1": {}}}, [], id="keys that are none"),
        pytest.param({"f:args": None}, [], id="no tree"),
        pytest.param({"f:resources": "x"}, [], id="no tree above it"),
    ],
)
def test_who_owns_a_field(fields: dict[str, Any], owned: list[str]) -> None:
    document = live(managedFields=[by("m", fieldsV1=of_main(fields))])
    wanted = {"args": ARGS, "limits": LIMITS, "mount": MOUNT}
    assert [name for name, path in wanted.items() if owners(document, [path])] == owned


def test_another_container_is_another_item() -> None:
    proxy: dict[str, Any] = {'k:{"name":"proxy"}': {"f:args": {}}}
    fields = {"f:spec": {"f:template": {"f:spec": {"f:containers": proxy}}}}
    assert owners(live(managedFields=[by("m", "Apply", fieldsV1=fields)]), [ARGS]) == ()


def test_without_fields_only_those_count_that_write_whole_objects() -> None:
    entries = [
        CLIENT,
        SERVER,
        by("helm"),
        by("kubectl-create"),
        by("kubectl-edit"),
        by("x"),
        STATUS,
    ]
    found = owners(live(managedFields=entries), [ARGS])
    assert [m.name for m in found] == [
        "kubectl-client-side-apply",
        "kubectl",
        "helm",
        "kubectl-create",
    ]
    assert [m.applies for m in found] == [False, True, False, False]


def test_apply_removes_what_its_annotation_has() -> None:
    tree = {
        "spec": {"template": {"spec": {"containers": [{"name": "kube-multus", "args": ["-x"]}]}}}
    }
    document = live(annotations={LAST_APPLIED: json.dumps(tree)})
    assert last_applied(document) == tree
    assert removed_by_apply(document, [ARGS])
    assert not removed_by_apply(document, [ARGS, LIMITS])
    tree["spec"]["template"]["spec"]["containers"][0]["args"] = None  # type: ignore[assignment]
    assert not removed_by_apply(live(annotations={LAST_APPLIED: json.dumps(tree)}), [ARGS])
    assert not removed_by_apply(live(), [ARGS])


@pytest.mark.parametrize("entries", [None, "x", {}, [1, None, {"manager": 3}]])
def test_managed_fields_of_any_shape(entries: Any) -> None:
    document = live(managedFields=entries)
    assert all(manager.name == "" for manager in managers(document))
    assert made_by(document) is Made.UNKNOWN
