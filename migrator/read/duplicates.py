"""Fragments of objects, and objects that the inputs hold twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from migrator.model.inputs import Document, ObjectRef, Problem, Sentence, Source
from migrator.read.wording import quoted

_NAD: Final = "NetworkAttachmentDefinition"
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


def duplicates(
    documents: Sequence[Document], mattering: Collection[ObjectRef]
) -> Iterator[Problem]:
    """Objects of ``mattering`` that the inputs hold twice, whatever their versions: one problem
    per two files. Of anything else a repository may hold as many as it likes: one for each
    cluster, or placeholders.

    What has no name (``generateName``, an IstioOperator file) is not known to be the same.
    """
    first: dict[tuple[ObjectRef, str], Document] = {}
    again: dict[tuple[str, str], list[Document]] = {}
    for document in documents:
        if document.ref not in mattering:
            continue
        other = first.setdefault(_identity(document), document)
        if document.ref.name and other is not document:
            again.setdefault((other.source.file, document.source.file), []).append(document)
    for twice in again.values():
        document = twice[0]
        more = f" (and {len(twice) - 1} more of these files)" if len(twice) > 1 else ""
        yield Problem(
            source=document.source,
            message=Sentence(
                f"{quoted(str(document.ref))} is also in ", first[_identity(document)].source, more
            ),
            hint="plan one of them, or give the kustomize root that builds them",
        )


def _identity(document: Document) -> tuple[ObjectRef, str]:
    """What two documents of one object share. A network without a config may get a patch, which
    names it as it is written: two of them cannot be told apart, wherever they land."""
    spec = document.data.get("spec")
    patched = document.ref.kind == _NAD and not (isinstance(spec, dict) and spec.get("config"))
    return document.ref, "" if patched else document.placed
