"""The two States of a plan: Multus as it runs today, and as it is planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from migrator.inventory.build import build_inventory
from migrator.inventory.charts import installing
from migrator.inventory.confdir import main_install
from migrator.model.inputs import Document, Source
from migrator.model.inventory import Inventory, Mode, State, Target
from migrator.model.plan import Planned
from migrator.model.release import Release
from migrator.multus.releases import ASSUMED_SOURCE, DEFAULT_TARGET

_ASSUMED_MODE: Final[Mode] = "thin"


def state_today(inventory: Inventory, target: Target) -> State:
    """The release that is stated, recognised, or assumed; its daemons are held against the
    target, whose release is to run them. A chart that is thick already is taken to run it."""
    install = main_install(inventory)
    recognised, mode = ASSUMED_SOURCE, target.source_mode
    if install is not None:
        recognised, mode = install.release, install.mode
    elif has_thick_chart(inventory):
        recognised, mode = target.release, "thick"
    return State(
        inventory=inventory,
        release=target.source_release or recognised,
        mode=mode,
        daemon=target.release,
    )


def state_as_is(inventory: Inventory) -> State:
    """A state as it is, whoever made it: its daemons are held against the release that they are of.
    Without an install of its own it is taken for what a plan takes it for."""
    install = main_install(inventory)
    release, mode = ASSUMED_SOURCE, _ASSUMED_MODE
    if install is not None:
        release, mode = install.release, install.mode
    elif has_thick_chart(inventory):
        release, mode = DEFAULT_TARGET, "thick"
    return State(inventory=inventory, release=release, mode=mode, daemon=release)


def has_thick_chart(inventory: Inventory) -> bool:
    """Whether a release of the inputs runs thick mode, by its values and version."""
    return any(thick for _, _, thick in installing(inventory.reading.documents))


def state_planned(today: Inventory, objects: Sequence[Planned], target: Target) -> State:
    """The planned build: each changed document with its desired data, and the new ones. Where the DaemonSet is in other files it is taken to be moved there, since this tool plans
    it so. A thick install that is newer than the target stays what it is."""
    return state_built(_migrated(today, objects), target.release)


def state_built(inventory: Inventory, release: Release) -> State:
    """A build, run by ``release`` or by what is certain to be newer in it."""
    install = main_install(inventory)
    runs = release
    if install and install.confidence == "certain":
        runs = max(release, install.release)
    return State(inventory=inventory, release=runs, mode="thick", daemon=release)


def _migrated(inventory: Inventory, objects: Sequence[Planned]) -> Inventory:
    """The inventory of the planned build: each changed document with its desired data."""
    desired = {planned.ref: planned for planned in objects}
    documents = [
        replace(d, data=desired[d.ref].desired) if d.ref in desired else d
        for d in inventory.reading.documents
    ]
    documents += [_new_document(p) for p in objects if p.document is None]
    reading = replace(inventory.reading, documents=tuple(documents))
    return build_inventory(reading, before=inventory)


def _new_document(planned: Planned) -> Document:
    source = planned.changes[0].source or Source(file="(new)", line=1)
    return Document(
        ref=planned.ref,
        api_version=str(planned.desired.get("apiVersion", "")),
        source=source,
        data=planned.desired,
        form="build",
        text="",
        lines={},
    )
