"""Raises API versions that no current API server serves."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.plan import Change, Rule
from migrator.steps.common import change
from migrator.thick.intent import Intent
from migrator.trees.dig import string

RULE = Rule(
    id="S01",
    title="Raise API versions that the API server no longer serves",
    why="Kubernetes 1.16 stopped serving DaemonSets of extensions/v1beta1, and 1.22 "
    "the v1beta1 of RBAC and of CustomResourceDefinitions",
    reference="kubernetes.io/docs/reference/using-api/deprecation-guide",
)

_CURRENT = {
    "extensions/v1beta1": "apps/v1",
    "apps/v1beta1": "apps/v1",
    "apps/v1beta2": "apps/v1",
    "rbac.authorization.k8s.io/v1beta1": "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1alpha1": "rbac.authorization.k8s.io/v1",
}


def changes(intent: Intent) -> Iterable[Change]:
    """apiVersion of the DaemonSets that move and of Multus's RBAC objects."""
    forms = intent.moving
    daemonsets = {form.install.daemonset.ref for form in forms}
    roles = {role.ref.name for form in forms for role in form.install.cluster_roles}
    for document in intent.inventory.reading.documents:
        ref = document.ref
        named = string(document.data, "roleRef", "name")
        bound = ref.kind == "ClusterRoleBinding" and named in roles
        ours = ref in daemonsets or bound or (ref.kind == "ClusterRole" and ref.name in roles)
        current = _CURRENT.get(document.api_version)
        if ours and current:
            reason = f"{document.api_version} is no longer served"
            yield from change(document, ("apiVersion",), current, reason, RULE)
