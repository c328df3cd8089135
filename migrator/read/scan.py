"""The quick scan: which documents can matter to a move of Multus, told from their raw bytes.

A YAML parser takes a millisecond for each document, this scan microseconds, and most of a large
repository has nothing to do with networks. It must never miss: whatever it passes over is not
even checked for syntax. So it looks, with the escapes of double quotes undone, for words that
every relevant object has somewhere, in any case of letters, and rather takes one too many.
"""

from __future__ import annotations

import re
from typing import Final

# An object has both keys; neither can be spelled otherwise except by escapes.
_OBJECT_KEYS: Final = (b"apiVersion", b"kind")
# "cni" alone finds k8s.v1.cni.cncf.io, v1.multus-cni.io, k8s.cni.cncf.io and each /etc/cni path.
_WORDS: Final = (
    b"multus",
    b"cni",
    b"networkattachment",
    b"network-attachment",
    b"net-attach",
    b"netns",
    b"whereabouts",
    b"sriov",
    b"rdma",
    b"macvlan",
    b"ipvlan",
    b"istio",
    b"sidecar",
    b"linkerd",
    b"kuma",
    b"cilium",
    b"calico",
    b"flannel",
    b"antrea",
    b"openvswitch",
    b"ovn",
    b"ovs-",
)
# Objects of an install, or with a say on it, whose text may hold no such word.
_KINDS: Final = re.compile(
    rb"\b(?:Namespace|ServiceAccount|DaemonSet|ClusterRole|ClusterRoleBinding"
    rb"|MutatingWebhookConfiguration|SecurityContextConstraints|LimitRange|ResourceQuota"
    rb"|ClusterPolicy|kubernetes-services-endpoint|PodSecurityPolicy|ConstraintTemplate"
    rb"|ValidatingAdmissionPolicy|ValidatingAdmissionPolicyBinding)\b"
    rb"|constraints\.gatekeeper\.sh/|kyverno\.io/"
    rb"|kind[\"']?\s*:\s*[\"']?Node\b"
)
# Top-level keys of a document, which a template line between them does not move.
_KIND: Final = re.compile(rb"^kind[ \t]*:[ \t]*[\"']?(\w+)", re.MULTILINE)
_HELM_SOURCE: Final = re.compile(rb"^# Source: \S+/\S", re.MULTILINE)
# "\x6dultus" and "\u006dultus" in double quotes, and a line folded in the middle of a word.
_ESCAPE: Final = re.compile(rb"\\(?:(?:x|u00|U000000)([0-7][0-9a-fA-F])|(?:\r\n?|\n)[ \t]*)")


def matters(document: bytes, *, injected: bool = False) -> bool:
    """Whether a document can matter; with ``injected`` every pod template does.

    Pods get an attachment from Istio's webhook without a word of it in their manifest, so each
    of them counts as soon as Istio occurs in any input (see ``mentions_istio``).
    """
    text = _plain(document)
    if not all(key in text for key in _OBJECT_KEYS):
        return False
    if injected and b"containers" in text:
        return True
    return names_network(text) or _KINDS.search(text) is not None


def holds_objects(document: bytes) -> bool:
    """Whether a document can be a Kubernetes object at all."""
    text = _plain(document)
    return all(key in text for key in _OBJECT_KEYS)


def is_other_crd(document: bytes) -> bool:
    """Whether a document is a CustomResourceDefinition, and not that of the NADs: no plan reads
    one, whatever words of the trade are in its name."""
    kinds = set(_KIND.findall(document))
    return kinds == {b"CustomResourceDefinition"} and b"network-attachment" not in document


def is_helm_output(stream: bytes) -> bool:
    """Whether ``helm template`` or ``helm get manifest`` wrote a stream: each document of theirs
    names its file of the chart (helm, pkg/action: ``# Source: %s``)."""
    return _HELM_SOURCE.search(stream) is not None


def is_related(document: bytes) -> bool:
    """Whether a word of the trade is in a document, escapes undone."""
    return names_network(_plain(document))


def names_multus(document: bytes) -> bool:
    """Whether a document names Multus itself."""
    return b"multus" in _plain(document).lower()


def names_network(text: bytes) -> bool:
    """Whether a text holds a word of the trade: a plugin, a mesh, or Multus itself."""
    lowered = text.lower()
    return any(word in lowered for word in _WORDS)


def mentions_istio(stream: bytes) -> bool:
    """Whether a stream names Istio anywhere."""
    return b"istio" in _plain(stream).lower()


def _plain(text: bytes) -> bytes:
    """The text with the escapes undone that can hide a word, and without the NULs of UTF-16."""
    text = text.replace(b"\0", b"")
    if b"\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]) if m[1] else b"", text)
