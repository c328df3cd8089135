"""P50, P51: whereabouts and DHCP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from migrator.checks.common import finding, pod_of
from migrator.checks.rollout import plugins_of
from migrator.model.inventory import Install, Inventory, NetworkAttachment, State
from migrator.model.plan import Finding, Rule
from migrator.trees import pods
from migrator.trees.dig import string
from migrator.trees.wording import listed

WHEREABOUTS = Rule(
    id="P50",
    title="whereabouts looks for its config in the standard directory",
    why="the plugin runs in the chroot, so it reads the host's "
    "/etc/cni/net.d/whereabouts.d: where CNI files are elsewhere, the NAD has to "
    "say so",
    reference="k3s#10869, #10545; microk8s#2786",
    handling="Reported where CNI files are not in the standard directory.",
    severity="warning",
)
DHCP = Rule(
    id="P51",
    title="The DHCP daemon and Multus depend on each other",
    why="the dhcp plugin calls a daemon on the node; if that runs inside Multus's own "
    "pods, it restarts with every rollout, and a socket that is not on the host is "
    "not found from the chroot",
    reference="multus-cni#1031, #291; rke2#10423",
    handling="Reported where the DHCP daemon runs in Multus's pods, or its socket is not on the "
    "host.",
    severity="warning",
)
RULES = (WHEREABOUTS, DHCP)

_CONF_DIR = "/etc/cni/net.d"
_NO_SOCKET = (
    "error dialing DHCP daemon: dial unix /run/cni/dhcp.sock: connect: no such file or directory"
)

_Called = tuple[NetworkAttachment, list[Mapping[str, Any]]]
"""A NAD and the plugins in its config."""


def findings(state: State) -> Iterable[Finding]:
    called = [(nad, list(plugins_of(nad))) for nad in state.inventory.nads if _may_call(nad)]
    for install in state.inventory.installs[:1]:
        yield from _whereabouts(install, called)
    by_dhcp = [nad for nad, plugins in called if any(_ipam(p) == "dhcp" for p in plugins)]
    if by_dhcp:
        for install in state.inventory.installs:
            yield from _sidecar(install, by_dhcp)
        yield from _socket(state.inventory)


def _may_call(nad: NetworkAttachment) -> bool:
    """Whether its config names one of the two, or hides a name in an escape."""
    text = nad.config or ""
    return "dhcp" in text or "whereabouts" in text or "\\" in text


def _ipam(plugin: Mapping[str, Any]) -> str:
    return string(plugin, "ipam", "type")


def _whereabouts(install: Install, called: Sequence[_Called]) -> Iterable[Finding]:
    directory = install.paths.cni_conf_dir
    if directory == _CONF_DIR:
        return
    lacking = [
        nad
        for nad, plugins in called
        if any(
            _ipam(p) == "whereabouts" and not string(p, "ipam", "configuration_path")
            for p in plugins
        )
    ]
    if lacking:
        yield finding(
            WHEREABOUTS,
            document=lacking[0].document,
            seen=f"CNI files are in {directory}, and no configuration_path in "
            + listed(f"{n.namespace}/{n.name}" for n in lacking),
            error="config file not found",
            remedy='set in ipam: "configuration_path": '
            f'"{directory}/whereabouts.d/whereabouts.conf", and "kubernetes": '
            f'{{"kubeconfig": "{directory}/whereabouts.d/whereabouts.kubeconfig"}}',
        )


def _sidecar(install: Install, by_dhcp: list[NetworkAttachment]) -> Iterable[Finding]:
    for container in pods.items(pod_of(install), "containers"):
        line = [w.rsplit("/", 1)[-1] for w in _words(container)]
        if container.get("name") != install.container and "dhcp" in line and "daemon" in line:
            yield finding(
                DHCP,
                document=install.daemonset,
                seen=f"container {container.get('name')} of Multus's own pods, and networks of "
                + listed(f"{n.namespace}/{n.name}" for n in by_dhcp),
                error="bind: address already in use",
                remedy="before the rollout, give the DHCP daemon a DaemonSet of its own that removes "
                "a stale /run/cni/dhcp.sock when it starts",
                manual=True,
            )


def _words(container: Mapping[str, Any]) -> list[str]:
    return " ".join(pods.words(container, "command") + pods.words(container, "args")).split()


def _socket(inventory: Inventory) -> Iterable[Finding]:
    for neighbour in inventory.neighbours:
        agent = neighbour.kind == "dhcp-daemon" and neighbour.document is not None
        socket = neighbour.facts.get("socket", "").removeprefix("/var")
        if agent and socket != "/run/cni/dhcp.sock":
            yield finding(
                DHCP,
                document=neighbour.document,
                source=neighbour.source,
                seen=f"its socket on the host is {socket or 'nowhere: no hostPath holds it'}",
                error=_NO_SOCKET,
                remedy="mount hostPath /run/cni where the DHCP daemon makes its socket, and hostPath "
                "/run/netns (or use -hostprefix) so that it finds the pods' network namespaces",
            )
