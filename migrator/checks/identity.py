"""P45, P60: the DaemonSet's selector, and the API versions of all of Multus."""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.checks.common import finding
from migrator.inventory.install_documents import install_documents
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.trees.dig import mapping
from migrator.trees.wording import listed

SELECTOR = Rule(
    id="P45",
    title="The DaemonSet's selector cannot be changed",
    why="spec.selector is immutable: a DaemonSet with another one can only be deleted "
    "and recreated, and pods that start before the new daemon runs lack their "
    "networks",
    reference="kubernetes.io/docs/concepts/workloads/controllers/daemonset; argo-cd#12439",
    handling="Name, namespace and selector are unchanged; a selector that the API server "
    "had filled in is written out (S02).",
    severity="blocker",
)
OLD_API = Rule(
    id="P60",
    title="API versions that no API server serves any more",
    why="extensions/v1beta1 was removed in Kubernetes 1.16, v1beta1 of "
    "CustomResourceDefinitions and RBAC in 1.22: such a manifest cannot be applied",
    reference="kubernetes.io/docs/reference/using-api/deprecation-guide; multus-cni#379, #699",
    handling="API versions are raised, with the schema that v1 of the CRD requires (S01, S13).",
    severity="warning",
)
RULES = (SELECTOR, OLD_API)

_GONE = re.compile(r"^(extensions|apps|rbac\.authorization\.k8s\.io|apiextensions\.k8s\.io)/v1.+")


def findings(state: State) -> Iterable[Finding]:
    for install in state.inventory.installs:
        yield from _selector(install)
    yield from _old_apis(state.inventory)


def _selector(install: Install) -> Iterable[Finding]:
    document = install.daemonset
    selector = mapping(document.data, "spec", "selector", "matchLabels")
    labels = mapping(document.data, "spec", "template", "metadata", "labels")
    if not mapping(document.data, "spec", "selector"):
        seen = "no selector: the API server had taken the template's labels"
    elif any(labels.get(key) != value for key, value in selector.items()):
        wrong = ", ".join(f"{k}={v}" for k, v in selector.items() if labels.get(k) != v)
        seen = f"the template's labels do not have {wrong}"
    else:
        return
    yield finding(
        SELECTOR,
        document=document,
        seen=seen,
        error=f'The DaemonSet "{document.ref.name}" is invalid: spec.selector: Invalid value: ... '
        "field is immutable",
        remedy="keep the selector that the cluster has: kubectl get daemonset "
        f"{document.ref.name} -o jsonpath='{{.spec.selector}}'",
    )


def _old_apis(inventory: Inventory) -> Iterable[Finding]:
    documents = sorted(install_documents(inventory), key=lambda d: d.ref.sort_key)
    old = [
        (document, str(document.data.get("apiVersion")))
        for document in documents
        if _GONE.match(str(document.data.get("apiVersion")))
    ]
    if old:
        first, version = old[0]
        yield finding(
            OLD_API,
            document=inventory.installs[0].daemonset,
            source=first.source,
            seen=listed(f"{d.ref.kind} of {v} ({d.source})" for d, v in old),
            error=f'no matches for kind "{first.ref.kind}" in version "{version}"',
            remedy="use v1 of each kind",
        )
