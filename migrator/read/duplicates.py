"""Fragments of objects, and objects that the inputs hold twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from migrator.model.inputs import Document, ObjectRef, Problem, Source
from migrator.read.wording import quoted

_GROUPS: Final = ("", "apps", "batch", "extensions")
_POD_SPEC: Final[dict[str, tuple[str, ...]]] = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        (
            "DaemonSet",
            "Deployment",
            "Job",
            "ReplicaSet",
            "ReplicationController",
            "StatefulSet",
        ),
        ("spec", "template", "spec"),
    ),
}


def without_fragments(
    documents: Sequence[Document],
) -> tuple[tuple[Document, ...], tuple[Source, ...]]:
    """The documents, without the workload fragments that stand beside their whole object.

    A fragment whose object is nowhere else stays among the documents; the second value names
    all of them.
    """
    kinds = [(document, is_fragment(document)) for document in documents]
    taken = {document.ref for document, fragment in kinds if not fragment}
    kept = []
    for document, fragment in kinds:
        if not fragment or document.ref not in taken:
            kept.append(document)
            taken.add(document.ref)
    return tuple(kept), tuple(document.source for document, fragment in kinds if fragment)


def is_fragment(document: Document) -> bool:
    """Whether a workload names no image at all: a patch of another object, not an object."""
    path = _POD_SPEC.get(document.ref.kind)
    if path is None or document.ref.group not in _GROUPS:
        return False
    spec: Any = document.data
    for key in path:
        spec = spec.get(key) if isinstance(spec, Mapping) else None
    containers = spec.get("containers") if isinstance(spec, Mapping) else None
    return not any(
        isinstance(container, Mapping) and container.get("image")
        for container in (containers if isinstance(containers, list) else ())
    )


def duplicates(documents: Sequence[Document]) -> Iterator[Problem]:
    """Objects that the inputs hold twice, whatever their versions: one problem per two files.

    What has no name (``generateName``, an IstioOperator file) is not known to be the same.
    """
    first: dict[ObjectRef, Document] = {}
    again: dict[tuple[str, str], list[Document]] = {}
    for document in documents:
        other = first.setdefault(document.ref, document)
        if document.ref.name and other is not document:
            again.setdefault((other.source.file, document.source.file), []).append(document)
    for twice in again.values():
        document = twice[0]
        more = f" (and {len(twice) - 1} more of these files)" if len(twice) > 1 else ""
        yield Problem(
            source=document.source,
            message=f"{quoted(str(document.ref))} is also in {first[document.ref].source}{more}",
            hint="plan one of them, or give the kustomize root that builds them",
        )
