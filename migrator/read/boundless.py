"""Annotations that ask for more networks than any pod has: each costs a look-up before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from migrator.model.inputs import Document, Problem, Source
from migrator.tools.bounds import ANNOTATION, NETWORKS
from migrator.trees.dig import maps

_ANNOTATIONS: Final = ("k8s.v1.cni.cncf.io/networks", "v1.multus-cni.io/default-network")
_JSON: Final = frozenset('[{"')


def boundless(document: Document, length: int) -> Iterator[Problem]:
    """What in an object, of a text of ``length``, asks for too much; such an object is not read."""
    bytes_, networks = ANNOTATION.value() * 1024, NETWORKS.value()
    if length <= min(bytes_, networks):  # each network takes a character at least
        return
    for path, node in maps(document.data):
        for name in _ANNOTATIONS:
            text = node.get(name)
            if not isinstance(text, str):
                continue
            source = document.at((*path, name))
            if len(text.encode()) > bytes_:
                message = f"the annotation {name} is larger than {bytes_ // 1024} KiB"
                hint = f"Kubernetes takes no more; {ANNOTATION.more}"
                yield Problem(
                    source=Source(file=source.file, line=source.line), message=message, hint=hint
                )
            elif (asked := _asked(text)) > networks:
                message = f"the annotation {name} asks for about {asked:,} networks"
                hint = f"no pod has so many; {NETWORKS.more}"
                yield Problem(
                    source=Source(file=source.file, line=source.line), message=message, hint=hint
                )


def _asked(text: str) -> int:
    """How many networks an annotation asks for at most, without parsing it: Multus takes it for
    JSON where one of three characters is in it (parsePodNetworkAnnotation)."""
    if _JSON.isdisjoint(text):
        return text.count(",") + 1
    return text.count("{")
