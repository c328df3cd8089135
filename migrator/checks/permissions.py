"""P34, P86: what the daemon's ServiceAccount may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.checks.common import daemons, finding, pod_of
from migrator.inventory.service_account import account_name
from migrator.model.inputs import Document
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus.rbac import covers, is_bound
from migrator.thick.rights import lacking_rights
from migrator.trees import pods
from migrator.trees.dig import string

RULE = Rule(
    id="P34",
    title="Daemon lacks RBAC permissions",
    why="without list and watch on pods and NADs, every ADD (the call that connects a "
    "pod) waits on an empty cache and fails",
    reference="multus-cni#1185, #1186, #1357",
    handling="A ClusterRole in the inputs gets the missing verbs; its other rules are "
    "unchanged (S11).",
    severity="warning",
)
MISBOUND = Rule(
    id="P86",
    title="Multus's ClusterRole is bound to another account",
    why="the daemon talks to the API server as its own ServiceAccount, and the rights "
    "of another one, or of one in another namespace, do not count: no pod gets a "
    "network",
    reference="kubernetes.io/docs/reference/access-authn-authz/rbac; multus-cni#1185",
    handling="Reported: the inputs do not say which of the two is right. A role that is "
    "missing altogether is only unknown (P34).",
    severity="blocker",
)
WIDE = Rule(
    id="M08",
    title="The ClusterRole allows everything",
    why="v3.1 gave Multus every verb on every resource; the daemon needs only pods, "
    "events and NADs",
    reference="images/multus-daemonset.yml v3.1",
    severity="warning",
)
_THIN: tuple[Mapping[str, Any], ...] = (
    {"apiGroups": ["k8s.cni.cncf.io"], "resources": ["*"], "verbs": ["*"]},
    {"apiGroups": [""], "resources": ["pods", "pods/status"], "verbs": ["get", "update"]},
)
"""What the ClusterRole of thin Multus holds (deployments/multus-daemonset.yml v3.2 to v4.3.0); a
role for all (cluster-admin) is anybody's."""
RULES = (RULE, MISBOUND, WIDE)


def findings(state: State) -> Iterable[Finding]:
    """Installs whose role is not in the inputs, and roles that are too narrow or far too wide."""
    for install in state.inventory.installs:
        if not install.cluster_roles:
            yield _misbound(install, state.inventory) or _absent(install, state.inventory)
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
        yield from _narrow(install, state.daemon)


def _account(install: Install) -> str:
    return account_name(pod_of(install))


def _forbidden(install: Install) -> str:
    account = f"system:serviceaccount:{install.daemonset.ref.namespace}:{_account(install)}"
    return (
        f'failed to list *v1.Pod: pods is forbidden: User "{account}" cannot list resource "pods"'
    )


def _absent(install: Install, inventory: Inventory) -> Finding:
    account = _account(install)
    namespace = install.daemonset.ref.namespace
    documents = inventory.reading.documents
    unread = (_unread(d, account, namespace) for d in documents)
    seen = next(filter(None, unread), "no ClusterRole bound to its ServiceAccount is in the inputs")
    return finding(
        RULE,
        document=install.daemonset,
        seen=seen,
        remedy="add the file with Multus's ClusterRole and ClusterRoleBinding to the inputs, or give "
        "the role get, list and watch on pods and on network-attachment-definitions, update on "
        "pods/status, and create and patch on events",
        error=_forbidden(install),
        manual=True,
    )


def _unread(document: Document, account: str, namespace: str) -> str:
    """What is missing, if this binding is the account's own, so that only its role was not read."""
    if document.ref.kind != "ClusterRoleBinding" or not _accounts(document, account) & {namespace}:
        return ""
    role = f"{string(document.data, 'roleRef', 'kind')} {string(document.data, 'roleRef', 'name')}"
    return f"{document.ref} binds its ServiceAccount to {role}, which is not in the inputs"


def _accounts(binding: Document, account: str) -> set[str]:
    """The namespaces in which the binding names a ServiceAccount of that name."""
    subjects = pods.items(binding.data, "subjects")
    return {str(s.get("namespace", "")) for s in subjects if s.get("name") == account}


def _misbound(install: Install, inventory: Inventory) -> Finding | None:
    """The binding that was meant for the install and does not reach it; None where there is none:
    its role, or its binding, may be in the cluster."""
    account, namespace = _account(install), install.daemonset.ref.namespace
    roles = {
        d.ref.name
        for d in inventory.reading.documents
        if d.ref.kind == "ClusterRole" and _is_multus_role(d)
    }
    fitting = [(_account(i), i.daemonset.ref.namespace) for i in inventory.installs]
    for binding in inventory.reading.documents:
        if binding.ref.kind != "ClusterRoleBinding":
            continue
        for subject in pods.items(binding.data, "subjects"):
            name, place = subject.get("name"), subject.get("namespace")
            named = name == account != "default"
            meant = named or string(binding.data, "roleRef", "name") in roles
            if subject.get("kind") != "ServiceAccount" or not (place and meant):
                continue
            if not any(is_bound(subject, *own) for own in fitting):
                own = f"{namespace}/{account}" if namespace else account
                return finding(
                    MISBOUND,
                    document=binding,
                    seen=f"{binding.ref} binds the ServiceAccount {place}/{name}, and the pods of "
                    f"{install.daemonset.ref} run as {own}",
                    remedy=f"name {own} in the subjects of {binding.ref}, or that account and "
                    "namespace in the DaemonSet; where another binding, which is not in the inputs, "
                    "gives the rights: --allow P86",
                    error=_forbidden(install),
                    manual=True,
                )
    return None


def _is_multus_role(document: Document) -> bool:
    """Whether a ClusterRole gives what thin Multus needs, as all manifests since v3.2 do."""
    rules = pods.items(document.data, "rules")
    everything = any("*" in (r.get("apiGroups") or []) for r in rules)
    return not everything and all(covers(rules, needed) for needed in _THIN)


def _narrow(install: Install, release: Release) -> Iterable[Finding]:
    lacking = lacking_rights(install, release)
    if lacking:
        wanted = "; ".join(
            f"{', '.join(n['verbs'])} on {', '.join(n['resources'])}" for n in lacking
        )
        role = install.cluster_roles[0]
        yield finding(
            RULE,
            document=role,
            seen=f"{role.ref} does not allow {wanted}",
            remedy=f"give it {wanted}",
            error=_forbidden(install),
            severity="blocker",
        )
