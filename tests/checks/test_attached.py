"""N11: what to do about a network that the inputs do not have where it is asked for."""

from __future__ import annotations

import pytest

from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, target

WEB = """\
apiVersion: v1
kind: Pod
metadata: {name: app, namespace: apps, annotations: {k8s.v1.cni.cncf.io/networks: net/lan}}
spec: {containers: [{name: app, image: nginx}]}
"""
NAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: lan%s}
spec: {config: '{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"}'}
"""


@pytest.mark.parametrize(
    ("namespace", "remedy"),
    [
        pytest.param("", "write namespace: net into it, or give the kustomization", id="none said"),
        pytest.param(", namespace: other", "write other/lan in the annotation", id="another one"),
    ],
)
def test_the_remedy_fits_what_the_nad_says(namespace: str, remedy: str) -> None:
    inventory = builders.inventory(daemonset(), NAD % namespace, WEB)
    (found,) = (f for f in make_plan(inventory, target()).findings if f.id == "N11")
    assert remedy in found.remedy
    assert ("default/lan" in found.remedy) is False
