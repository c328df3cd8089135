"""Documents -> Inventory: which Multus, in which mode, whose, where, and what is around it."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.inventory import wellformed
from migrator.inventory.again import known_workloads
from migrator.inventory.cni_configmaps import find_config_map_files
from migrator.inventory.install import find_installs
from migrator.inventory.install_documents import install_documents
from migrator.inventory.meshes.injection import all_workloads
from migrator.inventory.nads import find_nads
from migrator.inventory.neighbours import find_neighbours
from migrator.inventory.overasked import crowd, overasked, without
from migrator.model.inputs import Document, Reading
from migrator.model.inventory import Inventory
from migrator.model.release import Release
from migrator.multus.defaults import CONFIG_MAP
from migrator.read.duplicates import duplicates


def build_inventory(
    reading: Reading,
    stated_release: Release | None = None,
    *,
    keep_going: bool = False,
    before: Inventory | None = None,
) -> Inventory:
    """Understand what was read. Pure; the order is that of the inputs, but for NADs, which many
    sentences list: theirs is by name, so that it says nothing of the files.

    Errors: InputError with each place where an object of Multus is not what Kubernetes takes,
    where one that a plan may change occurs twice, and where one asks for more networks than any
    pod has, or all of them together; ``keep_going`` leaves out those that ask for more than any pod
    has, and says so in ``Inventory.reading.problems``. ``before`` is the inventory of which this is
    a build: what it says of documents that are the same is taken from it.
    """
    inventory = _inventory(reading, stated_release, before)
    found = list(overasked(inventory.workloads))
    if found and keep_going:
        return build_inventory(without(reading, found), stated_release, keep_going=True)
    wellformed.refuse(problem for _, problem in found)
    wellformed.refuse(crowd(inventory.workloads))
    written = tuple(_written_to(inventory))
    wellformed.refuse(duplicates(reading.documents, {document.ref for document in written}))
    held = set(map(id, _written_to(before))) if before else set()
    held |= {id(install.daemonset) for install in inventory.installs}  # `find_installs` refuses
    wellformed.refuse(
        problem
        for document in written
        if id(document) not in held
        for problem in wellformed.problems(document, wellformed.shape_of(document.ref.kind))
    )
    return inventory


def _inventory(
    reading: Reading, stated_release: Release | None, before: Inventory | None
) -> Inventory:
    documents = reading.documents
    found = find_nads(documents, before.nads if before else ())
    nads = tuple(sorted(found, key=lambda nad: nad.document.ref.sort_key))
    neighbours = find_neighbours(documents, reading.node_files)
    known = known_workloads(before, documents, nads, neighbours) if before else None
    daemonsets = [d for d in documents if d.ref.kind == "DaemonSet"]
    return Inventory(
        reading=reading,
        installs=find_installs(documents, stated_release),
        nads=nads,
        workloads=all_workloads(documents, nads, neighbours) if known is None else known,
        cni_files=reading.node_files.files + find_config_map_files(documents, daemonsets),
        neighbours=neighbours,
    )


def _written_to(inventory: Inventory) -> Iterator[Document]:
    """Every object that a plan may change: Multus's own, NADs, and a ConfigMap of the name under
    which the daemon's config is written."""
    yield from install_documents(inventory)
    yield from (nad.document for nad in inventory.nads)
    namespaces = {install.daemonset.ref.namespace for install in inventory.installs}
    for document in inventory.reading.documents:
        ref = document.ref
        ours = ref.kind == "ConfigMap" and ref.name.startswith(CONFIG_MAP)
        if ours and ref.namespace in namespaces:
            yield document
