"""P65: containers beside Multus that take its config away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrator.checks.common import finding, pod_of
from migrator.model.inventory import Install
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent
from migrator.trees import pods

RULE = Rule(
    id="P65",
    title="A container of the DaemonSet removes Multus's config",
    why="the daemon writes 00-multus.conf once, when it starts, and does not notice "
    "when it is removed: until it writes the file again, pods start with the "
    "primary network alone, without an error",
    reference="pkg/server/config/manager.go, which watches the primary CNI's file only; "
    "multus-cni#1089",
    handling="The container is yours, and is left unchanged with its mounts.",
    severity="warning",
    when="before the rollout",
)
RULES = (RULE,)

_REMOVES = re.compile(r"(^|[\s;&|(/])(rm|mv|unlink|truncate|shred)\s|\s-delete\b")


def findings(intent: Intent) -> Iterable[Finding]:
    for install in intent.inventory.installs:
        yield from _of_install(install)


def _of_install(install: Install) -> Iterator[Finding]:
    pod = pod_of(install)
    for field, index, container in pods.containers(pod):
        name = str(container.get("name"))
        if name in (install.container, install.installer) or not _removes(install, pod, container):
            continue
        init = field == "initContainers"
        yield finding(
            RULE,
            document=install.daemonset,
            source=install.daemonset.at((*pods.TEMPLATE, field, index)),
            seen=f"{'init container' if init else 'container'} {name}: {_line(container)}",
            remedy=(
                f"remove {name}: the daemon writes the file anew at each start, and from "
                "v4.1.0 on removes it when it stops"
            )
            if init
            else f"remove {name}, or make sure that it leaves 00-multus.conf alone",
            manual=True,
        )


def _line(container: Mapping[str, Any]) -> str:
    return " ".join([*pods.words(container, "command"), *pods.words(container, "args")])


def _removes(install: Install, pod: Mapping[str, Any], container: Mapping[str, Any]) -> bool:
    """Whether it calls what removes or moves files, with Multus's config file or with all files of
    the runtime's directory among its words."""
    line = _line(container)
    if not _REMOVES.search(line):
        return False
    for mount in pods.items(container, "volumeMounts"):
        inside = pods.clean(str(mount.get("mountPath")))
        host = pods.on_host(pod, container, inside)
        rest = pods.below(install.paths.cni_conf_dir, host) if host else None
        if rest is None:
            continue
        directory = re.escape(f"{inside}/{rest}".rstrip("/"))
        if re.search(rf"{directory}(/+(00-multus|\*)|/*([\s;&|\"')]|$))", line):
            return True
    return False
