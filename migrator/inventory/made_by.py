"""How a live object was made, and who owns its fields: what removes a field of it depends on both.

A null in a patch removes only what the last-applied annotation, or the same field manager, had set
(a real kube-apiserver 1.36 with kubectl 1.24 to 1.37).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final

from msgspec import Struct

from migrator.inventory.operators import Applier, applied_by, is_of_helm
from migrator.model.inputs import MISSING, Document, ItemKey, Path
from migrator.trees.dig import mapping, string, strings
from migrator.trees.embedded import json_map
from migrator.trees.paths import get
from migrator.trees.pods import items

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
CLIENT_SIDE: Final = "kubectl-client-side-apply"
KUBECTL: Final = "kubectl"
"""The manager of kubectl apply --server-side, unless --field-manager says another."""
FLUX: Final = "kustomize-controller"
ARGO: Final = "argocd-controller"
"""Its manager for server-side apply (docs: sync options)."""

_LIVE: Final = ("uid", "resourceVersion", "managedFields", "creationTimestamp")
_HELM: Final = frozenset({"helm", "helm-controller"})
_CREATE: Final = "kubectl-create"
_MAKERS: Final = frozenset({CLIENT_SIDE, _CREATE, *_HELM})
_ABOUT: Final = frozenset({"f:metadata", "f:status"})


class Made(Enum):
    """How an object came into the cluster, as far as it shows."""

    UNKNOWN = "unknown"
    """Not live, or ``kubectl get`` left managedFields out, and nothing else tells."""
    CREATE = "create"
    APPLY = "apply"
    """kubectl apply, by the client: the last-applied annotation."""
    SERVER_SIDE = "server-side"
    """kubectl apply --server-side, or another manager that applies in that way."""
    HELM = "helm"
    FLUX = "flux"
    """A Kustomization of Flux; a HelmRelease is Helm's."""
    ARGO = "argo"


class Manager(Struct, frozen=True, kw_only=True):
    """One entry of managedFields. ``fields`` is its fieldsV1, {} where the dump has none."""

    name: str
    applies: bool
    fields: Mapping[str, Any]


def is_live(document: Document) -> bool:
    """Whether the object came out of an API server."""
    metadata = mapping(document.data, "metadata")
    return any(metadata.get(key) for key in _LIVE)


def made_by(document: Document) -> Made:
    """How the object was made. Pure. What would undo a change by kubectl comes first: Helm, whose
    next upgrade does, then Flux and Argo CD; then the way of applying that is in use now."""
    found = managers(document)
    names = {manager.name for manager in found}
    applied = applied_by(document)
    if is_of_helm(document) or names & _HELM:
        return Made.HELM
    if (applied and applied.applier is Applier.FLUX) or FLUX in names:
        return Made.FLUX
    if (applied and applied.applier is Applier.ARGO) or any(n.startswith("argocd-") for n in names):
        return Made.ARGO
    if any(manager.applies for manager in found):
        return Made.SERVER_SIDE
    if CLIENT_SIDE in names or last_applied(document):
        return Made.APPLY
    return Made.CREATE if _CREATE in names else Made.UNKNOWN


def last_applied(document: Document) -> Mapping[str, Any]:
    """What kubectl apply sent last, {} where it never did."""
    text = strings(document.data, "metadata", "annotations").get(LAST_APPLIED, "")
    return json_map(text) if text else {}


def managers(document: Document) -> tuple[Manager, ...]:
    """The managers of what people write, without those of status and of metadata alone."""
    found = []
    for entry in items(mapping(document.data, "metadata"), "managedFields"):
        fields = mapping(entry, "fieldsV1")
        about = bool(fields) and fields.keys() <= _ABOUT
        if not entry.get("subresource") and not about:
            applies = entry.get("operation") == "Apply"
            found.append(Manager(name=string(entry, "manager"), applies=applies, fields=fields))
    return tuple(found)


def owners(document: Document, paths: Iterable[Path]) -> tuple[Manager, ...]:
    """The managers that own one of the fields. One whose fields were left out of the dump counts
    where it is known to write whole objects."""
    wanted = tuple(paths)
    return tuple(manager for manager in managers(document) if _owns_any(manager, wanted))


def _owns_any(manager: Manager, paths: tuple[Path, ...]) -> bool:
    if manager.fields:
        return any(_owns(manager.fields, path) for path in paths)
    return manager.applies or manager.name in _MAKERS


def removed_by_apply(document: Document, paths: Iterable[Path]) -> bool:
    """Whether kubectl apply, by the client, removes all these fields: it had set each of them."""
    before = last_applied(document)
    return all(get(before, path) not in (MISSING, None) for path in paths)


def _owns(fields: Any, path: Path) -> bool:
    """Whether a fieldsV1 tree holds the field, one below it, or one above it as a whole."""
    node = fields
    for segment in path:
        if not isinstance(node, Mapping):
            return False
        if not node:
            return True
        node = _below(node, segment)
    return node is not None


def _below(node: Mapping[str, Any], segment: str | int | ItemKey) -> Any:
    if not isinstance(segment, ItemKey):
        return node.get(f"f:{segment}")
    wanted = {segment.field: segment.value}
    items_of = ((str(key), child) for key, child in node.items())
    return next((v for k, v in items_of if k.startswith("k:") and json_map(k[2:]) == wanted), None)
