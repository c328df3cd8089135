"""P77, P78: what is filled in later is unknown: no rule takes it for a fault."""

from __future__ import annotations

import pytest

from migrator.model.plan import Assumption, Plan
from migrator.plan.planner import make_plan
from tests import builders
from tests.builders import daemonset, node_file, target

FLAGS = (
    "--multus-conf-file=auto",
    "--multus-master-cni-file=${PRIMARY}",
    "--multus-log-level=${LOG:=error}",
    "--multus-log-file=${LOG_FILE}",
    "--readiness-indicator-file=${READY}",
    "--cni-version=${VERSION}",
    "--global-namespaces=${NAMESPACES}",
    "--namespace-isolation=${ISOLATE}",
    "--additional-bin-dir=${MORE}",
)
IMAGE = "${REGISTRY:=ghcr.io}/k8snetworkplumbingwg/multus-cni:${TAG:=v4.1.0}"
NETWORKS = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: lan, namespace: "${NS}"}
spec:
  config: '{"cniVersion": "${V}", "name": "${LAN}", "type": "${TYPE}", "mtu": ${MTU}}'
---
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: raw, namespace: apps}
spec: {config: "${CONFIG}"}
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec:
  template:
    metadata: {annotations: {k8s.v1.cni.cncf.io/networks: '%s'}}
    spec: {containers: [{name: web, image: web}]}
"""
THICK = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: multus-daemon-config, namespace: kube-system}
data:
  daemon-config.json: |
    {"chrootDir": "${CHROOT}", "confDir": "${CONF}", "cniVersion": "${VERSION}", "cniDir": "${CACHE}",
     "logFile": "${LOG_FILE}", "socketDir": "${SOCKET}", "daemonSocketDir": "${SOCKET}",
     "readinessindicatorfile": "${READY}", "multusMasterCNI": "${PRIMARY}"%s}
"""
MOUNT = "- {name: config, mountPath: /etc/cni/net.d/multus.d}"
VOLUME = "- {name: config, configMap: {name: multus-daemon-config}}"
DAEMON = "[/usr/src/multus-cni/bin/multus-daemon]"
TELL = {"P77", "P78", "M01", "M04", "M05", "P20"}
"""Rules that quote the text of a variable without taking it for a value."""
CALICO = node_file(
    "10-calico.conflist", '{"cniVersion": "0.3.1", "name": "k8s", "plugins": [{"type": "calico"}]}'
)


def _plan(*texts: str, release: str = "4.1.0") -> Plan:
    inventory = builders.inventory(*texts, files=(CALICO,), release=release)
    return make_plan(inventory, target())


def _judged(plan: Plan) -> list[tuple[str, str, str]]:
    return [
        (f.id, f.seen, f.error)
        for f in plan.findings
        if "${" in f.seen + f.error and f.id not in TELL and not f.cured
    ]


def test_no_rule_judges_a_variable_of_a_thin_source() -> None:
    install = daemonset(*FLAGS, image=IMAGE)
    for directory, name in (("/etc/cni/net.d", "CONF"), ("/opt/cni/bin", "BIN")):
        install = install.replace(f"path: {directory}", f'path: "${{{name}}}"')
    networks = WEB % '[{"name": "raw"}, {"name": "${NET}"}, {"name": "lan", "namespace": "${NS}"}]'
    plan = _plan(install, NETWORKS, networks)
    assert _judged(plan) == []
    assert Assumption.VARIABLES in plan.assumptions
    told = " ".join(f.seen for f in plan.findings if f.id == "P77")
    for name in (
        "PRIMARY",
        "READY",
        "VERSION",
        "MTU",
        "CONFIG",
        "NET",
        "BIN",
        "CONF",
        "TAG:=v4.1.0",
    ):
        assert f"${{{name}}}" in told


@pytest.mark.parametrize("more", ["", ', "x": ${X}'], ids=["strings", "no JSON yet"])
def test_no_rule_judges_a_variable_of_a_thick_source(more: str) -> None:
    install = daemonset(command=DAEMON, mounts=MOUNT, volumes=VOLUME)
    plan = _plan(install, THICK % more)
    assert _judged(plan) == []
    assert not {"P61", "P73"} & {f.id for f in plan.findings}


def test_a_string_stays_a_string_whatever_it_says() -> None:
    install = daemonset(command=DAEMON, mounts=MOUNT, volumes=VOLUME)
    wrong = THICK % ', "namespaceIsolation": "${ISOLATE}"'
    assert [f.seen for f in _plan(install, wrong).findings if "namespaceIsolation is" in f.seen]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("raw", id="the config"),
        pytest.param('[{"name": "lan", "mac": ${MAC}}]', id="the annotation"),
        pytest.param('[{"name": "lan", "namespace": "${NS}"}]', id="both"),
    ],
)
def test_a_network_of_a_variable_is_unknown_and_not_broken(asked: str) -> None:
    plan = _plan(daemonset(), NETWORKS, WEB % asked)
    (row,) = (row for row in plan.attachments if row.workload.name == "web")
    assert row.verdict == "unknown"
    assert "is filled in when it is applied" in row.reason
    assert not {"N03", "N08", "N10", "N11"} & {f.id for f in plan.findings}


def test_what_loads_as_it_is_written_is_compared() -> None:
    config = '{"cniVersion": "0.3.1", "name": "raw", "type": "macvlan", "master": "${NIC}"}'
    plan = _plan(daemonset(), NETWORKS.replace('"${CONFIG}"', f"'{config}'"), WEB % "raw")
    (row,) = (row for row in plan.attachments if row.workload.name == "web")
    assert (row.verdict, row.after.config) == ("equal", config)


def test_the_image_of_a_daemon_that_stays_keeps_its_variable() -> None:
    install = daemonset(image=IMAGE, command=DAEMON, mounts=MOUNT, volumes=VOLUME)
    inventory = builders.inventory(install, THICK % "", files=(CALICO,), release="4.2.4")
    plan = make_plan(inventory, target())
    images = [c for planned in plan.objects for c in planned.changes if c.path[-1] == "image"]
    assert images == []
    assert "P78" not in {f.id for f in plan.findings}


def test_a_variable_may_stand_for_a_number_or_a_boolean() -> None:
    pod = f"{builders.POD}terminationGracePeriodSeconds: ${{GRACE}}\n"
    plan = _plan(daemonset(pod=pod, container="securityContext: {privileged: '${ALL}'}\n"))
    assert plan.changed
