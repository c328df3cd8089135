"""The inventory of a planned build: most of its documents are those of the inputs, as they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migrator.inventory.meshes.injectors import find_injectors
from migrator.inventory.requests import requests_of
from migrator.model.inputs import Document
from migrator.model.inventory import Inventory, Neighbour, NetworkAttachment, Workload
from migrator.read.config_maps import ConfigMaps, config_maps

_CONTROLLERS = frozenset({"Deployment", "ReplicaSet"})
"""Whether one is there decides whose a Pod is (`controllers`)."""


def known_workloads(
    before: Inventory,
    documents: Sequence[Document],
    nads: Sequence[NetworkAttachment],
    neighbours: Sequence[Neighbour] | None = None,
) -> tuple[Workload, ...] | None:
    """The workloads of ``before`` where they are those of ``documents`` too; None where that is not
    certain.

    It is certain where nobody injects networks, and where what is changed, new or gone asks for
    none, is no controller, and is no ConfigMap that values of a HelmRelease may come from: what a
    document asks for depends on nothing else.
    """
    if any(workload.origin == "injected" for workload in before.workloads):
        return None
    old, new = before.reading.documents, documents
    both = set(map(id, old)) & set(map(id, new))
    kept = [[id(d) for d in side if id(d) in both] for side in (old, new)]
    others = [[d for d in side if id(d) not in both] for side in (old, new)]
    from_maps = any(d.ref.kind == "HelmRelease" for d in documents)
    decides = _CONTROLLERS | {"ConfigMap"} if from_maps else _CONTROLLERS
    if kept[0] != kept[1] or any(d.ref.kind in decides for side in others for d in side):
        return None
    if any(_ask(side, config_maps(all_)) for side, all_ in zip(others, (old, new), strict=True)):
        return None
    return None if find_injectors(documents, nads, neighbours) else before.workloads


def _ask(documents: Iterable[Document], known: ConfigMaps) -> bool:
    """Whether one of the documents asks for networks."""
    return any(True for document in documents for _ in requests_of(document, known))
