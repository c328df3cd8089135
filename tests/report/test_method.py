"""How a plan reaches the cluster, by what the inputs show, and what the runbook says of each way."""

from __future__ import annotations

import re

import pytest

from migrator.plan.planner import make_plan
from migrator.report.method import How, how
from migrator.report.runbook import render
from tests import builders

ROLE = builders.ROLE + "- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}\n"
LAST = "annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}'}"
FLUX = "labels: {kustomize.toolkit.fluxcd.io/name: multus, kustomize.toolkit.fluxcd.io/namespace: flux}"
ARGO = "annotations: {argocd.argoproj.io/tracking-id: 'multus:apps/DaemonSet:kube-system/a'}"
HELM = (
    "labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: multus}"
)
K3S = (
    "annotations: {objectset.rio.cattle.io/owner-gvk: 'k3s.cattle.io/v1, Kind=Addon', "
    "objectset.rio.cattle.io/owner-name: multus}"
)
AS_FLUX = "--server-side --force-conflicts --field-manager=kustomize-controller "
AS_ARGO = "--server-side --force-conflicts --field-manager=argocd-controller "
SERVER_SIDE = "spec: {syncPolicy: {syncOptions: [ServerSideApply=true]}, "
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: network, namespace: argocd}
spec: {source: {path: multus, repoURL: https://git.example/x}, destination: {namespace: kube-system}}
"""


def manager(name: str, operation: str) -> str:
    return (
        f"uid: a, managedFields: [{{manager: {name}, operation: {operation}, apiVersion: apps/v1}}]"
    )


def thin(metadata: str = "") -> str:
    text = builders.v3("--multus-conf-file=auto")
    more = f"metadata: {{name: kube-multus-ds, namespace: kube-system, {metadata}}}"
    found, count = re.subn(r"(?m)^metadata:.*\n(?:  .*\n)*", more + "\n", text, count=1)
    assert count == 1
    return found


def made(*texts: str) -> tuple[How, str]:
    plan = make_plan(builders.inventory(*texts, ROLE), builders.target(), allowed=("P54",))
    return how(plan), render(plan)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param([thin()], How(method="kubectl"), id="nothing is known"),
        pytest.param([thin(LAST)], How(method="kubectl"), id="applied by the client"),
        pytest.param(
            [thin(manager("kubectl-create", "Update"))], How(method="kubectl"), id="created"
        ),
        pytest.param(
            [thin(manager("kubectl", "Apply"))], How(method="server-side"), id="by the server"
        ),
        pytest.param(
            [thin(manager("platform", "Apply"))],
            How(method="server-side", manager="platform"),
            id="by the server, as another manager",
        ),
        pytest.param(
            [thin(FLUX)],
            How(method="commit", by=("Kustomization flux/multus",), flux=True, asks=(AS_FLUX,)),
            id="by Flux",
        ),
        pytest.param(
            [thin(ARGO)],
            How(method="commit", by=("Application multus",), asks=("",)),
            id="by Argo CD",
        ),
        pytest.param(
            [thin(), APPLICATION],
            How(method="commit", by=("Application argocd/network",), asks=("",)),
            id="an Application is among the inputs",
        ),
        pytest.param(
            [thin(), f"{APPLICATION.replace('spec: {', SERVER_SIDE)}"],
            How(method="commit", by=("Application argocd/network",), asks=(AS_ARGO,)),
            id="an Application that applies on the server",
        ),
        pytest.param(
            [thin(HELM), APPLICATION],
            How(method="commit", by=("Application argocd/network",)),
            id="Helm made it, whoever upgrades the release",
        ),
        pytest.param(
            [thin(K3S)],
            How(method="commit", by=("Addon multus",)),
            id="k3s, which merges by itself",
        ),
        pytest.param([thin(HELM)], How(method="helm"), id="by Helm"),
    ],
)
def test_what_is_known_decides(texts: list[str], expected: How) -> None:
    assert made(*texts)[0] == expected


def test_apply_by_the_client_has_the_annotation_first() -> None:
    text = made(thin())[1]
    assert "set-last-applied --create-annotation=true" in text
    assert "--server-side" not in text.replace("(with server-side apply", "")
    assert "kubectl replace" not in text


def test_apply_by_the_server_has_its_manager() -> None:
    text = made(thin(manager("platform", "Apply")))[1]
    commands = re.findall(r"^kubectl (?:apply|diff) .*", text, re.M)
    assert len(commands) >= 8
    assert all("--server-side --field-manager=platform " in each for each in commands), commands
    assert "| kubectl apply set-last-applied" not in text


def test_what_is_committed_is_not_applied_by_hand() -> None:
    text = made(thin(FLUX))[1]
    assert not [
        line for line in text.splitlines() if re.match(r"kubectl apply (?!.*dry-run)", line)
    ]
    assert "Flux has to have reconciled the old manifests" in text
    assert "`git revert` gives the old objects, but" in text
    assert "Flux has to" not in made(thin(ARGO))[1]


def test_a_hostile_manager_is_one_word() -> None:
    text = made(thin(manager("'$(touch PWNED)'", "Apply")))[1]
    assert "--field-manager='$(touch PWNED)' " in text


@pytest.mark.parametrize(
    ("metadata", "asked"),
    [
        pytest.param(FLUX, [f"{AS_FLUX}--dry-run=server"], id="Flux"),
        pytest.param(ARGO, ["--dry-run=server"], id="Argo CD"),
        pytest.param(HELM, [], id="Helm"),
        pytest.param(K3S, [], id="k3s"),
    ],
)
def test_the_dry_run_asks_as_the_tool_applies(metadata: str, asked: list[str]) -> None:
    """One by another manager is refused where the tool itself is not: the old limits stay, below the new
    request."""
    text = made(thin(metadata))[1]
    assert re.findall(r"^kubectl apply (.*) -k stage-1$", text, re.M) == asked
    assert not re.search("^kubectl .*set-last-applied", text, re.M)
    assert "annotation as above" not in text
