"""The quick scan: which documents can matter to a move of Multus, told from their raw bytes.

A YAML parser takes a millisecond for each document, this scan microseconds, and most of a large
repository has nothing to do with networks. It must never miss: whatever it passes over is not
even checked for syntax. So it looks, with the escapes of double quotes undone, for words that
every relevant object has somewhere, in any case of letters, and rather takes one too many.

``places`` finds where such words are in a whole stream; only the documents around them are then
judged one by one, by ``matters`` and ``names_multus``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
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
_KINDS: Final = (
    b"Namespace",
    b"ServiceAccount",
    b"DaemonSet",
    b"ClusterRole",
    b"ClusterRoleBinding",
    b"MutatingWebhookConfiguration",
    b"SecurityContextConstraints",
    b"LimitRange",
    b"ResourceQuota",
    b"ClusterPolicy",
    b"kubernetes-services-endpoint",
    b"PodSecurityPolicy",
    b"ConstraintTemplate",
    b"ValidatingAdmissionPolicy",
    b"ValidatingAdmissionPolicyBinding",
)
_GROUPS: Final = (b"constraints.gatekeeper.sh/", b"kyverno.io/")
_NODE: Final = b"Node"
_KIND_OR_GROUP: Final = re.compile(
    rb"\b(?:%s)\b|%s|kind[\"']?\s*:\s*[\"']?%s\b"
    % (b"|".join(_KINDS), b"|".join(map(re.escape, _GROUPS)), _NODE)
)
_POD: Final = b"containers"
_LINE: Final = re.compile(rb"^|[\r\n]")
_BLOCK: Final = 128 * 1024
# Top-level keys of a document, which a template line between them does not move.
_KIND: Final = re.compile(rb"^kind[ \t]*:[ \t]*[\"']?(\w+)", re.MULTILINE)
_HELM_SOURCE: Final = re.compile(rb"# Source: (?<![^\n].{10})\S+/\S", re.DOTALL)
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
    if injected and _POD in text:
        return True
    return names_network(text) or _KIND_OR_GROUP.search(text) is not None


def places(stream: bytes, *, injected: bool = False, size: int = _BLOCK) -> Iterator[int]:
    """Ascending places in a stream: one at least in each document that ``matters`` or that
    ``names_multus``.

    Block by block (of ``size`` bytes, to the end of a line), which stay in the processor's cache
    while one word after the other is looked for. No word holds a line break, so none is cut; what
    escapes hide is wherever an escape is. NULs may be in any word: then every line counts.
    """
    if b"\0" in stream:
        yield from (match.end() for match in _LINE.finditer(stream))
        return
    exact = (*_KINDS, *_GROUPS, _NODE, *([_POD] if injected else []))
    begin = 0
    while begin < len(stream):
        end = stream.find(b"\n", begin + size) + 1 or len(stream)
        block = stream[begin:end]
        lowered = block.lower()
        found = chain(
            *(_each(word, lowered) for word in _WORDS),
            *(_each(word, block) for word in exact),
            (match.start() for match in _ESCAPE.finditer(block)),
        )
        yield from (begin + at for at in sorted(found))
        begin = end


def _each(word: bytes, text: bytes) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


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
