"""Who owns a Multus DaemonSet, and would revert a patch to it."""

from __future__ import annotations

import pytest

from migrator.inventory.operators import Applier, applied_by, owner_name, owner_of
from migrator.model.inputs import Document
from migrator.model.inventory import Owner
from tests.builders import documents


def with_metadata(*lines: str, namespace: str = "kube-system") -> Document:
    body = "".join(f"  {line}\n" for line in lines)
    (found,) = documents(
        f"apiVersion: apps/v1\nkind: DaemonSet\nmetadata:\n  name: multus\n"
        f"  namespace: {namespace}\n{body}"
    )
    return found


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        ("annotations: {release.openshift.io/version: '4.12'}", "openshift"),
        ("labels: {networkaddonsoperator.network.kubevirt.io/version: v0.9}", "cnao"),
        ("labels: {app.kubernetes.io/managed-by: networkaddonsoperator}", "cnao"),
        ("labels: {nvidia.network-operator.state: state-multus-cni}", "nvidia"),
        ("labels: {helm.sh/chart: rke2-multus-v4.0.2}", "rke2"),
        ("annotations: {meta.helm.sh/release-name: rke2-multus}", "rke2"),
        ("annotations: {objectset.rio.cattle.io/id: default-net}", "controller"),
        ("labels: {resources.gardener.cloud/managed-by: gardener}", "gardener"),
        ("annotations: {resources.gardener.cloud/origin: 'shoot:x/net'}", "gardener"),
        ("labels: {helm.toolkit.fluxcd.io/name: multus}", "helm"),
        (
            "ownerReferences: [{apiVersion: mellanox.com/v1alpha1, kind: NicClusterPolicy, name: n}]",
            "nvidia",
        ),
        (
            (
                "ownerReferences: [{apiVersion: networkaddonsoperator.network.kubevirt.io/v1, "
                "kind: NetworkAddonsConfig, name: cluster}]"
            ),
            "cnao",
        ),
        ("labels: {app.kubernetes.io/managed-by: Helm}", "helm"),
        ("labels: {heritage: Tiller}", "helm"),
        ("annotations: {meta.helm.sh/release-name: multus}", "helm"),
        ("labels: {helm.sh/chart: multus-1.2.3}", "helm"),
        ("labels: {addonmanager.kubernetes.io/mode: Reconcile}", "addon"),
        (
            "ownerReferences: [{apiVersion: x/v1, kind: Network, name: n, uid: u, controller: true}]",
            "controller",
        ),
    ],
)
def test_owners(line: str, owner: str) -> None:
    assert owner_of(with_metadata(line)) is Owner(owner)


def test_the_namespace_of_openshift_says_it_alone() -> None:
    assert owner_of(with_metadata(namespace="openshift-multus")) is Owner.OPENSHIFT


@pytest.mark.parametrize(
    "line",
    [
        "labels: {app: multus, tier: node, name: multus}",
        "labels: {app.kubernetes.io/managed-by: argocd}",
        "labels: {app.kubernetes.io/managed-by: kustomize}",
        "labels: {kustomize.toolkit.fluxcd.io/name: infra}",
        "annotations: {field.cattle.io/publicEndpoints: '[]', cattle.io/timestamp: now}",
        "annotations: {objectset.rio.cattle.io/owner-gvk: 'k3s.cattle.io/v1, Kind=Addon'}",
        "annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}'}",
        "annotations: {argocd.argoproj.io/sync-wave: '1'}",
        "labels:",
        "annotations:",
        "ownerReferences: []",
    ],
)
def test_what_nobody_reverts(line: str) -> None:
    assert owner_of(with_metadata(line)) is None


@pytest.mark.parametrize(
    ("line", "applier", "name"),
    [
        (
            "annotations: {argocd.argoproj.io/tracking-id: 'net:apps/DaemonSet:kube-system/multus'}",
            Applier.ARGO,
            "net",
        ),
        ("labels: {argocd.argoproj.io/instance: net}", Applier.ARGO, "net"),
        ("labels: {kustomize.toolkit.fluxcd.io/name: infra}", Applier.FLUX, "infra"),
        (
            (
                "annotations: {objectset.rio.cattle.io/owner-gvk: 'k3s.cattle.io/v1, Kind=Addon', "
                "objectset.rio.cattle.io/owner-name: multus}"
            ),
            Applier.ADDON,
            "multus",
        ),
    ],
)
def test_what_applies_it_from_elsewhere(line: str, applier: Applier, name: str) -> None:
    found = applied_by(with_metadata(line))
    assert found is not None
    assert (found.applier, found.name) == (applier, name)


@pytest.mark.parametrize(
    "line", ["labels: {app.kubernetes.io/instance: net}", "annotations: {a: b}"]
)
def test_what_no_tool_has_marked(line: str) -> None:
    assert applied_by(with_metadata(line)) is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (
            "annotations: {meta.helm.sh/release-name: a, meta.helm.sh/release-namespace: b}",
            "release b/a",
        ),
        ("labels: {helm.toolkit.fluxcd.io/name: a}", "HelmRelease a"),
        ("ownerReferences: [{kind: NicClusterPolicy, name: nic}]", "NicClusterPolicy nic"),
        ("labels: {app: multus}", ""),
    ],
)
def test_the_owner_by_name(line: str, name: str) -> None:
    assert owner_name(with_metadata(line)) == name
