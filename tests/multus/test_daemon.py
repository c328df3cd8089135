"""The daemon's start where no answer was recorded. Ids name the function and the release."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.golang.files import Filesystem
from migrator.multus import daemon
from migrator.multus.daemon import Start
from migrator.multus.releases import parse

DIR = "/host/etc/cni/net.d"
PRIMARY = '{"cniVersion":"1.0.0","name":"p","plugins":[{"type":"a","capabilities":{"x":true}}]}'
LOAD = "failed to load the primary CNI configuration as a multus delegate with error "


def start(
    files: dict[str, str] | None,
    release: str = "4.2.4",
    existing: tuple[str, ...] = (),
    **keys: Any,
) -> Start:
    config = {"cniVersion": "0.3.1", "multusAutoconfigDir": DIR, **keys}
    directories = {} if files is None else {DIR: files}
    seen = Filesystem(directories=directories, existing=frozenset(existing))
    return daemon.start(json.dumps(config), seen, parse(release))


@pytest.mark.parametrize(
    ("files", "primary"),
    [
        pytest.param({"20-b.conf": PRIMARY, "10-a.conflist": PRIMARY}, "10-a.conflist", id="order"),
        pytest.param({"00-multus.conf": "{", "a.conf": PRIMARY}, "a.conf", id="its own"),
        pytest.param(
            {"00-multus-x.conflist": "{", "a.conf": PRIMARY}, "a.conf", id="any 00-multus"
        ),
        pytest.param({"05-a.json": PRIMARY, "10-a.conf": PRIMARY}, "10-a.conf", id="no .json"),
        pytest.param({"a.conf.bak": PRIMARY, "b.conf": PRIMARY}, "b.conf", id="no backup"),
        pytest.param(
            {"70-multus.conf": PRIMARY, "cbr0.conf": PRIMARY}, "70-multus.conf", id="70-multus"
        ),
        pytest.param({"multus.d/x.conf": PRIMARY, "z.conf": PRIMARY}, "z.conf", id="no folder"),
    ],
)
def test_primary(files: dict[str, str], primary: str) -> None:
    config = start(files).shim_config
    assert config is not None
    assert config["clusterNetwork"] == f"{DIR}/{primary}"


@pytest.mark.parametrize(
    ("files", "release", "keys", "error"),
    [
        pytest.param(
            {"00-multus.conf": "{}", "x.json": "{}"},
            "4.2.4",
            {},
            "failed to find the cluster master CNI plugin: could not find a plugin configuration "
            f"in {DIR}",
            id="findMasterPlugin: none",
        ),
        pytest.param(
            None,
            "4.0.2",
            {},
            "failed to find the cluster master CNI plugin: error when listing the CNI plugin "
            f"configurations: open {DIR}: no such file or directory",
            id="findMasterPlugin: no directory",
        ),
        pytest.param(
            {"a.conf": PRIMARY},
            "4.2.4",
            {"multusAutoconfigDir": ""},
            "failed to find the cluster master CNI plugin: error when listing the CNI plugin "
            "configurations: open : no such file or directory",
            id="findMasterPlugin: not set",
        ),
        pytest.param(
            None,
            "4.0.2",
            {"multusMasterCNI": "a.conf"},
            f'failed to add watch on "{DIR}": no such file or directory',
            id="newWatcher v4.0.2",
        ),
        pytest.param(
            None,
            "4.1.0",
            {"multusMasterCNI": "a.conf"},
            f'failed to add watch on "{DIR}" for cni config: no such file or directory',
            id="newWatcher v4.1.0",
        ),
        pytest.param(
            {"a.conf/x": ""},
            "4.2.4",
            {},
            f"{LOAD}'failed to access the primary CNI configuration from {DIR}/a.conf: failed to "
            f"read the cluster primary CNI config {DIR}/a.conf: read {DIR}/a.conf: is a directory'",
            id="primaryCNIData: a folder is taken for the primary",
        ),
        pytest.param(
            {"a.conf": PRIMARY},
            "4.2.4",
            {"multusMasterCNI": f"{DIR}/00-multus.conf"},
            f"cannot specify {DIR}/00-multus.conf to prevent recursive config load",
            id="newManager: itself",
        ),
        pytest.param(
            {"a.conf": '{"type":"x"}'},
            "4.2.4",
            {"cniVersion": "0.4.0"},
            f"{LOAD}'couldn't get cni version of delegate'",
            id="CheckVersionCompatibility: none",
        ),
        pytest.param(
            {"a.conf": "[]"},
            "4.2.4",
            {"cniVersion": "1.0.0"},
            f"{LOAD}'couldn't get cni version of delegate'",
            id="CheckVersionCompatibility: no object",
        ),
        pytest.param(
            {"a.conf": '{"cniVersion":"1.0"}'},
            "4.2.4",
            {"cniVersion": "1.0.0"},
            f"{LOAD}'No Major.Minor.Patch elements found'",
            id="CheckVersionCompatibility: the delegate's is no version",
        ),
        pytest.param(
            {"a.conf": PRIMARY},
            "4.2.4",
            {"cniVersion": ""},
            f"{LOAD}'couldn't get top level cni version'",
            id="CheckVersionCompatibility: not set",
        ),
        pytest.param(
            {"a.conf": '{"cniVersion":"1.0.0"}'},
            "4.2.4",
            {"overrideNetworkName": True},
            "could not override the network name: failed to access delegate CNI plugin name",
            id="overrideNetworkName: no name",
        ),
        pytest.param(
            {"a.conf": '{"cniVersion":"1.0.0","name":"","mtu":1500}'},
            "4.3.0",
            {"overrideNetworkName": True},
            "could not override the network name: the primary CNI Configuration does not feature "
            "the network name: map[cniVersion:1.0.0 mtu:1500 name:]",
            id="overrideNetworkName: empty name",
        ),
        pytest.param(
            {"a.conf": PRIMARY},
            "4.2.4",
            {"forceCNIVersion": True, "multusMasterCNI": "b.conf"},
            f"failed to read cni config {DIR}/b.conf: open {DIR}/b.conf: no such file or directory",
            id="overrideCNIVersion: not there",
        ),
        pytest.param(
            {"a.conf": "[]"},
            "4.2.4",
            {"forceCNIVersion": True},
            f"failed to unmarshall cni config {DIR}/a.conf: json: cannot unmarshal array into Go "
            "value of type map[string]interface {}",
            id="overrideCNIVersion: no object",
        ),
    ],
)
def test_manager_error(
    files: dict[str, str] | None, release: str, keys: dict[str, Any], error: str
) -> None:
    assert start(files, release, **keys).manager_error == error


@pytest.mark.parametrize(
    ("primary", "keys", "panic"),
    [
        pytest.param(
            "[]",
            {},
            "interface conversion: interface {} is []interface {}, not map[string]interface {}",
            id="loadPrimaryCNIConfigurationData: a list below 0.4.0",
        ),
        pytest.param(
            "null",
            {},
            "interface conversion: interface {} is nil, not map[string]interface {}",
            id="loadPrimaryCNIConfigurationData: null",
        ),
        pytest.param(
            "null",
            {"forceCNIVersion": True},
            "assignment to entry in nil map",
            id="overrideCNIVersion",
        ),
        pytest.param(
            '{"plugins":"x"}',
            {},
            "interface conversion: interface {} is string, not []interface {}",
            id="setCapabilities: plugins",
        ),
        pytest.param(
            '{"plugins":null}',
            {},
            "interface conversion: interface {} is nil, not []interface {}",
            id="setCapabilities: null plugins",
        ),
        pytest.param(
            '{"capabilities":{"x":1}}',
            {},
            "interface conversion: interface {} is float64, not bool",
            id="extractCapabilities: a number",
        ),
        pytest.param(
            PRIMARY,
            {"capabilities": None},
            "assignment to entry in nil map",
            id="capabilities: null",
        ),
        pytest.param(
            '{"name":5}',
            {"overrideNetworkName": True},
            "interface conversion: interface {} is float64, not string",
            id="overrideNetworkName: a number",
        ),
    ],
)
def test_panic(primary: str, keys: dict[str, Any], panic: str) -> None:
    assert start({"a.conf": primary}, **keys).panic == panic


@pytest.mark.parametrize(
    ("release", "keys", "kept"),
    [
        pytest.param("4.0.2", {"multusMasterCNI": "a.conf"}, True, id="Generate v4.0.2: master"),
        pytest.param("4.1.0", {"multusMasterCNI": "a.conf"}, False, id="Generate v4.1.0: master"),
        pytest.param("4.0.2", {"forceCNIVersion": True}, True, id="Generate v4.0.2: force"),
        pytest.param("4.1.0", {"forceCNIVersion": True}, False, id="Generate v4.1.0: force"),
        pytest.param("4.0.2", {"readinessindicatorfile": "/x/y"}, True, id="v4.0.2: readiness"),
        pytest.param(
            "4.1.0", {"readinessindicatorfile": f"{DIR}/y"}, False, id="v4.1.0: readiness"
        ),
        pytest.param(
            "4.2.0", {"auxiliaryCNIChainName": "c"}, False, id="MultusConf v4.2.0: no chain"
        ),
        pytest.param("4.2.1", {"auxiliaryCNIChainName": "c"}, True, id="MultusConf v4.2.1: chain"),
        pytest.param("4.2.4", {"logOptions": {}}, True, id="a pointer that is set"),
        pytest.param("4.2.4", {"logOptions": None}, False, id="a pointer that is not"),
        pytest.param("4.2.4", {"logToStderr": False}, False, id="omitempty: false"),
        pytest.param("4.2.4", {"binDir": ""}, False, id="omitempty: empty"),
    ],
)
def test_what_the_shim_gets(release: str, keys: dict[str, Any], kept: bool) -> None:
    config = start({"a.conf": PRIMARY}, release, **keys).shim_config
    assert config is not None
    assert (next(iter(keys)) in config) is kept


def test_capabilities_are_joined_and_a_false_one_of_the_file_stays() -> None:
    config = start({"a.conf": PRIMARY}, capabilities={"y": False, "z": None}).shim_config
    assert config is not None
    assert config["capabilities"] == {"x": True, "y": False, "z": False}


def test_the_forced_version_counts_as_the_primarys() -> None:
    old = '{"cniVersion":"0.3.1","name":"p","type":"a"}'
    assert start({"a.conf": old}, cniVersion="1.0.0").manager_error
    assert start({"a.conf": old}, cniVersion="1.0.0", forceCNIVersion=True).shim_config


@pytest.mark.parametrize(
    ("release", "path"),
    [
        pytest.param(
            "4.0.2", f"{DIR}//a.conf", id="cniPluginConfigFilePath v4.0.2 joins with a slash"
        ),
        pytest.param("4.1.0", f"{DIR}/a.conf", id="newManager v4.1.0 cleans the path"),
    ],
)
def test_path_of_the_primary(release: str, path: str) -> None:
    config = start({"a.conf": PRIMARY}, release, multusAutoconfigDir=f"{DIR}/").shim_config
    assert config is not None
    assert config["clusterNetwork"] == path


@pytest.mark.parametrize(
    ("file", "existing", "starts"),
    [
        pytest.param("/run/x/ready", (), False, id="no such folder"),
        pytest.param("/run/x/ready", ("/run/x",), True, id="mounted"),
        pytest.param("/run/ready", ("/run/x",), True, id="above a mount"),
        pytest.param("/ready", (), True, id="the root"),
        pytest.param("ready", (), True, id="the working directory"),
        pytest.param(f"{DIR}/ready", (), True, id="the primary's folder"),
    ],
)
def test_the_folder_of_the_readiness_file_must_be_there(
    file: str, existing: tuple[str, ...], starts: bool
) -> None:
    got = start({"a.conf": PRIMARY}, existing=existing, readinessindicatorfile=file)
    assert (got.shim_config is not None) is starts
    assert got.manager_error.startswith("failed to add watch on ") is not starts


@pytest.mark.parametrize(
    ("release", "keys", "where"),
    [
        pytest.param("4.2.4", {"metricsPort": "9091"}, "load_error", id="ControllerNetConf: port"),
        pytest.param(
            "4.2.4", {"logToStderr": "true"}, "load_error", id="both read it: the server first"
        ),
        pytest.param("4.2.4", {"namespaceIsolation": "true"}, "parse_error", id="MultusConf: bool"),
        pytest.param("4.2.4", {"capabilities": {"x": "true"}}, "parse_error", id="MultusConf: map"),
        pytest.param(
            "4.0.2", {"perNodeCertificate": 5}, "shim_config", id="v4.0.2 has no certificate"
        ),
        pytest.param("4.1.0", {"perNodeCertificate": 5}, "load_error", id="v4.1.0 has"),
        pytest.param("4.2.4", {"connectionLimit": "5"}, "shim_config", id="v4.2.4 has no limit"),
        pytest.param("4.3.0", {"connectionLimit": "5"}, "load_error", id="v4.3.0 has"),
        pytest.param(
            "4.3.0", {"confDir": 5, "delegates": 5}, "shim_config", id="read per request only"
        ),
    ],
)
def test_where_a_wrong_type_is_found(release: str, keys: dict[str, Any], where: str) -> None:
    assert getattr(start({"a.conf": PRIMARY}, release, **keys), where)


def test_null_is_a_configuration_without_anything() -> None:
    got = daemon.start("null", Filesystem(directories={}), parse("4.2.4"))
    assert got.manager_error.startswith("failed to find the cluster master CNI plugin")


def test_the_text_is_what_go_writes() -> None:
    got = start({"a.conf": '{"name":"p","type":"a"}'}, binDir="/a&b")
    assert got.text == (
        r'{"binDir":"/a\u0026b","clusterNetwork":"/host/etc/cni/net.d/a.conf",'
        '"cniVersion":"0.3.1","name":"multus-cni-network","type":"multus-shim"}'
    )


def test_a_start_that_fails_has_no_config_for_the_shim() -> None:
    assert Start(load_error="it fails").text == ""
    assert Start(shim_config={"b": 1, "a": 2}).text == '{"a":2,"b":1}'
