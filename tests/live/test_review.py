"""What ``review`` makes of changes: one that a bot or a person made, and the right verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from migrator.checks.suppression import Suppression
from migrator.live.reviewed import Cause, Fate, Outcome, Review, Turn
from migrator.model.inputs import Source
from tests.builders import node_file
from tests.live.changes import (
    SAMPLES,
    Change,
    Objects,
    added,
    annotated,
    argument,
    changed,
    daemon_config,
    image,
    moved_nad,
    nad,
    networks,
    nodes,
    one,
    reviewed,
    set_init,
    set_main,
    set_pod,
    suppressed,
    thick,
    thin,
    unmounted,
    without,
)

BRIDGE = {
    "cniVersion": "0.3.1",
    "name": "cameras",
    "type": "bridge",
    "bridge": "br-cam",
    "ipam": {"type": "host-local", "subnet": "172.20.4.0/24"},
}
MACVLAN = {"cniVersion": "0.3.1", "name": "cameras", "type": "macvlan", "master": "eth1"}
PLAIN = [path.name for path in sorted(SAMPLES.iterdir()) if (path / "manifests").is_dir()]
THIN = [name for name in PLAIN if not name.startswith("thick")]

BREAKS, CHANGES, NOTHING = Outcome.BREAKS, Outcome.CHANGES, Outcome.NOTHING


@dataclass(frozen=True)
class Fault:
    """A change, what the review comes to, ids that are new, and fates of networks that change.

    ``setting`` is what the state before has beside the sample.
    """

    mode: str
    edits: tuple[Change, ...]
    outcome: Outcome
    ids: frozenset[str] = frozenset()
    fates: tuple[tuple[str, Fate], ...] = ()
    setting: tuple[Change, ...] = ()


def _fault(
    mode: str,
    *edits: Change,
    to: Outcome = BREAKS,
    ids: str = "",
    fates: dict[str, Fate] | None = None,
    setting: tuple[Change, ...] = (),
) -> Fault:
    return Fault(mode, edits, to, frozenset(ids.split()), tuple((fates or {}).items()), setting)


def _narrow(objects: Objects) -> None:
    for rule in one(objects, "ClusterRole")["rules"]:
        rule["verbs"] = ["get"]


def _other_namespace(objects: Objects) -> None:
    one(objects, "ClusterRoleBinding")["subjects"][0]["namespace"] = "default"


def _renamed_config_map(objects: Objects) -> None:
    one(objects, "ConfigMap")["metadata"]["name"] = "multus-config"


CAMERAS = "video/cameras"
LOST = {CAMERAS: Fate.LOST}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "viewer",
        "namespace": "video",
        "annotations": {"k8s.v1.cni.cncf.io/networks": "cameras"},
    },
    "spec": {"containers": [{"name": "viewer", "image": "registry.example/viewer:1"}]},
}

FAULTS = {
    "a bot bumps a thin tag to -thick": _fault("thin", image("v4.2.4-thick"), ids="P66"),
    "a v4 image of thin mode, and the same manifest": _fault("thin", image("v4.1.4"), to=CHANGES),
    "a v3 image under v4's entrypoint": _fault("thin", image("v3.9.3"), ids="P66"),
    "v3's entrypoint with a v4 image": _fault(
        "thin", set_main(command=["/entrypoint.sh"]), ids="P32"
    ),
    "v4.0's thick manifest with a v4.2 image": _fault(
        "thick-4.0", image("v4.2.4-thick"), ids="P06"
    ),
    "the thin image in the thick manifest": _fault("thick", image("v4.2.4"), ids="P66"),
    "shim and daemon of two releases": _fault(
        "thick", image("v4.1.4-thick", both=False), ids="P29"
    ),
    "a tag that moves": _fault("thick", image("snapshot-thick"), to=CHANGES, ids="P30"),
    "no ClusterRole": _fault("thick", without("ClusterRole"), ids="P34"),
    "no ClusterRoleBinding": _fault("thick", without("ClusterRoleBinding"), ids="P34"),
    "no RBAC in thin mode": _fault("thin", without("ClusterRoleBinding"), ids="P34"),
    "a ClusterRole that may only get": _fault("thick", _narrow, ids="P34"),
    "a binding of another namespace": _fault("thick", _other_namespace, ids="P86"),
    "thin mode's flags under the daemon": _fault(
        "thick", argument("--multus-conf-file=auto"), ids="P05"
    ),
    "install_multus of type thin": _fault("thick", set_init(args=["--type", "thin"]), ids="P05"),
    "nobody installs the shim": _fault("thick", set_pod(initContainers=None), ids="P25"),
    "no daemon-config.json": _fault("thick", without("ConfigMap"), ids="P73"),
    "daemon-config.json in a ConfigMap of another name": _fault(
        "thick", _renamed_config_map, ids="P73"
    ),
    "a key of another type in daemon-config.json": _fault(
        "thick", daemon_config(logLevel=5), ids="P61 N08", fates={"the cluster network": Fate.LOST}
    ),
    "a primary CNI that no node has": _fault(
        "thick",
        daemon_config(multusMasterCNI="05-none.conf"),
        ids="P04 N08",
        fates={"the cluster network": Fate.LOST},
    ),
    "another socketDir": _fault("thick", daemon_config(socketDir="/srv/multus"), ids="P18"),
    "no chrootDir": _fault("thick", daemon_config(chrootDir=None), ids="P22"),
    "no mount of the CNI directory": _fault("thick", unmounted("/host/etc/cni/net.d"), ids="P88"),
    "no mount of the plugins": _fault("thick", unmounted("/opt/cni/bin"), ids="P06"),
    "no mount of network namespaces": _fault("thick", unmounted("/run/netns"), ids="P09"),
    "no mount of the host": _fault("thick", unmounted("/hostroot"), ids="P22"),
    "no hostPID": _fault("thick", set_pod(hostPID=None), ids="P36"),
    "no privileges": _fault("thick", set_main(securityContext=None), ids="P36"),
    "50Mi for the daemon": _fault(
        "thick", set_main(resources={"limits": {"memory": "50Mi"}}), to=CHANGES, ids="P23"
    ),
    "a label of the DaemonSet": _fault("thick", annotated("team", "net"), to=NOTHING),
    "the DaemonSet is gone": _fault("thin", without("DaemonSet"), ids="N08", fates=LOST),
    "the NAD is gone": _fault(
        "thin", without("NetworkAttachmentDefinition"), ids="N08", fates=LOST
    ),
    "the NAD goes to another namespace": _fault("thin", moved_nad("other"), ids="N08", fates=LOST),
    "the NAD's config is no JSON": _fault("thick", nad("{"), ids="N08", fates=LOST),
    "the NAD's config is written otherwise, and says the same": _fault(
        "thick", nad(dict(reversed(BRIDGE.items()))), to=NOTHING
    ),
    "another bridge": _fault(
        "thin",
        nad({**BRIDGE, "bridge": "br-other"}),
        to=CHANGES,
        ids="N09",
        fates={CAMERAS: Fate.CHANGED},
    ),
    "another master": _fault(
        "thick",
        nad({**MACVLAN, "master": "eth2"}),
        to=CHANGES,
        ids="N09",
        fates={CAMERAS: Fate.CHANGED},
        setting=(nad(MACVLAN),),
    ),
    "isolation is switched on under a flag": _fault(
        "thin",
        argument("--namespace-isolation=true"),
        ids="N08",
        fates={"other/cameras": Fate.LOST},
        setting=(moved_nad("other"), networks("other/cameras")),
    ),
    "isolation is switched on in daemon-config.json": _fault(
        "thick",
        daemon_config(namespaceIsolation=True),
        ids="N08",
        fates={"other/cameras": Fate.LOST},
        setting=(moved_nad("other"), networks("other/cameras")),
    ),
    "isolation is switched on, and no workload crosses it": _fault(
        "thick", daemon_config(namespaceIsolation=True), to=NOTHING
    ),
    "isolation is switched off": _fault(
        "thick",
        daemon_config(namespaceIsolation=False),
        to=CHANGES,
        fates={"other/cameras": Fate.GAINED},
        setting=(
            moved_nad("other"),
            networks("other/cameras"),
            daemon_config(namespaceIsolation=True),
        ),
    ),
    "a misspelt network": _fault(
        "thin",
        networks("camera"),
        to=CHANGES,
        ids="N11",
        fates={CAMERAS: Fate.UNASKED, "video/camera": Fate.UNKNOWN},
    ),
    "an annotation that cannot be read": _fault("thin", networks("[{"), ids="N08", fates=LOST),
    "an annotation that is gone": _fault(
        "thin", networks(None), to=CHANGES, fates={CAMERAS: Fate.UNASKED}
    ),
    "a workload that is gone": _fault(
        "thin", without("Deployment"), to=CHANGES, fates={CAMERAS: Fate.UNASKED}
    ),
    "a workload that is new": _fault("thin", added(POD), to=CHANGES, fates={CAMERAS: Fate.GAINED}),
    "the NAD that a workload waits for": _fault(
        "thin",
        moved_nad("video"),
        to=CHANGES,
        fates={CAMERAS: Fate.GAINED},
        setting=(moved_nad("other"),),
    ),
}


def _base(mode: str) -> tuple[Objects, Any]:
    if mode == "thick-4.0":
        return thin("thick-4.0"), nodes("thick-4.0")
    return (thick() if mode == "thick" else thin()), nodes()


@pytest.mark.parametrize("name", FAULTS)
def test_a_change_gets_the_right_verdict(name: str) -> None:
    fault = FAULTS[name]
    objects, files = _base(fault.mode)
    before = changed(objects, *fault.setting)
    found = reviewed(before, changed(before, *fault.edits), files=files)
    new = {finding.id for finding in found.of(Turn.NEW)}
    assert found.outcome is fault.outcome, new
    assert fault.ids <= new
    assert bool(found.blockers) == (fault.outcome is BREAKS)
    if fault.fates:
        assert _other(found) == dict(fault.fates)


def _other(found: Review) -> dict[str, Fate]:
    return {n.row.network: n.fate for n in found.networks if n.is_other}


@pytest.mark.parametrize("mode", ["thin", "thick"])
@pytest.mark.parametrize("sample", THIN)
def test_a_state_and_itself_show_nothing(sample: str, mode: str) -> None:
    objects = thick(sample) if mode == "thick" else thin(sample)
    found = reviewed(objects, objects, files=nodes(sample))
    assert found.outcome is NOTHING
    assert not _other(found) and not found.of(Turn.NEW) and not found.of(Turn.GONE)
    assert all(each.before == each.after for each in found.pictures)


@pytest.mark.parametrize("sample", PLAIN)
def test_the_move_of_a_sample_loses_nothing(sample: str) -> None:
    found = reviewed(thin(sample), thick(sample), files=nodes(sample))
    assert found.outcome in (CHANGES, NOTHING), [f.seen for f in found.blockers]
    assert Fate.LOST not in _other(found).values()


def test_the_way_back_of_a_sample_loses_nothing() -> None:
    found = reviewed(thick(), thin(), files=nodes())
    assert found.outcome is CHANGES
    assert {each.finding.id for each in found.findings if each.turn is Turn.NEW} == {"P23"}


def test_a_deleted_file_of_the_conf_dir() -> None:
    before = changed(thin(), nad(None))
    conf = '{"cniVersion": "0.3.1", "name": "cameras", "type": "bridge"}'
    other = node_file("lan.conf", conf.replace("cameras", "lan"), "/etc/cni/multus/net.d")
    there = (*nodes(), other, node_file("cameras.conf", conf, "/etc/cni/multus/net.d"))
    found = reviewed(before, before, files=there, files_after=(*nodes(), other))
    assert found.outcome is BREAKS
    assert _other(found) == LOST


def test_without_multus_on_both_sides() -> None:
    service = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}}]
    found = reviewed(service, service)
    assert found.outcome is Outcome.NOT_FOUND
    assert not found.before.present and not found.after.present


def test_multus_comes_and_workloads_with_it() -> None:
    found = reviewed([], thin(), files=nodes())
    assert not found.before.present and found.after.present
    assert found.outcome is CHANGES
    assert _other(found) == {CAMERAS: Fate.GAINED}


def test_a_suppression_of_before_is_obeyed() -> None:
    before = changed(thin(), suppressed("P66", "the image is our own build"))
    found = reviewed(before, changed(before, image("v4.2.4-thick")), files=nodes())
    assert found.outcome is CHANGES
    (told,) = [f for f in found.of(Turn.NEW) if f.id == "P66"]
    assert told.suppressed == "the image is our own build"


def test_a_change_that_suppresses_its_own_fault_is_told_and_not_obeyed() -> None:
    after = changed(thin(), image("v4.2.4-thick"), suppressed("P66", "fine"))
    found = reviewed(thin(), after, files=nodes())
    assert found.outcome is BREAKS
    assert [f.id for f in found.blockers] == ["P66"]
    assert [f.seen for f in found.of(Turn.NEW) if f.id == "M15"] == [
        "DaemonSet kube-system/kube-multus-ds gets multus-migrator/ignore.P66"
    ]


def test_a_suppression_that_is_taken_away_counts_once_more() -> None:
    before = changed(thin(), suppressed("P66", "fine"))
    found = reviewed(before, changed(thin(), image("v4.2.4-thick")), files=nodes())
    assert found.outcome is CHANGES


def test_settings_of_before_are_obeyed() -> None:
    place = Source(file="multus-migrator.toml", line=1)
    setting = Suppression(id="N08", object="*", reason="the estate is shut down", source=place)
    after = changed(thin(), without("NetworkAttachmentDefinition"))
    found = reviewed(thin(), after, files=nodes(), suppressions=(setting,))
    assert found.outcome is CHANGES
    assert _other(found) == LOST, "it is told all the same"


def test_a_blocker_that_is_allowed() -> None:
    after = changed(thin(), image("v4.2.4-thick"))
    assert reviewed(thin(), after, files=nodes(), allowed=["P66"]).outcome is CHANGES


def test_a_fault_that_was_there_is_the_same_whatever_its_release() -> None:
    before = changed(thick(), image("v4.1.4-thick", both=False))
    found = reviewed(before, changed(before, image("v4.2.2-thick", both=False)), files=nodes())
    assert "P29" in {f.id for f in found.of(Turn.SAME)}
    assert found.outcome is CHANGES


def test_two_faults_of_one_rule_are_two() -> None:
    before = changed(thick(), unmounted("/hostroot"))
    found = reviewed(before, changed(before, daemon_config(chrootDir=None)), files=nodes())
    assert found.outcome is BREAKS


def test_a_network_that_failed_before_is_no_loss() -> None:
    before = changed(thin(), nad("{"))
    found = reviewed(before, changed(before, image("v4.1.4")), files=nodes())
    assert found.outcome is CHANGES
    assert [n.fate for n in found.networks if n.row.network == CAMERAS] == [Fate.BROKEN]


def test_one_network_that_fails_takes_the_pod_with_it() -> None:
    other = {
        "apiVersion": "k8s.cni.cncf.io/v1",
        "kind": "NetworkAttachmentDefinition",
        "metadata": {"name": "lan", "namespace": "video"},
        "spec": {"config": "{"},
    }
    after = changed(thin(), added(other), networks("cameras,lan"))
    found = reviewed(thin(), after, files=nodes())
    assert found.outcome is BREAKS
    assert _other(found) == {"video/lan": Fate.BROKEN}


def test_a_new_workload_whose_network_fails_is_told() -> None:
    before = changed(thin(), without("Deployment"), nad("{"))
    found = reviewed(before, changed(before, added(POD)), files=nodes())
    assert found.outcome is CHANGES
    assert "N10" in {f.id for f in found.of(Turn.NEW)}


def test_what_a_node_gets() -> None:
    (shown,) = reviewed(thin(), thick(), files=nodes()).pictures
    assert shown.before is not None and shown.after is not None
    assert (shown.before.binary, shown.after.binary) == ("multus", "multus-shim")
    assert (shown.before.conf_type, shown.after.conf_type) == ("multus", "multus-shim")
    assert shown.before.conf_file == shown.after.conf_file == "/etc/cni/net.d/00-multus.conf"
    assert shown.before.primary == shown.after.primary == "10-calico.conflist"
    assert shown.before.conf_dir_seen and shown.after.conf_dir_seen
    (gone,) = reviewed(thin(), [], files=nodes()).pictures
    assert gone.after is None
    assert Cause.INSTALL_GONE in {
        n.cause
        for n in reviewed(thin(), changed(thin(), without("DaemonSet")), files=nodes()).networks
    }
