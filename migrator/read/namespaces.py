"""Which namespace an object lands in."""

from __future__ import annotations

from migrator.model.inputs import Document

DEFAULT = "default"


def effective_namespace(document: Document) -> str:
    """The namespace that the object lands in, as far as the document tells.

    A document without a namespace lands where the kubectl context, the kustomization or the
    Argo CD Application says, which a lone manifest does not tell: "default" is what a fresh
    context gives, and it is one answer for NADs and workloads alike, so that two documents
    applied together still find each other. ``document.ref.namespace`` keeps what is written.
    Where a kustomization of the inputs builds the document, its ``namespace:`` overrides all.
    """
    return document.placed or document.ref.namespace or DEFAULT
