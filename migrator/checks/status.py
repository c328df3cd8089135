"""P72: readers of the networks-status annotation, which v4 no longer writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from migrator.checks.common import finding
from migrator.model.inputs import Document, Source
from migrator.model.plan import Finding, Rule
from migrator.multus import releases
from migrator.thick.intent import Intent
from migrator.trees.dig import NodePath

RULE = Rule(
    id="P72",
    title="Another component reads networks-status",
    why="v3 wrote k8s.v1.cni.cncf.io/networks-status beside network-status; v4 writes "
    "network-status alone, and the reader finds nothing in pods that start after "
    "the migration",
    reference="pkg/k8sclient of multus-cni, v3.9.3 and v4.0.0; network-attachment-definition-client",
    handling="Reported for sources before v4.0.0, with file and line.",
    severity="warning",
    when="before the rollout",
)
RULES = (RULE,)

STATUS: Final = "k8s.v1.cni.cncf.io/network-status"
_OLD: Final = "k8s.v1.cni.cncf.io/networks-status"
_SKIPPED = frozenset({"annotations", "managedFields"})
"""What a live object carries of its own past is no reader."""


def findings(intent: Intent) -> Iterable[Finding]:
    """The first place of each object that names it as a value."""
    if releases.THIN_ENTRYPOINT.holds(intent.before.release) or not intent.moving:
        return
    for document, source in readers(intent.inventory.reading.documents, _OLD):
        yield finding(
            RULE,
            document=document,
            source=source,
            seen=f"{document.ref} reads {_OLD}",
            remedy=f"before the migration, read {STATUS}, which both v3 and v4 write",
            manual=True,
        )


def readers(documents: Iterable[Document], key: str) -> Iterator[tuple[Document, Source]]:
    """The objects that name the annotation ``key`` as a value, each with the first such line."""
    for document in documents:
        where = next(_mentions(document.data, key), None)
        if where is not None:
            yield document, document.at(where)


def _mentions(value: Any, word: str, path: NodePath = ()) -> Iterator[NodePath]:
    if isinstance(value, str):
        if word in value:
            yield path
    elif isinstance(value, Mapping):
        for key, child in value.items():
            if key not in _SKIPPED:
                yield from _mentions(child, word, (*path, str(key)))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _mentions(child, word, (*path, index))
