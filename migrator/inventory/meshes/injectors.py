"""Which pods a mesh's webhook changes, and which network it gives them.

Sources: istio pkg/kube/inject (injectRequired, IgnoredNamespaces), the four webhooks of
istio-discovery/templates/mutatingwebhook.yaml (Istio 1.10 and later); kuma
pkg/plugins/runtime/k8s/webhooks/injector (needInject).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from migrator.inventory.meshes import istio, kuma
from migrator.inventory.neighbours import find_neighbours
from migrator.inventory.templates import PodTemplate
from migrator.model.inputs import Document, NodeFiles
from migrator.model.inventory import Neighbour, NetworkAttachment
from migrator.read.namespaces import DEFAULT
from migrator.trees.dig import string, strings
from migrator.trees.pods import items

Labels = Mapping[str, str]

_IGNORED = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})
_INJECT = "sidecar.istio.io/inject"
_INJECTION = "istio-injection"
_REVISION = "istio.io/rev"
_TEMPLATES = "inject.istio.io/templates"
_YES = frozenset({"y", "yes", "true", "on"})
_KUMA = "kuma.io/sidecar-injection"
_NO_FILES = NodeFiles(nodes=(), directories=frozenset(), files=())


class Injector(Struct, frozen=True, kw_only=True):
    """A mesh's webhook that gives pods ``network``: in place of the networks that they ask for
    where it ``replaces``; ``everywhere`` also in namespaces without a label."""

    mesh: Literal["istio", "kuma"]
    network: str
    replaces: bool
    everywhere: bool


def find_injectors(
    documents: Sequence[Document],
    nads: Sequence[NetworkAttachment],
    neighbours: Sequence[Neighbour] | None = None,
) -> tuple[Injector, ...]:
    """The meshes whose webhook adds a network, as far as the inputs show.

    Istio: the webhook's own ConfigMap decides alone where it is there; else Helm and operator
    values (``injectedAnnotations``, provider multus, ``chained: false``), an istio-cni agent in
    a directory for Multus, or a NAD istio-cni. Where only the last two speak, the network is
    "default/istio-cni" if the NAD is in default, else "istio-cni".
    Kuma: an agent or release of kuma-cni, or a NAD kuma-cni. ``neighbours`` are those of the
    documents, where somebody looked for them.
    """
    if neighbours is None:
        neighbours = find_neighbours(documents, _NO_FILES)
    shown = [neighbour for neighbour in neighbours if neighbour.document is not None]
    names = {nad.name for nad in nads}
    found = []
    by_istio = _istio(documents, nads, [n.facts for n in shown if n.kind == "istio-cni"])
    if by_istio is not None:
        found.append(by_istio)
    if kuma.NETWORK in names or any(n.kind == "kuma-cni" for n in shown):
        found.append(Injector(mesh="kuma", network=kuma.NETWORK, replaces=True, everywhere=False))
    return tuple(found)


def wants(injector: Injector, template: PodTemplate, namespace: Labels) -> bool:
    """Whether the webhook changes the pods of a template in a namespace with these labels."""
    if injector.mesh == "kuma":
        return _kuma_wants(template, namespace)
    return _istio_wants(injector, template, namespace)


def _istio(
    documents: Sequence[Document],
    nads: Sequence[NetworkAttachment],
    shown: Iterable[Mapping[str, str]],
) -> Injector | None:
    webhooks = [istio.from_config_map(d) for d in documents if istio.is_injector(d)]
    if webhooks:
        shown = [facts for facts in webhooks if facts]
        network = _stated(shown)
    else:
        shown = list(shown)
        network = _stated(shown) or _by_nads(nads, shown)
    if not network:
        return None
    return Injector(
        mesh="istio",
        network=network,
        replaces=any(f.get("replaces") == "true" for f in shown),
        everywhere=any(f.get("everywhere") == "true" for f in shown),
    )


def _stated(shown: Sequence[Mapping[str, str]]) -> str:
    """``injectedAnnotations`` are applied last and win; then the newer rule, then the older."""
    overwriting = [f["network"] for f in shown if f.get("replaces") == "true"]
    added = [f["network"] for f in shown if "network" in f]
    if overwriting:
        return overwriting[0]
    return istio.IN_DEFAULT if istio.IN_DEFAULT in added else "".join(added[:1])


def _by_nads(nads: Sequence[NetworkAttachment], shown: Sequence[Mapping[str, str]]) -> str:
    namespaces = {nad.namespace for nad in nads if nad.name == istio.IN_POD_NAMESPACE}
    for_multus = any(f.get("mode") in ("multus", "standalone") for f in shown)
    if DEFAULT in namespaces:
        return istio.IN_DEFAULT
    return istio.IN_POD_NAMESPACE if namespaces or for_multus else ""


def _istio_wants(injector: Injector, template: PodTemplate, namespace: Labels) -> bool:
    """The API server asks a webhook by labels; the webhook then looks at the pod itself.

    Ambient mode alone (``istio.io/dataplane-mode``) is no injection.
    """
    if template.spec.get("hostNetwork") is True or template.namespace in _IGNORED:
        return False
    labels = strings(template.metadata, "labels")
    annotations = strings(template.metadata, "annotations")
    wish = labels.get(_INJECT, annotations.get(_INJECT, "")).lower()
    if wish and wish not in _YES:
        return False
    names = [name.strip() for name in annotations.get(_TEMPLATES, "sidecar").split(",")]
    if "sidecar" not in names and not injector.replaces:
        return False  # the gateway and gRPC templates write no networks annotation
    return _webhook_is_asked(labels, namespace, injector.everywhere)


def _webhook_is_asked(pod: Labels, namespace: Labels, everywhere: bool) -> bool:
    if _INJECTION in namespace:
        return namespace[_INJECTION] == "enabled"
    if _REVISION in namespace or everywhere:
        return True
    return pod.get(_INJECT) == "true" or _REVISION in pod


def _kuma_wants(template: PodTemplate, namespace: Labels) -> bool:
    if any(string(c, "name") == "kuma-sidecar" for c in items(template.spec, "containers")):
        return False
    labels = strings(template.metadata, "labels")
    annotations = strings(template.metadata, "annotations")
    wish = labels.get(_KUMA, annotations.get(_KUMA, namespace.get(_KUMA, "")))
    return wish in ("enabled", "true")
