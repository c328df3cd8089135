"""ADD: what libcni refuses, what each plugin gets on stdin, and how a pod's networks tell it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.golang.errors import NIL_DEREFERENCE
from migrator.model.plan import Failure
from migrator.multus import add, cniversions, pod
from migrator.multus.add import Added
from migrator.multus.lookup import Installed
from migrator.multus.releases import parse


def conf(**fields: Any) -> str:
    return json.dumps({"cniVersion": "0.3.1", "name": "n", "type": "macvlan", **fields})


def conflist(**fields: Any) -> str:
    plugins = [{"type": "bridge", "mtu": 9000}, {"type": "tuning", "name": "own"}]
    return json.dumps({"cniVersion": "0.4.0", "name": "n", "plugins": plugins, **fields})


def run(config: str, release: str = "4.2.4") -> Added:
    return add.add(config, '"plugins"' in config, parse(release))


def test_each_plugin_gets_the_name_and_version_of_the_list() -> None:
    runs = run(conflist()).runs
    assert [one.plugin for one in runs] == ["bridge", "tuning"]
    assert [json.loads(one.stdin) for one in runs] == [
        {"cniVersion": "0.4.0", "mtu": 9000, "name": "n", "type": "bridge"},
        {"cniVersion": "0.4.0", "name": "n", "type": "tuning"},
    ]


@pytest.mark.parametrize(
    ("name", "release", "error"),
    [
        pytest.param("my net", "3.6", "", id="libcni 0.7 takes any name"),
        pytest.param(
            "my net",
            "3.9.3",
            "invalid characters found in network name; my net",
            id="libcni 0.8: a space",
        ),
        pytest.param("a/b", "4.2.4", "invalid characters found in network name; a/b", id="a slash"),
        pytest.param("-a", "4.2.4", "invalid characters found in network name; -a", id="a dash"),
        pytest.param("", "4.2.4", "missing network name:", id="none"),
        pytest.param("a.b_c-1", "4.2.4", "", id="all that is allowed"),
    ],
)
def test_name(name: str, release: str, error: str) -> None:
    assert run(conf(name=name), release).error == error


@pytest.mark.parametrize(
    ("version", "release", "error"),
    [
        pytest.param("1.0.0", "3.9.3", 'unsupported CNI result version "1.0.0"', id="v3.9.3"),
        pytest.param("1.0.0", "4.0.2", "", id="v4.0.2 knows 1.0.0"),
        pytest.param("1.1.0", "4.0.2", 'unsupported CNI result version "1.1.0"', id="v4.0.2"),
        pytest.param("1.1.0", "4.1.4", "", id="v4.1.4 knows 1.1.0"),
        pytest.param("", "4.2.4", "", id="none is 0.1.0"),
        pytest.param("9.9.9", "4.3.0", 'unsupported CNI result version "9.9.9"', id="no release"),
    ],
)
def test_version(version: str, release: str, error: str) -> None:
    assert run(conf(cniVersion=version), release).error == error


@pytest.mark.parametrize(
    ("release", "prefix"),
    [
        pytest.param("3.9.3", "", id="v3"),
        pytest.param("4.0.2", 'plugin type="bridge" failed (add): '),
    ],
)
def test_a_list_names_the_plugin_that_failed(release: str, prefix: str) -> None:
    added = run(conflist(name="a b"), release)
    assert added.error == f"{prefix}invalid characters found in network name; a b"
    assert added.runs == ()


@pytest.mark.parametrize(
    ("versions", "release", "given"),
    [
        pytest.param(["1.0.0"], "4.0.2", "0.4.0", id="libcni 1.1 does not read cniVersions"),
        pytest.param(["0.3.1", "1.0.0"], "4.1.4", "1.0.0", id="libcni 1.2.0-rc1: the highest"),
        pytest.param(["1.0"], "4.1.4", "1.0.0", id="libcni 1.2.0-rc1 writes it anew"),
        pytest.param(["0.3.1", "1.0.0"], "4.2.4", "1.0.0", id="libcni 1.3: the highest"),
        pytest.param(["0.3.1"], "4.2.4", "0.4.0", id="cniVersion is one of them"),
        pytest.param(["2.0.0"], "4.2.4", "0.4.0", id="a later one than libcni knows"),
        pytest.param([], "4.2.4", "0.4.0", id="none"),
    ],
)
def test_versions(versions: list[str], release: str, given: str) -> None:
    added = run(conflist(cniVersions=versions), release)
    assert added.cni_version == given
    assert [json.loads(one.stdin)["cniVersion"] for one in added.runs] == [given] * 2


def test_a_second_plugin_without_a_type_is_found_out_here() -> None:
    added = run(conflist(plugins=[{"type": "a"}, {}]))
    assert added.parse_error == (
        "failed to parse plugin config 1: error parsing configuration: missing 'type'"
    )


def test_a_list_without_plugins_leaves_no_result() -> None:
    text = '{"cniVersion":"0.4.0","name":"n","Plugins":[{"type":"a"}]}'
    assert add.add(text, True, parse("4.2.4")) == Added(cni_version="0.4.0", panic=NIL_DEREFERENCE)
    assert add.add(text, True, parse("4.1.4")).parse_error.endswith("no 'plugins' key")


def test_which_versions_a_result_may_have() -> None:
    assert not cniversions.known("0.5.0", parse("4.3.0"))
    assert cniversions.known("0.2.0", parse("3.1"))


@pytest.mark.parametrize(
    ("config", "error"),
    [
        pytest.param(
            conf(name="a b"), "invalid characters found in network name; a b", id="a name"
        ),
        pytest.param(
            conflist(plugins=[{"type": "a"}, {}]),
            "conflistAdd: error converting the raw bytes into a conflist: failed to parse plugin "
            "config 1: error parsing configuration: missing 'type'",
            id="a second plugin",
        ),
    ],
)
def test_a_pods_network_that_cannot_be_run_is_not_attached(config: str, error: str) -> None:
    multus = Installed(release=parse("4.2.4"), mode="thick", files={}, nads={("prod", "n"): config})
    (network,) = pod.resolve(multus, "prod", "n", None)
    assert (network.resolution.error, network.resolution.failure) == (error, Failure.ADD)
    (loaded,) = pod.load(multus, "prod", "n", None)
    assert loaded.resolution.config == config


def test_a_pods_network_says_which_version_the_plugins_get() -> None:
    nads = {("prod", "n"): conflist(cniVersions=["1.0.0"])}
    given = []
    for release in ("3.9.3", "4.2.4"):
        multus = Installed(release=parse(release), mode="thin", files={}, nads=nads)
        given += [network.cni_version for network in pod.resolve(multus, "prod", "n", None)]
    assert given == ["0.4.0", "1.0.0"]
