"""Image references: which release a tag names, and which image is the thick one."""

from __future__ import annotations

import re
from enum import Enum
from typing import Literal

from msgspec import Struct

from migrator.model.release import Release
from migrator.trees.variables import has_variables, masked, variables

UPSTREAM = "ghcr.io/k8snetworkplumbingwg/multus-cni"

_PATH = "k8snetworkplumbingwg/multus-cni"
_DIGESTS = {
    Release(4, 3, 0): "sha256:2b9671447f3ea4e7e56730843dbf59445b9307246f393b61386b896d56ae51c9",
}
"""Index digests of upstream's vX.Y.Z-thick, as two repositories pin them independently of each
other. A digest that nobody has stated is never written."""

_RELEASE = re.compile(r"^v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-_+].*)?$")
_REFERENCE = re.compile(
    r"(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?/|\[[0-9a-fA-F:]+\](?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?(?:@[A-Za-z0-9+._-]+:[0-9a-fA-F]+)?"
)
_OTHER_PROGRAMS = re.compile(
    r"dynamic-networks|networkpolic|admission|multi-network|eni-?attacher|multus-proxy|multus-dhcp"
)
_EKS = re.compile(
    r"(\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?|^public\.ecr\.aws)/eks/multus-cni$"
)
_EKS_BUILDS = ("v4.0.2-eksbuild.1_thick", "v4.1.4-eksbuild.3_thick")
"""Thick builds that AWS's manifests name (aws/amazon-vpc-cni-k8s, config/multus). Which build of a
release a region's registry holds today cannot be known from here."""

_VENDORS = {
    "bitnami": "Bitnami's image has its own paths and no v4 thick tag",
    "rancher": "Rancher publishes thick mode under another repository, per RKE2 release",
    "openshift": "OpenShift's image belongs to the cluster network operator",
    "tkeimages": "Tencent's image is a fork with its own entrypoint",
    "mellanox": "NVIDIA's image belongs to the network operator",
}

_RETIRED = frozenset(
    f"{registry}nfvpe/multus"
    for registry in ("", "docker.io/", "index.docker.io/", "registry-1.docker.io/", "quay.io/")
)

Origin = Literal["upstream", "mirror", "retired", "eks", "vendor", "stated", "running"]


class Doubt(Enum):
    """What speaks against an image as the thick image of a release."""

    NOT_MULTUS = "neither its name nor its tag says that it is Multus"
    THIN = "it is a thin image, which holds no multus-daemon"
    OTHER_RELEASE = "it is of another release"
    UNKNOWN = "its tag does not say what it holds"


class Image(Struct, frozen=True, kw_only=True):
    """``repository[:tag][@digest]``; the repository holds the registry host, where named."""

    repository: str
    tag: str
    digest: str

    @property
    def name(self) -> str:
        return self.repository.rsplit("/", 1)[-1]


def parse_image(text: str) -> Image:
    """Split an image reference (the grammar of distribution/reference, without validation)."""
    plain = masked(text)  # the default of a variable may hold a colon and a slash
    rest, _, digest = plain.partition("@")
    head, colon, last = rest.rpartition(":")
    end = len(head) if colon and "/" not in last else len(rest)
    return Image(
        repository=text[:end],
        tag=text[end + 1 : len(rest)],
        digest=text[len(text) - len(digest) :],
    )


def is_reference(text: str) -> bool:
    """Whether it is an image reference (distribution/reference, without its length limits)."""
    return bool(_REFERENCE.fullmatch(text))


def is_multus(image: Image) -> bool:
    """Whether the repository's name is Multus's own (not one of the programs around it)."""
    return "multus" in image.name and not _OTHER_PROGRAMS.search(image.repository)


def names_multus(text: str) -> bool:
    """Whether a name, URL or path is of Multus, and not of one of the programs around it."""
    return "multus" in text.lower() and not _OTHER_PROGRAMS.search(text.lower())


def release_of(image: Image) -> Release | None:
    """v3.7.2 for tags such as v3.7.2-eksbuild.1; None for floating tags, digests, others."""
    match = _RELEASE.match(image.tag)
    if match is None:
        return None
    major, minor, patch = match.groups()
    known = major == "3" or (major == "4" and int(minor) <= 9)
    return Release(int(major), int(minor), int(patch or 0)) if known else None


def is_upstream(image: Image) -> bool:
    """Whether the repository holds upstream's tags: upstream's own, a mirror of its path, and
    the Docker Hub repository that came before it."""
    return _mirrors(image) or _is_retired(image)


def runs_by_default(image: Image) -> Literal["shell", "pflag", "daemon", ""]:
    """What a container without ``command`` runs: the image's ENTRYPOINT, "" where it is not known.

    v3 has /entrypoint.sh (Dockerfile@v3.1..v3.9.3), v4 /thin_entrypoint, and multus-daemon where
    the tag says thick (images/Dockerfile, Dockerfile.thick@v4.0.0..v4.3.0). Tags that move are of
    v4 now; nfvpe/multus stopped before it.
    """
    release = release_of(image)
    if not is_upstream(image) or (release and release.major == 3 and says_thick(image)):
        return ""
    if _is_retired(image) or (release and release.major == 3):
        return "shell"
    if says_thick(image):
        return "daemon"
    return "pflag" if image.tag else ""


def says_thick(image: Image) -> bool:
    """v4.2.4-thick, v4.1.4-eksbuild.3_thick, snapshot-thick; a repository of its own as well."""
    return "thick" in image.tag or "thick" in image.name


def says_thin(image: Image) -> bool:
    """Whether the tag is one of thin mode, of a repository whose thick tags say so."""
    return bool(image.tag) and not says_thick(image) and (is_upstream(image) or is_eks(image))


def doubt_of(image: Image, release: Release) -> Doubt | None:
    """What speaks against ``image`` as the thick image of ``release``; None if nothing does."""
    tagged = release_of(image)
    if not is_multus(image) and not (tagged and says_thick(image)):
        return Doubt.NOT_MULTUS
    if says_thin(image):
        return Doubt.THIN
    if tagged and tagged.base != release.base:
        return Doubt.OTHER_RELEASE
    return None if tagged and says_thick(image) else Doubt.UNKNOWN


def is_eks(image: Image) -> bool:
    return bool(_EKS.search(image.repository))


def thick_image(image: Image, release: Release) -> tuple[str, Origin, str]:
    """The image that runs ``release`` in thick mode, where it comes from, and a remark.

    The image is "" where the thick tag cannot be known and the user has to say it (--image):
    only upstream's repository and mirrors of its path are known to hold upstream's tags.
    """
    tag = f"v{release}-thick"
    pinned = _DIGESTS.get(release, "") if image.digest else ""
    official = f"{UPSTREAM}:{tag}@{pinned}" if pinned else f"{UPSTREAM}:{tag}"
    if is_eks(image):
        builds = " and ".join(_EKS_BUILDS)
        remark = (
            f"EKS marks thick images by _thick in the tag, vX.Y.Z-eksbuild.N_thick; {builds} are "
            f"named in AWS's manifests, and which build of v{release} there is cannot be known"
        )
        return "", "eks", remark
    if image.repository == UPSTREAM:
        remark = f"the digest is that of upstream's {tag}" if pinned else ""
        return official, "upstream", remark
    if _mirrors(image):
        return f"{image.repository}:{tag}", "mirror", f"the mirror has to hold {tag}"
    parts = image.repository.split("/")
    for vendor, remark in _VENDORS.items():
        if any(part.startswith(vendor) for part in parts[:-1]):
            return "", "vendor", remark
    if _is_retired(image):
        return official, "retired", "nfvpe/multus never held a v4 thick image"
    if has_variables(image.repository):
        named = ", ".join(variables(image.repository))
        return "", "vendor", f"which repository it is cannot be known: {named} is filled in later"
    return "", "vendor", f"{image.repository} is not a repository whose thick tags are known"


def _mirrors(image: Image) -> bool:
    """Upstream's path, below any registry, also one that a variable names."""
    return image.repository == _PATH or image.repository.endswith(f"/{_PATH}")


def _is_retired(image: Image) -> bool:
    """nfvpe/multus on Docker Hub or Quay. A registry of somebody's own is there for a reason: it
    is asked for, and never swapped for a public one."""
    return image.repository in _RETIRED
