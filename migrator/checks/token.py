"""P90: the daemon's pod has no ServiceAccount token."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import daemons, finding
from migrator.inventory.service_account import FIELD, token_refused
from migrator.model.inventory import State
from migrator.model.plan import Finding, Rule

RULE = Rule(
    id="P90",
    title="The daemon's pod has no ServiceAccount token",
    why="the daemon's client for the API server uses the pod's token: without it the "
    "daemon exits at once, and no pod on the node can start",
    reference="pkg/k8sclient/k8sclient.go InClusterK8sClient v4.0.0 to v4.3.0",
    handling="The pod's own automountServiceAccountToken, which outranks the account's, becomes "
    "true (S10).",
    severity="blocker",
)
RULES = (RULE,)

_ERROR = (
    "GetK8sClient: failed to get context for in-cluster kube config: open "
    "/var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory"
)


def findings(state: State) -> Iterable[Finding]:
    """Daemons whose pod, or whose ServiceAccount, refuses the token."""
    for install in daemons(state):
        document, path = token_refused(install, state.inventory.reading.documents)
        if path:
            yield finding(
                RULE,
                document=install.daemonset,
                source=document.at(path),
                seen=f"{document.ref} has {FIELD}: false",
                remedy=f"set {FIELD}: true in the pod template of {install.daemonset.ref}",
                error=_ERROR,
            )
