"""Who owns a Multus DaemonSet, and would revert a patch to it."""

from __future__ import annotations

import pytest

from migrator.inventory.operators import owner_of
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
        ("annotations: {objectset.rio.cattle.io/id: helm}", "rke2"),
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
        "annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}'}",
        "annotations: {argocd.argoproj.io/sync-wave: '1'}",
        "labels:",
        "annotations:",
        "ownerReferences: []",
    ],
)
def test_what_nobody_reverts(line: str) -> None:
    assert owner_of(with_metadata(line)) is None
