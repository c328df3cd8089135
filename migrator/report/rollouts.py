"""The DaemonSets that a plan moves, as runbook.md and rollout.sh need to know them."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from migrator.checks.stages import without_stages
from migrator.kustomize.stage_files import moved_daemonsets
from migrator.model.inputs import ObjectRef
from migrator.model.inventory import HostPaths, Install
from migrator.model.plan import Plan, Planned
from migrator.multus import nodefile
from migrator.multus.flags import is_true
from migrator.thick.stages import STRATEGY, strategy_of
from migrator.trees import pods
from migrator.trees.dig import mapping, string
from migrator.trees.embedded import json_map

_DAEMON_CONFIG: Final = "/etc/cni/net.d/multus.d/daemon-config.json"


class Side(Struct, frozen=True, kw_only=True):
    """The Multus container before or after: ``limits`` are JSON."""

    image: str
    limits: str
    no_args: bool
    no_command: bool


class Rollout(Struct, frozen=True, kw_only=True):
    """One DaemonSet that changes. ``*_dir`` are host directories, ``*_mount`` where the daemon
    sees them; what thin mode left on the nodes is "" or False where it did not. ``removes`` is
    the copied config as a path that root may remove, and ``plain`` whether the directories may
    stand in a command at all (see ``multus/nodefile.py``). ``rolls`` says that its own update strategy replaces pods by itself, so
    that kubectl can wait for that, ``tolerates`` that a NoExecute taint does not evict it. ``release`` is the one that ran before."""

    name: str
    namespace: str
    selector: str
    container: str
    thin: bool
    release: str
    old: Side
    new: Side
    cni_dir: str
    cni_mount: str
    bin_dir: str
    conf_dir: str
    primary: str
    copied_config: str
    removes: str
    conflist: bool
    renames: bool
    restores: bool
    plain: bool
    new_selector: bool
    rolls: bool
    tolerates: bool


def rollouts(plan: Plan) -> list[Rollout]:
    """One for each DaemonSet of Multus whose pods the plan replaces, in the order of the installs: those
    that have stages. Of another, the strategy alone may change."""
    installs = {install.daemonset.ref: install for install in plan.before.inventory.installs}
    moved = {planned.ref for planned in moved_daemonsets(plan)}
    return [_rollout(plan, install) for ref, install in installs.items() if ref in moved]


def settled(plan: Plan) -> list[ObjectRef]:
    """The DaemonSets of Multus that get another update strategy and no other pods: stage two."""
    installs = [install.daemonset.ref for install in plan.before.inventory.installs]
    moved = {planned.ref for planned in moved_daemonsets(plan)}
    return [
        planned.ref
        for planned in plan.changed
        if planned.ref in installs
        and planned.ref not in moved
        and any(change.path == STRATEGY for change in planned.changes)
    ]


def unstaged(plan: Plan) -> list[str]:
    """The releases whose charts move a DaemonSet of the plan by the strategy that they render, which nothing
    can change to OnDelete (M30); [] where the rollout has its two stages."""
    reading = plan.before.inventory.reading
    moved = {planned.ref for planned in moved_daemonsets(plan)}
    found = (
        str(render.release)
        for install in plan.before.inventory.installs
        if install.daemonset.ref in moved and _rolls(install)
        for render in without_stages(reading, install)
    )
    return list(dict.fromkeys(found))


def by_hand(rollouts: Sequence[Rollout]) -> list[str]:
    """Paths that the rollout would remove, move or look into, and that no command may hold."""
    found: list[str] = []
    for r in rollouts:
        if r.copied_config and not r.removes:
            found.append(f"{r.cni_dir}/{r.copied_config}")
        if r.renames and not r.restores:
            found.append(f"{r.cni_dir}/*.old")
        if not r.plain:
            named = (r.cni_dir, r.cni_mount, r.bin_dir, r.conf_dir)
            found += (path for path in named if path and not nodefile.is_plain(path))
    return list(dict.fromkeys(found))


def _rolls(install: Install) -> bool:
    return (strategy_of(install.daemonset.data) or {}).get("type") == "RollingUpdate"


def _planned(plan: Plan, ref: ObjectRef) -> Planned:
    return next(planned for planned in plan.objects if planned.ref == ref)


def _rollout(plan: Plan, install: Install) -> Rollout:
    planned = _planned(plan, install.daemonset.ref)
    pod = pods.pod_spec(planned.desired)
    container = pods.container(pod, install.container)
    copied = posixpath.basename(install.config_file)
    paths = install.paths
    return Rollout(
        name=planned.ref.name,
        namespace=planned.ref.namespace,
        selector=selector_of(planned.desired),
        container=install.container,
        thin=install.mode == "thin",
        release=str(install.release),
        old=_side(pods.container(pods.pod_spec(install.daemonset.data), install.container)),
        new=_side(container),
        cni_dir=paths.cni_conf_dir,
        cni_mount=paths.cni_conf_mount,
        bin_dir=paths.bin_dir,
        conf_dir=paths.conf_dir,
        primary=_primary(plan, planned, pod, container),
        copied_config="" if copied == "00-multus.conf" else copied,
        removes=_removes(f"{paths.cni_conf_dir}/{copied}", paths.cni_conf_dir),
        conflist=install.entrypoint == "pflag" and not copied,
        renames=_renames(install),
        restores=_renames(install) and nodefile.is_cni_directory(paths.cni_conf_dir),
        plain=all(map(nodefile.is_plain, (*_named(paths), *filter(None, [paths.conf_dir])))),
        new_selector=any(change.path == ("spec", "selector") for change in planned.changes),
        rolls=_rolls(install),
        tolerates=pods.outlives_taints(pod),
    )


def _named(paths: HostPaths) -> tuple[str, ...]:
    return paths.cni_conf_dir, paths.cni_conf_mount, paths.bin_dir


def _side(container: Mapping[str, Any]) -> Side:
    return Side(
        image=str(container.get("image", "")),
        limits=json.dumps(
            mapping(container, "resources", "limits"), separators=(",", ":"), sort_keys=True
        ),
        no_args=not container.get("args"),
        no_command=not container.get("command"),
    )


def _removes(path: str, directory: str) -> str:
    return path if nodefile.may_go(path, (directory,)) else ""


def _renames(install: Install) -> bool:
    values = [flag.value for flag in install.flags if flag.name == "rename-conf-file"]
    if not values or install.entrypoint not in ("shell", "pflag"):
        return False
    return is_true(install.entrypoint, "rename-conf-file", values[-1])


def selector_of(daemonset: Mapping[str, Any]) -> str:
    """As ``kubectl -l`` takes it: the selector's labels, else those of the pods."""
    labels = mapping(daemonset, "spec", "selector", "matchLabels")
    labels = labels or mapping(daemonset, "spec", "template", "metadata", "labels")
    return ",".join(f"{key}={value}" for key, value in labels.items())


def _primary(
    plan: Plan, daemonset: Planned, pod: Mapping[str, Any], container: Mapping[str, Any]
) -> str:
    """The primary CNI's file that daemon-config.json names, "" where the daemon chooses."""
    found = pods.mount_at(container, _DAEMON_CONFIG)
    volume = pods.volume(pod, str(found[0].get("name", ""))) if found else {}
    name = string(volume, "configMap", "name")
    for planned in plan.objects:
        ref = planned.ref
        if (ref.kind, ref.namespace, ref.name) == ("ConfigMap", daemonset.ref.namespace, name):
            for text in mapping(planned.desired, "data").values():
                config = json_map(str(text))
                if "multusMasterCNI" in config:
                    return str(config["multusMasterCNI"])
    return ""
