"""Writes the configuration that a node file held into the NAD itself."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.plan import Change, Rule
from migrator.steps.common import change
from migrator.thick.intent import Intent

RULE = Rule(
    id="S15",
    title="Give a NAD its configuration explicitly",
    why="a NAD without spec.config depends on a file on each node, on the directory "
    "that the daemon reads, and on every other file that sorts before it (P01, P15)",
    reference="pkg/utils/cniconfig.go GetCNIConfig of network-attachment-definition-client",
)


def changes(intent: Intent) -> Iterable[Change]:
    """spec.config of each NAD whose strategy is explicit; the content is what its file says."""
    for choice in intent.networks:
        if choice.strategy == "explicit" and not choice.refused:
            reason = f"explicit configuration: {choice.reason}"
            document = choice.nad.document
            yield from change(document, ("spec", "config"), choice.config, reason, RULE)
