"""The plugin binaries that a plan's networks call, as data: which, by whom, from where."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.checks.mounts import search_dirs
from migrator.inventory.called_plugins import Called, called_plugins
from migrator.model.plan import Plan


def plugins(plan: Plan) -> tuple[Called, ...]:
    """Of every NAD that has a config, and of every network that a workload or each pod gets."""
    return called_plugins(_networks(plan), plan.after.inventory)


def directories(plan: Plan) -> tuple[str, ...]:
    """Where the planned daemons look for plugins."""
    installs = [i for i in plan.after.inventory.installs if i.mode == "thick"]
    return tuple(dict.fromkeys(path for install in installs for path in search_dirs(install)))


def _networks(plan: Plan) -> Iterator[tuple[str, str]]:
    for nad in plan.after.inventory.nads:
        if nad.config:
            yield f"{nad.namespace}/{nad.name}", nad.config
    for row in plan.attachments:
        if row.after.config:
            yield row.network.partition("@")[0], row.after.config
