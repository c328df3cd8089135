"""Who owns a Multus DaemonSet or a NAD, and would revert a patch to it (P54)."""

from __future__ import annotations

from migrator.model.inputs import Document
from migrator.model.inventory import Owner
from migrator.trees.dig import mapping, strings


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
    chart = labels.get("helm.sh/chart", labels.get("chart", ""))
    if any("cattle.io" in k for k in keys) or chart.startswith("rke2-"):
        return Owner.RKE2
    managed = labels.get("app.kubernetes.io/managed-by", labels.get("heritage", ""))
    helm = managed in ("Helm", "Tiller") or "meta.helm.sh/release-name" in annotations
    if helm or chart:
        return Owner.HELM
    if "addonmanager.kubernetes.io/mode" in labels:
        return Owner.ADDON_MANAGER
    if metadata.get("ownerReferences"):
        return Owner.CONTROLLER
    return None
