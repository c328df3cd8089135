"""The plugin binaries that the networks of a plan call: which, by whom, from where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.inventory.called_plugins import called_plugins
from migrator.model.inventory import Inventory
from migrator.model.plan import Attachment, Called


def plugins(after: Inventory, attachments: Sequence[Attachment]) -> tuple[Called, ...]:
    """Of every NAD that has a config, and of every network that a workload or each pod gets. Pure;
    ``after`` is the planned build."""
    return called_plugins(_networks(after, attachments), after)


def _networks(after: Inventory, attachments: Sequence[Attachment]) -> Iterator[tuple[str, str]]:
    for nad in after.nads:
        if nad.config:
            yield f"{nad.namespace}/{nad.name}", nad.config
    for row in attachments:
        if row.after.config:
            yield row.network.partition("@")[0], row.after.config
