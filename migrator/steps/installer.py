"""Installs multus-shim on the node before the daemon starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.inventory.installer import further_installers, installs_shim, other_work
from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.model.plan import Change, Rule
from migrator.steps.common import change, container_path
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.trees import pods
from migrator.trees.paths import get

RULE = Rule(
    id="S05",
    title="Install multus-shim with install_multus",
    why="the container runtime calls multus-shim; cp over a running binary fails with "
    "'Text file busy' (P25), and args left over from thin mode would install the "
    "thin binary",
    reference="cmd/install_multus/main.go v4.0.0 to v4.3.0; multus-cni#1221",
)


def changes(intent: Intent) -> Iterable[Change]:
    """The installing init container: command, args, mount; a new one where there was none. Further
    ones, and v3.9's generate-kubeconfig, which v4 images do not hold, are removed."""
    for form in intent.moving:
        document, install = form.install.daemonset, form.install
        wanted = form.pod["initContainers"][0]
        path = container_path("initContainers", str(wanted["name"]))
        there = get(document.data, path)
        runs = install.mode == "thick" and (not install.installer or installs_shim(there))
        if not install.installer:
            reason = (
                "thin mode copied its binary from the main container; the shim must be there first"
            )
            new = {**wanted, "image": form.image or wanted["image"]}
            policy = _main(form).get("imagePullPolicy")
            if policy:
                new["imagePullPolicy"] = policy
            yield from change(document, path, new, reason, RULE, hardening=runs)
        else:
            reason = "renames over a running binary, where cp fails; installs the shim"
            command = (*path, "command")
            yield from change(document, command, wanted["command"], reason, RULE, hardening=runs)
            reason = "--type thin would install the thin binary: the last value wins"
            yield from change(document, (*path, "args"), MISSING, reason, RULE, hardening=runs)
            yield from _mount(form, path, wanted["volumeMounts"][0], hardening=runs)
            reason = "a failed installation shows why"
            yield from change(
                document,
                (*path, "terminationMessagePolicy"),
                wanted["terminationMessagePolicy"],
                reason,
                RULE,
                hardening=True,
            )
        yield from _removed(form)


def _main(form: Thick) -> Mapping[str, Any]:
    return pods.container(pods.pod_spec(form.install.daemonset.data), form.install.container)


def _mount(
    form: Thick, path: Path, mount: Mapping[str, Any], *, hardening: bool
) -> Iterable[Change]:
    """The mount that the shim is written through; a user's own mount at that path stays.
    Kubernetes takes Bidirectional from privileged containers only."""
    document = form.install.daemonset
    if get(document.data, (*path, "securityContext", "privileged")) is not True:
        mount = {name: value for name, value in mount.items() if name != "mountPropagation"}
    key = ItemKey("mountPath", mount["mountPath"])
    container = get(document.data, path)
    present = [pods.clean(str(m.get("mountPath"))) for m in pods.items(container, "volumeMounts")]
    reason = "the shim is written to the host through this mount"
    if mount["mountPath"] not in present:
        at = (*path, "volumeMounts", key)
        yield from change(document, at, mount, reason, RULE, hardening=hardening)


def _removed(form: Thick) -> Iterable[Change]:
    document = form.install.daemonset
    for container in pods.items(pods.pod_spec(document.data), "initContainers"):
        words = pods.words(container, "command")
        if words and words[0].rsplit("/", 1)[-1] == "generate-kubeconfig":
            path = container_path("initContainers", str(container["name"]))
            reason = "v4 images do not hold generate-kubeconfig, and the daemon needs no kubeconfig"
            yield from change(document, path, MISSING, reason, RULE)
    pod = pods.pod_spec(document.data)
    for name in further_installers(pod):
        if not other_work(pods.container(pod, name, "initContainers")):
            reason = (
                "a second installer would overwrite what the first one installs, with the thin "
                "binary or another shim"
            )
            path = container_path("initContainers", name)
            yield from change(document, path, MISSING, reason, RULE)
