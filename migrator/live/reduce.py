"""One object of a cluster -> what is written of it: what a plan reads, and nothing that differs between two
looks at the same state.

What a plan may change (`belongs`) keeps all that is needed to apply it again, and what tells how it was made
(managedFields and the last-applied annotation, which P58 reads).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from migrator.inventory.made_by import LAST_APPLIED
from migrator.live.belongs import Known, belongs
from migrator.live.resources import Resource, Shape
from migrator.live.structure import OF_PODS, about_networks, structure, without_values
from migrator.read.scan import matters
from migrator.tools.bounds import DEPTH
from migrator.trees import pods
from migrator.trees.dig import dig, mapping, string, strings

_SERVERS: Final = frozenset({"uid", "resourceVersion", "generation", "selfLink"})
_OWNER: Final = ("apiVersion", "kind", "name", "controller")
_HISTORY: Final = frozenset({LAST_APPLIED, "control-plane.alpha.kubernetes.io/leader"})
_MARKS: Final = ("meta.helm.sh/", "argocd.argoproj.io/tracking-id", "objectset.rio.cattle.io/owner")
"""How annotations begin that say whose an object is."""
_NETWORKS: Final = frozenset(OF_PODS[:2])
_NODE_INFO: Final = (
    *("architecture", "containerRuntimeVersion", "kubeletVersion", "operatingSystem", "osImage"),
)
_CERTIFICATES: Final = frozenset({"kube-root-ca.crt", "openshift-service-ca.crt"})
"""ConfigMaps of each namespace whose letters may spell any word."""


class TooDeep(Exception):
    """An object with more levels than any reader of ours takes."""


def reduced(item: Mapping[str, Any], resource: Resource, known: Known) -> dict[str, Any] | None:
    """The object as it is written, None for one that no plan reads. Keys are in order, as those of
    ``kubectl get -o yaml``. Errors: TooDeep."""
    kind = string(item, "kind")
    body = {key: value for key, value in item.items() if key not in ("metadata", "status")}
    if belongs(known, kind, item):
        return _ordered({**body, "metadata": _own_metadata(item)})
    if _is_passed_over(item, kind):
        return None
    if resource.shape is Shape.NODE:
        body = _node(item)
    elif resource.shape is Shape.STRUCTURE:
        body = {**structure(body), **_phase(item, kind)}
    else:
        body = without_values(body)
    made = _ordered({**body, "metadata": _metadata(item, resource.shape)})
    return _read(made, known) if kind == "ConfigMap" else made


def _is_passed_over(item: Mapping[str, Any], kind: str) -> bool:
    """Accounts and bindings of others; and replica sets and jobs that repeat their controller, but not
    those that ask for networks, since another revision may ask for others."""
    if kind in ("ServiceAccount", "RoleBinding"):
        return True
    owners = pods.items(mapping(item, "metadata"), "ownerReferences")
    if kind not in ("ReplicaSet", "Job") or not any(o.get("controller") is True for o in owners):
        return False
    asked = strings(item, "spec", "template", "metadata", "annotations")
    return _NETWORKS.isdisjoint(asked) or dig(item, "spec", "replicas") == 0


def _read(made: dict[str, Any], known: Known) -> dict[str, Any] | None:
    """A ConfigMap that holds the values of a release, or a word of the trade: the quick scan decides, as
    it does of files."""
    name = string(made, "metadata", "name")
    kept = {key: value for key, value in made.items() if key != "binaryData"}
    named = (string(made, "metadata", "namespace"), name) in known.values
    if named or (name not in _CERTIFICATES and matters(msgspec.json.encode(kept))):
        return kept
    return None


def _own_metadata(item: Mapping[str, Any]) -> dict[str, Any]:
    own = mapping(item, "metadata")
    kept = {k: v for k, v in own.items() if k not in _SERVERS and k != "managedFields"}
    managers = [
        {key: value for key, value in entry.items() if key != "time"}
        for entry in pods.items(own, "managedFields")
        if not entry.get("subresource")  # fields of the status, which come and go with it
    ]
    managers.sort(key=lambda entry: [string(entry, key) for key in _MANAGER])
    return {**kept, **({"managedFields": managers} if managers else {})}


_MANAGER: Final = ("manager", "operation", "apiVersion")


def _metadata(item: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    metadata = mapping(item, "metadata")
    kept = {key: metadata[key] for key in ("name", "namespace", "labels") if key in metadata}
    noted = mapping(metadata, "annotations")
    if shape is Shape.WHOLE:
        noted = {key: value for key, value in noted.items() if key not in _HISTORY}
    else:
        owned = {key: value for key, value in noted.items() if key.startswith(_MARKS)}
        noted = {**_of_shape(noted, string(item, "kind")), **owned}
    owners = [
        {key: owner[key] for key in _OWNER if key in owner}
        for owner in pods.items(metadata, "ownerReferences")
    ]
    if noted:
        kept["annotations"] = noted
    if owners:
        kept["ownerReferences"] = owners
    return kept


def _of_shape(noted: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Of a running pod only what decides: its plugins note addresses under names of their own."""
    if kind == "Node":
        return {}
    if kind == "Pod":
        return {key: value for key, value in noted.items() if key in OF_PODS}
    return dict(about_networks(noted))


def _phase(item: Mapping[str, Any], kind: str) -> dict[str, Any]:
    phase = string(item, "status", "phase") if kind == "Pod" else ""
    return {"status": {"phase": phase}} if phase else {}


def _node(item: Mapping[str, Any]) -> dict[str, Any]:
    taints = [
        {key: value for key, value in taint.items() if key != "timeAdded"}
        for taint in pods.items(mapping(item, "spec"), "taints")
    ]
    provider = string(item, "spec", "providerID")
    spec = {
        **({"providerID": provider} if provider else {}),
        **({"taints": taints} if taints else {}),
    }
    info = mapping(item, "status", "nodeInfo")
    kept = {key: info[key] for key in _NODE_INFO if key in info}
    typed = {key: item[key] for key in ("apiVersion", "kind") if key in item}
    return {
        **typed,
        **({"spec": spec} if spec else {}),
        **({"status": {"nodeInfo": kept}} if kept else {}),
    }


def _ordered(item: Mapping[str, Any]) -> dict[str, Any]:
    """Errors: TooDeep."""
    return dict(_sorted(item))


def _sorted(value: Any, levels: int = DEPTH) -> Any:
    """With the keys of every map in order: a server may answer in any. Errors: TooDeep."""
    if not isinstance(value, Mapping | list):
        return value
    if not levels:
        raise TooDeep
    if isinstance(value, list):
        return [_sorted(item, levels - 1) for item in value]
    return {key: _sorted(value[key], levels - 1) for key in sorted(value)}
