"""P43: a taint keeps the pods of a DaemonSet off a node, unless they tolerate it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.checks import drain
from tests.builders import POD, daemonset, intent

TOLERANT = daemonset(pod=f"{POD}tolerations: [{{operator: Exists, effect: NoExecute}}]\n")
NETWORKS = {"k8s.v1.cni.cncf.io/networks": "lan"}


def probe(name: str = "probe", **pod: Any) -> str:
    template = {"metadata": {"annotations": NETWORKS}, "spec": {"containers": [], **pod}}
    return json.dumps(
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": name, "namespace": "apps"},
            "spec": {"template": template},
        }
    )


@pytest.mark.parametrize(
    ("toleration", "stays"),
    [
        ({"operator": "Exists"}, True),
        ({"operator": "Exists", "effect": "NoExecute"}, True),
        ({"operator": "Exists", "key": ""}, True),
        ({"operator": "Exists", "effect": "NoSchedule"}, False),
        ({"operator": "Exists", "tolerationSeconds": 60}, False),
        ({"operator": "Exists", "key": "node-role.kubernetes.io/control-plane"}, False),
        ({"key": "a", "value": "b"}, False),
        (None, False),
    ],
)
def test_a_daemonset_that_tolerates_every_taint_needs_a_label(
    toleration: dict[str, Any] | None, *, stays: bool
) -> None:
    (finding,) = drain.findings(intent(TOLERANT, probe(tolerations=[toleration])))
    assert ("DaemonSet apps/probe tolerates every taint" in finding.remedy) == stays
    assert "with a NoExecute taint" in finding.remedy


def test_no_taint_that_multus_itself_does_not_tolerate() -> None:
    """v3.8 and older tolerate NoSchedule alone: the daemon would go before the networks do."""
    old = daemonset(pod=f"{POD}tolerations: [{{operator: Exists, effect: NoSchedule}}]\n")
    (finding,) = drain.findings(intent(old, probe()))
    assert "with a NoExecute taint" not in finding.remedy
    assert "have its nodeSelector ask for a label, and remove that from the node" in finding.remedy


def test_each_daemonset_is_named_once_with_the_others() -> None:
    (finding,) = drain.findings(intent(daemonset(), probe("b"), probe("a"), probe("b")))
    assert finding.seen.endswith(": DaemonSet apps/a, DaemonSet apps/b")
    assert (finding.severity, finding.manual) == ("warning", True)
