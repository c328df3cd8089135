"""P44: one DaemonSet for each architecture, and only one of them in the inputs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from migrator.checks.common import finding
from migrator.model.plan import Finding, Rule
from migrator.multus import releases
from migrator.thick.intent import Intent

RULE = Rule(
    id="P44",
    title="One DaemonSet per architecture",
    why="v3.3 to v3.7 had one for each: if only some of them move, the others stay "
    "thin, and a DaemonSet with a new name would fight with them over "
    "00-multus.conf",
    reference="images/multus-daemonset.yml v3.3 to v3.7.1",
    handling="Each DaemonSet becomes thick in place, with its nodeSelector (S02, S03, S04).",
    severity="warning",
)
RULES = (RULE,)

_ARCH = re.compile(r"-(amd64|arm64v8|arm64|ppc64le|s390x|arm)$")


def findings(intent: Intent) -> Iterable[Finding]:
    """v3.1 and v3.2 had amd64 alone (and extensions/v1beta1): nothing is missing there."""
    named = [i for i in intent.inventory.installs if _ARCH.search(i.daemonset.ref.name)]
    if len(named) != 1 or not releases.ALL_ARCHITECTURES.holds(named[0].release):
        return
    if named[0].daemonset.api_version == "extensions/v1beta1":
        return
    name = named[0].daemonset.ref.name
    yield finding(
        RULE,
        document=named[0].daemonset,
        seen=f"{name}, and none for another architecture",
        remedy="kubectl get daemonsets -A | grep multus; add the manifests of all that it "
        "lists, so that they move together",
    )
