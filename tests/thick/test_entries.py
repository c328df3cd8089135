"""What is said of each key, whole: of a hand-written config, of a daemon's own, and of what the
plan adds by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.inventory import Install
from migrator.model.release import parse
from migrator.multus.primary import Primary
from migrator.thick.entry import Entry, Translation
from migrator.thick.form import thick
from migrator.thick.translate import translate
from tests.builders import (
    CONFIG_FLAG,
    CONFIG_MOUNT,
    CONFIG_VOLUME,
    UNKNOWN,
    daemonset,
    hand_written,
    install,
    target,
    v3,
)

from .test_handwritten import ON_NODE, entry, translated, translated_beside
from .test_translate import CALICO, thin

MANY = Primary(
    file="", cni_version="", name="", by_node={"n1": "a.conf", "n2": "b.conf"}, candidates=()
)
MACVLAN = {"name": "mgmt", "type": "macvlan"}


def told(found: Entry) -> tuple[str, str, bool, bool]:
    assert found.kind == "config-key"
    return found.outcome, found.pitfall, found.manual, bool(found.warning)


KEPT = ("kept", "", False, False)
DROPPED = ("dropped", "", False, False)
UNKNOWN_KEY = ("unknown", "", True, False)


@pytest.mark.parametrize(
    ("key", "value", "expected", "detail"),
    [
        ("logLevel", "debug", KEPT, "logLevel in daemon-config.json"),
        ("logLevel", None, DROPPED, "empty, as if"),
        ("binDir", "/srv/cni/", KEPT, "binDir in daemon-config.json"),
        ("type", "multus", DROPPED, "the old thin binary"),
        ("kubeconfig", "/x", DROPPED, "service account"),
        ("vlan", 5, UNKNOWN_KEY, "does not read this key"),
        ("systemNamespaces", [], DROPPED, "v3 takes an empty list"),
        ("systemNamespaces", ["a"], KEPT, ""),
        ("globalNamespaces", ["default", "b"], KEPT, ""),
        ("globalNamespaces", "b", ("kept", "P20", False, True), ""),
        ("globalNamespaces", "a,${B}", KEPT, ""),
        ("logFile", "/var/log/m/x.log", ("kept", "P17", False, True), ""),
        ("logFile", "${LOG}", UNKNOWN_KEY, "${LOG} is filled in"),
        ("readinessindicatorfile", "/run/x", ("moved", "", False, False),
         "readinessindicatorfile: /host/run/x"),
        ("readinessindicatorfile", "${X}", UNKNOWN_KEY, "${X} is filled in"),
        ("readinessindicatorfile", "x", KEPT, "in daemon-config.json"),
        ("clusterNetwork", "/run/x", ("moved", "", False, False), "clusterNetwork: /host/run/x"),
        ("clusterNetwork", "a-nad", KEPT, ""),
        ("name", "multus-cni-network", DROPPED, "the daemon's own name"),
        ("name", "other", DROPPED, "the daemon names its network multus-cni-network"),
        ("name", "", DROPPED, "the daemon names its network"),
        ("name", "cbr0", ("renamed", "", False, False), "overrideNetworkName: true"),
        ("defaultNetworks", ["a"], DROPPED, "beside clusterNetwork only"),
        ("delegates", [7], UNKNOWN_KEY, "not a list of CNI configurations"),
        ("delegates", [], UNKNOWN_KEY, "not a list"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_hand_written_key(
    key: str, value: Any, expected: tuple[str, str, bool, bool], detail: str
) -> None:
    found = entry(translated(**{key: value}), key)
    assert told(found) == expected
    assert detail in found.detail


def test_beside_a_cluster_network_delegates_are_ignored_and_default_networks_count() -> None:
    translation = translated(clusterNetwork="a-nad", defaultNetworks=["b"])
    assert told(entry(translation, "delegates")) == DROPPED
    assert told(entry(translation, "defaultNetworks")) == KEPT
    assert translation.keys["defaultNetworks"] == ["b"]


@pytest.mark.parametrize(
    ("primary", "delegate", "expected", "detail"),
    [
        (ON_NODE, {"name": "cbr0"}, ("moved", "", False, False), "multusMasterCNI: 10-flannel.conflist"),
        (ON_NODE, {"name": "other"}, UNKNOWN_KEY, "no one file in /etc/cni/net.d of the nodes"),
        (MANY, {"name": "other"}, UNKNOWN_KEY, "no one file in /etc/cni/net.d of the nodes"),
        (UNKNOWN, {"name": "other"}, ("moved", "P04", True, True), "the primary CNI other is inside"),
        (UNKNOWN, {}, ("moved", "P04", True, True), "the primary CNI (no name) is inside"),
    ],
    ids=["the nodes' file", "another network", "no one file", "no node files", "without a name"],
)  # fmt: skip
def test_what_is_said_of_the_first_delegate(
    primary: Primary, delegate: dict[str, str], expected: tuple[str, str, bool, bool], detail: str
) -> None:
    translation = translated_beside(primary, delegates=[{"type": "x", **delegate}])
    name = delegate.get("name", "")
    found = entry(translation, f"delegates[0] {name}".strip())
    assert told(found) == expected
    assert detail in found.detail
    assert found.primary == name
    assert [e.name for e in translation.entries].count("multusMasterCNI") == 0


def test_what_is_said_of_further_delegates() -> None:
    translation = translated(delegates=[{"name": "cbr0", "type": "x"}, MACVLAN, {"type": "y"}, 7])
    assert [name for name, _ in translation.networks] == [
        "mgmt",
        "multus-delegate-2",
        "multus-delegate-3",
    ]
    for name, label in [
        ("delegates[1] mgmt", "mgmt"),
        ("delegates[2]", "multus-delegate-2"),
        ("delegates[3]", "multus-delegate-3"),
    ]:
        found = entry(translation, name)
        assert told(found) == ("moved", "P20", False, True)
        assert f"NetworkAttachmentDefinition {label}, given to every pod" in found.detail


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "70-multus.conf, line 2 of its value: the Multus config is not valid JSON"),
        ("[]", "70-multus.conf: the Multus config is not a JSON object"),
        ('{"a": ${B}}', "the Multus config holds variables"),
    ],
)
def test_a_config_that_cannot_be_read_says_where(text: str, says: str) -> None:
    manifest = v3(CONFIG_FLAG, mounts=CONFIG_MOUNT, volumes=CONFIG_VOLUME)
    translation = translate(
        install(f"{manifest}---\n{hand_written(text)}"), parse("4.2.4"), ON_NODE
    )
    found = entry(translation, "70-multus.conf")
    assert told(found) == ("unknown", "P64", True, True)
    assert says.removeprefix("70-multus.conf") in found.detail


MOUNT = "- {name: c, mountPath: /etc/cni/net.d/multus.d}"
VOLUME = "- {name: c, configMap: {name: multus-daemon-config}}"


def daemon(config: Any, image: str = "v4.0.2-thick") -> Install:
    """A thick install whose ConfigMap has this daemon-config.json."""
    text = daemonset(
        command="[/usr/src/multus-cni/bin/multus-daemon]",
        image=f"ghcr.io/k8snetworkplumbingwg/multus-cni:{image}",
        mounts=MOUNT,
        volumes=VOLUME,
    )
    body = config if isinstance(config, str) else json.dumps(config)
    config_map = hand_written(body, name="multus-daemon-config")
    return install(text, config_map.replace("cni-conf.json", "daemon-config.json"))


def of_daemon(config: Any, release: str = "4.2.4") -> Translation:
    return translate(daemon(config), parse(release), CALICO)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("metricsPort", 9100, KEPT),
        ("metricsPort", "9100", ("unknown", "", False, False)),
        ("type", "multus", DROPPED),
        ("multusConfigFile", "/x", ("unknown", "P02", True, True)),
        ("multusConfigFile", "auto", KEPT),
        ("other", "/x", KEPT),
    ],
)
def test_what_is_said_of_a_daemon_s_own_key(
    key: str, value: Any, expected: tuple[str, str, bool, bool]
) -> None:
    translation = of_daemon({"cniVersion": "0.3.1", key: value})
    (found,) = [e for e in translation.entries if e.name == key]
    assert told(found) == expected
    assert ("cniVersion" in translation.keys) is True
    assert (key in translation.keys) is (key != "type")
    assert [e.name for e in translation.entries].count("cniVersion") == 1


def test_a_daemon_s_config_that_cannot_be_read_is_unknown() -> None:
    found = entry(of_daemon("{"), "daemon-config.json")
    assert told(found) == ("unknown", "", False, False)
    assert "its settings cannot be carried over" in found.detail


def test_a_daemon_s_flags_are_not_those_of_thin_mode() -> None:
    assert [e for e in of_daemon({}).entries if e.kind == "flag"] == []
    assert translate(install(daemonset(image="x:v4.0.2-thick",
        command="[/usr/src/multus-cni/bin/multus-daemon]")), parse("4.2.4"), CALICO).keys == {
        "cniVersion": "0.3.1", "multusMasterCNI": "10-calico.conflist"}  # fmt: skip


def test_log_options_of_a_daemon_stay_beside_each_other() -> None:
    args = ("-multus-log-max-size=5", "-multus-log-max-age=6")
    assert thin("goflag", *args).keys["logOptions"] == {"maxSize": 5, "maxAge": 6}


@pytest.mark.parametrize(
    ("primary", "expected", "detail"),
    [
        (CALICO, ("kept", "", False, False), "10-calico.conflist, the primary CNI today"),
        (UNKNOWN, ("kept", "P04", False, True), "the primary CNI's file is not known"),
        (MANY, ("dropped", "", False, False), "the nodes do not share one primary CNI"),
    ],
)
def test_what_is_said_of_the_primary(
    primary: Primary, expected: tuple[str, str, bool, bool], detail: str
) -> None:
    found = entry(thin("pflag", primary=primary), "multusMasterCNI")
    assert told(found) == expected
    assert detail in found.detail


def test_a_primary_that_a_flag_names_is_not_told_again() -> None:
    translation = thin("pflag", "--multus-master-cni-file-name=x.conf", primary=UNKNOWN)
    assert [e.name for e in translation.entries if e.name == "multusMasterCNI"] == []


def test_what_nobody_has_seen_is_told_once() -> None:
    """That the primary's file is not known stands for its version as well."""
    unseen = thin("shell", primary=UNKNOWN)
    assert told(entry(unseen, "cniVersion")) == KEPT
    assert told(entry(unseen, "multusMasterCNI")) == ("kept", "P04", False, True)
    named = thin("shell", "--multus-master-cni-file-name=x.conf", primary=UNKNOWN)
    assert told(entry(named, "cniVersion")) == ("kept", "P12", False, True)


def test_the_config_of_the_image_or_of_a_config_map_that_is_not_there() -> None:
    """The shell of v3 takes it unless --multus-conf-file says otherwise."""
    of_image = translate(install(v3()), parse("4.2.4"), CALICO)
    found = entry(of_image, "/usr/src/multus-cni/images/70-multus.conf")
    assert told(found) == ("unknown", "P02", True, True)
    assert "of its image, which is not in the inputs" in found.detail
    mount = "- {name: multus-cfg, mountPath: /usr/src/multus-cni/images}"
    mounted = translate(install(v3(mounts=mount, volumes=CONFIG_VOLUME)), parse("4.2.4"), CALICO)
    assert (
        "of ConfigMap multus-cni-config, which"
        in entry(mounted, "/usr/src/multus-cni/images/70-multus.conf").detail
    )


def test_a_config_that_the_nodes_have_is_not_lost() -> None:
    translation = translate(install(v3()), parse("4.2.4"), CALICO, "/etc/cni/net.d/70-multus.conf")
    found = entry(translation, "/usr/src/multus-cni/images/70-multus.conf")
    assert told(found) == DROPPED
    assert "the nodes' copy, /etc/cni/net.d/70-multus.conf, was read" in found.detail
    assert told(entry(translation, "cniVersion"))[0] == "kept"


@pytest.mark.parametrize(
    ("directory", "mounted"),
    [
        ("/var/log", True),
        ("/srv/logs", True),
        *(
            (f"/{name}/x/y", False)
            for name in ("bin", "boot", "dev", "etc", "lib", "lib64", "proc")
        ),
        *((f"/{name}/x/y", False) for name in ("sbin", "sys", "usr")),
        ("/srv", False),
        ("/run/x", True),
        ("/run", False),
        ("/run/multus", False),
        ("/run/multus-x", True),
        ("/opt/etc/log", True),
    ],
)
def test_which_directory_of_a_log_is_mounted(directory: str, mounted: bool) -> None:
    translation = thin("pflag", f"--multus-log-file={directory}/m.log")
    assert translation.host_dirs == ((directory,) if mounted else ())
    assert ("logFile" in translation.keys) is mounted
    (found,) = [e for e in translation.entries if "log-file" in e.name]
    assert (found.outcome, found.pitfall) == ("renamed" if mounted else "dropped", "P17")
    assert ("system directory" in found.warning) is not mounted


def test_a_log_without_a_directory_needs_no_mount() -> None:
    translation = thin("pflag", "--multus-log-file=m.log")
    assert (translation.host_dirs, translation.keys["logFile"]) == ((), "m.log")
    assert thin("pflag").host_dirs == ()


@pytest.mark.parametrize(
    ("image", "running"),
    [("v4.2.4-thick", True), ("v4.1.0-thick", False), ("snapshot-thick", False)],
    ids=["the target's stays, digest and all", "an older one", "one that floats"],
)
def test_the_image_of_a_daemon(image: str, running: bool) -> None:
    form = thick(daemon({}, image), (), target("4.2.4"), "multus-daemon-config")
    assert form.image == "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.4-thick"
    assert (form.image_origin == "running") is running
    assert (form.image_remark == "it is the target's already") is running


@pytest.mark.parametrize(
    ("image", "kept"),
    [
        ("mirror.example/multus:v4.2.4", True),
        ("ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.4", False),
        ("mirror.example/multus:v4.1.0", False),
    ],
    ids=["a mirror's name says nothing of thick", "upstream's does", "an older one of a mirror"],
)
def test_the_image_of_a_daemon_that_does_not_say_thick(image: str, kept: bool) -> None:
    text = daemonset(command="[/usr/src/multus-cni/bin/multus-daemon]", image=image)
    form = thick(install(text), (), target("4.2.4"), "multus-daemon-config")
    assert (form.image_origin == "running") is kept
    assert (form.image == image) is kept


def test_a_daemon_s_config_gets_the_keys_that_it_lacks() -> None:
    own = {"logLevel": "debug", "metricsPort": 9100, "cniVersion": "1.0.0", "type": "multus"}
    config = thick(daemon(own), (), target("4.2.4"), "multus-daemon-config").config
    assert config == {
        "logLevel": "debug",
        "metricsPort": 9100,
        "cniVersion": "1.0.0",
        "chrootDir": "/hostroot",
        "logToStderr": True,
        "cniConfigDir": "/host/etc/cni/net.d",
        "multusAutoconfigDir": "/host/etc/cni/net.d",
        "multusConfigFile": "auto",
        "socketDir": "/host/run/multus/",
        "confDir": "/etc/cni/multus/net.d",
    }
