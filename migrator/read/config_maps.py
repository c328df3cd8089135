"""The ConfigMaps of the inputs by the name that others use for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from migrator.model.inputs import Document
from migrator.read.namespaces import effective_namespace
from migrator.trees.dig import strings

ConfigMaps = Mapping[tuple[str, str], Document]
"""(effective namespace, name) -> ConfigMap."""


def config_maps(documents: Sequence[Document]) -> ConfigMaps:
    """The ConfigMaps of the inputs; the first one of a name counts."""
    found: dict[tuple[str, str], Document] = {}
    for document in documents:
        if document.ref.kind == "ConfigMap" and not document.ref.group:
            found.setdefault((effective_namespace(document), document.ref.name), document)
    return found


def config_data(known: ConfigMaps, namespace: str, name: str) -> dict[str, str]:
    """The text entries of a ConfigMap, {} where the inputs do not hold it."""
    config_map = known.get((namespace, name))
    return strings(config_map.data, "data") if config_map else {}
