"""P92: a flag of thin Multus names a directory that its container does not have of the node."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import finding, main_of, pod_of
from migrator.model.inventory import Flag, Install
from migrator.model.plan import Finding, Rule
from migrator.multus.flags import is_true
from migrator.thick.intent import Intent
from migrator.trees import pods

RULE = Rule(
    id="P92",
    title="A flag names a directory that is not mounted",
    why="what thin Multus wrote there stayed in its container, and what it looked for "
    "there was not the node's: this may not be the manifest that runs on the nodes "
    "today",
    reference="images/entrypoint.sh v3, cmd/thin_entrypoint v4",
    handling="The node's usual directory is mounted at that path (S06).",
    severity="warning",
)
RULES = (RULE,)

_DIRECTORIES = ("cni-conf-dir", "cni-config-dir", "multus-autoconfig-dir", "cni-bin-dir")


def findings(intent: Intent) -> Iterable[Finding]:
    """One for each directory of a thin install that moves."""
    for form in intent.moving:
        install = form.install
        if install.mode == "thick":
            continue
        told: set[str] = set()
        for flag in install.flags:
            path = pods.clean(flag.value)
            if path in told or not _is_lost(flag, install):
                continue
            told.add(path)
            yield finding(
                RULE,
                document=install.daemonset,
                source=flag.source,
                seen=f"{flag.raw}, and the container {install.container} has no hostPath volume at "
                f"{path}",
                remedy="check on a node what Multus runs there, and give the manifest that is "
                "applied, or correct the flag; then plan again",
            )


def _is_lost(flag: Flag, install: Install) -> bool:
    if flag.name not in _DIRECTORIES or not flag.value.startswith("/"):
        return False
    if flag.name == "cni-bin-dir" and _copies_nothing(install):
        return False
    return not pods.on_host(pod_of(install), main_of(install), flag.value)


def _copies_nothing(install: Install) -> bool:
    """The entrypoint copies the binary, unless it is told not to; also beside an init container."""
    return any(
        flag.name == "skip-multus-binary-copy"
        and is_true(install.entrypoint, flag.name, flag.value)
        for flag in install.flags
    )
