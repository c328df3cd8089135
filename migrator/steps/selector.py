"""Writes down the selector that the API server had defaulted."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.plan import Change, Rule
from migrator.steps.common import change
from migrator.thick.intent import Intent

RULE = Rule(
    id="S02",
    title="Write the selector that extensions/v1beta1 defaulted",
    why="apps/v1 requires a selector, and the one in the cluster is immutable: it is "
    "the labels of the pod template, which the API server had filled in",
    reference="kubernetes.io/docs/concepts/workloads/controllers/daemonset",
)


def changes(intent: Intent) -> Iterable[Change]:
    """spec.selector of each moving DaemonSet that has none. Names and selectors stay (P45)."""
    for form in intent.moving:
        document = form.install.daemonset
        spec = document.data["spec"]
        labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
        if not spec.get("selector") and labels:
            reason = "apps/v1 requires it; these are the labels that the API server had filled in"
            after = {"matchLabels": dict(labels)}
            yield from change(document, ("spec", "selector"), after, reason, RULE)
