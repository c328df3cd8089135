"""P34 says which object is missing: the role, or a binding of the right account."""

from __future__ import annotations

import pytest

from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, target


def _binding(namespace: str) -> str:
    return (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n"
        "metadata: {name: multus}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: multus-admin}\n"
        f"subjects: [{{kind: ServiceAccount, name: multus, namespace: {namespace}}}]\n"
    )


@pytest.mark.parametrize(
    ("binding", "seen"),
    [
        pytest.param(
            _binding("kube-system"),
            "ClusterRoleBinding multus binds its ServiceAccount to ClusterRole multus-admin, "
            "which is not in the inputs",
            id="the account is bound, and its role was not read",
        ),
        pytest.param(
            _binding("networking"),
            "ClusterRoleBinding multus binds the ServiceAccount networking/multus, and the pods of "
            "DaemonSet kube-system/kube-multus-ds run as kube-system/multus",
            id="the account of another namespace is bound",
        ),
        pytest.param(
            _binding("kube-system").replace("name: multus, namespace", "name: other, namespace"),
            "no ClusterRole bound to its ServiceAccount is in the inputs",
            id="another account is bound",
        ),
    ],
)
def test_what_is_missing_is_named(binding: str, seen: str) -> None:
    plan = make_plan(builders.inventory(daemonset("--multus-conf-file=auto"), binding), target())
    told = [(f.id, f.seen) for f in plan.findings if f.id in ("P34", "P86")]
    assert told == [("P86" if "run as" in seen else "P34", seen)]
