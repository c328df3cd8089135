"""Which release a tag names, and which image is the thick one."""

from __future__ import annotations

import pytest

from migrator.model.release import Release, find
from migrator.multus.images import (
    UPSTREAM,
    Doubt,
    doubt_of,
    is_eks,
    is_multus,
    is_reference,
    is_upstream,
    names_multus,
    parse_image,
    release_of,
    runs_by_default,
    thick_image,
)

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
            "mirror.example:5000/net/k8snetworkplumbingwg/multus-cni:v3.9.3",
            "mirror.example:5000/net/k8snetworkplumbingwg/multus-cni:v4.2.4-thick",
            "mirror",
        ),
        (
            "rancher.example/k8snetworkplumbingwg/multus-cni:v3.9.3",
            "rancher.example/k8snetworkplumbingwg/multus-cni:v4.2.4-thick",
            "mirror",
        ),
        ("docker.io/somebody/multus-cni:v3.9.1", "", "vendor"),
        ("registry.internal:5000/nfvpe/multus:v3.6", "", "vendor"),
        ("bitnami/multus-cni:4.0.2", "", "vendor"),
        ("docker.io/rancher/hardened-multus-cni:v4.0.2", "", "vendor"),
        ("mirror.example/multus:v3.9.3", "", "vendor"),
        ("multus-cni:local", "", "vendor"),
        (
            "${REGISTRY:=ghcr.io}/k8snetworkplumbingwg/multus-cni:v3.9.3",
            "${REGISTRY:=ghcr.io}/k8snetworkplumbingwg/multus-cni:v4.2.4-thick",
            "mirror",
        ),
        (f"{UPSTREAM}:${{TAG:=v3.9.3}}", f"{UPSTREAM}:v4.2.4-thick", "upstream"),
        (f"{UPSTREAM}:v4@${{DIGEST:-sha256:ab}}", f"{UPSTREAM}:v4.2.4-thick", "upstream"),
        ("${REGISTRY}/multus-cni:v3.9.3", "", "vendor"),
        ("${IMAGE:=ghcr.io/k8snetworkplumbingwg/multus-cni:v4.0.2}", "", "vendor"),
        (f"{ECR}:v4.0.2-eksbuild.1", "", "eks"),
    ],
)
def test_the_thick_image_keeps_the_registry_or_is_not_guessed(
    text: str, thick: str, origin: str
) -> None:
    image, found, remark = thick_image(parse_image(text), Release(4, 2, 4))
    assert (image, found) == (thick, origin)
    assert bool(remark) == (origin != "upstream")


def test_eks_is_asked_in_the_form_of_its_tags() -> None:
    image, _, remark = thick_image(parse_image(f"{ECR}:v3.9.3-eksbuild.1"), Release(4, 0, 2))
    assert image == ""
    assert "vX.Y.Z-eksbuild.N_thick" in remark


def test_a_digest_is_written_only_where_it_is_known() -> None:
    pinned = parse_image(f"{UPSTREAM}:v4.2.4@sha256:ab")
    assert parse_image(thick_image(pinned, Release(4, 2, 4))[0]).digest == ""
    known = parse_image(thick_image(pinned, Release(4, 3, 0))[0])
    assert (known.tag, known.digest[:15]) == ("v4.3.0-thick", "sha256:2b967144")
    mirror = parse_image(f"mirror.example/k8snetworkplumbingwg/multus-cni@{known.digest}")
    assert parse_image(thick_image(mirror, Release(4, 3, 0))[0]).digest == ""


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (f"{UPSTREAM}:v4.2.4-thick", None),
        ("registry.example/net/meta:v4.2.4-thick", None),
        (f"{ECR}:v4.2.4-eksbuild.1_thick", None),
        ("rancher/hardened-multus-thick:v4.2.4-build20250101", None),
        (f"{UPSTREAM}:v4.2.4", Doubt.THIN),
        (f"{UPSTREAM}:stable", Doubt.THIN),
        (f"{ECR}:v4.2.4-eksbuild.1", Doubt.THIN),
        (f"{UPSTREAM}:v4.1.0-thick", Doubt.OTHER_RELEASE),
        ("registry.example/multus:v4.1.0", Doubt.OTHER_RELEASE),
        ("registry.example/multus:v4.2.4", Doubt.UNKNOWN),
        (f"{UPSTREAM}:snapshot-thick", Doubt.UNKNOWN),
        (f"{UPSTREAM}@sha256:ab", Doubt.UNKNOWN),
        ("nginx:1.25", Doubt.NOT_MULTUS),
    ],
)
def test_what_speaks_against_a_stated_image(text: str, doubt: Doubt | None) -> None:
    assert doubt_of(parse_image(text), Release(4, 2, 4)) is doubt


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("nginx", True),
        (f"{UPSTREAM}:v4.2.4-thick@sha256:{'7f' * 32}", True),
        ("registry.internal:5000/a/multus_cni:1", True),
        ("ghcr.io/Bad/Multus CNI:v1", False),
        ("ghcr.io/k8snetworkplumbingwg/multus-cni:", False),
        ("https://ghcr.io/multus-cni", False),
        ("", False),
    ],
)
def test_image_references(text: str, reference: bool) -> None:
    assert is_reference(text) is reference


def test_eks_in_china_is_eks() -> None:
    china = "961992271922.dkr.ecr.cn-north-1.amazonaws.com.cn/eks/multus-cni:v3.9.3-eksbuild.1"
    assert thick_image(parse_image(china), Release(4, 0, 2))[1] == "eks"


@pytest.mark.parametrize("tag", ["${TAG}", "${TAG:=v4.0.2}", "v4.${MINOR}.0"])
def test_a_tag_with_a_variable_names_no_release(tag: str) -> None:
    image = parse_image(f"${{R:=a:5000/b}}/multus-cni:{tag}")
    assert (image.repository, image.tag) == ("${R:=a:5000/b}/multus-cni", tag)
    assert release_of(image) is None


def test_eks_public_registry_is_eks() -> None:
    image, origin, remark = thick_image(
        parse_image("public.ecr.aws/eks/multus-cni:v4.0.2-eksbuild.1"), Release(4, 2, 4)
    )
    assert (image, origin) == ("", "eks")
    assert "_thick" in remark


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        (f"{UPSTREAM}:v3.9.3", "shell"),
        (f"{UPSTREAM}:v3.9.3-thick-amd64", ""),
        (f"{UPSTREAM}:v4.0.2", "pflag"),
        (f"{UPSTREAM}:v4.0.2-thick", "daemon"),
        (f"{UPSTREAM}:snapshot", "pflag"),
        (f"{UPSTREAM}:snapshot-thick", "daemon"),
        (f"mirror.example/{UPSTREAM.partition('/')[2]}:stable", "pflag"),
        (UPSTREAM, ""),
        ("nfvpe/multus:stable", "shell"),
        ("quay.io/nfvpe/multus", "shell"),
        ("mirror.example/multus-cni:v4.0.2", ""),
    ],
)
def test_what_an_image_runs_by_itself(text: str, runs: str) -> None:
    assert runs_by_default(parse_image(text)) == runs


@pytest.mark.parametrize(
    ("text", "origin", "result"),
    [
        (f"{UPSTREAM}:v4.0.2", "upstream", f"{UPSTREAM}:v4.3.0-thick"),
        (f"{UPSTREAM}@sha256:ab", "upstream", f"{UPSTREAM}:v4.3.0-thick@sha256:2b96714"),
        (
            "k8snetworkplumbingwg/multus-cni:v3",
            "mirror",
            "k8snetworkplumbingwg/multus-cni:v4.3.0-thick",
        ),
        ("nfvpe/multus:v3.4@sha256:ab", "retired", f"{UPSTREAM}:v4.3.0-thick@sha256:2b96714"),
        (f"{ECR}:v3.9.3-eksbuild.1", "eks", ""),
        ("rancher/hardened-multus-cni:v4", "vendor", ""),
        ("quay.io/openshift/origin-multus-cni:4", "vendor", ""),
        ("registry.example/mellanox/multus:1", "vendor", ""),
        ("ccr.ccs.tencentyun.com/tkeimages/multus-cni:1", "vendor", ""),
        ("${REGISTRY}/own:v4.0.2", "vendor", ""),
        ("registry.example/own:v4.0.2", "vendor", ""),
    ],
)
def test_where_the_thick_image_comes_from(text: str, origin: str, result: str) -> None:
    found, where, remark = thick_image(parse_image(text), Release(4, 3, 0))
    assert where == origin
    assert found.startswith(result) and bool(found) is bool(result)
    assert bool(remark) is (text != f"{UPSTREAM}:v4.0.2")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (ECR, True),
        (f"{ECR}:v4.1.4", True),
        ("public.ecr.aws/eks/multus-cni", True),
        ("602401143452.dkr.ecr.cn-north-1.amazonaws.com.cn/eks/multus-cni", True),
        ("602401143452.dkr.ecr.eu-west-1.amazonaws.com/own/multus-cni", False),
        ("mirror.example/public.ecr.aws/eks/multus-cni", False),
    ],
)
def test_images_of_eks(text: str, is_one: bool) -> None:
    assert is_eks(parse_image(text)) is is_one


def test_names_of_multus_and_of_the_programs_around_it() -> None:
    assert names_multus("https://example.com/Multus.yaml")
    assert not names_multus("https://example.com/Multus-Dynamic-Networks.yaml")
    assert not names_multus("https://example.com/calico.yaml")
    assert is_upstream(parse_image("docker.io/nfvpe/multus:v3"))
    assert not is_upstream(parse_image("mirror.example/nfvpe/multus:v3"))


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        ("bitnami/multus-cni:4", "Bitnami"),
        ("rancher/hardened-multus-cni:v4", "Rancher"),
        ("quay.io/openshift/origin-multus-cni:4", "OpenShift"),
        ("ccr.ccs.tencentyun.com/tkeimages/multus-cni:1", "Tencent"),
        ("registry.example/mellanox/multus:1", "NVIDIA"),
    ],
)
def test_a_vendor_s_image_is_told_by_its_name(text: str, vendor: str) -> None:
    _, _, remark = thick_image(parse_image(text), Release(4, 2, 4))
    assert vendor in remark
