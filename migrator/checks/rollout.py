"""P26, P27, P31, P57: what happens while daemons start, stop and take over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrator.checks.common import finding
from migrator.checks.daemon_config import LIMIT
from migrator.model.inventory import Install, NetworkAttachment
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus.flags import is_true
from migrator.thick.intent import Intent
from migrator.trees.dig import maps

RESTART = Rule(
    id="P26",
    title="Pods that start while the daemon is down lack their networks",
    why="on SIGTERM the daemon of v4.1.0 and later removes 00-multus.conf, and until "
    "the next daemon runs, the container runtime uses the primary CNI alone: pods "
    "start without net1, and without an error",
    reference="multus-cni#1527, #1468, #1387, PR#1391, PR#1469, PR#1550",
    since=Release(4, 1, 0),
    handling="The runbook rolls out node by node and says what to do at later restarts; verify "
    "--pods lists the pods that lost a network.",
    severity="info",
    lasting=True,
    when="after the rollout",
)
REBOOT = Rule(
    id="P27",
    title="After a reboot, pods may start before the daemon",
    why="thin Multus left 00-multus.conf in place; the daemon removes it when the node "
    "goes down, so pods that start before the daemon is back have only the primary "
    "network",
    reference="multus-cni#1387, #1361; rke2#4146, #10360",
    since=Release(4, 1, 0),
    handling="Reported where thin Multus left its file in place, as it does by default; the runbook "
    "has the steps.",
    severity="info",
    lasting=True,
    when="after the rollout",
)
CALICO = Rule(
    id="P57",
    title="Calico tests Multus in thin mode only",
    why="its maintainers were quoted in 2023 as supporting thin Multus only; the "
    "failure that was reported with thick mode was a missing mount of the plugin "
    "directory (P06)",
    reference="calico#8138",
    handling="Reported, never blocked.",
    severity="info",
)
RULES = (RESTART, REBOOT, CALICO)


def findings(intent: Intent) -> Iterable[Finding]:
    """One finding each for the whole plan: they are about the rollout, not about one object."""
    moving = [install for install in intent.inventory.installs if install.mode == "thin"]
    if not intent.inventory.installs:
        return
    yield _restart(intent.inventory.installs[0])
    left = [install for install in moving if _file_stays(install)]
    if left:
        yield _reboot(left[0])
    if moving:
        yield finding(
            LIMIT,
            document=moving[0].daemonset,
            seen=f"target v{intent.target.release}",
            remedy="try it on one node first, or plan with --target 4.2.4",
        )
    calico = next((n for n in intent.inventory.neighbours if n.kind == "calico"), None)
    if moving and calico is not None:
        yield finding(
            CALICO,
            document=calico.document,
            source=calico.source,
            seen="Calico is the primary CNI, or one of the networks",
            remedy="nothing; try the migration on one node first, as always",
        )


def _restart(install: Install) -> Finding:
    return finding(
        RESTART,
        document=install.daemonset,
        seen="this holds for the rollout, for every later restart of the daemon and for "
        "every reboot",
        remedy="replace daemons on drained nodes; have nodes register with a startup taint "
        "that is removed when their daemon is ready; find the pods that lost a network "
        "with verify --pods, and delete them",
    )


def _file_stays(install: Install) -> bool:
    """Thin Multus removes its file only with --cleanup-config-on-exit."""
    return not any(
        flag.name == "cleanup-config-on-exit" and is_true(install.entrypoint, flag.name, flag.value)
        for flag in install.flags
    )


def _reboot(install: Install) -> Finding:
    return finding(
        REBOOT,
        document=install.daemonset,
        seen="thin Multus without --cleanup-config-on-exit=true left its file in place",
        remedy="drain a node before it reboots, and uncordon it when its daemon is ready; a primary "
        "CNI whose file lies where the runtime does not look (multusAutoconfigDir other than "
        "cniConfigDir) makes such pods wait instead",
    )


def plugins_of(nad: NetworkAttachment) -> Iterator[Mapping[str, Any]]:
    """Every map with a ``type`` in a NAD's config: plugins, chained ones, IPAM."""
    for _, node in maps(nad.data):
        if isinstance(node.get("type"), str):
            yield node
