"""P59: what prunes the CRD, as far as Argo CD and Flux objects of the inputs tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from migrator.checks.common import finding
from migrator.inventory.install_documents import CRD, install_documents
from migrator.inventory.words import may_hold
from migrator.model.inputs import Document
from migrator.model.inventory import Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.trees.dig import dig, mapping, string, strings

PRUNE = Rule(
    id="P59",
    title="The CRD could be pruned, and every NAD with it",
    why="a GitOps tool removes what a build no longer contains; deleting the CRD "
    "deletes every NetworkAttachmentDefinition of the cluster",
    reference="multus-cni#461; cluster-network-addons-operator#119",
    handling="The CRD is always part of the build; where Argo CD or Flux prune, protecting "
    "it is recommended.",
    severity="info",
)
RULES = (PRUNE,)

_SAFE = {
    "argocd.argoproj.io/sync-options": "Prune=false",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}


def findings(state: State) -> Iterable[Finding]:
    if not state.inventory.installs:
        return
    crd = next((d for d in install_documents(state.inventory) if d.ref.name == CRD), None)
    if crd is not None and not _is_safe(crd) and (tool := _tool(state.inventory)):
        key = "argocd.argoproj.io/sync-options" if tool == "Argo CD" else list(_SAFE)[1]
        yield finding(
            PRUNE,
            document=crd,
            seen=f"{tool} in the inputs, and the CRD may be pruned",
            error='no matches for kind "NetworkAttachmentDefinition" in version '
            '"k8s.cni.cncf.io/v1"',
            remedy=f'set the annotation {key}: "{_SAFE[key]}" on the CRD',
        )


def _is_safe(crd: Document) -> bool:
    own: Any = strings(crd.data, "metadata", "annotations")
    return any(value in own.get(key, "") for key, value in _SAFE.items())


def _tool(inventory: Inventory) -> str:
    """A tool that prunes: Argo CD with automated.prune, Flux with prune: true."""
    for document in inventory.reading.documents:
        if not may_hold(document, "argoproj.io", "fluxcd.io"):
            continue
        ref, metadata = document.ref, mapping(document.data, "metadata")
        if ref.kind == "Application" and ref.group == "argoproj.io":
            if dig(document.data, "spec", "syncPolicy", "automated", "prune") is True:
                return "Argo CD"
        elif ref.kind == "Kustomization" and ref.group == "kustomize.toolkit.fluxcd.io":
            if dig(document.data, "spec", "prune") is True:
                return "Flux"
        elif isinstance(dig(metadata, "annotations", "argocd.argoproj.io/tracking-id"), str):
            return "Argo CD"
        elif string(metadata, "labels", "kustomize.toolkit.fluxcd.io/name"):
            return "Flux"
    return ""
