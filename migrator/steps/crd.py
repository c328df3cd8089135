"""Raises the NetworkAttachmentDefinition's CRD to apiextensions.k8s.io/v1."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.inputs import MISSING
from migrator.model.plan import Change, Rule
from migrator.steps.common import change
from migrator.thick.definition import versions_of
from migrator.thick.intent import Intent
from migrator.trees.dig import mapping

RULE = Rule(
    id="S13",
    title="Raise the CRD to apiextensions.k8s.io/v1",
    why="Kubernetes 1.22 stopped serving v1beta1; stored NADs are unchanged, since "
    "their own version is v1 in both (P60)",
    reference="deployments/multus-daemonset.yml v3.3",
)

CRD = "network-attachment-definitions.k8s.cni.cncf.io"

_ONCE = (
    "version",
    "validation",
    "additionalPrinterColumns",
    "subresources",
    "preserveUnknownFields",
)
"""Fields of v1beta1's spec that v1 does not have there (the last: not as true)."""


def changes(intent: Intent) -> Iterable[Change]:
    """apiVersion, and the schema in the place and form that v1 wants."""
    if not intent.moving:
        return
    for document in intent.inventory.reading.documents:
        old = document.api_version == "apiextensions.k8s.io/v1beta1"
        if document.ref.name != CRD or not old:
            continue
        reason = "apiextensions.k8s.io/v1beta1 is no longer served"
        yield from change(document, ("apiVersion",), "apiextensions.k8s.io/v1", reason, RULE)
        for field in _ONCE:
            reason = "in v1 this is set per version, or not at all"
            yield from change(document, ("spec", field), MISSING, reason, RULE)
        reason = "v1 requires columns, subresources and a schema with types per version"
        versions = versions_of(mapping(document.data, "spec"))
        yield from change(document, ("spec", "versions"), versions, reason, RULE)
