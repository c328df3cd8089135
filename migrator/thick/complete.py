"""Whether a thick install already is what the target needs: then nothing is planned for it."""

from __future__ import annotations

from typing import Any

from migrator.model.inventory import Target
from migrator.multus import releases
from migrator.thick.form import Thick
from migrator.trees import pods


def is_complete(form: Thick, target: Target, *, needs_conf_dir: bool) -> bool:
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
    return same and not missing_parts(form, target, needs_conf_dir=needs_conf_dir)


def missing_parts(form: Thick, target: Target, *, needs_conf_dir: bool) -> tuple[str, ...]:
    """What a running thick manifest lacks of the release's needs (not of the hardening).

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
    if not pod.get("hostNetwork") or not pod.get("hostPID"):
        lacking.append("hostNetwork and hostPID")
    return tuple(lacking)


def _installs(container: Any, form: Thick) -> bool:
    return bool(form.install.installer) and container.get("name") == form.install.installer
