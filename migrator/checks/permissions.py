"""P34: the daemon's ServiceAccount cannot list and watch pods and NADs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.checks.common import daemons, finding, pod_of
from migrator.model.inputs import Document
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.multus import releases
from migrator.multus.rbac import covers
from migrator.thick.blueprint import fill
from migrator.trees import pods

RULE = Rule(
    id="P34",
    title="RBAC of the daemon",
    why="without list and watch on pods and NADs every ADD waits on an empty cache and fails",
    reference="multus-cni#1185, #1186, #1357",
    handling="The ClusterRole gets the missing verbs; its other rules stay (S11).",
    severity="warning",
)
WIDE = Rule(
    id="M08",
    title="The ClusterRole allows everything",
    why="v3.1 gave Multus every verb on every resource; the daemon needs pods, events and NADs",
    reference="images/multus-daemonset.yml v3.1",
    severity="warning",
)
RULES = (RULE, WIDE)


def findings(state: State) -> Iterable[Finding]:
    """Installs whose role is not in the inputs, and roles that are too narrow or far too wide."""
    for install in state.inventory.installs:
        if not install.cluster_roles:
            yield _absent(install, state.inventory)
        for role in install.cluster_roles:
            for rule in pods.items(role.data, "rules"):
                if "*" in (rule.get("apiGroups") or []) and "*" in (rule.get("resources") or []):
                    yield finding(
                        WIDE,
                        document=role,
                        seen="a rule with apiGroups * and resources *",
                        remedy="replace its rules with those of the upstream thick manifest",
                    )
    for install in daemons(state):
        if releases.INFORMERS.holds(state.daemon):
            yield from _narrow(install)


def _account(install: Install) -> str:
    return str(pod_of(install).get("serviceAccountName") or "default")


def _forbidden(install: Install) -> str:
    account = f"system:serviceaccount:{install.daemonset.ref.namespace}:{_account(install)}"
    return (
        f'failed to list *v1.Pod: pods is forbidden: User "{account}" cannot list resource "pods"'
    )


def _absent(install: Install, inventory: Inventory) -> Finding:
    account = _account(install)
    other = next(filter(None, (_elsewhere(d, account) for d in inventory.reading.documents)), "")
    namespace = install.daemonset.ref.namespace
    seen = "no ClusterRole bound to its ServiceAccount is in the inputs"
    if other:
        seen = f"{other} binds the ServiceAccount {account} of another namespace than {namespace}"
    return finding(
        RULE,
        document=install.daemonset,
        seen=seen,
        remedy="add the file with Multus's ClusterRole and ClusterRoleBinding to the inputs, or give "
        "the role get, list, watch and update on pods and pods/status, everything on "
        "k8s.cni.cncf.io, and create, patch and update on events",
        error=_forbidden(install),
        manual=True,
    )


def _elsewhere(document: Document, account: str) -> str:
    """The binding, if it names an account of that name (in another namespace, as none fits)."""
    if document.ref.kind != "ClusterRoleBinding" or account == "default":
        return ""
    subjects = pods.items(document.data, "subjects")
    return str(document.ref) if any(s.get("name") == account for s in subjects) else ""


def _narrow(install: Install) -> Iterable[Finding]:
    rules: list[Mapping[str, Any]] = [
        rule for role in install.cluster_roles for rule in pods.items(role.data, "rules")
    ]
    aggregated = any(role.data.get("aggregationRule") for role in install.cluster_roles)
    lacking = [needed for needed in fill("rbac") if not covers(rules, needed)]
    if install.cluster_roles and lacking and not aggregated:
        wanted = "; ".join(
            f"{', '.join(n['verbs'])} on {', '.join(n['resources'])}" for n in lacking
        )
        yield finding(
            RULE,
            document=install.cluster_roles[0],
            seen=f"{install.cluster_roles[0].ref} does not allow {wanted}",
            remedy="rules as in the upstream thick manifest",
            error=_forbidden(install),
        )
