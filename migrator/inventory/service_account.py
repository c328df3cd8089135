"""The ServiceAccount of a Multus pod, and whether its token gets into the container."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from migrator.model.inputs import Document
from migrator.model.inventory import Install
from migrator.read.namespaces import effective_namespace
from migrator.trees import pods
from migrator.trees.dig import NodePath

FIELD = "automountServiceAccountToken"
_PLACE = "/run/secrets/kubernetes.io/serviceaccount"


def account_name(pod: Mapping[str, Any]) -> str:
    """The account that a pod runs as; ``serviceAccount`` is the old name of the field."""
    return str(pod.get("serviceAccountName") or pod.get("serviceAccount") or "default")


def token_refused(install: Install, documents: Sequence[Document]) -> tuple[Document, NodePath]:
    """The object and the field that keep the token out; the path is () where it is mounted.

    The pod's own field outranks the account's, and a volume that is mounted in the token's place
    is the user's own way to give it (kubernetes plugin/pkg/admission/serviceaccount).
    """
    daemonset = install.daemonset
    pod = pods.pod_spec(daemonset.data)
    here = pods.container(pod, install.container)
    mounted = pods.mount_at(
        {"volumeMounts": [_without_var_run(m) for m in pods.items(here, "volumeMounts")]}, _PLACE
    )
    if mounted and mounted[1] == "":
        return daemonset, ()
    if isinstance(pod.get(FIELD), bool):
        return daemonset, () if pod[FIELD] else (*pods.TEMPLATE, FIELD)
    account = next((d for d in documents if _is_account(d, daemonset, account_name(pod))), None)
    if account is not None and account.data.get(FIELD) is False:
        return account, (FIELD,)
    return daemonset, ()


def _without_var_run(mount: Mapping[str, Any]) -> dict[str, Any]:
    return {**mount, "mountPath": pods.without_var_run(str(mount.get("mountPath", "")))}


def _is_account(document: Document, daemonset: Document, name: str) -> bool:
    if (document.ref.kind, document.ref.group, document.ref.name) != ("ServiceAccount", "", name):
        return False
    here = effective_namespace(daemonset)
    return not daemonset.ref.namespace or effective_namespace(document) == here
