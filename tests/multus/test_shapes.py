"""Which fields each release's Go structs have: a value of another kind is an error in these alone.

Source: the struct definitions of each release's pkg/types, pkg/server and vendored libcni.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from migrator.golang import shape as goshape
from migrator.golang.errors import GoError
from migrator.golang.shape import Shape
from migrator.multus import shapes
from migrator.multus.releases import TABLE, Release, parse

Fields = dict[str, str]
"""Field -> the Go type that an error names, and from which release on to before which one."""

PORT_MAPPINGS = {
    "hostPort": "int",
    "containerPort": "int",
    "protocol": "string",
    "hostIP": "string",
}
BANDWIDTH = {
    "ingressRate": "int",
    "ingressBurst": "int",
    "egressRate": "int",
    "egressBurst": "int",
}
LOG_OPTIONS = {"maxAge": "int", "maxSize": "int", "maxBackups": "int", "compress": "bool"}
PLUGIN: Fields = {
    "cniVersion": "string",
    "name": "string",
    "type": "string",
    "capabilities": "map[string]bool",
    "ipam>type": "string",
    "dns>nameservers": "[]string",
    "dns>domain": "string",
    "dns>search": "[]string",
    "dns>options": "[]string",
    "prevResult": "map[string]interface {} from 3.4.2",
}
ATTACHMENTS: Fields = {
    "cni.dev/valid-attachments>0>containerID": "string from 4.1.0",
    "cni.dev/valid-attachments>0>ifname": "string from 4.1.0",
}
STRUCTS: dict[str, tuple[Callable[[Release], Shape], Fields]] = {
    "plugin": (shapes.plugin_conf, {**PLUGIN, **ATTACHMENTS}),
    "list": (
        shapes.net_conf_list,
        {
            "cniVersion": "string",
            "name": "string",
            "disableCheck": "bool from 3.4.2",
            "disableGC": "bool from 4.2.0",
            **{f"plugins>0>{field}": kind for field, kind in PLUGIN.items()},
        },
    ),
    "networks annotation": (
        shapes.network_selections,
        {
            "0>name": "string",
            "0>namespace": "string",
            "0>ipRequest": "string until 3.2",
            "0>macRequest": "string until 3.2",
            "0>mac": "string from 3.2",
            "0>interface": "string from 3.2",
            "0>infiniband-guid": "string from 3.6",
            **{f"0>portMappings>0>{f}": f"{kind} from 3.4" for f, kind in PORT_MAPPINGS.items()},
            **{f"0>bandwidth>{f}": f"{kind} from 3.4" for f, kind in BANDWIDTH.items()},
            "0>cni-args": "map[string]interface {} from 3.4",
            "0>default-route": "[]net.IP from 3.4",
            "0>deviceID": "string from 3.7",
        },
    ),
    "Multus": (
        shapes.net_conf,
        {
            **{field: kind for field, kind in PLUGIN.items() if field != "prevResult"},
            **ATTACHMENTS,
            "prevResult": "map[string]interface {}",
            "confDir": "string",
            "cniDir": "string",
            "binDir": "string",
            "delegates": "[]map[string]interface {}",
            "kubeconfig": "string",
            "logFile": "string",
            "logLevel": "string",
            **{f"runtimeConfig>portMappings>0>{f}": kind for f, kind in PORT_MAPPINGS.items()},
            **{f"runtimeConfig>bandwidth>{f}": kind for f, kind in BANDWIDTH.items()},
            "runtimeConfig>ips": "[]string",
            "runtimeConfig>mac": "string",
            "runtimeConfig>infinibandGUID": "string",
            "runtimeConfig>deviceID": "string",
            "runtimeConfig>CNIDeviceInfoFile": "string",
            "clusterNetwork": "string from 3.2",
            "defaultNetworks": "[]string from 3.2",
            "systemNamespaces": "[]string from 3.2",
            "multusNamespace": "string from 3.2",
            "readinessindicatorfile": "string from 3.2",
            "namespaceIsolation": "bool from 3.2",
            "globalNamespaces": "string from 3.7",
            "logToStderr": "bool from 3.7",
            **{f"logOptions>{field}": f"{kind} from 3.7" for field, kind in LOG_OPTIONS.items()},
            "retryDeleteOnError": "bool from 4.0.0",
        },
    ),
    "daemon's server": (
        shapes.controller_conf,
        {
            "chrootDir": "string",
            "logFile": "string",
            "logLevel": "string",
            "logToStderr": "bool",
            "metricsPort": "int",
            "socketDir": "string",
            "perNodeCertificate>enabled": "bool from 4.1.0",
            "perNodeCertificate>bootstrapKubeconfig": "string from 4.1.0",
            "perNodeCertificate>certDir": "string from 4.1.0",
            "perNodeCertificate>certDuration": "string from 4.1.0",
            "enablePprof": "bool from 4.3.0",
            "connectionLimit": "int from 4.3.0",
        },
    ),
    "daemon's generator": (
        shapes.multus_conf,
        {
            "binDir": "string",
            "capabilities": "map[string]bool",
            "cniVersion": "string",
            "logFile": "string",
            "logLevel": "string",
            "logToStderr": "bool",
            **{f"logOptions>{field}": kind for field, kind in LOG_OPTIONS.items()},
            "name": "string",
            "clusterNetwork": "string",
            "namespaceIsolation": "bool",
            "globalNamespaces": "string",
            "readinessindicatorfile": "string",
            "type": "string",
            "cniDir": "string",
            "cniConfigDir": "string",
            "socketDir": "string until 4.1.0",
            "daemonSocketDir": "string from 4.1.0",
            "multusConfigFile": "string",
            "multusMasterCNI": "string",
            "multusAutoconfigDir": "string",
            "forceCNIVersion": "bool",
            "overrideNetworkName": "bool",
            "auxiliaryCNIChainName": "string from 4.2.1",
        },
    ),
}
CASES = [(name, field) for name, (_, fields) in STRUCTS.items() for field in fields]


def nested(field: str, value: Any) -> Any:
    """``a>0>b`` -> {"a": [{"b": value}]}."""
    for part in reversed(field.split(">")):
        value = [value] if part == "0" else {part: value}
    return value


def wrong(kind: str) -> Any:
    """A value that a field of the Go type refuses: 1.5 is no number that fits an int."""
    return 1.5 if kind != "bool" else "yes"


def refused(struct: Shape, field: str, kind: str) -> bool:
    """Whether the struct refuses a value of another kind, with an error that names field and type."""
    try:
        goshape.unmarshal(json.dumps(nested(field, wrong(kind))), struct, None)
    except GoError as error:
        assert field.rpartition(">")[2] in str(error), error
        assert str(error).endswith(f"of type {kind}"), error
        return True
    return False


@pytest.mark.parametrize(("name", "field"), CASES)
def test_a_field_has_its_type_in_the_releases_that_know_it(name: str, field: str) -> None:
    struct, fields = STRUCTS[name]
    kind, _, since = fields[field].partition(" from ")
    kind, _, until = kind.partition(" until ")
    expected = [
        release
        for release in sorted(TABLE)
        if (not since or release >= parse(since)) and (not until or release < parse(until))
    ]
    refusing = [release for release in sorted(TABLE) if refused(struct(release), field, kind)]
    assert refusing == expected


@pytest.mark.parametrize(
    ("release", "known"),
    [("3.1", True), ("3.2", False), ("3.3", True), ("4.3.0", True)],
)
def test_an_interface_may_be_asked_for_by_its_old_key(release: str, known: bool) -> None:
    given = json.dumps([{"name": "n", "interfaceRequest": "net1"}])
    ((read),) = goshape.unmarshal(given, shapes.network_selections(parse(release)), None)
    assert read.get("interfaceRequest") == ("net1" if known else None)


@pytest.mark.parametrize(("release", "kind"), [("3.3", "string"), ("3.4", "[]string")])
def test_ips_became_a_list(release: str, kind: str) -> None:
    with pytest.raises(GoError, match=f"of type {kind}".replace("[", r"\[")):
        goshape.unmarshal('[{"ips": 5}]', shapes.network_selections(parse(release)), None)


@pytest.mark.parametrize(
    ("name", "release", "place"),
    [
        ("plugin", "4.2.0", "NetConf.name"),
        ("plugin", "4.2.1", "PluginConf.name"),
        ("list", "4.2.4", "NetConfList.name"),
        ("Multus", "4.2.4", "NetConf.confDir"),
        ("daemon's server", "4.2.4", "ControllerNetConf.chrootDir"),
        ("daemon's generator", "4.2.4", "MultusConf.binDir"),
        ("networks annotation", "4.2.4", "NetworkSelectionElement.0>name"),
    ],
)
def test_an_error_names_the_struct_and_the_field(name: str, release: str, place: str) -> None:
    struct, _ = STRUCTS[name]
    go, _, field = place.partition(".")
    with pytest.raises(GoError) as raised:
        goshape.unmarshal(json.dumps(nested(field, 1.5)), struct(parse(release)), None)
    assert f"Go struct field {go}.{field.removeprefix('0>')} of" in str(raised.value)
