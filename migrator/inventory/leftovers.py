"""What earlier installs left on the nodes, and when it may go."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from migrator.model.inputs import CniFile, Source
from migrator.model.inventory import Inventory
from migrator.multus import nodefile
from migrator.multus.primary import content, is_multus_config
from migrator.trees.embedded import json_or_text


class When(Enum):
    """The points of the rollout at which a file is dealt with, in their order."""

    BEFORE = "before the rollout"
    DAEMON_RUNS = "once the daemon runs"


class Kind(Enum):
    """What a leftover is; the value says why something has to be done."""

    RENAMED = "--rename-conf-file had renamed it"
    EMPTY = "it is empty"
    CILIUM = "Cilium had renamed Multus's file (P49)"
    THIN = "it calls thin Multus"


class Leftover(Struct, frozen=True, kw_only=True):
    """One file that has to be removed or put back on each node of ``nodes``. ``directories`` are
    those of CNI that the installs name."""

    path: str
    nodes: tuple[str, ...]
    directories: tuple[str, ...]
    kind: Kind
    source: Source

    @property
    def when(self) -> When:
        return When.DAEMON_RUNS if self.kind is Kind.THIN else When.BEFORE

    @property
    def command(self) -> str:
        """A command that a person copies, "" where this path may be in none."""
        make = nodefile.restoring if self.kind is Kind.RENAMED else nodefile.removal
        return make(self.path, self.directories)

    @property
    def remedy(self) -> str:
        """The command, or the sentence in its stead."""
        tell = nodefile.restore if self.kind is Kind.RENAMED else nodefile.remove
        return tell(self.path, self.directories)

    @property
    def why(self) -> str:
        return self.kind.value


def leftovers(inventory: Inventory) -> tuple[Leftover, ...]:
    """Files of the nodes that a move to thick mode has to deal with, in the order of the steps.

    Only what was copied from nodes is told; "" among ``nodes`` stands for all of them.
    """
    found: dict[tuple[str, Kind], list[CniFile]] = {}
    directories = {i.paths.cni_conf_dir for i in inventory.installs}
    directories |= {i.paths.autoconfig_dir for i in inventory.installs}
    for file in inventory.reading.node_files.files:
        kind = _kind(file) if file.directory in directories else None
        if kind is not None:
            found.setdefault((f"{file.directory}/{file.name}", kind), []).append(file)
    order = list(When)
    made = [
        Leftover(
            path=path,
            nodes=tuple(dict.fromkeys(f.node for f in files)),
            directories=tuple(sorted(directories)),
            kind=kind,
            source=files[0].source,
        )
        for (path, kind), files in found.items()
    ]
    return tuple(sorted(made, key=lambda left: (order.index(left.when), left.path)))


def _kind(file: CniFile) -> Kind | None:
    config = file.name.endswith((".conf", ".conflist"))
    if (
        file.name.endswith(".old")
        and not is_multus_config(content(file))
        and isinstance(json_or_text(file.content), dict)
    ):
        return Kind.RENAMED
    if file.name.startswith("00-multus") and config and not file.content.strip():
        return Kind.EMPTY
    if file.name.endswith(".cilium_bak") and file.name.startswith("00-multus"):
        return Kind.CILIUM
    if config and is_multus_config(content(file)) and file.name != "00-multus.conf":
        return Kind.THIN
    return None
