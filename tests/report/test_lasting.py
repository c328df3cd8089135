"""What is different for good, and the plugins that are called: both stand in every report of a move,
whatever workloads the inputs hold."""

from __future__ import annotations

import re
from html import unescape

import pytest

from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.report import formats
from migrator.report.writer import Context
from tests.builders import ROLE, daemonset, inventory, node_file, target
from tests.plan.estates import RULES, nad

CALICO = """\
{"cniVersion": "0.3.1", "name": "pods", "plugins": [
  {"type": "calico", "ipam": {"type": "calico-ipam"}}, {"type": "portmap"}]}"""
LAN = '{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan", "ipam": {"type": "whereabouts"}}'
INSTALLER = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: whereabouts, namespace: kube-system}
spec:
  selector: {matchLabels: {app: whereabouts}}
  template:
    metadata: {labels: {app: whereabouts}}
    spec:
      containers:
      - name: whereabouts
        image: ghcr.io/k8snetworkplumbingwg/whereabouts:v0.8.0
        volumeMounts: [{name: bin, mountPath: /host/opt/cni/bin}]
      volumes: [{name: bin, hostPath: {path: /opt/cni/bin}}]
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    """An install with a network that no workload asks for."""
    before = inventory(
        daemonset("--multus-conf-file=auto"),
        ROLE + RULES,
        nad("lan", config=LAN),
        INSTALLER,
        files=(node_file("10-calico.conflist", CALICO),),
    )
    return make_plan(before, target())


def text_of(name: str, plan: Plan) -> str:
    """What a reader sees of a report: words, without marks, tags and line breaks."""
    text = formats.Reports(plan).rendered(name, Context(width=100))
    if name == "html":
        text = unescape(re.sub(r"<[^>]+>", " ", text))
    return " ".join(text.replace("`", "").replace("**", "").split())


@pytest.mark.parametrize("name", [name for name in formats.NAMES if name != "rollout"])  # a script
def test_what_is_different_for_good_is_in_every_report(name: str, plan: Plan) -> None:
    text = text_of(name, plan)
    assert "P26" in text and "P27" in text
    assert ("--register-with-taints" if name == "runbook" else "startup taint") in text
    assert "reboot" in text
    assert "drain" in text


def test_it_is_one_line_each_and_asks_nothing_of_the_rollout(plan: Plan) -> None:
    told = [f for f in plan.findings if f.id in ("P26", "P27")]
    assert [(f.id, f.severity, f.manual, f.lasting) for f in told] == [
        ("P26", "info", False, True),
        ("P27", "info", False, True),
    ]
    for name in ("markdown", "text"):
        assert text_of(name, plan).count("What is different for good") == 1


def test_the_report_lists_the_plugins_who_calls_and_who_installs_them(plan: Plan) -> None:
    text = formats.Reports(plan).rendered("markdown", Context())
    rows = {
        cells[1].strip(" `"): (cells[2], cells[3])
        for line in text.splitlines()
        if line.startswith("| `") and len(cells := line.split("|")) == 5
    }
    assert {"macvlan", "whereabouts", "calico", "calico-ipam", "portmap"} <= rows.keys()
    assert "default/lan" in rows["macvlan"][0] and "not in the inputs" in rows["macvlan"][1]
    assert "whereabouts" in rows["whereabouts"][1] and "DaemonSet" in rows["whereabouts"][1]
    assert rows["portmap"] == (" `the cluster network` ", " not in the inputs ")
