"""Files that a container has from ConfigMaps: which key of which one a path is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from migrator.model.inputs import Document
from migrator.trees import pods
from migrator.trees.dig import mapping, string


class Place(NamedTuple):
    """A key of a ConfigMap in the pod's own namespace."""

    config_map: str
    key: str


class Asked(NamedTuple):
    """A key that ``items`` of a volume name: kubelet starts no container before the ConfigMap
    has it. ``path`` leads to the key in the DaemonSet."""

    volume: str
    place: Place
    path: tuple[str | int, ...]


def config_places(
    document: Document, container: Mapping[str, Any], path: str
) -> tuple[Place, ...] | None:
    """Which keys can be the file ``path`` of the container, each where its ConfigMap has it; ()
    where the volume there never gives such a file, None where none of ConfigMaps is mounted.
    """
    found = pods.mount_at(container, path)
    if found is None:
        return None
    mount, rest = found
    filename = "/".join(filter(None, (str(mount.get("subPath") or ""), rest)))
    volume = pods.volume(pods.pod_spec(document.data), str(mount.get("name", "")))
    sources = [source for _, source in _sources(volume)]
    if not sources:
        return None
    keys = ((string(source, "name"), _key(source, filename)) for source in sources)
    return tuple(Place(name, key) for name, key in keys if key)


def _sources(
    volume: Mapping[str, Any],
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """The ConfigMap sources of a volume, each with its path in it."""
    if "configMap" in volume:
        yield ("configMap",), mapping(volume, "configMap")
    for index, part in enumerate(pods.items(mapping(volume, "projected"), "sources")):
        if "configMap" in part:
            yield ("projected", "sources", index, "configMap"), mapping(part, "configMap")


def _key(source: Mapping[str, Any], filename: str) -> str:
    """Without ``items`` each key is a file of its name, with them only what they name is there."""
    items = pods.items(source, "items")
    if not items:
        return filename
    return next((str(i.get("key")) for i in items if str(i.get("path")) == filename), "")


def asked_keys(document: Document) -> Iterator[Asked]:
    """Every key that the volumes of a DaemonSet's pods name, without the optional ones."""
    for number, volume in enumerate(pods.items(pods.pod_spec(document.data), "volumes")):
        for where, source in _sources(volume):
            if source.get("optional") is True:
                continue
            for index, item in enumerate(pods.items(source, "items")):
                yield Asked(
                    volume=str(volume.get("name")),
                    place=Place(string(source, "name"), str(item.get("key"))),
                    path=(*pods.TEMPLATE, "volumes", number, *where, "items", index),
                )


def config_map_of(document: Document, documents: Sequence[Document], name: str) -> Document | None:
    """The ConfigMap of that name in the namespace of ``document``."""
    return next(
        (
            other
            for other in documents
            if (other.ref.kind, other.ref.name) == ("ConfigMap", name)
            and other.ref.namespace == document.ref.namespace
        ),
        None,
    )
