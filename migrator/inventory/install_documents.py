"""Which documents of the inputs make up the Multus installs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.inventory.service_account import account_name
from migrator.model.inputs import Document
from migrator.model.inventory import Install, Inventory
from migrator.trees import pods
from migrator.trees.dig import string

CRD = "network-attachment-definitions.k8s.cni.cncf.io"

_KINDS = frozenset(
    {"ServiceAccount", "ConfigMap", "ClusterRoleBinding", "RoleBinding", "Namespace"}
)
"""What may belong to a DaemonSet beside itself and its roles."""


def install_documents(inventory: Inventory) -> tuple[Document, ...]:
    """The DaemonSets, their ServiceAccount, RBAC and ConfigMaps, and the CRD, in input order.

    The CRD belongs to it always: a build without it lets a GitOps tool prune every NAD (P59).
    """
    if not inventory.installs:
        return ()
    own = [d for install in inventory.installs for d in (install.daemonset, *install.cluster_roles)]
    kinds = _KINDS | {document.ref.kind for document in own}
    candidates = [
        d for d in inventory.reading.documents if d.ref.kind in kinds or d.ref.name == CRD
    ]
    wanted = {d.ref for install in inventory.installs for d in _of(install, candidates)}
    return tuple(d for d in candidates if d.ref in wanted or d.ref.name == CRD)


def _of(install: Install, candidates: Sequence[Document]) -> Iterator[Document]:
    daemonset = install.daemonset
    pod = pods.pod_spec(daemonset.data)
    account = account_name(pod)
    maps = {
        string(volume, "configMap", "name")
        for volume in pods.items(pod, "volumes")
        if volume.get("configMap")
    }
    yield daemonset
    yield from install.cluster_roles
    for document in candidates:
        ref = document.ref
        same_namespace = ref.namespace == daemonset.ref.namespace
        if (
            (ref.kind == "ServiceAccount" and ref.name == account and same_namespace)
            or (ref.kind == "ConfigMap" and ref.name in maps and same_namespace)
            or (
                ref.kind in ("ClusterRoleBinding", "RoleBinding")
                and any(
                    s.get("kind") == "ServiceAccount"
                    and s.get("name") == account
                    and daemonset.ref.namespace in ("", s.get("namespace", ""))
                    for s in pods.items(document.data, "subjects")
                )
            )
            or (ref.kind == "Namespace" and ref.name == daemonset.ref.namespace)
        ):
            yield document
