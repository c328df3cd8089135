"""A whole pod: each network it selects -> the config Multus runs for it, or why it gets none.

Source: TryLoadPodDelegates, GetNetworkDelegates, GetDefaultNetworks and what they call, in
pkg/k8sclient/k8sclient.go. Multus stops at the first network that fails; here every network has
its own answer. Errors are as a pod event shows them, from behind "TryLoadPodDelegates: error in
getting k8s network for pod: "; that of a panic starts with "panic: ".
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from migrator.golang import addr as goaddr
from migrator.model.plan import Failure, Resolution
from migrator.multus import add, annotation, cluster, lookup, netconf, releases
from migrator.multus.annotation import Selection, Selections
from migrator.multus.delegate import Delegate
from migrator.multus.lookup import Found, Installed
from migrator.multus.releases import Release

Role = Literal["network", "default-network", "clusterNetwork", "defaultNetworks"]

_ECMP: Final = "multus does not support ECMP for default-route"


class PodNetwork(Struct, frozen=True, kw_only=True):
    """One network of a pod. ``role`` says who asks for it: the pod's annotation networks, its
    annotation default-network, or Multus's own configuration.

    ``name`` is "" where the annotation as a whole is at fault. ``found`` says whether the NAD is
    among those known, since a NAD that is not in the inputs may still be in the cluster.
    ``selection`` is what an annotation asks for, ``delegate`` and ``kept`` what Multus keeps (see
    ``lookup.Found``), ``cni_version`` the version that the plugins are given.
    """

    role: Role
    namespace: str
    name: str
    interface: str
    found: bool
    resolution: Resolution
    selection: Selection | None = None
    delegate: Delegate | None = None
    kept: str = ""
    cni_version: str = ""

    @property
    def gateways(self) -> tuple[str, ...]:
        return self.selection.gateways if self.selection else ()

    @property
    def requests(self) -> tuple[tuple[str, str], ...]:
        return self.selection.requests if self.selection else ()


def resolve(
    installed: Installed, namespace: str, networks: str | None, default_network: str | None
) -> tuple[PodNetwork, ...]:
    """All networks of a pod in ``namespace``, in the order in which Multus loads them, run.

    ``networks`` and ``default_network`` are the values of its annotations, None where absent.
    """
    loaded = load(installed, namespace, networks, default_network)
    return tuple(_added(installed, network) for network in loaded)


def load(
    installed: Installed, namespace: str, networks: str | None, default_network: str | None
) -> tuple[PodNetwork, ...]:
    """As ``resolve``, before any plugin is run."""
    asked = _override(installed, default_network) + _selected(installed, namespace, networks)
    if networks:
        asked = _without_ecmp(installed, asked)
    return (*_configured(installed, namespace), *asked)


def _added(installed: Installed, network: PodNetwork) -> PodNetwork:
    resolution, given = _run(installed, network)
    return PodNetwork(
        role=network.role,
        namespace=network.namespace,
        name=network.name,
        interface=network.interface,
        found=network.found,
        resolution=resolution,
        selection=network.selection,
        delegate=network.delegate,
        kept=network.kept,
        cni_version=given,
    )


def _run(installed: Installed, network: PodNetwork) -> tuple[Resolution, str]:
    """As ``run``, once for what is known of a NAD."""
    key, known = (network.namespace, network.name), installed.known
    found = known.found.get(key) if known else None
    if known is None or found is None or found.resolution is not network.resolution:
        return run(network.resolution, network.delegate, installed.release)
    if key not in known.ran:
        known.ran[key] = run(found.resolution, found.delegate, installed.release)
    return known.ran[key]


def run(found: Resolution, delegate: Delegate | None, release: Release) -> tuple[Resolution, str]:
    """What ADD makes of a delegate, since libcni reads the bytes once more, and refuses some; and
    the cniVersion that the plugins are given, "" where none is run."""
    if not found.config or delegate is None:
        return found, ""
    added = add.add(found.config, delegate.is_list, release)
    if added.panic:
        return lookup.panicked(added.panic).resolution, ""
    error = added.error
    if added.parse_error and delegate.is_list:
        own = "conflistAdd: error converting the raw bytes into a conflist"
        error = f"{own}: {added.parse_error}"
    elif added.parse_error:
        error = f"error in converting the raw bytes to conf: {added.parse_error}"
    if error:
        return Resolution(error=error, failure=Failure.ADD), ""
    return found, added.cni_version


def _configured(installed: Installed, namespace: str) -> list[PodNetwork]:
    """clusterNetwork, and defaultNetworks for pods outside the system namespaces."""
    if not installed.cluster_network:
        return []
    system = namespace in installed.system_namespaces
    wanted: list[tuple[Role, str]] = [("clusterNetwork", installed.cluster_network)]
    wanted += [("defaultNetworks", name) for name in installed.default_networks if not system]
    return [_configured_network(installed, role, name) for role, name in wanted]


def _configured_network(installed: Installed, role: Role, name: str) -> PodNetwork:
    found = cluster.resolve(installed, name, role == "clusterNetwork")
    return PodNetwork(
        role=role,
        namespace=installed.multus_namespace,
        name=name,
        interface="",
        found=(installed.multus_namespace, name) in installed.nads,
        resolution=found.resolution,
        delegate=found.delegate,
        kept=found.kept,
    )


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
            refused = Resolution(error=violation, failure=Failure.ISOLATION)
            network = replace(network, resolution=refused)
        found.append(network)
    return found


def _fault(role: Role, parsed: Selections) -> PodNetwork:
    if parsed.panic:
        found = lookup.panicked(parsed.panic)
    else:
        found = lookup.failed(parsed.error, Failure.ANNOTATION)
    return PodNetwork(
        role=role,
        namespace="",
        name="",
        interface="",
        found=False,
        resolution=found.resolution,
    )


def _network(role: Role, installed: Installed, selection: Selection, own: str) -> PodNetwork:
    found = lookup.delegate(installed, selection)
    return PodNetwork(
        role=role,
        namespace=selection.namespace,
        name=selection.name,
        interface=selection.interface,
        found=(selection.namespace, selection.name) in installed.nads,
        resolution=_told(found, own),
        selection=selection,
        delegate=found.delegate,
        kept=found.kept,
    )


def _told(found: Found, own: str) -> Resolution:
    """The error with the caller's words before it; a panic has none."""
    resolution = found.resolution
    if resolution.failure in (None, Failure.PANIC):
        return resolution
    return replace(resolution, error=f"{own}: failed getting the delegate: {resolution.error}")


def _violation(installed: Installed, pod: str, target: str) -> str:
    if not installed.namespace_isolation or pod == target:
        return ""
    release = installed.release
    allowed = netconf.allowed_namespaces(installed.global_namespaces, release)
    if not releases.NAMESPACE_ISOLATION.holds(release) or target in allowed:
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
    """CheckGatewayConfig: one default-route gateway for each address family in the whole pod. It is
    asked only where the pod has networks of its own."""
    if not releases.DEFAULT_ROUTE_POINTER.holds(installed.release):
        return networks
    gateways = [gateway for network in networks for gateway in network.gateways]
    of_ipv4 = sum(map(goaddr.is_ipv4, gateways))
    if of_ipv4 <= 1 and len(gateways) - of_ipv4 <= 1:
        return networks
    refused = Resolution(error=_ECMP, failure=Failure.DEFAULT_ROUTE)
    return [
        replace(network, resolution=refused)
        if network.gateways and not network.resolution.error
        else network
        for network in networks
    ]
