"""Gives the daemon the host directories it works on, and takes thin mode's mounts away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.model.inputs import MISSING, ItemKey
from migrator.model.plan import Change, Rule
from migrator.multus.defaults import CONF_DIR
from migrator.steps.common import POD, change, main_path
from migrator.thick.complete import is_written
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.trees import pods
from migrator.trees.paths import get

RULE = Rule(
    id="S06",
    title="Mount what the daemon reads, and drop thin mode's mounts",
    why="the daemon works inside its container, so what it uses on the node must be "
    "mounted: the CNI directory, network namespaces, the kubelet's sockets, the "
    "root directory for the chroot, and each plugin directory at its own path "
    "(P06, P09, P41, P52)",
    reference="deployments/multus-daemonset-thick.yml v4.0.0 to v4.3.0",
)

CONF_DIR_VOLUMES = ("multus-conf-dir", "multus-conf-files")
_LOGS = "multus-log-dir"

REASONS = {
    "cni": "00-multus.conf and the primary CNI's file are here",
    "multus-autoconfig-dir": "the primary CNI's file is here",
    "cnibin": "plugins are looked up here and run in the chroot: one path for both (P06)",
    "multus-plugin-dir": "the second directory of plugins, at the same path (P07)",
    "multus-plugin-targets": "plugins are links into this tree, looked up in the container (P75)",
    "host-run": "the daemon's socket, through which the shim reaches it",
    "host-var-lib-cni-multus": "delegates of running pods: without them DEL leaks addresses (P41)",
    "host-var-lib-kubelet": "the kubelet's pod-resources socket, for device plugins (P52)",
    "host-run-k8s-cni-cncf-io": "device information for SR-IOV and others (P52)",
    "host-run-netns": "the daemon opens the network namespace of each pod, of later ones too (P09)",
    "multus-daemon-config": "daemon-config.json",
    "hostroot": "plugins run in this chroot, so host paths in CNI configs stay valid (P22)",
    "multus-log-dir": "logFile stays on the host (P17)",
}


def changes(intent: Intent) -> Iterable[Change]:
    """Volumes and mounts of the main container; the conf dir has a step of its own."""
    for form in intent.moving:
        yield from _added(form)
        yield from _dropped(form)


def canonical(form: Thick, volume: str) -> str:
    """The blueprint's name of a volume that may carry the source's own name."""
    source = pods.volume(form.pod, volume)
    path = pods.host_path(source)
    conf_dir = form.install.paths.conf_dir or CONF_DIR
    by_path = {
        form.install.paths.cni_conf_dir: "cni",
        "/run": "host-run",
        "/": "hostroot",
        **dict.fromkeys(form.translation.bin_dirs, "cnibin"),
    }
    if path == conf_dir and path not in by_path:
        return CONF_DIR_VOLUMES[0]
    name = volume.removesuffix("-thick")
    bare = name.rstrip("0123456789")  # the second of its kind (multus-plugin-targets1)
    return by_path.get(path, bare if bare in REASONS else name)


def _added(form: Thick) -> Iterable[Change]:
    document = form.install.daemonset
    for volume in form.pod["volumes"]:
        name = canonical(form, volume["name"])
        if name not in CONF_DIR_VOLUMES:
            path = (*POD, "volumes", ItemKey("name", volume["name"]))
            if get(document.data, path) is MISSING:
                reason = REASONS.get(name, name)
                yield from change(document, path, volume, reason, RULE, hardening=name == _LOGS)
    for mount in form.pod["containers"][0]["volumeMounts"]:
        name = canonical(form, mount["name"])
        if name not in CONF_DIR_VOLUMES:
            reason = REASONS.get(name, name)
            yield from add_mount(form, mount, reason, RULE, hardening=name == _LOGS)


def add_mount(
    form: Thick, mount: Mapping[str, Any], reason: str, rule: Rule, *, hardening: bool = False
) -> Iterable[Change]:
    """The mount, or only what an existing mount of the same path lacks."""
    document = form.install.daemonset
    path = (
        *main_path(form.install),
        "volumeMounts",
        ItemKey("mountPath", mount["mountPath"]),
    )
    present = get(document.data, path)
    if present is MISSING or present.get("name") != mount["name"]:
        yield from change(document, path, mount, reason, rule, hardening=hardening)
        return
    spread = mount.get("mountPropagation")
    if spread and present.get("mountPropagation") not in (spread, "Bidirectional"):
        at = (*path, "mountPropagation")
        yield from change(document, at, spread, reason, rule, hardening=hardening)
    if present.get("readOnly") is True and not mount.get("readOnly"):
        at = (*path, "readOnly")
        works = hardening or not is_written(form, mount["mountPath"])
        yield from change(document, at, MISSING, reason, rule, hardening=works)


def _dropped(form: Thick) -> Iterable[Change]:
    document = form.install.daemonset
    pod = pods.pod_spec(document.data)
    wanted = {pods.clean(m["mountPath"]) for m in form.pod["containers"][0]["volumeMounts"]}
    gone: set[str] = set()
    path = (*main_path(form.install), "volumeMounts")
    container = get(document.data, main_path(form.install))
    for mount in pods.items(container, "volumeMounts"):
        reason = _thin_only(form, pod, mount)
        if reason and pods.clean(str(mount["mountPath"])) not in wanted:
            key = ItemKey("mountPath", str(mount["mountPath"]))
            yield from change(document, (*path, key), MISSING, reason, RULE, hardening=True)
            gone.add(str(mount.get("name")))
    yield from _unused_volumes(form, pod, gone)


def _thin_only(form: Thick, pod: Mapping[str, Any], mount: Mapping[str, Any]) -> str:
    """Why a mount served the thin entrypoint alone ("" for every mount of the user)."""
    install = form.install
    point = pods.clean(str(mount.get("mountPath", "")))
    source = pods.volume(pod, str(mount.get("name", "")))
    host = pods.host_path(source)
    if host and host == install.paths.bin_dir:
        return "the shim is installed by the init container, and plugins are read at their own path"
    if install.mode == "thick":
        return ""
    if "configMap" in source and _holds_config(install.config_file, point, source):
        return "the Multus config is in daemon-config.json now"
    crio = install.paths.bin_dir == "/usr/libexec/cni" or any(
        flag.name == "restart-crio" for flag in install.flags
    )
    if host == "/run" and point == "/run" and crio:
        return "it was there to restart CRI-O; the daemon has /run at /host/run"
    if host and point == "/var/run":
        return (
            "a link to /run: it would hide the daemon's own mounts there; /host/run has all of it"
        )
    return ""


def _holds_config(config_file: str, point: str, source: Mapping[str, Any]) -> bool:
    if pods.below(config_file, point) is not None:
        return True
    return point == "/tmp/multus-conf" or (source["configMap"] or {}).get("name") == (  # noqa: S108
        "multus-cni-config"
    )


def _unused_volumes(form: Thick, pod: Mapping[str, Any], gone: set[str]) -> Iterable[Change]:
    """Volumes that only dropped mounts used, and v3.1's ConfigMap volume that nothing mounted."""
    document = form.install.daemonset
    used = {v["name"] for v in form.pod["volumes"]}
    for _, _, container in pods.containers(pod):
        is_main = container.get("name") == form.install.container
        for mount in pods.items(container, "volumeMounts"):
            if not (is_main and _thin_only(form, pod, mount)):
                used.add(str(mount.get("name")))
    for volume in pods.items(pod, "volumes"):
        name = str(volume.get("name"))
        never = (volume.get("configMap") or {}).get("name") == "multus-cni-config"
        if name not in used and (name in gone or (never and form.install.mode == "thin")):
            path = (*POD, "volumes", ItemKey("name", name))
            reason = "nothing mounts it any more"
            yield from change(document, path, MISSING, reason, RULE, hardening=True)
