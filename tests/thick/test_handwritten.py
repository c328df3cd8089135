"""Every key of a hand-written Multus config becomes the right key of daemon-config.json."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.release import parse
from migrator.multus.primary import Primary
from migrator.thick.entry import Entry, Translation
from migrator.thick.translate import translate
from tests.builders import (
    CONFIG_FLAG,
    CONFIG_MOUNT,
    CONFIG_VOLUME,
    UNKNOWN,
    install,
    v3,
    with_hand_written,
)

FLANNEL = {"cniVersion": "0.3.1", "name": "cbr0", "type": "flannel"}
ON_NODE = Primary(
    file="10-flannel.conflist",
    cni_version="0.3.1",
    name="cbr0",
    by_node={"": "10-flannel.conflist"},
    candidates=("10-flannel.conflist",),
)


def translated(*args: str, **config: Any) -> Translation:
    """The translation of a v3.9.3 install whose config holds these keys (and one delegate)."""
    return translated_beside(ON_NODE, *args, **config)


def translated_beside(primary: Primary, *args: str, **config: Any) -> Translation:
    """The same where this is known of the primary CNI."""
    data = {"cniVersion": "0.3.1", "delegates": [FLANNEL], **config}
    manifest = with_hand_written(json.dumps(data, indent=2), *args)
    return translate(install(manifest), parse("4.2.4"), primary)


def entry(translation: Translation, name: str) -> Entry:
    (found,) = [e for e in translation.entries if e.name == name]
    return found


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("systemNamespaces", ["kube-system", "infra"]),
        ("multusNamespace", "infra"),
        ("namespaceIsolation", True),
        ("namespaceIsolation", False),
        ("globalNamespaces", "default,infra"),
        ("retryDeleteOnError", True),
        ("logLevel", "debug"),
        ("logToStderr", False),
        ("logOptions", {"maxAge": 5}),
        ("logFile", "/var/log/multus.log"),
        ("capabilities", {"portMappings": True}),
        ("cniDir", "/var/lib/cni/own"),
        ("binDir", "/srv/cni"),
        ("confDir", "/etc/own.d"),
        ("clusterNetwork", "flannel-nad"),
    ],
    ids=lambda value: str(value),
)
def test_a_key_that_both_modes_read_is_kept(key: str, value: Any) -> None:
    translation = translated(**{key: value})
    assert translation.keys[key] == value
    assert entry(translation, key).outcome == "kept"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("readinessindicatorfile", "/run/ready/cni", "/host/run/ready/cni"),
        ("readinessindicatorfile", "/etc/cni/net.d/10-x.conf", "/host/etc/cni/net.d/10-x.conf"),
        ("clusterNetwork", "/etc/cni/net.d/10-x.conf", "/host/etc/cni/net.d/10-x.conf"),
    ],
)
def test_a_path_that_the_daemon_reads_becomes_its_own(key: str, value: str, expected: str) -> None:
    translation = translated(**{key: value})
    assert translation.keys[key] == expected
    assert entry(translation, key).outcome == "moved"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("type", "multus"),
        ("kubeconfig", "/etc/cni/net.d/multus.d/multus.kubeconfig"),
        ("cniConf", "/host/etc/cni/multus/net.d"),
        ("allowTryDeleteOnErr", True),
        ("runtimeConfig", {"portMappings": []}),
        ("prevResult", {"ips": []}),
        ("name", "multus-cni-network"),
        ("name", "my-multus"),
        ("clusterNetwork", ""),
        ("logFile", ""),
        ("binDir", ""),
    ],
    ids=lambda value: str(value),
)
def test_a_key_that_would_harm_or_says_nothing_is_dropped(key: str, value: Any) -> None:
    translation = translated(**{key: value})
    assert translation.keys == translated().keys
    assert entry(translation, key).outcome == "dropped"
    assert entry(translation, key).detail


@pytest.mark.parametrize("key", ["vlanId", "metricsPort", "overrideNetworkName", "socketDir"])
def test_a_key_that_thin_mode_does_not_read_is_unknown_and_not_carried_over(key: str) -> None:
    translation = translated(**{key: 7})
    assert key not in translation.keys
    assert (entry(translation, key).outcome, entry(translation, key).manual) == ("unknown", True)


def test_keys_are_read_without_regard_to_case_as_go_does() -> None:
    keys = translated(LogLevel="debug", readinessIndicatorFile="/run/x").keys
    assert (keys["logLevel"], keys["readinessindicatorfile"]) == ("debug", "/host/run/x")


def test_the_name_of_the_primary_becomes_override_network_name() -> None:
    assert translated(name="cbr0").keys["overrideNetworkName"] is True


def test_global_namespaces_become_one_comma_string() -> None:
    assert translated(globalNamespaces=["default", "x"]).keys["globalNamespaces"] == "default,x"


@pytest.mark.parametrize(
    ("key", "value", "pitfall"),
    [("globalNamespaces", "infra", "P20"), ("logFile", "/var/log/m.log", "P17")],
)
def test_what_a_person_should_know_of_a_key(key: str, value: str, pitfall: str) -> None:
    assert entry(translated(**{key: value}), key).pitfall == pitfall


def test_a_bin_dir_with_a_slash_at_its_end_is_the_same_directory() -> None:
    translation = translated(binDir="/opt/cni/bin/")
    assert (translation.bin_dirs, translation.keys["binDir"]) == (("/opt/cni/bin",), "/opt/cni/bin")


def test_the_first_delegate_becomes_the_primary_file_of_the_nodes() -> None:
    translation = translated()
    assert translation.keys["multusMasterCNI"] == "10-flannel.conflist"
    assert not entry(translation, "delegates[0] cbr0").warning


@pytest.mark.parametrize(
    "primary",
    [UNKNOWN, Primary(file="05-cilium.conf", cni_version="0.3.1", name="cilium", by_node={}, candidates=())],
    ids=["no node files", "the nodes' file is of another network"],
)  # fmt: skip
def test_a_first_delegate_that_no_file_holds_needs_a_person(primary: Primary) -> None:
    translation = translated_beside(primary)
    found = entry(translation, "delegates[0] cbr0")
    assert "multusMasterCNI" not in translation.keys
    assert (found.pitfall, found.manual) == ("P04", True)


def test_further_delegates_become_nads_that_every_pod_gets() -> None:
    macvlan = {"name": "mgmt", "type": "macvlan", "master": "eth1"}
    translation = translated(delegates=[FLANNEL, macvlan])
    assert [(n, json.loads(c)) for n, c in translation.networks] == [("mgmt", macvlan)]
    assert translation.keys["defaultNetworks"] == ["mgmt"]
    assert entry(translation, "delegates[1] mgmt").pitfall == "P20"


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["Mgmt_Net"], ["mgmt-net"]),
        ([""], ["multus-delegate-1"]),
        (["__"], ["multus-delegate-1"]),
        (["a", "a"], ["a", "multus-delegate-2"]),
    ],
    ids=["made a name for an object", "none", "nothing left of it", "taken"],
)
def test_a_nad_always_gets_a_name_that_kubernetes_takes(
    names: list[str], labels: list[str]
) -> None:
    others = [{"name": name, "type": "bridge"} for name in names]
    translation = translated(delegates=[FLANNEL, *others])
    assert [name for name, _ in translation.networks] == labels
    assert translation.keys["defaultNetworks"] == labels


def test_default_networks_count_beside_a_cluster_network_only() -> None:
    """CmdAdd reads them only there; the daemon, which always has one, would give them to pods."""
    kept = translated(clusterNetwork="flannel-nad", defaultNetworks=["mgmt"])
    assert kept.keys["defaultNetworks"] == ["mgmt"]
    dropped = translated(delegates=[FLANNEL], defaultNetworks=["mgmt"])
    assert "defaultNetworks" not in dropped.keys
    assert entry(dropped, "defaultNetworks").outcome == "dropped"


def test_delegates_beside_cluster_network_are_dropped() -> None:
    translation = translated(clusterNetwork="flannel-nad")
    assert entry(translation, "delegates").outcome == "dropped"
    assert not translation.networks


@pytest.mark.parametrize("value", [{}, [], "x", [7]], ids=str)
def test_delegates_of_another_shape_are_unknown(value: Any) -> None:
    assert entry(translated(delegates=value), "delegates").outcome == "unknown"


@pytest.mark.parametrize(("text", "error"), [("{", "not valid JSON"), ("[]", "not a JSON object")])
def test_a_config_that_is_not_json_is_unknown(text: str, error: str) -> None:
    translation = translate(install(with_hand_written(text)), parse("4.2.4"), ON_NODE)
    found = entry(translation, "70-multus.conf")
    assert (found.outcome, found.manual) == ("unknown", True)
    assert error in found.detail


def test_a_config_that_the_inputs_do_not_hold_is_unknown() -> None:
    manifest = v3(CONFIG_FLAG, mounts=CONFIG_MOUNT, volumes=CONFIG_VOLUME)
    found = entry(translate(install(manifest), parse("4.2.4"), ON_NODE), CONFIG_FLAG)
    assert (found.outcome, found.pitfall, found.manual) == ("unknown", "P02", True)
