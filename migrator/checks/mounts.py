"""P01, P06, P07, P09, P22, P41, P52, P88: the host directories that the daemon must see, and where.

Told of daemons only: thin Multus needs none of these, and the steps give them to every install that
moves. P01 alone is told of thin installs too: it is the failure that the move is feared for. On the planned build these checks are the proof that nothing of the user's own mounts was
in the way.
"""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import (
    daemons,
    finding,
    is_filled_in_later,
    main_of,
    pod_of,
    settings_of,
)
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus.defaults import CONF_DIR
from migrator.multus.primary import content
from migrator.trees import pods
from migrator.trees.dig import string
from migrator.trees.wording import listed

EMPTY_NADS = Rule(
    id="P01",
    title="NADs without spec.config need a directory that the daemon sees",
    why="thin Multus reads confDir, where network configurations are, on the host; the "
    "daemon reads it inside its container, where v4.0.x looks elsewhere and v4.1.0 "
    "to v4.2.0 mount nothing. The chroot does not help: only the plugin runs in it",
    reference="multus-cni#1238, #971, #1362, PR#1424",
    handling="The directory is mounted at the path that the daemon reads, with an explicit "
    "confDir, on every target; where the file's content is known and the same on all nodes it "
    "becomes spec.config (S07, S12, S15, S16).",
    severity="blocker",
)
BIN_DIR = Rule(
    id="P06",
    title="The plugin directory is not mounted at its own path",
    why="since v4.1.0 the daemon looks a plugin up in its container and runs it in the "
    "chroot: the path must be the same on both sides, or every pod on the node "
    "fails",
    reference="multus-cni#1161, ovs-cni PR#281, calico#8138",
    since=Release(4, 1, 0),
    handling="Each directory of plugins is mounted at its own path (S06).",
    severity="blocker",
)
NETNS = Rule(
    id="P09",
    title="Network namespaces are not mounted, or new ones do not appear",
    why="the daemon opens each pod's network namespace itself; without mount "
    "propagation it sees only those that existed when it started",
    reference="cluster-network-operator PR#579, #669; plugins#69",
    handling="/run/netns and /hostroot are mounted with HostToContainer (S06).",
    severity="blocker",
)
CHROOT = Rule(
    id="P22",
    title="The daemon runs plugins without the host's root",
    why="plugins need the host's files: /run/flannel/subnet.env, "
    "/var/run/cilium/cilium.sock, /run/cni/dhcp.sock, ip, iptables, and their own "
    "libraries",
    reference="multus-cni PR#828, #829; docs/thick-plugin.md",
    handling="chrootDir is /hostroot, on a mount of / with HostToContainer (S06, S12).",
    severity="blocker",
)
CACHE = Rule(
    id="P41",
    title="The delegate cache is not the host's directory",
    why="what thin Multus wrote there lets the daemon delete the networks of running "
    "pods: without it their addresses leak, and the daemon's own cache is lost "
    "with its container",
    reference="pkg/multus/multus.go CmdDel; multus-cni PR#586",
    handling="The host directory that thin mode used is mounted at cniDir (S06).",
    severity="warning",
)
WRITES = Rule(
    id="P88",
    title="The daemon does not write its config to the node",
    why="00-multus.conf is written into the container only: the runtime goes on with "
    "what an earlier start wrote, and does not call Multus at all on a new node",
    reference="pkg/server/config/manager.go PersistMultusConfig v4.1.0",
    since=Release(4, 1, 0),
    handling="The host's CNI directory is mounted at cniConfigDir (S06).",
    severity="blocker",
)
RULES = (EMPTY_NADS, BIN_DIR, NETNS, CHROOT, CACHE, WRITES)


def findings(state: State) -> Iterable[Finding]:
    empty = [f"{n.namespace}/{n.name}" for n in state.inventory.nads if not n.config]
    for install in state.inventory.installs if empty else ():
        if install.mode == "thin":
            yield from _conf_dir(install, empty)
    for install in daemons(state):
        if empty:
            yield from _conf_dir(install, empty)
            yield from _other_conf_dir(install, state.inventory)
        yield from _bin_dirs(install)
        yield from _netns(install)
        yield from _chroot(install)
        yield from _cache(install)
        yield from _writes(install)


def _conf_dir(install: Install, empty: list[str]) -> Iterable[Finding]:
    """A daemon whose config is not in the inputs reads the default directory."""
    if is_filled_in_later(install, "confDir"):
        return
    inside = str(settings_of(install).get("confDir") or CONF_DIR)
    if pods.mount_at(main_of(install), pods.clean(inside)) is None:
        yield finding(
            EMPTY_NADS,
            document=install.daemonset,
            seen=f"confDir {inside} is not mounted, and these NADs have no spec.config: "
            f"{listed(empty)}",
            error="GetNetworkDelegates: failed getting the delegate: GetCNIConfig: err in "
            f"GetCNIConfigFromFile: No networks found in {inside}",
            remedy="add a hostPath volume of /etc/cni/multus/net.d (DirectoryOrCreate), mounted "
            "at the same path, and set confDir to it in daemon-config.json",
        )


def _other_conf_dir(install: Install, inventory: Inventory) -> Iterable[Finding]:
    """v4.0.x's manifest reads the primary CNI's directory: its pods fail today already."""
    reads = install.paths.conf_dir
    names = {nad.name for nad in inventory.nads if not nad.config}
    missed = [
        file
        for file in inventory.reading.node_files.files
        if file.directory == CONF_DIR and string(content(file), "name") in names
    ]
    if missed and reads and reads != CONF_DIR:
        name = string(content(missed[0]), "name")
        yield finding(
            EMPTY_NADS,
            document=install.daemonset,
            source=missed[0].source,
            severity="warning",
            seen=f"{missed[0].name} is in {CONF_DIR}, but confDir is {reads} on the host",
            error="GetNetworkDelegates: failed getting the delegate: GetCNIConfig: err in "
            f"GetCNIConfigFromFile: no network available in the name {name} in cni dir "
            f"{settings_of(install).get('confDir')}",
            remedy=f'set "confDir": "{CONF_DIR}" in daemon-config.json, and plan again',
        )


def search_dirs(install: Install) -> list[str]:
    """Where the daemon looks for plugins: binDir, then its own CNI_PATH (multus.go confAdd)."""
    data = install.daemon_config.data if install.daemon_config else {}
    own = str(data.get("binDir") or "/opt/cni/bin")
    env = {str(e.get("name")): e.get("value") for e in pods.items(main_of(install), "env")}
    path = str(env.get("CNI_PATH") or "")
    return list(dict.fromkeys(pods.clean(d) for d in (own, *path.split(":")) if d))


def _bin_dirs(install: Install) -> Iterable[Finding]:
    """The host's directory and the container's must be one path; the whole host does it too.

    Of a directory that CNI_PATH alone names, nobody knows that a plugin is in it: libcni passes
    over one that is not there (pkg/invoke/find.go), and thin Multus never read that variable of
    its pod, but the runtime's.
    """
    searched = search_dirs(install)
    wrong = [
        directory
        for directory in searched
        if pods.on_host(pod_of(install), main_of(install), directory) != directory
    ]
    own = searched[0] in wrong
    if wrong:
        yield finding(
            BIN_DIR,
            document=install.daemonset,
            severity=None if own else "warning",
            seen=f"{listed(wrong)} of the host is not mounted at the same path"
            + ("" if own else ", and CNI_PATH of the container names it"),
            error=f'failed to find plugin "..." in path [{" ".join(searched)}]',
            remedy=(
                f"add a hostPath volume of {wrong[0]}, mounted at {wrong[0]} in the "
                f"container {install.container}"
            )
            + ("" if own else "; or remove it from CNI_PATH, if no plugin is there"),
        )


def netns_dir(install: Install) -> str:
    """Where the container has a mount for network namespaces: /var/run is a link to /run in it."""
    other = "/var/run/netns"
    return other if pods.on_host(pod_of(install), main_of(install), other) else "/run/netns"


def _netns(install: Install) -> Iterable[Finding]:
    inside = netns_dir(install)
    found = pods.mount_at(main_of(install), inside)
    spread = found[0].get("mountPropagation") if found else None
    on_host = pods.on_host(pod_of(install), main_of(install), inside)
    if on_host and spread in ("HostToContainer", "Bidirectional"):
        return
    seen = "/run/netns is not mounted" if not on_host else "/run/netns has no mountPropagation"
    error = (
        'no net namespace /var/run/netns/... found: failed to Statfs "/var/run/netns/...": no such '
        "file or directory"
        if not on_host
        else 'unknown FS magic on "/var/run/netns/...": 1021994'
    )
    yield finding(
        NETNS,
        document=install.daemonset,
        seen=seen,
        error=error,
        remedy="add a hostPath volume of /run/netns/, mounted at /run/netns with "
        "mountPropagation: HostToContainer",
    )


def _chroot(install: Install) -> Iterable[Finding]:
    if install.daemon_config is None or install.daemon_config.error:
        return
    if is_filled_in_later(install, "chrootDir"):
        return
    chroot = settings_of(install).get("chrootDir")
    found = pods.mount_at(main_of(install), str(chroot)) if chroot else None
    host = pods.on_host(pod_of(install), main_of(install), str(chroot)) if chroot else ""
    spread = found[0].get("mountPropagation") if found else None
    if not chroot:
        seen = "daemon-config.json has no chrootDir"
    elif host != "/":
        seen = f"chrootDir {chroot} is not the host's /"
    elif spread not in ("HostToContainer", "Bidirectional"):
        seen = f"the mount of {chroot} has no mountPropagation, so later mounts do not appear in it"
    else:
        return
    yield finding(
        CHROOT,
        document=install.daemonset,
        source=install.daemon_config.source if not chroot else None,
        seen=seen,
        error="exit status 127",
        remedy="set chrootDir: /hostroot, and add a hostPath volume of / mounted there with "
        "mountPropagation: HostToContainer",
    )


def _cache(install: Install) -> Iterable[Finding]:
    directory = str(settings_of(install).get("cniDir") or "/var/lib/cni/multus")
    if is_filled_in_later(install, "cniDir"):
        return
    if not pods.on_host(pod_of(install), main_of(install), directory):
        yield finding(
            CACHE,
            document=install.daemonset,
            seen=f"{directory} is not mounted from the host",
            remedy="add a hostPath volume of the directory that thin Multus used, mounted at "
            f"{directory}",
        )


_CNI_DIR = "/etc/cni/net.d"
"""cniConfigDir where daemon-config.json does not say one (pkg/server/config v4.1.0)."""


def _writes(install: Install) -> Iterable[Finding]:
    """Where nobody knows daemon-config.json, nobody knows the directory."""
    known = install.daemon_config is not None and not install.daemon_config.error
    if not known or is_filled_in_later(install, "cniConfigDir"):
        return
    directory = str(settings_of(install).get("cniConfigDir") or _CNI_DIR)
    if not pods.on_host(pod_of(install), main_of(install), directory):
        yield finding(
            WRITES,
            document=install.daemonset,
            seen=f"in the container {install.container}, {directory} is not mounted from the host",
            remedy=f"add a hostPath volume of the runtime's directory, mounted at {directory}",
        )
