"""P08, P10, P55, P56: distributions that keep CNI files elsewhere, or want something of their own.

What is where is data: multus/platforms.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import finding, main_of, on_nodes, pod_of, settings_of
from migrator.checks.mounts import netns_dir
from migrator.inventory.distributions import platforms_of
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.multus.images import parse_image
from migrator.multus.platforms import (
    BY_ID,
    PLATFORMS,
    Platform,
    is_former,
    is_release_bound,
    of_path,
)
from migrator.trees import pods
from migrator.trees.variables import has_variables
from migrator.trees.wording import listed

K3S = Rule(
    id="P08",
    title="k3s keeps CNI files and plugins in its own directories",
    why="where the hostPaths are not the ones that k3s's containerd reads, the shim "
    "and 00-multus.conf are in a place where nothing looks; a directory with a "
    "hash in its name is gone after the next upgrade of k3s",
    reference="docs.k3s.io/networking/multus-ipams; k3s#10869, #9710, #10545",
    handling="The source's host paths are carried over unchanged; nothing is guessed.",
    severity="blocker",
)
TALOS = Rule(
    id="P10",
    title="Talos keeps network namespaces in /var/run/netns",
    why="the daemon opens each pod's network namespace itself: with another directory, "
    "running pods keep running, but every new one fails",
    reference="docs.siderolabs.com/kubernetes-guides/cni/multus",
    handling="An existing mount at /run/netns is kept; otherwise the plan is blocked on Talos.",
    severity="blocker",
)
EKS = Rule(
    id="P55",
    title="On EKS the primary CNI must be named",
    why="in auto mode the first file by name wins, which need not be the VPC CNI's "
    "where istio-cni or another plugin is beside it: pods then run on the wrong "
    "network",
    reference="amazon-vpc-cni-k8s PR#2828, PR#2667; multus-cni#1224",
    handling="The image keeps its registry and gets AWS's own tag, where that is known (S04).",
    severity="warning",
)
OTHERS = Rule(
    id="P56",
    title="GKE, AKS or MicroK8s: directories do not match",
    why="the runtime of each of these distributions reads its own directories; with a "
    "mixture, one of the hostPaths is not the one that it reads",
    reference="multus-cni#621, #685; microk8s#867",
    handling="The source's host paths are carried over; what does not fit together is reported.",
    severity="warning",
)
RULES = (K3S, TALOS, EKS, OTHERS)

_NO_SHIM = 'failed to find plugin "multus-shim" in path [/opt/cni/bin]'


def findings(state: State) -> Iterable[Finding]:
    """What the installs' host paths, the Node objects and the node files say together."""
    for install in state.inventory.installs:
        yield from _bin_dir(install)
        yield from _mixture(install)
        yield from _unread_conf_dir(install, state.inventory)
        yield from _talos(install, state.inventory)
        yield from _eks(install)


def _bin_dir(install: Install) -> Iterable[Finding]:
    path = install.paths.bin_dir
    if is_release_bound(path):
        seen = f"{path} belongs to one release of k3s"
    elif is_former(path):
        seen = f"{path}: {BY_ID['k3s'].note}"
    else:
        return
    yield finding(
        K3S,
        document=install.daemonset,
        severity="warning",
        seen=seen,
        error=_NO_SHIM.replace("/opt/cni/bin", BY_ID["k3s"].bin_dirs[0]),
        remedy=f"set the hostPath of the volume to {BY_ID['k3s'].bin_dirs[0]} in the manifest "
        "and plan again, if the nodes run such a release of k3s",
    )


def _mixture(install: Install) -> Iterable[Finding]:
    conf, bin_dir = install.paths.cni_conf_dir, install.paths.bin_dir
    platform = of_path(conf)
    if has_variables(conf) or has_variables(bin_dir):
        return  # P77 tells of it
    if "$" in conf + bin_dir:
        yield finding(
            OTHERS,
            document=install.daemonset,
            seen=f"a hostPath contains a variable: {conf if '$' in conf else bin_dir}",
            remedy="the kubelet does not fill it in: plan the manifest that is applied to the "
            "cluster (kubectl get ds -A -o yaml)",
            manual=True,
        )
    elif platform is not None and platform.bin_dirs and bin_dir not in platform.bin_dirs:
        if of_path(bin_dir) is platform and is_release_bound(bin_dir):
            return
        yield finding(
            K3S if platform.id == "k3s" else OTHERS,
            document=install.daemonset,
            severity="warning",
            seen=f"{conf} belongs to {platform.name}, {bin_dir} does not",
            error=_NO_SHIM.replace("/opt/cni/bin", platform.bin_dirs[0]),
            remedy=f"{platform.name} looks plugins up in {platform.bin_dirs[0]}: set the hostPath "
            "of the volume in the manifest and plan again",
        )


def _unread_conf_dir(install: Install, inventory: Inventory) -> Iterable[Finding]:
    """The node files show another distribution's CNI directory in use, and not this one."""
    used = {(file.node, file.directory) for file in inventory.reading.node_files.files}
    ours = install.paths.cni_conf_dir
    for platform in PLATFORMS:
        nodes = sorted(
            node
            for node, directory in used
            if directory == platform.conf_dirs[0]
            and of_path(directory)
            and (node, ours) not in used
        )
        if nodes and ours != platform.conf_dirs[0]:
            yield finding(
                K3S if platform.id == "k3s" else OTHERS,
                document=install.daemonset,
                severity="blocker" if platform.id == "k3s" else "warning",
                seen=f"CNI files are in {platform.conf_dirs[0]} {on_nodes(nodes)}, and none in "
                f"{ours}, which the DaemonSet mounts",
                error="stat /etc/cni/net.d/multus.d/multus.kubeconfig: no such file or directory",
                remedy=f"{_directories(install, platform)}, and plan again",
            )


def _directories(install: Install, platform: Platform) -> str:
    """The hostPaths that are not the platform's, by the names of their volumes."""
    wanted = {install.paths.cni_conf_dir: platform.conf_dirs[0]}
    if platform.bin_dirs and install.paths.bin_dir not in platform.bin_dirs:
        wanted[install.paths.bin_dir] = platform.bin_dirs[0]
    named = {pods.host_path(v): str(v.get("name")) for v in pods.items(pod_of(install), "volumes")}
    return "set " + ", ".join(
        f"the hostPath of the volume {named[old]} to {new}"
        if old in named
        else f"a volume with hostPath {new}"
        for old, new in wanted.items()
    )


def _talos(install: Install, inventory: Inventory) -> Iterable[Finding]:
    talos = BY_ID["talos"]
    if install.mode != "thick" or talos not in platforms_of(inventory):
        return
    inside = netns_dir(install)
    host = pods.on_host(pod_of(install), main_of(install), inside)
    if host != talos.netns_dir:
        yield finding(
            TALOS,
            document=install.daemonset,
            seen=f"a Talos node, and {inside} in the daemon is {host or 'not mounted'}",
            error='no net namespace /var/run/netns/... found: failed to Statfs "/var/run/netns/'
            '...": no such file or directory',
            remedy=f"give the DaemonSet a volume with hostPath {talos.netns_dir}, mounted at "
            f"{inside} with mountPropagation: HostToContainer, and plan again: an "
            "existing mount is kept",
        )


def _eks(install: Install) -> Iterable[Finding]:
    image = parse_image(str(main_of(install).get("image") or ""))
    if not image.repository.endswith("/eks/multus-cni") or install.mode != "thick":
        return
    if not settings_of(install).get("multusMasterCNI"):
        yield finding(
            EKS,
            document=install.daemonset,
            seen=f"{image.repository}, and no multusMasterCNI",
            remedy="plan with --primary-cni 10-aws.conflist; the registry's region "
            f"({_region(image.repository)}) has to be the cluster's",
        )


def _region(repository: str) -> str:
    return listed(part for part in repository.split(".") if part.count("-") >= 2) or "in its name"
