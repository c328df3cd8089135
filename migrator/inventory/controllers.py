"""Live dumps: a Pod repeats its ReplicaSet, which repeats its Deployment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from migrator.inventory.requests import Request
from migrator.model.inputs import Document
from migrator.read.namespaces import effective_namespace
from migrator.trees.dig import dig, mapping, string
from migrator.trees.pods import items

Key = tuple[str, str, str]
"""(kind, effective namespace, name)."""

Asked = tuple["str | None", "str | None"]
"""(networks, default network) of a request."""

_HASH = "pod-template-hash"


def key_of(document: Document) -> Key:
    return document.ref.kind, effective_namespace(document), document.ref.name


def controller_of(document: Document, known: Collection[Key]) -> Key | None:
    """The controller of an object, None where it has none.

    A Pod whose ReplicaSet is not in the inputs belongs to the Deployment that named it
    (``<deployment>-<pod-template-hash>``), if ``known`` holds that. Static pods, whose owner is
    their Node, belong to nobody.
    """
    metadata = mapping(document.data, "metadata")
    for reference in items(metadata, "ownerReferences"):
        kind, name = string(reference, "kind"), string(reference, "name")
        if reference.get("controller") is not True or kind == "Node":
            continue
        namespace = effective_namespace(document)
        suffix = "-" + string(metadata, "labels", _HASH)
        deployment = ("Deployment", namespace, name.removesuffix(suffix))
        if kind == "ReplicaSet" and (kind, namespace, name) not in known and deployment in known:
            return deployment
        return kind, namespace, name
    return None


def is_scaled_down(document: Document) -> bool:
    """A controller's object without replicas: the past revisions that a Deployment keeps."""
    return bool(dig(document.data, "spec", "replicas") == 0)


def first_of_each(
    found: Iterable[tuple[Document, list[Request]]], asked: Mapping[Key, set[Asked]]
) -> Iterator[Request]:
    """The requests without those that only repeat their owner's, or an equal sibling's.

    ``asked`` holds what each object of the inputs asks for. What a Pod asks for beyond its
    owner's template (a webhook added it, or it is of an older revision) is kept, once.
    """
    seen: set[tuple[Key, Asked]] = set()
    for document, requests in found:
        owner = controller_of(document, asked.keys())
        if owner is not None and is_scaled_down(document):
            continue
        for request in requests:
            if owner is not None:
                if request.asked in asked.get(owner, ()) or (owner, request.asked) in seen:
                    continue
                seen.add((owner, request.asked))
            yield request
