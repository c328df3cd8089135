"""Which objects of a cluster belong to Multus, as the objects before them say: a plan may change those, so
they are kept as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.inventory.install import mode_of
from migrator.inventory.service_account import account_name
from migrator.multus.defaults import CONFIG_MAP
from migrator.multus.rbac import is_bound
from migrator.trees import pods
from migrator.trees.dig import mapping, maps, string

Name = tuple[str, str]
"""(namespace, name)."""

_ALWAYS: Final = frozenset({"NetworkAttachmentDefinition", "CustomResourceDefinition"})
"""The only definition that is asked for is that of the NADs."""


class Known(Struct, frozen=True, kw_only=True):
    """``accounts``, ``maps`` and ``roles`` are those of the DaemonSets that run Multus; ``values`` are
    ConfigMaps that releases name."""

    namespaces: frozenset[str] = frozenset()
    accounts: frozenset[Name] = frozenset()
    maps: frozenset[Name] = frozenset()
    roles: frozenset[str] = frozenset()
    values: frozenset[Name] = frozenset()


def learned(known: Known, kind: str, item: Mapping[str, Any]) -> Known:
    """What is known once an object of ``kind`` was seen."""
    namespace = string(item, "metadata", "namespace")
    if kind == "DaemonSet" and runs_multus(item):
        pod = pods.pod_spec(item)
        return replace(
            known,
            namespaces=known.namespaces | {namespace},
            accounts=known.accounts | {(namespace, account_name(pod))},
            maps=known.maps | {(namespace, name) for name in _maps_of(pod)},
        )
    if kind == "HelmRelease":
        named = (
            string(source, "name")
            for source in pods.items(mapping(item, "spec"), "valuesFrom")
            if source.get("kind") == "ConfigMap"
        )
        return replace(known, values=known.values | {(namespace, name) for name in named})
    if kind == "ClusterRoleBinding" and _binds(item, known, groups=True):
        return replace(known, roles=known.roles | {string(item, "roleRef", "name")})
    return known


def runs_multus(daemonset: Mapping[str, Any]) -> bool:
    return mode_of(pods.pod_spec(daemonset)) is not None


def belongs(known: Known, kind: str, item: Mapping[str, Any]) -> bool:
    """Whether an object is one that a plan may change."""
    namespace, name = string(item, "metadata", "namespace"), string(item, "metadata", "name")
    if kind == "DaemonSet":
        return runs_multus(item)
    if kind == "ConfigMap":
        ours = name.startswith(CONFIG_MAP) and namespace in known.namespaces
        return ours or (namespace, name) in known.maps
    if kind == "ServiceAccount":
        return (namespace, name) in known.accounts
    if kind in ("ClusterRoleBinding", "RoleBinding"):
        return _binds(item, known, groups=False)
    if kind == "ClusterRole":
        return name in known.roles
    if kind == "Namespace":
        return name in known.namespaces
    return kind in _ALWAYS


def _binds(binding: Mapping[str, Any], known: Known, *, groups: bool) -> bool:
    """Whether a binding names an account of Multus: by its groups, too, where these count."""
    subjects = pods.items(binding, "subjects")
    named = [s for s in subjects if groups or s.get("kind") == "ServiceAccount"]
    return any(is_bound(s, account, space) for s in named for space, account in known.accounts)


def _maps_of(pod: Mapping[str, Any]) -> Iterator[str]:
    """The ConfigMaps that a pod mounts or takes variables from."""
    for _, node in maps(pod):
        for field in ("configMap", "configMapRef", "configMapKeyRef"):
            if name := string(node, field, "name"):
                yield name
