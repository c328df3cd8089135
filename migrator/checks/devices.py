"""P52, P53: device plugins, and the controller of dynamic networks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from migrator.checks.common import daemons, finding, main_of, pod_of
from migrator.inventory.distributions import platforms_of
from migrator.model.inputs import Source
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.multus.defaults import KUBELET_DIR
from migrator.multus.platforms import kubelet_dir
from migrator.trees import pods
from migrator.trees.wording import listed

KUBELET = Rule(
    id="P52",
    title="The daemon must reach the kubelet and device information",
    why="it asks the kubelet which device a pod was given, at a path that is fixed in "
    "Multus; without it, SR-IOV and other device plugins have no device to attach",
    reference="pkg/kubeletclient; multus-cni PR#834; sriov-network-device-plugin#388, #490",
    handling="The kubelet's directory and the device information are mounted; another root "
    "directory of the kubelet is reported (S06).",
    severity="blocker",
)
DYNAMIC = Rule(
    id="P53",
    title="The dynamic networks controller uses the daemon's socket",
    why="it works only with thick mode, and with the sockets of Multus and of the "
    "container runtime that its config names",
    reference="multus-dynamic-networks-controller; cluster-network-addons-operator#1846",
    handling="Not part of the migration; its sockets are shown.",
    severity="info",
)
RULES = (KUBELET, DYNAMIC)

_NO_DEVICE = "SRIOV-CNI failed to load netconf: LoadConf(): VF pci addr is required"
_KUBELET = KUBELET_DIR
_DEVICE_INFO = "/run/k8s.cni.cncf.io"
_ROOT = re.compile(r"^(/.*/kubelet|/.*kubelet)/(device-plugins|plugins_registry|pod-resources)$")


def findings(state: State) -> Iterable[Finding]:
    devices = [f"{n.namespace}/{n.name}" for n in state.inventory.nads if n.resource_name]
    root = next(_kubelet_roots(state.inventory), None)
    for install in daemons(state):
        if devices:
            yield from _mounts(install, devices)
        yield from _other_root(install, root or _platform_root(install, state.inventory))
    if state.inventory.installs:
        yield from _dynamic(state.inventory)


def _mounts(install: Install, devices: list[str]) -> Iterable[Finding]:
    pod, main = pod_of(install), main_of(install)
    wanted = ((f"{_KUBELET}/pod-resources",), (_DEVICE_INFO, f"/var{_DEVICE_INFO}"))
    lacking = [same[0] for same in wanted if not any(pods.on_host(pod, main, p) for p in same)]
    if lacking:
        yield finding(
            KUBELET,
            document=install.daemonset,
            seen=f"not mounted: {listed(lacking)}; networks with a resourceName: {listed(devices)}",
            error=_NO_DEVICE,
            remedy=f"add hostPath volumes of {_KUBELET} (mountPropagation: HostToContainer) and "
            f"{_DEVICE_INFO}, mounted at the same paths",
        )


def _kubelet_roots(inventory: Inventory) -> Iterator[tuple[str, Source]]:
    """kubelet's root on the host, where a device plugin or driver shows that it is another."""
    installs = {install.daemonset.ref for install in inventory.installs}
    for document in inventory.reading.documents:
        if document.ref.kind != "DaemonSet" or document.ref in installs:
            continue
        for volume in pods.items(pods.pod_spec(document.data), "volumes"):
            match = _ROOT.match(pods.host_path(volume))
            if match and match[1] != _KUBELET:
                yield match[1], document.source


def _platform_root(install: Install, inventory: Inventory) -> tuple[str, Source] | None:
    """kubelet's root where the host paths or the Node objects name a distribution with another."""
    paths = install.paths
    root = kubelet_dir((paths.cni_conf_dir, paths.bin_dir), platforms_of(inventory))
    return (root, install.daemonset.source) if root != _KUBELET else None


def _other_root(install: Install, root: tuple[str, Source] | None) -> Iterable[Finding]:
    host = pods.on_host(pod_of(install), main_of(install), _KUBELET)
    if root and host and host != root[0]:
        yield finding(
            KUBELET,
            document=install.daemonset,
            source=root[1],
            severity="warning",
            seen=f"the kubelet's root directory is {root[0]}, but the daemon has {host} at "
            f"{_KUBELET}",
            error=_NO_DEVICE,
            remedy=f"set hostPath {root[0]} in the volume that is mounted at {_KUBELET}: the "
            "path in the container is fixed, that on the host is not",
        )


def _dynamic(inventory: Inventory) -> Iterable[Finding]:
    for neighbour in inventory.neighbours:
        if neighbour.kind == "dynamic-networks-controller" and neighbour.document is not None:
            socket = neighbour.facts.get("socket", "")
            right = socket.removeprefix("/host").removeprefix("/var") in (
                "",
                "/run/multus/multus.sock",
            )
            yield finding(
                DYNAMIC,
                document=neighbour.document,
                source=neighbour.source,
                severity="info" if right else "warning",
                seen=f"Multus's socket: {socket or 'not in the inputs'}; the runtime's: "
                f"{neighbour.facts.get('cri_socket', 'not in the inputs')}",
                remedy="multusSocketPath has to be /run/multus/multus.sock on the host, criSocketPath "
                "the runtime's own (containerd: /run/containerd/containerd.sock, CRI-O: "
                "/run/crio/crio.sock)",
            )
