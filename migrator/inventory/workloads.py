"""The workloads that ask for networks, found by structure and not by a list of kinds."""

from __future__ import annotations

from collections.abc import Sequence

from migrator.inventory.controllers import Asked, Key, first_of_each, key_of
from migrator.inventory.requests import Request, requests_of
from migrator.model.inputs import Document
from migrator.read.config_maps import config_maps


def find_requests(documents: Sequence[Document]) -> list[Request]:
    """Every request for networks that the inputs show, in input order.

    A request is the annotation ``k8s.v1.cni.cncf.io/networks`` or
    ``v1.multus-cni.io/default-network`` where it reaches a pod: on a pod template in an object
    of any kind, on a bare Pod, in annotations that an operator hands on, in Helm values of Flux,
    k3s and Argo CD; and the networks of KubeVirt machines and Rook clusters. Annotations of
    a Deployment, a Namespace or a NAD itself reach no pod and are left alone, as is what the
    server reports (``status``, the network-status annotation).

    ``namespace`` is where the pod will run: the object's (see `effective_namespace`), or the
    release's for Helm values. In live dumps a Pod that only repeats its controller is left out.
    An annotation with value "" asks for nothing and is kept, since it is there.
    """
    known = config_maps(documents)
    found = [(document, list(requests_of(document, known))) for document in documents]
    asked: dict[Key, set[Asked]] = {}
    for document, requests in found:
        asked.setdefault(key_of(document), set()).update(r.asked for r in requests)
    return list(first_of_each(found, asked))
