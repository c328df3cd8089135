"""Where Kubernetes distributions keep what Multus works on, and what else they do differently.

Data only: a new distribution is a new row. Sources: docs.k3s.io/networking/multus-ipams and
k3s#10869 (k3s), docs.rke2.io, microk8s#867, docs.k0sproject.io, docs.siderolabs.com (Talos),
cluster-network-operator#1915 (OpenShift), amazon-vpc-cni-k8s config/multus (EKS), multus-cni#621
(GKE), cluster-network-addons-operator (CNAO), harvester#9498. Plugins that are links: k3s#10929
and k3s PR#10868 (``ls -l`` of data/cni), nixos/modules/services/cluster/kubernetes/kubelet.nix of
nixpkgs (``ln -fs ${package}/bin/* /opt/cni/bin``). RKE2 (rke2 PR#7856), MicroK8s (microk8s PR#1301)
and k0s (its network provider's init container) have copies.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping

from msgspec import Struct

from migrator.multus.defaults import KUBELET_DIR
from migrator.trees import pods


class Platform(Struct, frozen=True, kw_only=True):
    """One distribution. Directories are host paths; the first is the present default.

    ``conf_dirs`` and ``bin_dirs`` are where its container runtime reads CNI files and plugins,
    ``kubelet_dir`` kubelet's root, ``netns_dir`` the mounted network namespaces. ``links`` has the
    directories whose plugins are links, each with the tree that holds the targets. ``version``,
    ``os_image`` and ``provider`` are patterns of Node objects (kubeletVersion, osImage,
    spec.providerID), "" where none tells. ``owner`` says who ships Multus there ("" if nobody).
    """

    id: str
    name: str
    conf_dirs: tuple[str, ...] = ("/etc/cni/net.d",)
    bin_dirs: tuple[str, ...] = ("/opt/cni/bin",)
    kubelet_dir: str = KUBELET_DIR
    netns_dir: str = "/run/netns"
    links: tuple[tuple[str, str], ...] = ()
    version: str = ""
    os_image: str = ""
    provider: str = ""
    owner: str = ""
    note: str = ""


PLATFORMS: tuple[Platform, ...] = (
    Platform(
        id="k3s",
        name="k3s",
        conf_dirs=("/var/lib/rancher/k3s/agent/etc/cni/net.d",),
        bin_dirs=("/var/lib/rancher/k3s/data/cni", "/var/lib/rancher/k3s/data/current/bin"),
        links=(("/var/lib/rancher/k3s/data/cni", "/var/lib/rancher/k3s/data"),),
        version=r"\+k3s\d",
        note="data/cni since v1.28.15, v1.29.10, v1.30.6 and v1.31.2 (+k3s1); before that "
        "data/current/bin",
    ),
    Platform(
        id="rke2",
        name="RKE2",
        version=r"\+rke2r\d",
        owner="the rke2-multus chart",
        note="the standard directories; thickPlugin.enabled since v1.31.11, v1.32.7, v1.33.3",
    ),
    Platform(
        id="microk8s",
        name="MicroK8s",
        conf_dirs=("/var/snap/microk8s/current/args/cni-network",),
        bin_dirs=("/var/snap/microk8s/current/opt/cni/bin",),
        kubelet_dir="/var/snap/microk8s/common/var/lib/kubelet",
        owner="the multus addon",
    ),
    Platform(
        id="k0s",
        name="k0s",
        kubelet_dir="/var/lib/k0s/kubelet",
        version=r"\+k0s",
    ),
    Platform(
        id="talos",
        name="Talos",
        netns_dir="/var/run/netns",
        os_image=r"^Talos",
        note="its images hold few of the reference plugins: install them with an init container",
    ),
    Platform(
        id="nixos",
        name="NixOS",
        links=(("/opt/cni/bin", "/nix/store"),),
        os_image=r"^NixOS",
    ),
    Platform(
        id="openshift",
        name="OpenShift",
        bin_dirs=("/var/lib/cni/bin",),
        os_image=r"CoreOS.*OpenShift|OpenShift",
        owner="the cluster network operator",
        note="thick since 4.14; MicroShift stays thin on purpose",
    ),
    Platform(
        id="eks",
        name="EKS",
        version=r"-eks-",
        provider=r"^aws://",
        note="image tags end in _thick, and the registry's region has to be the cluster's",
    ),
    Platform(
        id="gke",
        name="GKE",
        bin_dirs=("/home/kubernetes/bin",),
        version=r"-gke\.",
        provider=r"^gce://",
        note="system-node-critical outside kube-system needs a ResourceQuota",
    ),
    Platform(id="aks", name="AKS", provider=r"^azure://"),
    Platform(
        id="cnao",
        name="KubeVirt's cluster network addons",
        owner="the cluster network addons operator",
        note="it has gone thick and back: look at the release in hand",
    ),
    Platform(
        id="harvester",
        name="Harvester",
        os_image=r"^Harvester",
        owner="Harvester",
        note="RKE2's directories",
    ),
)

BY_ID: Mapping[str, Platform] = {platform.id: platform for platform in PLATFORMS}

_HASHED = re.compile(r"/var/lib/rancher/k3s/data/[0-9a-f]{64}(/|$)")
_K3S_LINKS = re.compile(r"(?P<tree>/.*k3s.*/data)/cni")
"""The directory of links below any --data-dir that has k3s in its name."""
_PREFIXES: Mapping[str, str] = {
    "/var/lib/rancher/k3s": "k3s",
    "/var/snap/microk8s": "microk8s",
    "/home/kubernetes/bin": "gke",
    "/var/lib/k0s": "k0s",
}


def of_path(path: str) -> Platform | None:
    """The distribution that a host path belongs to, None for one that any could have."""
    for prefix, id_ in _PREFIXES.items():
        if pods.below(path, prefix) is not None:
            return BY_ID[id_]
    return None


def of_node(version: str, os_image: str, provider: str) -> Platform | None:
    """The distribution of a Node object: Talos by its OS, before the cloud that it runs in."""
    said = (("os_image", os_image), ("version", version), ("provider", provider))
    for field, text in said:
        for platform in PLATFORMS:
            pattern = getattr(platform, field)
            if pattern and re.search(pattern, text):
                return platform
    return None


def link_tree(directory: str, seen: Collection[Platform]) -> str:
    """The tree that the plugins in ``directory`` are links into; "" where they are files, or it is
    not known. ``seen`` are the distributions of the nodes; k3s shows by the path alone."""
    match = _K3S_LINKS.fullmatch(directory)
    if match:
        return match["tree"]
    links = (link for platform in seen for link in platform.links)
    return next((tree for path, tree in links if path == directory), "")


def link_trees(
    directory: str, seen: Collection[Platform], targets: Collection[str]
) -> tuple[str, ...]:
    """The trees that the plugins in ``directory`` are links into: those of its distribution, and
    those that its links on the nodes (``targets``, absolute) show; none within another."""
    known = link_tree(directory, seen)
    folders = {posixpath.dirname(target) for target in targets}
    own = {directory, known or directory}
    outside = {f for f in folders if all(pods.below(f, tree) is None for tree in own)}
    trees = {*map(_lasting, outside), *filter(None, [known])}
    return tuple(sorted(t for t in trees if not any(pods.below(t, o) for o in trees)))


def is_of_image(tree: str) -> bool:
    """Whether the daemon's image has programs of its own there, which a mount would hide."""
    return tree in _OF_IMAGE


_BOUND = re.compile(r"[0-9a-f]{12,}|[0-9a-z]{32}-.+|(?:.*-)?v?\d+\.\d+(?:\.\d+)?(?:[-+].*)?")
"""A part of a path that an upgrade changes: a digest, a path of the Nix store, a version."""
_OF_IMAGE = frozenset(
    {
        "/",
        "/bin",
        "/sbin",
        "/lib",
        "/lib64",
        "/usr",
        "/usr/bin",
        "/usr/sbin",
        "/usr/lib",
        "/usr/src",
    }
    | {"/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/libexec", "/etc", "/var", "/tmp"}  # noqa: S108
)
"""images/Dockerfile.thick of multus-cni: debian:stable-slim with Multus in /usr/src."""


def _lasting(folder: str) -> str:
    """What is above the first part that the next upgrade changes, so that new links are covered
    too; the folder itself where too little would be left."""
    parts = folder.strip("/").split("/")
    bound = next((i for i, part in enumerate(parts) if _BOUND.fullmatch(part)), len(parts))
    above = "/" + "/".join(parts[:bound])
    return folder if bound < 2 or is_of_image(above) else above


def kubelet_dir(directories: Collection[str], seen: Collection[Platform]) -> str:
    """kubelet's root, by the CNI directories of an install and the distributions of the nodes; the
    usual one where they do not agree."""
    told = {platform.kubelet_dir for platform in (*map(of_path, directories), *seen) if platform}
    return told.pop() if len(told) == 1 else KUBELET_DIR


def is_release_bound(path: str) -> bool:
    """k3s's per-release directory: another one after each upgrade of k3s."""
    return _HASHED.match(path) is not None


def is_former(path: str) -> bool:
    """A directory that a distribution has since moved away from."""
    return any(path in platform.bin_dirs[1:] for platform in PLATFORMS)
