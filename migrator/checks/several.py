"""P46: two Multus DaemonSets on one node write the same 00-multus.conf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from migrator.checks.common import finding
from migrator.model.inventory import Install, State
from migrator.model.plan import Finding, Rule
from migrator.trees import pods
from migrator.trees.dig import mapping

RULE = Rule(
    id="P46",
    title="Two Multus DaemonSets run on the same nodes",
    why="both install their binary and both write 00-multus.conf: which one wins is a "
    "matter of timing",
    reference="pkg/server/config/manager.go",
    handling="Name and namespace are unchanged, so the DaemonSet is updated in place. Two "
    "installs on one node block the plan.",
    severity="blocker",
)
RULES = (RULE,)

_ARCH = ("kubernetes.io/arch", "beta.kubernetes.io/arch")


def findings(state: State) -> Iterable[Finding]:
    """Pairs of installs whose nodeSelectors can meet (those of other architectures cannot)."""
    for one, other in combinations(state.inventory.installs, 2):
        if not _disjoint(_selector(one), _selector(other)):
            yield finding(
                RULE,
                document=other.daemonset,
                seen=f"{one.daemonset.ref} ({one.mode} v{one.release}, {one.daemonset.source}) and "
                f"{other.daemonset.ref} ({other.mode} v{other.release}, {other.daemonset.source})",
                remedy="plan the one that runs in the cluster; delete the other first if both do",
                manual=True,
            )


def _selector(install: Install) -> dict[str, str]:
    pod = pods.pod_spec(install.daemonset.data)
    selector = mapping(pod, "nodeSelector")
    labels = {str(k): str(v) for k, v in selector.items()}
    for name in _ARCH:
        if name in labels:
            labels["arch"] = labels.pop(name)
    return labels


def _disjoint(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(key in other and other[key] != value for key, value in one.items())
