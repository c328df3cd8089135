"""runbook.md: what manifests cannot do, in the order in which to do it.

This module collects what the plan says about each DaemonSet and its nodes; templates/report/
runbook.md.j2 says what to do with it, and leaves out what does not apply.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from migrator.inventory.leftovers import Leftover, When, leftovers
from migrator.kustomize import smoke
from migrator.model.inputs import MISSING, ObjectRef
from migrator.model.inventory import HostPaths, Install, Neighbour
from migrator.model.plan import Plan, Planned
from migrator.multus import nodefile, releases
from migrator.multus.flags import is_true
from migrator.report import environment
from migrator.report.summary import summarise
from migrator.report.writer import ALONE, Context
from migrator.trees import pods
from migrator.trees.dig import mapping, string
from migrator.trees.embedded import json_map

_NAD: Final = "NetworkAttachmentDefinition"
_DAEMON_CONFIG: Final = "/etc/cni/net.d/multus.d/daemon-config.json"


class Rollout(Struct, frozen=True, kw_only=True):
    """One DaemonSet that changes. ``*_dir`` are host directories, ``*_mount`` where the daemon
    sees them; what thin mode left on the nodes is "" or False where it did not. ``removes`` is
    the copied config as a path that root may remove, and ``plain`` whether the directories may
    stand in a command at all (see ``multus/nodefile.py``)."""

    name: str
    namespace: str
    selector: str
    container: str
    thin: bool
    image: str
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
    drops_args: bool


class Places(Struct, frozen=True, kw_only=True):
    """Directories of the nodes that one or more of the DaemonSets work on."""

    cni_dir: str
    bin_dir: str
    conf_dir: str
    primary: str


def render(plan: Plan, context: Context = ALONE) -> str:
    """The runbook as Markdown. Commands hold the paths and names of this plan, quoted."""
    page = environment.markdown().get_template("runbook.md.j2")
    rollouts = [_rollout(plan, i) for i in plan.before.inventory.installs if _changes(plan, i)]
    values: dict[str, Any] = {
        "s": summarise(plan),
        "rollouts": rollouts,
        "running": _distinct_pods(rollouts),
        "places": _distinct([_places(r) for r in rollouts if r.plain]),
        "by_hand": _by_hand(rollouts),
        "images": _distinct([r.image for r in rollouts]),
        "stops_cleanly": releases.STOPS_CLEANLY.holds(plan.target.release),
        "saved": _by_namespace(plan),
        "networks": sum(p.ref.kind == _NAD for p in plan.changed),
        "created": [p.ref for p in plan.changed if p.document is None],
        "crd": any(p.ref.kind == "CustomResourceDefinition" for p in plan.objects),
        "cilium": _cilium(plan.before.inventory.neighbours),
        "unused": _unused(plan),
        "gitops": _gitops(plan),
        "before": _leftovers(plan, When.BEFORE),
        "after": [
            left
            for left in _leftovers(plan, When.DAEMON_RUNS)
            if not any(
                r.copied_config == posixpath.basename(left.path) and not r.primary for r in rollouts
            )
        ],
        "smoke": f"{smoke.FOLDER}/" if _has_pods(context) else "",
    }
    return environment.squeezed(page.render(**values))


def _has_pods(context: Context) -> bool:
    return any(path.startswith(f"{smoke.FOLDER}/") for path in context.files)


def _leftovers(plan: Plan, when: When) -> list[Leftover]:
    """Files that were found on nodes and have to go, or to be put back, at this point."""
    return [left for left in leftovers(plan.before.inventory) if left.when is when]


def _changes(plan: Plan, install: Install) -> bool:
    return any(p.ref == install.daemonset.ref for p in plan.changed)


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
        selector=_selector(planned.desired),
        container=install.container,
        thin=install.mode == "thin",
        image=str(container.get("image", "")),
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
        drops_args=any(c.path[-1:] == ("args",) and c.after is MISSING for c in planned.changes),
    )


def _named(paths: HostPaths) -> tuple[str, ...]:
    return paths.cni_conf_dir, paths.cni_conf_mount, paths.bin_dir


def _removes(path: str, directory: str) -> str:
    return path if nodefile.may_go(path, (directory,)) else ""


def _by_hand(rollouts: Sequence[Rollout]) -> list[str]:
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
    return _distinct(found)


def _renames(install: Install) -> bool:
    values = [flag.value for flag in install.flags if flag.name == "rename-conf-file"]
    if not values or install.entrypoint not in ("shell", "pflag"):
        return False
    return is_true(install.entrypoint, "rename-conf-file", values[-1])


def _selector(daemonset: Mapping[str, Any]) -> str:
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


def _places(rollout: Rollout) -> Places:
    return Places(
        cni_dir=rollout.cni_dir,
        bin_dir=rollout.bin_dir,
        conf_dir=rollout.conf_dir,
        primary=rollout.primary,
    )


def _distinct(items: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(items))


def _distinct_pods(rollouts: Sequence[Rollout]) -> list[Rollout]:
    """One DaemonSet of those whose pods a command cannot tell apart: v3's ones for each
    architecture share their labels."""
    found: dict[tuple[str, ...], Rollout] = {}
    for r in rollouts:
        found.setdefault((r.namespace, r.selector, r.container, r.cni_mount, r.bin_dir), r)
    return list(found.values())


def _by_namespace(plan: Plan) -> dict[str, list[ObjectRef]]:
    """The objects that are in the cluster today, without NADs, which are saved all together."""
    saved: dict[str, list[ObjectRef]] = {}
    for planned in plan.objects:
        if planned.document is not None and planned.ref.kind != _NAD:
            saved.setdefault(planned.ref.namespace, []).append(planned.ref)
    return saved


def _cilium(neighbours: Sequence[Neighbour]) -> Neighbour | None:
    """Cilium, where it does not say that it leaves other CNI files alone (P49)."""
    found = [n for n in neighbours if n.kind == "cilium" and n.document is not None]
    if any(n.says("exclusive") is False for n in found):
        return None
    return found[0] if found else None


def _unused(plan: Plan) -> list[ObjectRef]:
    """ConfigMaps of the thin install that the migrated DaemonSets do not mount any more."""
    dropped = {
        str((c.before.get("configMap") or {}).get("name"))
        for planned in plan.changed
        for c in planned.changes
        if c.after is MISSING and isinstance(c.before, Mapping)
    }
    return [p.ref for p in plan.objects if p.ref.kind == "ConfigMap" and p.ref.name in dropped]


def _gitops(plan: Plan) -> list[ObjectRef]:
    """Objects of Argo CD and Flux that the inputs hold."""
    groups = ("argoproj.io", "kustomize.toolkit.fluxcd.io")
    kinds = ("Application", "ApplicationSet", "Kustomization")
    return [
        document.ref
        for document in plan.before.inventory.reading.documents
        if document.ref.group in groups and document.ref.kind in kinds
    ]
