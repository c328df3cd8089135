"""Pods that ask for more networks than any pod has: each costs a look-up before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from migrator.model.inputs import Document, Problem, Reading
from migrator.model.inventory import Workload
from migrator.tools.bounds import ALL_NETWORKS, ANNOTATION, NETWORKS

_JSON: Final = frozenset('[{"')


def overasked(workloads: Iterable[Workload]) -> Iterator[tuple[Document, Problem]]:
    """The objects that ask for too much, wherever they do: in annotations, in values of a chart, in
    the networks of a machine. What they ask for is not resolved."""
    for workload in workloads:
        for text in (workload.networks, workload.default_network):
            if text and (said := too_much(text)):
                message = f"the networks annotation of {workload.document.ref} {said[0]}"
                problem = Problem(source=workload.source, message=message, hint=said[1])
                yield workload.document, problem


def crowd(workloads: Iterable[Workload]) -> Iterator[Problem]:
    """The workload with which all that is asked for, together, is more than is resolved."""
    asked, most = 0, ALL_NETWORKS.value()
    for workload in workloads:
        asked += sum(map(_asked, filter(None, (workload.networks, workload.default_network))))
        if asked > most:
            message = f"with {workload.document.ref}, more than {most:,} networks are asked for"
            hint = f"give some of the namespaces at a time; {ALL_NETWORKS.more}"
            yield Problem(source=workload.source, message=message, hint=hint)
            return


def without(reading: Reading, found: Sequence[tuple[Document, Problem]]) -> Reading:
    """The reading that passes over those objects, and says so."""
    gone = {id(document) for document, _ in found}
    return replace(
        reading,
        documents=tuple(d for d in reading.documents if id(d) not in gone),
        problems=(*reading.problems, *(problem for _, problem in found)),
    )


def too_much(text: str) -> tuple[str, str] | None:
    """What is wrong with an annotation that is larger, or asks for more networks, than is resolved,
    and the hint."""
    most_bytes, most = ANNOTATION.bytes(), NETWORKS.value()
    if len(text) <= min(most_bytes // 4, most):  # each network takes a character, of up to 4 bytes
        return None
    if len(text.encode("utf-8", "surrogatepass")) > most_bytes:
        hint = f"Kubernetes takes no more; {ANNOTATION.more}"
        return f"is larger than {ANNOTATION.value()} {ANNOTATION.unit}", hint
    if (asked := _asked(text)) > most:
        return f"asks for about {asked:,} networks", f"no pod has so many; {NETWORKS.more}"
    return None


def _asked(text: str) -> int:
    """How many networks an annotation asks for at most, without parsing it: Multus takes it for
    JSON where one of three characters is in it (parsePodNetworkAnnotation)."""
    if _JSON.isdisjoint(text):
        return text.count(",") + 1
    return text.count("{")
