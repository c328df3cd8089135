"""Pods that run without a network that they ask for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.inventory.running_pods import NETWORKS, STATUS, PodsReport, examine
from migrator.model.errors import MigratorError
from migrator.multus.releases import DEFAULT_TARGET
from migrator.report import proofs


def pod(
    networks: str | None = "lan", status: Any = None, phase: str = "Running", **spec: Any
) -> dict[str, Any]:
    annotations = {} if networks is None else {NETWORKS: networks}
    if status is not None:
        annotations[STATUS[0]] = json.dumps(status)
    return {
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "app", "annotations": annotations},
        "spec": {"nodeName": "n1", **spec},
        "status": {"phase": phase},
    }


def report(*pods: dict[str, Any]) -> PodsReport:
    return examine(json.dumps({"kind": "List", "items": list(pods)}), "pods.json", DEFAULT_TARGET)


PRIMARY = {"name": "k8s-pod-network", "default": True}


@pytest.mark.parametrize(
    "one",
    [
        pod(status=[PRIMARY, {"name": "app/lan"}]),
        pod("edge/lan@up0", [PRIMARY, {"name": "edge/lan"}]),
        pod(None),
        pod(phase="Pending"),
        pod(phase="Succeeded"),
        pod(hostNetwork=True),
    ],
    ids=[
        "attached",
        "of another namespace",
        "asks for none",
        "not started",
        "ended",
        "host's network",
    ],
)
def test_nothing_is_said_of(one: dict[str, Any]) -> None:
    assert report(one).lacking == ()


def test_no_status_at_all_is_the_silent_failure() -> None:
    (lacking,) = report(pod("lan, edge/wan")).silent
    assert lacking.networks == ("app/lan", "edge/wan")
    assert lacking.reason == "no network-status"


def test_a_mesh_network_that_is_not_listed_is_no_failure() -> None:
    """Multus 4.1 and later leave out plugins that return no interface."""
    found = report(pod("istio-cni", [PRIMARY]))
    assert found.silent == ()
    assert "delete pod" not in proofs.pods(found)
    assert "no failure" in proofs.pods(found)


def test_a_mesh_pod_without_any_status_is_a_failure() -> None:
    assert len(report(pod("istio-cni")).silent) == 1


def test_one_network_asked_for_twice_counts_twice() -> None:
    found = report(pod("lan, lan", [PRIMARY, {"name": "app/lan"}]))
    assert found.lacking[0].networks == ("app/lan",)


def test_v3_wrote_networks_status() -> None:
    one = pod()
    one["metadata"]["annotations"][STATUS[1]] = json.dumps([PRIMARY, {"name": "app/lan"}])
    assert report(one).lacking == ()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"items": [{"kind": "Node", "metadata": {}}]}',
        '{"items": [{"kind": "Pod", "metadata": null}]}',
    ],
    ids=["broken", "a list", "far too deep", "another kind", "no metadata"],
)
def test_other_input_is_one_clear_error(text: str) -> None:
    with pytest.raises(MigratorError) as error:
        examine(text, "pods.json", DEFAULT_TARGET)
    assert "kubectl get pods -A -o json" in error.value.lines()[0]


@pytest.mark.parametrize(
    ("field", "value"),
    [("annotations", ["x"]), ("annotations", {NETWORKS: 5}), ("name", 5), ("namespace", {})],
)
def test_odd_fields_of_a_pod_are_passed_over(field: str, value: Any) -> None:
    one = pod()
    one["metadata"][field] = value
    assert report(one, {**pod(), "spec": [], "status": "x"}).total == 2


def test_a_status_that_is_nested_without_end_cannot_be_read() -> None:
    one = pod()
    one["metadata"]["annotations"][STATUS[0]] = "[" * 100_000
    assert report(one).lacking[0].reason == "network-status cannot be read"
