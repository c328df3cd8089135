"""Whether a thick install already is what the target needs: then nothing is planned for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from migrator.inventory.installer import installs_shim
from migrator.inventory.service_account import token_refused
from migrator.model.inputs import Document
from migrator.model.inventory import Target
from migrator.multus import releases
from migrator.multus.images import parse_image, says_thin
from migrator.thick.form import Thick
from migrator.thick.rights import lacking_rights
from migrator.trees import pods
from migrator.trees.dig import mapping, string
from migrator.trees.variables import has_variables

_WRITTEN: Final = ("/host/run", "/hostroot", "/run/k8s.cni.cncf.io", "/var/run/k8s.cni.cncf.io")
_CNI_DIR: Final = "/var/lib/cni/multus"


def is_complete(
    form: Thick, target: Target, *, needs_conf_dir: bool, documents: Sequence[Document]
) -> bool:
    """A thick install of the target release (or a later one) with all that the release needs.

    An image tag alone is not enough: a v4.2 image in a v4.0 manifest fails every pod (P06).
    ``needs_conf_dir``: some NAD is looked up in the conf dir, so that it has to be mounted.
    """
    install = form.install
    if install.mode != "thick" or target.image:
        return False
    if install.release > target.release:
        return True
    same = install.release == target.release
    if install.confidence == "likely":
        same = releases.manifest_of(install.release) == releases.manifest_of(target.release)
    return same and not missing_parts(
        form, target, needs_conf_dir=needs_conf_dir, documents=documents
    )


def missing_parts(
    form: Thick, target: Target, *, needs_conf_dir: bool, documents: Sequence[Document]
) -> tuple[str, ...]:
    """What a running thick manifest lacks of the release's needs (not of the hardening).

    Hardening is what a daemon runs without, as upstream's own manifests of the release do: memory
    and CPU (S09), priorityClassName, grace period, terminationMessagePolicy (S10), install_multus
    in place of cp (S05), thin mode's idle mounts (S06). It comes with a move; to ask for a rollout
    of a daemon that works because of it would be the greater risk, so it stays a finding. A thick
    install without an init container for the shim has it from elsewhere, as it runs today.
    v4.0.x looks plugins up in the chroot and has no informers: no bin dir, no node name.
    """
    informers = releases.INFORMERS.holds(target.release)
    pod = pods.pod_spec(form.install.daemonset.data)
    container = pods.container(pod, form.install.container)
    lacking = []
    own = {pods.clean(str(m.get("mountPath"))): m for m in pods.items(container, "volumeMounts")}
    conf_dir = form.config.get("confDir")
    for mount in form.pod["containers"][0]["volumeMounts"]:
        if mount["mountPath"] == conf_dir and not needs_conf_dir:
            continue
        if mount["mountPath"] in (*form.translation.bin_dirs, "/var/lib/kubelet") and not informers:
            continue
        present = own.get(pods.clean(mount["mountPath"]))
        spread = mount.get("mountPropagation")
        if present is None:
            lacking.append(f"mount {mount['mountPath']}")
        elif spread and present.get("mountPropagation") not in (spread, "Bidirectional"):
            lacking.append(f"propagation of {mount['mountPath']}")
        elif present.get("readOnly") is True and is_written(form, mount["mountPath"]):
            lacking.append(f"writable {mount['mountPath']}")
    if informers and not any(
        e.get("name") == "MULTUS_NODE_NAME" for e in pods.items(container, "env")
    ):
        lacking.append("env MULTUS_NODE_NAME")
    config = form.install.daemon_config
    if informers and config is not None and config.data.get("multusConfigFile", "auto") != "auto":
        lacking.append("multusConfigFile auto")
    shims = {c.get("image") for c in pods.items(pod, "initContainers") if _installs(c, form)}
    if shims - {container.get("image")}:
        lacking.append("one image for shim and daemon")
    if any(map(_is_thin, {*shims, container.get("image")})):
        lacking.append("thick image")
    if any(_installs(c, form) and not installs_shim(c) for c in pods.items(pod, "initContainers")):
        lacking.append("installer of multus-shim")
    if not pod.get("hostNetwork") or not pod.get("hostPID"):
        lacking.append("hostNetwork and hostPID")
    if mapping(container, "securityContext").get("privileged") is not True:
        lacking.append("privileged")
    if token_refused(form.install, documents)[1]:
        lacking.append("ServiceAccount token")
    if lacking_rights(form.install, target.release):
        lacking.append("rights of the ClusterRole")
    return tuple(lacking)


def is_written(form: Thick, mount_path: str) -> bool:
    """Whether the daemon, or a plugin in its chroot, writes below a mount: 00-multus.conf, the socket, what
    it keeps of its delegates, device information, and whatever a plugin keeps on the host."""
    point = pods.clean(mount_path)
    return point in (form.install.paths.cni_conf_mount, *_WRITTEN) or point == pods.clean(
        string(form.config, "cniDir") or _CNI_DIR
    )


def _is_thin(image: object) -> bool:
    """Whether an image is known to hold no multus-daemon, nor a shell for cp. Its release says nothing of that."""
    parsed = parse_image(str(image or ""))
    return not has_variables(parsed.tag) and says_thin(parsed)


def _installs(container: Any, form: Thick) -> bool:
    return bool(form.install.installer) and container.get("name") == form.install.installer
