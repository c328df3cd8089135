"""Who owns a Multus DaemonSet or a NAD and would revert a patch to it (P54), and which tool
applies it from elsewhere (P68)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from migrator.model.inputs import Document
from migrator.model.inventory import Owner
from migrator.trees.dig import mapping, string, strings
from migrator.trees.pods import items

_RELEASE = "meta.helm.sh/release-name"
_RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"
_FLUX_HELM = "helm.toolkit.fluxcd.io"
_WRANGLER = "objectset.rio.cattle.io"
"""The apply engine of Rancher's controllers (k3s, RKE2, Fleet); other keys of cattle.io are marks
that Rancher's own pages leave on any workload."""

_KINDS: Mapping[tuple[str, str], Owner] = {
    ("NicClusterPolicy", "mellanox.com"): Owner.NVIDIA,
    ("NetworkAddonsConfig", "networkaddonsoperator.network.kubevirt.io"): Owner.CNAO,
    ("Network", "operator.openshift.io"): Owner.OPENSHIFT,
}


class Applier(Enum):
    """A tool that applies objects from a source, and would put back what is applied by hand."""

    ARGO = "Application"
    FLUX = "Kustomization"
    ADDON = "Addon"


class AppliedBy(Struct, frozen=True, kw_only=True):
    """``name`` is that of the Application, Kustomization or Addon."""

    applier: Applier
    name: str


def owner_of(document: Document) -> Owner | None:
    """Read from its namespace, labels, annotations and ownerReferences."""
    metadata = mapping(document.data, "metadata")
    labels, annotations = strings(metadata, "labels"), strings(metadata, "annotations")
    keys = [*labels, *annotations]
    values = [*labels.values(), *annotations.values()]
    if document.ref.namespace == "openshift-multus" or any("openshift.io" in k for k in keys):
        return Owner.OPENSHIFT
    if any("networkaddonsoperator" in text for text in (*keys, *values)):
        return Owner.CNAO
    if any("nvidia.network-operator" in text or "mellanox.com" in text for text in keys):
        return Owner.NVIDIA
    for reference in items(metadata, "ownerReferences"):
        group = string(reference, "apiVersion").rpartition("/")[0]
        if known := _KINDS.get((string(reference, "kind"), group)):
            return known
    if any(k.startswith("resources.gardener.cloud/") for k in keys):
        return Owner.GARDENER
    chart = labels.get("helm.sh/chart", labels.get("chart", ""))
    if chart.startswith("rke2-") or annotations.get(_RELEASE, "").startswith("rke2-multus"):
        return Owner.RKE2
    managed = labels.get("app.kubernetes.io/managed-by", labels.get("heritage", ""))
    helm = (
        managed in ("Helm", "Tiller") or _RELEASE in annotations or f"{_FLUX_HELM}/name" in labels
    )
    if helm or chart:
        return Owner.HELM
    if "addonmanager.kubernetes.io/mode" in labels:
        return Owner.ADDON_MANAGER
    if metadata.get("ownerReferences") or (_wrangled(keys) and applied_by(document) is None):
        return Owner.CONTROLLER
    return None


def owner_name(document: Document) -> str:
    """The release, or the objects of its ownerReferences, by name; "" where nothing names one."""
    metadata = mapping(document.data, "metadata")
    labels, annotations = strings(metadata, "labels"), strings(metadata, "annotations")
    if release := annotations.get(_RELEASE, ""):
        return f"release {_qualified(annotations.get(_RELEASE_NAMESPACE, ''), release)}"
    if release := labels.get(f"{_FLUX_HELM}/name", ""):
        return f"HelmRelease {_qualified(labels.get(f'{_FLUX_HELM}/namespace', ''), release)}"
    made_by = [
        f"{string(reference, 'kind')} {string(reference, 'name')}"
        for reference in items(metadata, "ownerReferences")
    ]
    if made_by:
        return ", ".join(made_by)
    kind = annotations.get(f"{_WRANGLER}/owner-gvk", "").rpartition("Kind=")[2]
    return f"{kind} {annotations.get(f'{_WRANGLER}/owner-name', '')}".strip()


def release_of_chart(document: Document) -> str:
    """The Helm release that made the object, "" if none did."""
    annotations = strings(document.data, "metadata", "annotations")
    return annotations.get(_RELEASE, "")


def is_of_helm(document: Document) -> bool:
    """Whether Helm itself, or a HelmRelease of Flux, put the object into the cluster: what
    ``helm template`` renders has Helm's labels, and neither of these."""
    labels = strings(document.data, "metadata", "labels")
    return bool(release_of_chart(document)) or f"{_FLUX_HELM}/name" in labels


def applied_by(document: Document) -> AppliedBy | None:
    """The tool that applied a live object, which it marks: Argo CD by its tracking id (docs:
    resource tracking), Flux's Kustomization by labels, k3s and RKE2 by the owner of the set."""
    metadata = mapping(document.data, "metadata")
    labels, annotations = strings(metadata, "labels"), strings(metadata, "annotations")
    tracked = annotations.get("argocd.argoproj.io/tracking-id", "").partition(":")[0]
    argo = tracked or labels.get("argocd.argoproj.io/instance", "")
    if argo:
        return AppliedBy(applier=Applier.ARGO, name=argo)
    flux = labels.get("kustomize.toolkit.fluxcd.io/name", "")
    if flux:
        namespace = labels.get("kustomize.toolkit.fluxcd.io/namespace", "")
        return AppliedBy(applier=Applier.FLUX, name=_qualified(namespace, flux))
    made_by = annotations.get(f"{_WRANGLER}/owner-gvk", "")
    if made_by.startswith("k3s.cattle.io/") and made_by.endswith("Kind=Addon"):
        return AppliedBy(applier=Applier.ADDON, name=annotations.get(f"{_WRANGLER}/owner-name", ""))
    return None


def _wrangled(keys: list[str]) -> bool:
    return any(key.startswith(f"{_WRANGLER}/") for key in keys)


def _qualified(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name
