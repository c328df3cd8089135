"""Parsed values -> Documents: which are Kubernetes objects, unwrapped from their Lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.model.inputs import Document, Form, ObjectRef, Source
from migrator.read.tree import LineMap, LineTree

KUSTOMIZE_GROUP: Final = "kustomize.config.k8s.io"
_SERVER_METADATA: Final = (
    "uid",
    "resourceVersion",
    "managedFields",
    "creationTimestamp",
    "generation",
    "selfLink",
)


def is_object(value: Any) -> bool:
    """Whether a document is a Kubernetes object: not Helm values, CI, compose or a Chart.yaml.

    A kustomization is none either: it says how to build objects.
    """
    if not isinstance(value, dict):
        return False
    version, kind = value.get("apiVersion"), value.get("kind")
    if not (isinstance(version, str) and isinstance(kind, str) and version and kind):
        return False
    return group_of(version) != KUSTOMIZE_GROUP


def group_of(api_version: str) -> str:
    """``apps/v1`` -> ``apps``; the core group is ``""``."""
    return api_version.rpartition("/")[0]


def documents_of(
    value: Any, lines: LineTree, *, file: str, form: Form, text: str
) -> Iterator[Document]:
    """The object, or those of a List of them (nested Lists too), in order."""
    if not is_object(value):
        return
    items = value.get("items")
    if not (value["kind"].endswith("List") and isinstance(items, list)):
        yield _document(value, lines, file=file, form=form, text=text)
        return
    for index, item in enumerate(items):
        at = (lines.child("items") or lines).child(index) or lines
        item_form: Form = "build" if form == "build" else "list-item"
        yield from documents_of(_typed(item, value), at, file=file, form=item_form, text="")


def _typed(item: Any, parent: Mapping[str, Any]) -> Any:
    """An item with its type: those of a typed list (``PodList``) leave it to the list."""
    if not isinstance(item, dict) or parent["kind"] == "List" or "kind" in item:
        return item
    kind = parent["kind"].removesuffix("List")
    return {"apiVersion": parent["apiVersion"], "kind": kind, **item}


def _document(
    data: Mapping[str, Any], lines: LineTree, *, file: str, form: Form, text: str
) -> Document:
    live = form != "build" and _has_server_fields(data)
    form = "live" if live else form
    return Document(
        ref=_ref(data),
        api_version=data["apiVersion"],
        source=Source(file=file, line=lines.line),
        data=data,
        form=form,
        text=text if form == "standalone" else "",
        lines=LineMap(lines),
    )


def _ref(data: Mapping[str, Any]) -> ObjectRef:
    metadata = data.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    return ObjectRef(
        group=group_of(data["apiVersion"]),
        kind=data["kind"],
        namespace=_text(named.get("namespace")),
        name=_text(named.get("name")),
    )


def _text(value: Any) -> str:
    """A name as text: ``name: 123`` unquoted is a number."""
    return str(value) if isinstance(value, (str, int, float)) else ""


def _has_server_fields(data: Mapping[str, Any]) -> bool:
    """Whether the object came out of an API server (``kubectl get -o yaml``).

    ``creationTimestamp: null`` and the empty ``status`` of a generated CustomResourceDefinition
    stand in many a hand-kept file and say nothing.
    """
    metadata = data.get("metadata")
    if isinstance(metadata, dict) and any(metadata.get(key) for key in _SERVER_METADATA):
        return True
    return bool(data.get("status")) and data["kind"] != "CustomResourceDefinition"
