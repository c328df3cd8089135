"""Image references: which release a tag names, and which image is the thick one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from migrator.model.release import Release

UPSTREAM = "ghcr.io/k8snetworkplumbingwg/multus-cni"

_RELEASE = re.compile(r"^v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-_+].*)?$")
_OTHER_PROGRAMS = re.compile(
    r"dynamic-networks|networkpolic|admission|multi-network|eni-?attacher|multus-proxy|multus-dhcp"
)
_EKS = re.compile(r"\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/eks/multus-cni$")
_EKS_BUILDS = {
    Release(4, 0, 2): "v4.0.2-eksbuild.1_thick",
    Release(4, 1, 4): "v4.1.4-eksbuild.3_thick",
}
"""Builds that AWS published (aws/amazon-vpc-cni-k8s, config/multus); the build number of any
other release cannot be known."""

_VENDORS = {
    "bitnami": "Bitnami's image has its own paths and no v4 thick tag",
    "rancher": "Rancher publishes thick mode under another repository, per RKE2 release",
    "openshift": "OpenShift's image belongs to the cluster network operator",
    "tkeimages": "Tencent's image is a fork with its own entrypoint",
    "mellanox": "NVIDIA's image belongs to the network operator",
}

Origin = Literal["upstream", "mirror", "retired", "eks", "vendor", "stated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """``repository[:tag][@digest]``; the repository holds the registry host, where named."""

    repository: str
    tag: str
    digest: str

    @property
    def name(self) -> str:
        return self.repository.rsplit("/", 1)[-1]


def parse_image(text: str) -> Image:
    """Split an image reference (the grammar of distribution/reference, without validation)."""
    rest, _, digest = text.partition("@")
    repository, tag = rest, ""
    head, colon, last = rest.rpartition(":")
    if colon and "/" not in last:
        repository, tag = head, last
    return Image(repository=repository, tag=tag, digest=digest)


def is_multus(image: Image) -> bool:
    """Whether the repository's name is Multus's own (not one of the programs around it)."""
    return "multus" in image.name and not _OTHER_PROGRAMS.search(image.repository)


def release_of(image: Image) -> Release | None:
    """v3.7.2 for tags such as v3.7.2-eksbuild.1; None for floating tags, digests, others."""
    match = _RELEASE.match(image.tag)
    if match is None:
        return None
    major, minor, patch = match.groups()
    known = major == "3" or (major == "4" and int(minor) <= 9)
    return Release(int(major), int(minor), int(patch or 0)) if known else None


def thick_image(image: Image, release: Release) -> tuple[str, Origin, str]:
    """The image that runs ``release`` in thick mode, where it comes from, and a remark.

    The image is "" where the thick tag cannot be known and the user has to say it (--image).
    """
    tag = f"v{release}-thick"
    if _EKS.search(image.repository):
        build = _EKS_BUILDS.get(release, "")
        remark = "" if build else f"the build number of v{release} on EKS cannot be known"
        return (f"{image.repository}:{build}" if build else ""), "eks", remark
    parts = image.repository.split("/")
    for vendor, remark in _VENDORS.items():
        if any(part.startswith(vendor) for part in parts[:-1]):
            return "", "vendor", remark
    if parts[-2:] == ["nfvpe", "multus"]:
        return f"{UPSTREAM}:{tag}", "retired", "nfvpe/multus never held a v4 thick image"
    if image.repository == UPSTREAM:
        return f"{UPSTREAM}:{tag}", "upstream", ""
    if image.name == "multus-cni" and len(parts) > 1 and "{" not in image.repository:
        return f"{image.repository}:{tag}", "mirror", f"the mirror has to hold {tag}"
    return "", "vendor", f"{image.repository} is not a repository whose thick tags are known"
