"""Which release a tag names, and which image is the thick one."""

from __future__ import annotations

import pytest

from migrator.model.release import Release, find
from migrator.multus.images import UPSTREAM, is_multus, parse_image, release_of, thick_image

ECR = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/multus-cni"


@pytest.mark.parametrize(
    ("text", "repository", "tag", "digest"),
    [
        ("nfvpe/multus", "nfvpe/multus", "", ""),
        ("nfvpe/multus:v3.4", "nfvpe/multus", "v3.4", ""),
        ("mirror.example:5000/multus-cni", "mirror.example:5000/multus-cni", "", ""),
        ("mirror.example:5000/multus-cni:v3.9", "mirror.example:5000/multus-cni", "v3.9", ""),
        ("a/multus-cni@sha256:ab", "a/multus-cni", "", "sha256:ab"),
        ("a/multus-cni:v4.0.2@sha256:ab", "a/multus-cni", "v4.0.2", "sha256:ab"),
        ("", "", "", ""),
    ],
)
def test_parse_image(text: str, repository: str, tag: str, digest: str) -> None:
    image = parse_image(text)
    assert (image.repository, image.tag, image.digest) == (repository, tag, digest)


@pytest.mark.parametrize(
    ("tag", "release"),
    [
        ("v3.4", "3.4.0"),
        ("v3.9.2-thick-amd64", "3.9.2"),
        ("v4.0.2", "4.0.2"),
        ("4.2.4-thick", "4.2.4"),
        ("v3.7.2-eksbuild.1", "3.7.2"),
        ("v4.0.2-eksbuild.1_thick", "4.0.2"),
        ("stable", ""),
        ("snapshot-thick", ""),
        ("latest", ""),
        ("v5.0.0", ""),
        ("v0.9.1", ""),
        ("sha-4f2a", ""),
        ("", ""),
    ],
)
def test_the_release_that_a_tag_names(tag: str, release: str) -> None:
    assert release_of(parse_image(f"a/multus-cni:{tag}")) == find(release)


@pytest.mark.parametrize(
    "text",
    [
        UPSTREAM,
        "nfvpe/multus",
        "docker.io/nfvpe/multus",
        ECR,
        "mirror.example/k8s/multus-cni",
        "rancher/hardened-multus-cni",
        "openshift/origin-multus-cni",
    ],
)
def test_images_of_multus(text: str) -> None:
    assert is_multus(parse_image(text))


@pytest.mark.parametrize(
    "text",
    [
        "ghcr.io/k8snetworkplumbingwg/multus-dynamic-networks-controller:latest",
        "ghcr.io/k8snetworkplumbingwg/multi-networkpolicy-iptables",
        "ghcr.io/k8snetworkplumbingwg/multus-networkpolicy",
        "openshift/multus-admission-controller",
        "ghcr.io/k8snetworkplumbingwg/whereabouts",
        "multus/calico-node",
        "calico/node",
    ],
)
def test_images_of_the_programs_around_it(text: str) -> None:
    assert not is_multus(parse_image(text))


@pytest.mark.parametrize(
    ("text", "thick", "origin"),
    [
        (f"{UPSTREAM}:snapshot", f"{UPSTREAM}:v4.2.4-thick", "upstream"),
        (f"{UPSTREAM}@sha256:ab", f"{UPSTREAM}:v4.2.4-thick", "upstream"),
        ("nfvpe/multus:v3.4", f"{UPSTREAM}:v4.2.4-thick", "retired"),
        ("docker.io/nfvpe/multus:stable", f"{UPSTREAM}:v4.2.4-thick", "retired"),
        ("quay.io/nfvpe/multus", f"{UPSTREAM}:v4.2.4-thick", "retired"),
        (
            "mirror.example:5000/net/multus-cni:v3.9.3",
            "mirror.example:5000/net/multus-cni:v4.2.4-thick",
            "mirror",
        ),
        ("bitnami/multus-cni:4.0.2", "", "vendor"),
        ("docker.io/rancher/hardened-multus-cni:v4.0.2", "", "vendor"),
        ("mirror.example/multus:v3.9.3", "", "vendor"),
        ("multus-cni:local", "", "vendor"),
        ("${REGISTRY}/multus-cni:v3.9.3", "", "vendor"),
        (f"{ECR}:v4.0.2-eksbuild.1", "", "eks"),
    ],
)
def test_the_thick_image_keeps_the_registry_or_is_not_guessed(
    text: str, thick: str, origin: str
) -> None:
    image, found, remark = thick_image(parse_image(text), Release(4, 2, 4))
    assert (image, found) == (thick, origin)
    assert bool(remark) == (origin != "upstream")


def test_eks_names_its_builds_with_an_underscore() -> None:
    image, _, _ = thick_image(parse_image(f"{ECR}:v3.9.3-eksbuild.1"), Release(4, 0, 2))
    assert image == f"{ECR}:v4.0.2-eksbuild.1_thick"


def test_eks_in_china_is_eks() -> None:
    china = "961992271922.dkr.ecr.cn-north-1.amazonaws.com.cn/eks/multus-cni:v3.9.3-eksbuild.1"
    assert thick_image(parse_image(china), Release(4, 0, 2))[1] == "eks"
