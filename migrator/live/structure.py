"""Pods, templates and machines without all that does not decide about networks: no arguments, no
variables, no cloud-init."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.inventory.install import runs_multus
from migrator.inventory.running_pods import STATUS
from migrator.read.scan import names_network
from migrator.trees import pods
from migrator.trees.dig import mapping, texts

READ_VARIABLES: Final = frozenset(
    {
        *("CNI_CONF_NAME", "CHAINED_CNI_PLUGIN", "CNI_NET_DIR"),
        *("DEST_CNI_NET_DIR", "DEST_CNI_BIN_DIR"),
        *("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"),
    }
)
"""Variables of other plugins' agents that a plan reads: names of files and directories, an address."""
OF_PODS: Final = (
    *("k8s.v1.cni.cncf.io/networks", "v1.multus-cni.io/default-network"),
    *("sidecar.istio.io/inject", "sidecar.istio.io/status", "inject.istio.io/templates"),
    *("kuma.io/sidecar-injection", "kubernetes.io/config.mirror"),
)
"""The annotations of a pod that decide about networks; others hold its addresses and times."""
_POD: Final = (
    *("hostNetwork", "hostPID", "nodeName", "nodeSelector", "tolerations"),
    *("serviceAccountName", "priorityClassName"),
)
_SOURCES: Final = ("name", "hostPath", "configMap")
_NOISE: Final = frozenset({"caBundle", "controller-uid", "batch.kubernetes.io/controller-uid"})
"""What controllers write anew: certificates, ids."""
_BESIDE: Final = frozenset(
    {
        *("env", "environment", "args", "command"),
        "source",
        *("cephConfig", "security"),
    }
)
"""What workloads hold beside their pods and may have a secret in it: variables and arguments of hooks and
analyses (DeploymentConfig, Rollout), where a disk is from (DataVolume: headers, a URL), and the settings
and the key store of a CephCluster."""


def structure(node: Any) -> Any:
    """A copy in which each pod and machine is reduced, wherever it stands."""
    if isinstance(node, list):
        return [structure(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if isinstance(node.get("containers"), list):
        return _pod(node)
    if isinstance(node.get("domain"), Mapping):
        return _machine(node)
    return {
        key: _part(key, value)
        for key, value in node.items()
        if key not in _NOISE and key not in _BESIDE
    }


def _part(key: str, value: Any) -> Any:
    if key == "annotations":
        return about_networks(value)
    if key == "labels":  # their keys are words of the user
        return without_values(value)
    return structure(value)


def without_values(node: Any) -> Any:
    """A copy without the literal values of environment variables, but those that a plan reads."""
    if isinstance(node, list):
        return [without_values(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    return {
        key: [_variable(entry) for entry in value]
        if key == "env" and isinstance(value, list)
        else without_values(value)
        for key, value in node.items()
        if key not in _NOISE
    }


def about_networks(found: Any) -> Any:
    """Those that name a network, a mesh or a plugin. A map among them has those of one kind of pod, as
    Rook's ``spec.annotations`` of a CephCluster has."""
    if not isinstance(found, Mapping):
        return found
    return {
        key: about_networks(value)
        for key, value in found.items()
        if isinstance(value, Mapping)
        or key in OF_PODS
        or (key not in STATUS and names_network(key.encode(errors="replace")))
    }


def _variable(entry: Any) -> Any:
    if (
        not isinstance(entry, Mapping)
        or "value" not in entry
        or entry.get("name") in READ_VARIABLES
    ):
        return entry
    kept = {key: value for key, value in entry.items() if key != "value"}
    named = _named_in(entry.get("value"))
    return {**kept, "value": named[0]} if named else kept


def _named_in(value: Any) -> list[str]:
    """The status annotations that a text names: whoever reads them is told of the one that goes (P72)."""
    return [key for key in STATUS if any(key in text for text in texts(value))]


def _pod(spec: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {key: spec[key] for key in _POD if key in spec}
    for field in ("initContainers", "containers"):
        if field in spec:
            kept[field] = list(_containers(spec, field))
    volumes = list(_volumes(spec))
    return {**kept, "volumes": volumes} if volumes else kept


def _containers(spec: Mapping[str, Any], field: str) -> Iterator[dict[str, Any]]:
    """Those of a pod that runs Multus keep their command and mounts, by which it is told."""
    ours = any(map(runs_multus, pods.items(spec, "containers")))
    for container in pods.items(spec, field):
        if ours:
            yield without_values(container)
            continue
        kept = {key: container[key] for key in ("name", "image") if key in container}
        named = _named_in(container)
        yield {**kept, "args": named} if named else kept


def _volumes(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Directories of the host, ConfigMaps, and what reads the status of the networks."""
    for volume in pods.items(spec, "volumes"):
        if _named_in(volume):
            yield dict(volume)
        elif "hostPath" in volume or "configMap" in volume:
            yield {key: volume[key] for key in _SOURCES if key in volume}


def _machine(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec of a KubeVirt machine: its interfaces and networks."""
    interfaces = mapping(spec, "domain", "devices").get("interfaces") or []
    domain = {"devices": {"interfaces": interfaces}} if spec["domain"] else {}
    return {"domain": domain, **({"networks": spec["networks"]} if "networks" in spec else {})}
