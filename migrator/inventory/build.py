"""Documents -> Inventory: which Multus, in which mode, whose, where, and what is around it."""

from __future__ import annotations

from migrator.inventory.cni_configmaps import find_config_map_files
from migrator.inventory.injection import all_workloads
from migrator.inventory.install import find_installs
from migrator.inventory.nads import find_nads
from migrator.inventory.neighbours import find_neighbours
from migrator.model import Inventory, Reading


def build_inventory(reading: Reading, stated_release: str = "") -> Inventory:
    """Understand what was read. Pure; the order is that of the inputs."""
    documents = reading.documents
    nads = find_nads(documents)
    daemonsets = [d for d in documents if d.ref.kind == "DaemonSet"]
    return Inventory(
        reading=reading,
        installs=find_installs(documents, stated_release),
        nads=nads,
        workloads=all_workloads(documents, nads),
        cni_files=reading.node_files.files + find_config_map_files(documents, daemonsets),
        neighbours=find_neighbours(documents, reading.node_files),
    )
