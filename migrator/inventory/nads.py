"""NetworkAttachmentDefinitions, in whatever YAML shape they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from migrator.model.inputs import Document
from migrator.model.inventory import NetworkAttachment
from migrator.read.namespaces import effective_namespace
from migrator.trees.dig import dig, string
from migrator.trees.embedded import json_or_text

GROUP = "k8s.cni.cncf.io"
KIND = "NetworkAttachmentDefinition"
RESOURCE_NAME = "k8s.v1.cni.cncf.io/resourceName"


def find_nads(
    documents: Sequence[Document], known: Sequence[NetworkAttachment] = ()
) -> tuple[NetworkAttachment, ...]:
    """The NADs of the inputs, in input order. Group and kind decide: nmstate.io has a
    NetworkAttachmentDefinition too, which is another thing.

    ``config`` is None where ``spec`` or ``spec.config`` is absent or null, and "" where it is
    written as ""; Multus looks both up on disk. A config that is no string (the API server
    refuses it: the CRD says ``type: string``) becomes a text that no parser takes for JSON,
    such as ``<object, not a string>``, so that whoever resolves it meets an error and not a
    network; `config_type` tells which it was. A spec that is no object is treated likewise. Those that are
    ``known`` of the same documents are taken as they are.
    """
    held = {id(nad.document): nad for nad in known}
    return tuple(
        held.get(id(document)) or _nad(document)
        for document in documents
        if document.ref.kind == KIND and document.ref.group == GROUP
    )


def config_type(document: Document) -> str:
    """The JSON type of ``spec.config``: "string" as it has to be, "" where it is absent."""
    return _json_type(dig(document.data, "spec", "config"))


def is_string(document: Document) -> bool:
    """Whether ``spec.config`` is what the CRD asks for; one that is absent is, too."""
    return config_type(document) in ("", "string")


def _nad(document: Document) -> NetworkAttachment:
    config = _config(document.data.get("spec"))
    return NetworkAttachment(
        document=document,
        namespace=effective_namespace(document),
        name=document.ref.name,
        config=config,
        data=json_or_text(config or ""),
        resource_name=string(document.data, "metadata", "annotations", RESOURCE_NAME),
    )


def _config(spec: Any) -> str | None:
    if spec is not None and not isinstance(spec, Mapping):
        return f"<{_json_type(spec)}, not an object>"
    value = spec.get("config") if spec else None
    if value is None or isinstance(value, str):
        return value
    return f"<{_json_type(value)}, not a string>"


def _json_type(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, Mapping):
        return "object"
    return "array" if isinstance(value, Sequence) else "number"
