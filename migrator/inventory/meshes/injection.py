"""Attachments that a mesh's webhook adds to pods at admission (P47, P48)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrator.inventory import kubevirt
from migrator.inventory.controllers import controller_of, key_of
from migrator.inventory.meshes.injectors import Injector, find_injectors, wants
from migrator.inventory.requests import (
    DEFAULT_NETWORK,
    NETWORKS,
    Request,
    annotation,
    annotation_path,
)
from migrator.inventory.templates import PodTemplate, pod_templates, wanted_maps
from migrator.inventory.workloads import find_requests
from migrator.model.inputs import Document
from migrator.model.inventory import Neighbour, NetworkAttachment, Workload
from migrator.trees.dig import NodePath, mapping, strings
from migrator.trees.embedded import loads

_SIDECAR_STATUS = "sidecar.istio.io/status"


def all_workloads(
    documents: Sequence[Document],
    nads: Sequence[NetworkAttachment],
    neighbours: Sequence[Neighbour] | None = None,
) -> tuple[Workload, ...]:
    """What pod templates ask for, then what a webhook adds; each template once, as injected where
    it will be."""
    injected = list(_injected(documents, find_injectors(documents, nads, neighbours)))
    replaced = {(id(request.document), request.at) for request in injected}
    found = find_requests(documents)
    kept = [r for r in found if (id(r.document), r.at) not in replaced]
    return tuple(request.workload() for request in (*kept, *injected))


def add_network(existing: str, network: str) -> str:
    """The networks annotation after Istio's webhook (appendMultusNetwork in
    pkg/kube/inject/template.go, as istio#55000 left it in 1.23 to 1.25 and later).

    A list that already names the network stays, and so does one that has a "]" and is no JSON.
    Before that change ``default/istio-cni`` went into a JSON list as a name with a slash, which
    no release of Multus resolves: such pods did not start, so none of them can be met here.
    """
    if not existing:
        return network
    end = existing.rfind("]")
    if end < 0:
        listed = [item.strip() for item in existing.split(",")]
        return existing if network in listed else f"{existing}, {network}"
    namespace, _, name = network.rpartition("/")
    element = {"name": name, "namespace": namespace} if namespace else {"name": name}
    try:
        selections = loads(existing)
    except ValueError:
        return existing
    if not isinstance(selections, list) or any(_names(s, element) for s in selections):
        return existing
    separator = ", " if selections else ""
    return existing[:end] + separator + json.dumps(element) + existing[end:]


def _names(selection: Any, element: Mapping[str, str]) -> bool:
    return isinstance(selection, Mapping) and element.items() <= selection.items()


def _injected(documents: Sequence[Document], injectors: Sequence[Injector]) -> Iterator[Request]:
    """The pods that a mesh's webhook will give a network, in input order.

    A mesh counts where the inputs show it with a CNI for Multus, or hold its NAD (see
    `find_injectors`). ``networks`` is the whole annotation as the webhook leaves it: added to
    what the pod template asks for, or in its place. Only what is in the inputs can be told:
    a namespace whose object is not there has no labels, every revision or tag (``istio.io/rev``)
    counts as one that runs, and selectors that are configured in istiod
    (never/alwaysInjectSelector) are not known. A labelled namespace in which the inputs hold no
    injected pod template stands for its unseen pods, as one workload whose document is the
    Namespace.
    """
    if not injectors:
        return
    labels = _namespace_labels(documents)
    seen: set[str] = set()
    for template, existing, at in _candidates(documents):
        if _SIDECAR_STATUS in mapping(template.metadata, "annotations"):
            seen.add(template.namespace)
            continue
        for injector in injectors:
            if wants(injector, template, labels.get(template.namespace, {})):
                seen.add(template.namespace)
                yield _request(template, _annotated(injector, existing), at)
                break
    for document in documents:
        if document.ref.kind == "Namespace" and document.ref.name not in seen:
            yield from _unseen_pods(document, injectors)


def _annotated(injector: Injector, existing: str) -> str:
    return injector.network if injector.replaces else add_network(existing, injector.network)


def _namespace_labels(documents: Sequence[Document]) -> dict[str, dict[str, str]]:
    return {
        document.ref.name: strings(document.data, "metadata", "labels")
        for document in documents
        if document.ref.kind == "Namespace"
    }


def _candidates(documents: Sequence[Document]) -> Iterator[tuple[PodTemplate, str, NodePath]]:
    """(template, its networks today, where they stand) of whatever makes pods, without the live
    objects that repeat their controller."""
    known = {key_of(document) for document in documents}
    for document in documents:
        if controller_of(document, known) in known:
            continue
        for template in pod_templates(document):
            annotations = mapping(template.metadata, "annotations")
            at = annotation_path(annotations, (*template.path, "metadata", "annotations"))
            yield template, annotation(template.metadata, NETWORKS) or "", at
        for machine in kubevirt.virtual_machines(document, wanted_maps(document)):
            networks, _, at = kubevirt.networks(machine) or (None, None, machine.path)
            yield machine, networks or "", at


def _request(template: PodTemplate, networks: str, at: NodePath) -> Request:
    return Request(
        document=template.document,
        at=at,
        namespace=template.namespace,
        networks=networks,
        default_network=annotation(template.metadata, DEFAULT_NETWORK),
        origin="injected",
    )


def _unseen_pods(document: Document, injectors: Sequence[Injector]) -> Iterator[Request]:
    pod = PodTemplate(document=document, path=(), namespace=document.ref.name, metadata={}, spec={})
    labels = strings(document.data, "metadata", "labels")
    for injector in injectors:
        if wants(injector, pod, labels):
            yield Request(
                document=document,
                at=("metadata", "labels"),
                namespace=document.ref.name,
                networks=injector.network,
                default_network=None,
                origin="injected",
            )
            return
