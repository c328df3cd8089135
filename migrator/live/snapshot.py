"""What was collected -> the files of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from migrator import __version__
from migrator.live.collect import Collected, Unread
from migrator.trees.unseen import json_text

NAME: Final = "snapshot.json"
OBJECTS: Final = "objects"
NODES: Final = "nodes"
"""What read-nodes.sh fetched, which is kept."""
READER: Final = ("reader.yaml", "read-nodes.sh")
"""How the user gets them: what the cluster runs for it, and the script, which is last."""
TOOL: Final = "multus-migrator"
FORMAT: Final = 1


def files(
    collected: Collected, *, namespaces: Sequence[str], context: str, when: str
) -> Mapping[str, str]:
    """The texts of a snapshot by their paths in it; ``when`` is a moment in UTC."""
    texts = {
        f"{OBJECTS}/{outcome.resource.id}.yaml": "---\n".join(outcome.texts.values())
        for outcome in collected.outcomes
        if outcome.texts
    }
    # reader.yaml and read-nodes.sh: `live.reader.reader_files` has its place here
    about = {
        "tool": TOOL,
        "version": __version__,
        "snapshot": FORMAT,
        "collected": when,
        "context": context,
        "server": collected.server,
        "namespaces": sorted(set(namespaces)),
        "read": counts(collected),
        "absent": sorted(
            outcome.resource.id
            for outcome in collected.outcomes
            if outcome.texts is None and not outcome.unread
        ),
        "unread": [
            {
                "resource": each.resource.id,
                "namespace": each.namespace,
                "reason": each.answer.value,
                "detail": each.detail,
            }
            for each in unread(collected)
        ],
    }
    return {**texts, NAME: json_text(about)}


def counts(collected: Collected) -> dict[str, int]:
    """How many objects are kept of each resource that was read, by its id."""
    found = {o.resource.id: len(o.texts) for o in collected.outcomes if o.texts is not None}
    return dict(sorted(found.items()))


def unread(collected: Collected) -> list[Unread]:
    """What was not read, by resource and namespace."""
    found = (each for outcome in collected.outcomes for each in outcome.unread)
    return sorted(found, key=lambda each: (each.resource.id, each.namespace))
