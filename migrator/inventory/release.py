"""Which release an install runs: from its tag, else from the shape of its manifest.

The shapes are those of the shipped manifests (deployments/ and images/ of multus-cni, tags v3.1
to v4.3.0); a floating tag such as ``stable`` or ``snapshot-thick`` says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from migrator.model.inputs import Document
from migrator.model.inventory import Confidence, Flag
from migrator.model.release import Release
from migrator.multus.defaults import CONF_DIR
from migrator.multus.images import parse_image, release_of
from migrator.trees import pods
from migrator.trees.dig import dig

Estimate = tuple[Release, Confidence, str]


def estimate(
    document: Document,
    documents: Sequence[Document],
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    program: str,
    preview: bool,
    flags: Sequence[Flag],
) -> Estimate:
    """(release, how sure, why). A tag that contradicts the command gives way to the command."""
    image = parse_image(str(container.get("image") or ""))
    tagged = release_of(image)
    if tagged and _fits(tagged, program, preview):
        return tagged, "certain", f"image tag {image.tag}"
    remark = f"; the tag {image.tag} contradicts it" if tagged else ""
    if preview:
        return Release(3, 9, 3), "likely", "multus-daemon with v3.9's thick-plugin flags" + remark
    if program == "daemon":
        return _thick(documents, pod, container, remark)
    if program == "pflag":
        return _thin_v4(documents, container, flags, remark)
    if program == "shell":
        return _thin_v3(document, pod, flags, remark)
    return Release(3, 9, 3), "assumed", "neither the tag nor the command names a release"


def _fits(release: Release, program: str, preview: bool) -> bool:
    v3 = release.major == 3
    if preview or program == "shell":
        return v3
    return not v3 if program in ("pflag", "daemon") else True


def _has_short_name_nad(documents: Sequence[Document]) -> bool:
    """v4.3.0 added the short name nad to the CRD."""
    for document in documents:
        if document.ref.name == "network-attachment-definitions.k8s.cni.cncf.io":
            names = dig(document.data, "spec", "names", "shortNames")
            return isinstance(names, list) and "nad" in names
    return False


def _thick(
    documents: Sequence[Document],
    pod: Mapping[str, Any],
    container: Mapping[str, Any],
    remark: str,
) -> Estimate:
    mounts = {pods.clean(str(m.get("mountPath"))) for m in pods.items(container, "volumeMounts")}
    install = " ".join(
        " ".join(pods.words(c, "command")) for c in pods.items(pod, "initContainers")
    )
    if _has_short_name_nad(documents):
        return (
            Release(4, 3, 0),
            "likely",
            "thick manifest and a CRD with the short name nad" + remark,
        )
    if "install_multus" in install:
        return (
            Release(4, 2, 4),
            "likely",
            "thick manifest that installs with install_multus" + remark,
        )
    if "passthru" in install:
        return Release(4, 2, 2), "likely", "thick manifest that copies the passthru plugin" + remark
    if CONF_DIR in mounts:
        return (
            Release(4, 2, 2),
            "likely",
            "thick manifest that mounts /etc/cni/multus/net.d" + remark,
        )
    if container.get("env") or "/opt/cni/bin" in mounts:
        return Release(4, 1, 4), "likely", "thick manifest that mounts /opt/cni/bin" + remark
    return Release(4, 0, 2), "likely", "thick manifest that does not mount /opt/cni/bin" + remark


def _thin_v4(
    documents: Sequence[Document],
    container: Mapping[str, Any],
    flags: Sequence[Flag],
    remark: str,
) -> Estimate:
    if _has_short_name_nad(documents):
        return (
            Release(4, 3, 0),
            "likely",
            "thin_entrypoint and a CRD with the short name nad" + remark,
        )
    newer = {"multus-cni-conf-dir", "skip-config-watch"} & {flag.name for flag in flags}
    if newer:
        return Release(4, 2, 4), "likely", f"thin_entrypoint with --{sorted(newer)[0]}" + remark
    if container.get("terminationMessagePolicy"):
        return (
            Release(4, 2, 4),
            "likely",
            "thin_entrypoint with a terminationMessagePolicy" + remark,
        )
    return Release(4, 0, 2), "likely", "thin_entrypoint as v4.0 ships it" + remark


def _thin_v3(
    document: Document, pod: Mapping[str, Any], flags: Sequence[Flag], remark: str
) -> Estimate:
    names = {flag.name for flag in flags}
    if any(
        "multus" in " ".join(pods.words(c, "command")) for c in pods.items(pod, "initContainers")
    ):
        return (
            Release(3, 9, 3),
            "likely",
            "entrypoint.sh and an init container, as v3.9 ships it" + remark,
        )
    if document.ref.name in ("kube-multus-ds", "multus"):
        return (
            Release(3, 8, 0),
            "likely",
            "entrypoint.sh in one DaemonSet for all architectures" + remark,
        )
    if document.ref.name.endswith(("-arm64v8", "-s390x")) or "global-namespaces" in names:
        return (
            Release(3, 7, 1),
            "likely",
            "entrypoint.sh and four architectures, as v3.7 ships it" + remark,
        )
    if names & {"cni-version", "restart-crio", "rename-conf-file", "override-network-name"}:
        return Release(3, 6, 0), "likely", "entrypoint.sh with flags of v3.3 to v3.6" + remark
    if "multus-conf-file" in names:
        return (
            Release(3, 4, 2),
            "likely",
            "entrypoint.sh in one DaemonSet for each architecture" + remark,
        )
    return (
        Release(3, 1, 0),
        "likely",
        "the image's own entrypoint without flags, as v3.1 ships it" + remark,
    )
