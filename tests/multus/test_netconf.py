"""Multus's own configuration: what each release holds of it, and what pods get of it.

The id of a case names the release where it matters.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.golang.errors import GoError
from migrator.multus import netconf
from migrator.multus.netconf import NetConf
from migrator.multus.releases import parse

DELEGATES: dict[str, Any] = {"delegates": [{"name": "cbr0", "type": "flannel"}]}


def load(conf: Any, release: str = "4.2.4") -> NetConf:
    text = conf if isinstance(conf, str) else json.dumps(conf)
    return netconf.load(text, parse(release))


@pytest.mark.parametrize("release", ["3.2", "3.9.3", "4.0.2", "4.3.0"])
def test_defaults(release: str) -> None:
    conf = load(DELEGATES, release)
    assert (conf.conf_dir, conf.bin_dir) == ("/etc/cni/multus/net.d", "/opt/cni/bin")
    assert (conf.cni_dir, conf.multus_namespace) == ("/var/lib/cni/multus", "kube-system")
    assert conf.system_namespaces == ("kube-system",)
    assert conf.log_to_stderr


@pytest.mark.parametrize(
    ("release", "namespaces", "directory"),
    [
        pytest.param("3.9.3", ("kube-system",), "/etc/cni/multus/net.d", id="v3.9.3 fills it in"),
        pytest.param("4.0.2", (), "", id="v4.0.2 takes it at its word"),
    ],
)
def test_an_empty_setting(release: str, namespaces: tuple[str, ...], directory: str) -> None:
    conf = load({**DELEGATES, "systemNamespaces": [], "confDir": ""}, release)
    assert (conf.system_namespaces, conf.conf_dir) == (namespaces, directory)


def test_keys_have_any_case_and_the_last_counts() -> None:
    conf = load('{"CONFDIR": "/a", "clusternetwork": "n", "confDir": "/b"}')
    assert (conf.conf_dir, conf.cluster_network) == ("/b", "n")


@pytest.mark.parametrize(
    ("conf", "error"),
    [
        pytest.param("{", "failed to load netconf: unexpected end of JSON input", id="broken"),
        pytest.param({}, "at least one delegate/clusterNetwork must be specified", id="neither"),
        pytest.param(
            {"delegates": [{"name": "a"}]},
            "failed to load delegate 0 config: LoadDelegateNetConf: failed with: "
            "LoadDelegateNetConfList: delegate must have the 'type' or 'plugin' field",
            id="a delegate without a type",
        ),
        pytest.param(
            {**DELEGATES, "namespaceIsolation": "true"},
            "failed to load netconf: json: cannot unmarshal string into Go struct field "
            "NetConf.namespaceIsolation of type bool",
            id="a string for a bool",
        ),
    ],
)
def test_error(conf: Any, error: str) -> None:
    with pytest.raises(GoError) as raised:
        load(conf)
    assert str(raised.value) == f"LoadNetConf: {error}"


def test_delegates_are_written_anew() -> None:
    (one,) = load('{"delegates": [{"type": "flannel", "name": "cbr0"}]}').delegates
    assert one.config == '{"name":"cbr0","type":"flannel"}'
    assert (one.delegate.name, one.delegate.is_list) == ("cbr0", False)


def test_a_cluster_network_replaces_delegates() -> None:
    conf = load({**DELEGATES, "clusterNetwork": "n", "defaultNetworks": ["a"]})
    assert conf.delegates == ()
    assert conf.live_default_networks == ("a",)


def test_default_networks_are_not_read_beside_delegates() -> None:
    conf = load({**DELEGATES, "defaultNetworks": ["a"]})
    assert conf.default_networks == ("a",)
    assert conf.live_default_networks == ()


@pytest.mark.parametrize(
    ("release", "listed", "allowed"),
    [
        pytest.param("3.4.1", "", (), id="v3.4.1: none"),
        pytest.param("3.6", "x", ("default",), id="v3.6: default, and no list"),
        pytest.param("4.2.4", "", ("default",), id="unset"),
        pytest.param("4.2.4", " a , b", ("a", "b"), id="a list replaces default"),
        pytest.param("4.2.4", " ", ("",), id="a space is a list"),
    ],
)
def test_namespaces_that_isolation_lets_through(
    release: str, listed: str, allowed: tuple[str, ...]
) -> None:
    assert load({**DELEGATES, "globalNamespaces": listed}, release).non_isolated == allowed


def test_every_setting_is_taken_as_it_is_given() -> None:
    conf = load(
        {
            **DELEGATES,
            "name": "multus-cni-network",
            "cniVersion": "1.0.0",
            "binDir": "/b",
            "confDir": "/c",
            "cniDir": "/d",
            "logFile": "/l",
            "logLevel": "debug",
            "logToStderr": False,
            "capabilities": {"portMappings": True},
            "readinessindicatorfile": "/r",
            "namespaceIsolation": True,
            "globalNamespaces": "shared",
            "systemNamespaces": ["a", "b"],
            "multusNamespace": "m",
        }
    )
    assert (conf.name, conf.cni_version) == ("multus-cni-network", "1.0.0")
    assert (conf.bin_dir, conf.conf_dir, conf.cni_dir) == ("/b", "/c", "/d")
    assert (conf.log_file, conf.log_level, conf.log_to_stderr) == ("/l", "debug", False)
    assert conf.capabilities == {"portMappings": True}
    assert conf.readiness_indicator_file == "/r"
    assert (conf.namespace_isolation, conf.global_namespaces) == (True, "shared")
    assert (conf.system_namespaces, conf.multus_namespace) == (("a", "b"), "m")


def test_what_is_not_set_is_off_also_where_a_release_does_not_know_it() -> None:
    for release in ("3.1", "4.2.4"):
        conf = load(DELEGATES, release)
        assert (conf.readiness_indicator_file, conf.global_namespaces) == ("", "")
        assert not conf.namespace_isolation
        assert conf.log_to_stderr
        assert (conf.cluster_network, conf.default_networks) == ("", None)
