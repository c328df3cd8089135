"""Who owns a Multus DaemonSet, and would revert a patch to it (P54)."""

from __future__ import annotations

from migrator.model.inputs import Document
from migrator.trees.dig import mapping, strings


def owner_of(document: Document) -> str:
    """ "openshift", "cnao", "nvidia", "rke2", "helm", "addon", "controller", or ""."""
    metadata = mapping(document.data, "metadata")
    labels, annotations = strings(metadata, "labels"), strings(metadata, "annotations")
    keys = [*labels, *annotations]
    values = [*labels.values(), *annotations.values()]
    if document.ref.namespace == "openshift-multus" or any("openshift.io" in k for k in keys):
        return "openshift"
    if any("networkaddonsoperator" in text for text in (*keys, *values)):
        return "cnao"
    if any("nvidia.network-operator" in text or "mellanox.com" in text for text in keys):
        return "nvidia"
    chart = labels.get("helm.sh/chart", labels.get("chart", ""))
    if any("cattle.io" in k for k in keys) or chart.startswith("rke2-"):
        return "rke2"
    managed = labels.get("app.kubernetes.io/managed-by", labels.get("heritage", ""))
    helm = managed in ("Helm", "Tiller") or "meta.helm.sh/release-name" in annotations
    if helm or chart:
        return "helm"
    if "addonmanager.kubernetes.io/mode" in labels:
        return "addon"
    if metadata.get("ownerReferences"):
        return "controller"
    return ""
