"""The table of distributions, and what tells one from another."""

from __future__ import annotations

import pytest

from migrator.multus.platforms import (
    BY_ID,
    PLATFORMS,
    is_former,
    is_of_image,
    is_release_bound,
    kubelet_dir,
    link_tree,
    link_trees,
    of_node,
    of_path,
)


@pytest.mark.parametrize(
    ("version", "os_image", "provider", "wanted"),
    [
        ("v1.31.2+k3s1", "Debian GNU/Linux 12", "k3s://node-1", "k3s"),
        ("v1.31.2+rke2r1", "SLES", "", "rke2"),
        ("v1.31.2+k0s.0", "Alpine Linux", "", "k0s"),
        ("v1.31.2", "Talos (v1.9.1)", "", "talos"),
        ("v1.31.2", "Talos (v1.9.1)", "aws:///eu-central-1a/i-0", "talos"),
        ("v1.31.2-eks-7f9249a", "Amazon Linux 2023", "aws:///eu-central-1a/i-0", "eks"),
        ("v1.31.2-gke.1000", "Container-Optimized OS from Google", "gce://p/z/n", "gke"),
        ("v1.31.2", "Ubuntu 22.04", "azure:///subscriptions/x", "aks"),
        ("v1.31.2+rke2r1", "Harvester v1.4.0", "", "harvester"),
        ("v1.31.2", "Ubuntu 22.04", "", None),
        ("", "", "", None),
    ],
)
def test_a_node_says_what_it_is(
    version: str, os_image: str, provider: str, wanted: str | None
) -> None:
    found = of_node(version, os_image, provider)
    assert (found.id if found else None) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/var/lib/rancher/k3s/agent/etc/cni/net.d", "k3s"),
        ("/var/lib/rancher/k3s/data/cni", "k3s"),
        ("/var/snap/microk8s/current/args/cni-network", "microk8s"),
        ("/home/kubernetes/bin", "gke"),
        ("/var/lib/k0s/kubelet", "k0s"),
        ("/var/lib/rancher/rke2/agent", None),
        ("/home/kubernetes/binaries", None),
        ("/etc/cni/net.d", None),
        ("/opt/cni/bin", None),
    ],
)
def test_a_path_says_whose_it_is(path: str, wanted: str | None) -> None:
    found = of_path(path)
    assert (found.id if found else None) == wanted


@pytest.mark.parametrize(
    ("path", "bound"),
    [
        (f"/var/lib/rancher/k3s/data/{'a1' * 32}/bin", True),
        ("/var/lib/rancher/k3s/data/current/bin", False),
        ("/var/lib/rancher/k3s/data/cni", False),
        (f"/var/lib/rancher/k3s/data/{'a1' * 20}/bin", False),
    ],
)
def test_a_directory_of_one_release_is_known_by_its_hash(path: str, bound: bool) -> None:
    assert is_release_bound(path) == bound


def test_a_former_directory_is_not_the_present_one() -> None:
    assert is_former("/var/lib/rancher/k3s/data/current/bin")
    assert not is_former("/var/lib/rancher/k3s/data/cni")
    assert not is_former("/opt/cni/bin")


def test_the_table_is_well_formed() -> None:
    assert len(BY_ID) == len(PLATFORMS) == 12
    for platform in PLATFORMS:
        for path in (*platform.conf_dirs, *platform.bin_dirs, platform.kubelet_dir):
            assert path.startswith("/") and not path.endswith("/"), platform.id


@pytest.mark.parametrize(
    ("path", "nodes", "tree"),
    [
        ("/var/lib/rancher/k3s/data/cni", (), "/var/lib/rancher/k3s/data"),
        ("/mnt/k3s/data/cni", (), "/mnt/k3s/data"),
        ("/var/lib/rancher/k3s/data/current/bin", (), ""),
        ("/srv/data/cni", (), ""),
        ("/opt/cni/bin", (), ""),
        ("/opt/cni/bin", ("rke2", "k0s"), ""),
        ("/opt/cni/bin", ("nixos",), "/nix/store"),
        ("/usr/libexec/cni", ("nixos",), ""),
    ],
)
def test_where_plugins_are_links_into(path: str, nodes: tuple[str, ...], tree: str) -> None:
    assert link_tree(path, [BY_ID[node] for node in nodes]) == tree


@pytest.mark.parametrize(
    ("paths", "nodes", "root"),
    [
        (("/etc/cni/net.d", "/opt/cni/bin"), (), "/var/lib/kubelet"),
        (("/etc/cni/net.d",), ("k0s",), "/var/lib/k0s/kubelet"),
        (("/etc/cni/net.d",), ("k0s", "talos"), "/var/lib/kubelet"),
        (
            ("/var/snap/microk8s/current/args/cni-network",),
            (),
            "/var/snap/microk8s/common/var/lib/kubelet",
        ),
    ],
)
def test_kubelets_root(paths: tuple[str, ...], nodes: tuple[str, ...], root: str) -> None:
    assert kubelet_dir(paths, [BY_ID[node] for node in nodes]) == root


@pytest.mark.parametrize(
    ("targets", "nodes", "trees"),
    [
        pytest.param(["/usr/lib/cni/bridge"], (), ["/usr/lib/cni"], id="another directory"),
        pytest.param(["/opt/cni/bin/cni", "/opt/cni/bin/old/x"], (), [], id="the directory itself"),
        pytest.param(["/opt/cni/v1.4.0/bin/bridge"], (), ["/opt/cni"], id="a version"),
        pytest.param(
            ["/opt/x/cni-plugins-1.4.0/bridge"], (), ["/opt/x"], id="a name and a version"
        ),
        pytest.param(["/opt/v1.4/bridge"], (), ["/opt/v1.4"], id="too little would be left"),
        pytest.param(["/usr/lib/v1.4/bridge"], (), ["/usr/lib/v1.4"], id="not over the image"),
        pytest.param(
            ["/nix/store/" + "a" * 32 + "-cni-plugins/bin/bridge"], (), ["/nix/store"], id="a store"
        ),
        pytest.param(["/srv/data/" + "0f" * 32 + "/bin/cni"], (), ["/srv/data"], id="a digest"),
        pytest.param(
            ["/a/b/x", "/a/b/c/y", "/a/d/z"], (), ["/a/b", "/a/d"], id="none within another"
        ),
        pytest.param(["/nix/store/x/bin/bridge"], ("nixos",), ["/nix/store"], id="known already"),
        pytest.param(["/a/b/x"], ("nixos",), ["/a/b", "/nix/store"], id="known, and shown"),
        pytest.param([], (), [], id="no link"),
    ],
)
def test_the_trees_that_links_of_the_nodes_show(
    targets: list[str], nodes: tuple[str, ...], trees: list[str]
) -> None:
    assert list(link_trees("/opt/cni/bin", [BY_ID[n] for n in nodes], targets)) == trees


def test_what_the_image_has_itself() -> None:
    assert is_of_image("/usr/bin")
    assert not is_of_image("/usr/lib/cni")


def test_each_distribution_has_the_name_that_its_users_know() -> None:
    assert {platform.id: platform.name for platform in PLATFORMS} == {
        "k3s": "k3s",
        "rke2": "RKE2",
        "microk8s": "MicroK8s",
        "k0s": "k0s",
        "talos": "Talos",
        "nixos": "NixOS",
        "openshift": "OpenShift",
        "eks": "EKS",
        "gke": "GKE",
        "aks": "AKS",
        "cnao": "KubeVirt's cluster network addons",
        "harvester": "Harvester",
    }


@pytest.mark.parametrize(
    ("tree", "of_image"),
    [
        *((path, True) for path in ("/", "/bin", "/sbin", "/lib", "/lib64", "/usr", "/usr/bin")),
        *((path, True) for path in ("/usr/sbin", "/usr/lib", "/usr/local", "/usr/local/bin")),
        *((path, True) for path in ("/usr/local/sbin", "/usr/libexec", "/etc", "/var", "/tmp")),
        *((path, False) for path in ("/nix/store", "/opt", "/usr/libexec/cni", "/var/lib")),
    ],
)
def test_a_tree_of_the_image_is_not_hidden(tree: str, of_image: bool) -> None:
    assert is_of_image(tree) is of_image
