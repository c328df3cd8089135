"""A whole pod: each network it selects -> the config Multus runs for it, or why it gets none.

Source: TryLoadPodDelegates, GetNetworkDelegates, GetDefaultNetworks and what they call, in
pkg/k8sclient/k8sclient.go. Multus stops at the first network that fails; here every network has
its own answer. Errors are as a pod event shows them, from behind "TryLoadPodDelegates: error in
getting k8s network for pod: "; a panic is an error that starts with "panic: ".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from migrator.golang import addr as goaddr
from migrator.golang import text as gotext
from migrator.model.plan import Resolution
from migrator.multus import annotation, cluster, lookup, releases
from migrator.multus.annotation import Selection, Selections
from migrator.multus.lookup import Installed

Role = Literal["network", "default-network", "clusterNetwork", "defaultNetworks"]

_ECMP: Final = "multus does not support ECMP for default-route"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodNetwork:
    """One network of a pod. ``role`` says who asks for it: the pod's annotation networks, its
    annotation default-network, or Multus's own configuration.

    ``name`` is "" where the annotation as a whole is at fault. ``found`` says whether the NAD is
    among those known, since a NAD that is not in the inputs may still be in the cluster.
    """

    role: Role
    namespace: str
    name: str
    interface: str
    found: bool
    resolution: Resolution
    gateways: tuple[str, ...] = field(default=())
    requests: tuple[tuple[str, str], ...] = field(default=())


def resolve(
    installed: Installed, namespace: str, networks: str | None, default_network: str | None
) -> tuple[PodNetwork, ...]:
    """All networks of a pod in ``namespace``, in the order in which Multus loads them.

    ``networks`` and ``default_network`` are the values of its annotations, None where absent.
    """
    return (
        *_configured(installed, namespace),
        *_override(installed, default_network),
        *_selected(installed, namespace, networks),
    )


def _configured(installed: Installed, namespace: str) -> list[PodNetwork]:
    """clusterNetwork, and defaultNetworks for pods outside the system namespaces."""
    if not installed.cluster_network:
        return []
    system = namespace in installed.system_namespaces
    wanted: list[tuple[Role, str]] = [("clusterNetwork", installed.cluster_network)]
    wanted += [("defaultNetworks", name) for name in installed.default_networks if not system]
    return [
        PodNetwork(
            role=role,
            namespace=installed.multus_namespace,
            name=name,
            interface="",
            found=(installed.multus_namespace, name) in installed.nads,
            resolution=cluster.resolve(installed, name, role == "clusterNetwork"),
        )
        for role, name in wanted
    ]


def _override(installed: Installed, value: str | None) -> list[PodNetwork]:
    """tryLoadK8sPodDefaultNetwork: v1.multus-cni.io/default-network, free of isolation."""
    if value is None or not releases.DEFAULT_NETWORK.holds(installed.release):
        return []
    own = "tryLoadK8sPodDefaultNetwork"
    parsed = annotation.parse(value, installed.multus_namespace, installed.release)
    if parsed.error:
        parsed = replace(parsed, error=f"{own}: failed to parse CRD object: {parsed.error}")
    elif not parsed.panic and not parsed.networks:
        parsed = Selections(panic="runtime error: index out of range [0] with length 0")
    elif len(parsed.networks) > 1:
        parsed = Selections(error=f"{own}: more than one default network is specified: {value}")
    if parsed.error or parsed.panic:
        return [_fault("default-network", parsed)]
    return [_network("default-network", installed, parsed.networks[0], own)]


def _selected(installed: Installed, namespace: str, value: str | None) -> list[PodNetwork]:
    """GetNetworkDelegates: k8s.v1.cni.cncf.io/networks."""
    if not value:
        return []
    parsed = annotation.parse(value, namespace, installed.release)
    if parsed.error or parsed.panic:
        return [_fault("network", parsed)]
    old = releases.OLD_DELEGATE_ERRORS.holds(installed.release)
    own = "GetPodNetwork" if old else "GetNetworkDelegates"
    found = []
    for selection in parsed.networks:
        network = _network("network", installed, selection, own)
        violation = _violation(installed, namespace, selection.namespace)
        if violation:
            network = replace(network, resolution=Resolution(error=violation))
        found.append(network)
    return _without_ecmp(installed, found)


def _fault(role: Role, parsed: Selections) -> PodNetwork:
    error = f"panic: {parsed.panic}" if parsed.panic else parsed.error
    return PodNetwork(
        role=role,
        namespace="",
        name="",
        interface="",
        found=False,
        resolution=Resolution(error=error),
    )


def _network(role: Role, installed: Installed, selection: Selection, own: str) -> PodNetwork:
    resolution = lookup.delegate(installed, selection)
    if resolution.error and not resolution.error.startswith("panic: "):
        error = f"{own}: failed getting the delegate: {resolution.error}"
        resolution = replace(resolution, error=error)
    return PodNetwork(
        role=role,
        namespace=selection.namespace,
        name=selection.name,
        interface=selection.interface,
        found=(selection.namespace, selection.name) in installed.nads,
        resolution=resolution,
        gateways=selection.gateways,
        requests=selection.requests,
    )


def allowed_namespaces(installed: Installed) -> tuple[str, ...]:
    """The namespaces whose NADs every pod may use under namespaceIsolation."""
    release = installed.release
    if releases.GLOBAL_NAMESPACES.holds(release) and installed.global_namespaces:
        return tuple(map(gotext.trim_space, installed.global_namespaces.split(",")))
    return ("default",) if releases.ISOLATION_ALLOWS_DEFAULT.holds(release) else ()


def _violation(installed: Installed, pod: str, target: str) -> str:
    if not installed.namespace_isolation or pod == target:
        return ""
    release = installed.release
    if not releases.NAMESPACE_ISOLATION.holds(release) or target in allowed_namespaces(installed):
        return ""
    if releases.OLD_DELEGATE_ERRORS.holds(release):
        return (
            "GetPodNetwork: namespace isolation violation: podnamespace: "
            f"{pod} / target namespace: {target}"
        )
    return (
        "GetNetworkDelegates: namespace isolation enabled, annotation violates permission, pod "
        f"is in namespace {pod} but refers to target namespace {target}"
    )


def _without_ecmp(installed: Installed, networks: list[PodNetwork]) -> list[PodNetwork]:
    """CheckGatewayConfig: one default-route gateway for each address family in the whole pod."""
    if not releases.DEFAULT_ROUTE_POINTER.holds(installed.release):
        return networks
    gateways = [gateway for network in networks for gateway in network.gateways]
    of_ipv4 = sum(map(goaddr.is_ipv4, gateways))
    if of_ipv4 <= 1 and len(gateways) - of_ipv4 <= 1:
        return networks
    return [
        replace(network, resolution=Resolution(error=_ECMP))
        if network.gateways and not network.resolution.error
        else network
        for network in networks
    ]
