"""NAD resolution where no answer was recorded: v3, libcni 1.2 and 1.3, cni-args.

The id of a case names the function it comes from and the release where that matters.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.golang.errors import GoError, GoPanic
from migrator.multus import delegate, libcni, nad
from migrator.multus.delegate import Delegate
from migrator.multus.nad import Answer, ConfDir
from migrator.multus.releases import parse

DIR = "/etc/cni/multus/net.d"
CONF = '{"cniVersion":"0.3.1","name":"n","type":"macvlan"}'
LIST = '{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"bridge"}]}'
FILE = "GetCNIConfig: err in GetCNIConfigFromFile: "
CONFLIST = f"{FILE}Error loading CNI conflist file {DIR}/a.conflist: "


def resolve(config: str | None, files: dict[str, str] | None, release: str = "4.2.4") -> Answer:
    return nad.resolve("n", config, ConfDir(path=DIR, files=files), parse(release))


def conflist(**keys: Any) -> str:
    return json.dumps({"name": "n", "plugins": [{"type": "bridge"}], **keys})


@pytest.mark.parametrize("release", ["3.1", "3.4.2", "3.9.3", "4.0.2", "4.1.4", "4.3.0"])
@pytest.mark.parametrize(
    ("config", "result"),
    [
        pytest.param(CONF, CONF, id="with a name: byte for byte"),
        pytest.param(f" {CONF}\n", f" {CONF}\n", id="white space around it"),
        pytest.param(
            '{ "type": "x", "mtu": 1500.0 }',
            '{"mtu":1500,"name":"n","type":"x"}',
            id="without a name: written anew",
        ),
        pytest.param('{"name":"","type":"x"}', '{"name":"n","type":"x"}', id="empty name"),
        pytest.param('{"type":"a&b"}', r'{"name":"n","type":"a\u0026b"}', id="HTML escaped"),
        pytest.param('{"name":null,"type":"x"}', '{"name":null,"type":"x"}', id="null is a name"),
    ],
)
def test_explicit(config: str, result: str, release: str) -> None:
    got = resolve(config, None, release)
    assert (got.config, got.error, got.source) == (result, "", "")


@pytest.mark.parametrize(
    ("files", "source"),
    [
        pytest.param({"b.conf": CONF, "a.json": CONF}, "a.json", id="order of the names"),
        pytest.param({"a.conf": CONF, "a.conflist": LIST}, "a.conf", id="no preference for lists"),
        pytest.param({"Z.conf": CONF, "a.conf": CONF}, "Z.conf", id="order of the bytes"),
        pytest.param({"a.conf": CONF, "b.conf": "{"}, "a.conf", id="a broken file behind it"),
        pytest.param({"0.conf.old": "{", "a.conf": CONF}, "a.conf", id="another extension"),
        pytest.param({"0/x.conf": "{", "a.conf": CONF}, "a.conf", id="a folder"),
        pytest.param({".conf": CONF}, ".conf", id="nothing but an extension"),
    ],
)
def test_file(files: dict[str, str], source: str) -> None:
    got = resolve(None, files)
    assert (got.source, got.config) == (f"{DIR}/{source}", files[source])


@pytest.mark.parametrize(
    ("files", "release", "error"),
    [
        pytest.param(
            None,
            "3.3",
            f"cniConfigFromNetworkResource: err in getCNIConfigFromFile: No networks found in {DIR}",
            id="cniConfigFromNetworkResource v3.3",
        ),
        pytest.param(None, "3.4", f"{FILE}No networks found in {DIR}", id="GetCNIConfig v3.4"),
        pytest.param({"sub/a.conf": CONF}, "4.3.0", f"{FILE}No networks found in {DIR}", id="sub"),
        pytest.param(
            {"a.conf": LIST},
            "3.4.1",
            f"{FILE}Error loading CNI config file {DIR}/a.conf: no 'type'; perhaps this is a "
            ".conflist?",
            id="getCNIConfigFromFile v3.4.1: libcni does not ask for a type",
        ),
        pytest.param(
            {"a.conf": LIST},
            "3.4.2",
            f"{FILE}Error loading CNI config file {DIR}/a.conf: error parsing configuration: "
            "missing 'type'",
            id="ConfFromBytes libcni 0.7 asks for it",
        ),
        pytest.param(
            {"a.conflist": conflist(plugins=[{}])},
            "3.6",
            f"{CONFLIST}Failed to parse plugin config 0: error parsing configuration: missing "
            "'type'",
            id="ConfListFromBytes libcni 0.7 with a capital",
        ),
        pytest.param(
            {"a.conflist": conflist(plugins=[{"type": "a"}, None])},
            "4.1.4",
            f"{CONFLIST}failed to parse plugin config 1: error parsing configuration: missing "
            "'type'",
            id="ConfListFromBytes libcni 1: null is an empty plugin",
        ),
        pytest.param(
            {"a.conflist": conflist(disableCheck="true")},
            "4.0.2",
            f"{CONFLIST}error parsing configuration list: invalid disableCheck type string",
            id="ConfListFromBytes libcni 1.1: a bool",
        ),
        pytest.param(
            {"a.conflist": conflist(disableCheck=None)},
            "4.2.4",
            f"{CONFLIST}error parsing configuration list: invalid type <nil> for disableCheck",
            id="readBool libcni 1.2: null is none",
        ),
        pytest.param(
            {"a.conflist": conflist(disableGC="NO")},
            "4.2.4",
            f'{CONFLIST}error parsing configuration list: invalid value "no" for disableGC',
            id="readBool libcni 1.2: lower case in the error",
        ),
        pytest.param(
            {"a.conflist": conflist(cniVersions="1.0.0")},
            "4.1.4",
            f"{CONFLIST}error parsing configuration list: invalid type for cniVersions: "
            "[]interface {}",
            id="NetworkConfFromBytes libcni 1.2: cniVersions",
        ),
        pytest.param(
            {"a.conflist": conflist(cniVersions=["1.0.0", 1])},
            "4.2.4",
            f"{CONFLIST}error parsing configuration list: invalid type for cniVersions index 1: "
            "float64",
            id="NetworkConfFromBytes libcni 1.3: an entry",
        ),
        pytest.param(
            {"a.conflist": conflist(cniVersions=[], cniVersion="banana")},
            "4.2.4",
            f"{CONFLIST}error parsing configuration list: invalid cniVersion banana: failed to "
            'convert major version part "banana": strconv.Atoi: parsing "banana": invalid syntax',
            id="NetworkConfFromBytes libcni 1.3: cniVersion beside cniVersions",
        ),
        pytest.param(
            {"a.conflist": '{"name":"n"}'},
            "4.2.0",
            f"{CONFLIST}error parsing configuration list: no 'plugins' key",
            id="ConfListFromBytes libcni 1.2: no plugins",
        ),
        pytest.param(
            {"a.conflist": '{"name":"n"}'},
            "4.2.1",
            f"{CONFLIST}no plugin configs found",
            id="NetworkConfFromFile libcni 1.3: no plugins",
        ),
        pytest.param(
            {"a.conflist": '{"name":"n","loadOnlyInlinedPlugins":true}'},
            "4.2.1",
            f"{CONFLIST}error parsing configuration list: `loadOnlyInlinedPlugins` is true, and "
            "no 'plugins' key",
            id="NetworkConfFromBytes libcni 1.3: only inlined",
        ),
        pytest.param(
            {"a.conflist": LIST, "n/bad.conf": "{}"},
            "4.2.1",
            f"{CONFLIST}error parsing configuration: missing 'type'",
            id="NetworkPluginConfsFromFiles libcni 1.3: a bad file of the chain",
        ),
        pytest.param(
            {"a.conflist": conflist(name="x" * 256)},
            "4.2.4",
            f"{CONFLIST}failed to read plugin config files in {DIR}/{'x' * 256}: open "
            f"{DIR}/{'x' * 256}: file name too long",
            id="NetworkPluginConfsFromFiles libcni 1.3: a name no folder can have",
        ),
    ],
)
def test_error(files: dict[str, str] | None, release: str, error: str) -> None:
    assert resolve(None, files, release).error == error


@pytest.mark.parametrize(
    ("files", "release"),
    [
        pytest.param(
            {"a.conf": '{"name":"m"}', "b.conf": CONF}, "3.4.1", id="v3.4.1: no type, not it"
        ),
        pytest.param(
            {"a.conflist": conflist(disableCheck=5)}, "3.4.1", id="v3.4.1: no disableCheck"
        ),
        pytest.param(
            {"a.conflist": conflist(disableGC=5, cniVersions=5)}, "4.0.2", id="v4.0.2: no GC"
        ),
        pytest.param(
            {"a.conflist": conflist(loadOnlyInlinedPlugins=5)}, "4.2.0", id="v4.2.0: no chain"
        ),
        pytest.param(
            {"a.conflist": LIST, "n/bad.conf": "{}"}, "4.2.0", id="v4.2.0: no subdirectory"
        ),
        pytest.param(
            {"a.conflist": LIST, "n/bad.json": "{}"}, "4.2.4", id="only .conf in the chain"
        ),
        pytest.param({"a.conflist": LIST, "n/b/x.conf": "{}"}, "4.2.4", id="not below the chain"),
        pytest.param(
            {"a.conflist": LIST, "m/bad.conf": "{}"}, "4.2.4", id="another network's chain"
        ),
        pytest.param(
            {"a.conflist": conflist(loadOnlyInlinedPlugins="TRUE"), "n/bad.conf": "{}"},
            "4.2.4",
            id="loadOnlyInlinedPlugins",
        ),
        pytest.param(
            {"a.conflist": conflist(cniVersions=["0.4.0", "9.9"])}, "4.2.4", id="cniVersions"
        ),
    ],
)
def test_what_does_not_break_the_search(files: dict[str, str], release: str) -> None:
    assert resolve(None, files, release).config


def test_a_chain_without_inlined_plugins_is_valid_but_no_delegate() -> None:
    """NetworkConfFromFile takes it (libcni 1.3); GetCNIConfig passes on the file alone."""
    got = resolve(None, {"a.conflist": '{"name":"n"}', "n/1.conf": CONF})
    assert got.config == '{"name":"n"}'
    assert got.delegate_error == (
        "LoadDelegateNetConf: failed with: LoadDelegateNetConfList: delegate must have the 'type' "
        "or 'plugin' field"
    )


@pytest.mark.parametrize(
    ("config", "release", "error"),
    [
        pytest.param(
            "[",
            "3.3",
            "cniConfigFromNetworkResource: err in getCNIConfigFromSpec: getCNIConfigFromSpec: "
            "failed to unmarshal Spec.Config: unexpected end of JSON input",
            id="getCNIConfigFromSpec v3.3",
        ),
        pytest.param(
            " ",
            "4.2.4",
            "GetCNIConfig: err in getCNIConfigFromSpec: failed to unmarshal Spec.Config: "
            "unexpected end of JSON input",
            id="GetCNIConfigFromSpec: white space is not empty",
        ),
    ],
)
def test_spec_error(config: str, release: str, error: str) -> None:
    assert resolve(config, {"a.conf": CONF}, release).error == error


@pytest.mark.parametrize(
    ("config", "release", "taken"),
    [
        pytest.param(
            conflist(disableCheck="x"), "3.3", True, id="NetConfList v3.3: no disableCheck"
        ),
        pytest.param(conflist(disableCheck="x"), "3.4.2", False, id="NetConfList v3.4.2: a bool"),
        pytest.param(conflist(disableGC="x"), "4.0.2", True, id="NetConfList v4.0.2: no disableGC"),
        pytest.param(conflist(disableGC="x"), "4.1.4", True, id="NetConfList v4.1.4: nor here"),
        pytest.param(conflist(disableGC="x"), "4.2.4", False, id="NetConfList v4.2.4: a bool"),
        pytest.param(
            '{"name":"n","type":"t","prevResult":5}', "3.3", True, id="NetConf v3.3: no prevResult"
        ),
        pytest.param('{"name":"n","type":"t","prevResult":5}', "3.9.3", False, id="NetConf v3.9.3"),
        pytest.param(
            '{"name":"n","plugins":null}', "4.2.4", False, id="LoadDelegateNetConfList: null"
        ),
        pytest.param(
            '{"name":"n","type":"","plugins":[{"type":"a"}]}', "4.2.4", True, id="type empty"
        ),
        pytest.param(
            conflist(plugins=[{"type": "a"}, {}]), "4.2.4", True, id="only the first is seen"
        ),
    ],
)
def test_delegate(config: str, release: str, taken: bool) -> None:
    got = resolve(config, None, release)
    assert (got.delegate is not None) is taken
    assert bool(got.delegate_error) is not taken


@pytest.mark.parametrize(
    ("config", "args", "result"),
    [
        pytest.param(CONF, None, CONF, id="none: byte for byte"),
        pytest.param(
            '{"type":"x", "name":"n"}',
            {"a": 1},
            '{"args":{"cni":{"a":1}},"name":"n","type":"x"}',
            id="injectCNIArgs: added",
        ),
        pytest.param(
            '{"name":"n","type":"x","args":{"b":1,"cni":{"a":0,"c":2}}}',
            {"a": 1},
            '{"args":{"b":1,"cni":{"a":1,"c":2}},"name":"n","type":"x"}',
            id="injectCNIArgs: merged",
        ),
        pytest.param(
            '{"name":"n","plugins":[{"type":"x"},{"type":"y"}]}',
            {},
            '{"name":"n","plugins":[{"args":{"cni":{}},"type":"x"},{"args":{"cni":{}},"type":"y"}]}',
            id="addCNIArgsInConfList: every plugin",
        ),
    ],
)
def test_cni_args(config: str, args: dict[str, Any] | None, result: str) -> None:
    loaded = delegate.load(config, parse("4.2.4"))
    assert delegate.with_cni_args(config, loaded, args) == result


def test_cni_args_need_plugins_under_their_exact_name() -> None:
    config = '{"name":"n","Plugins":[{"type":"x"}]}'
    with pytest.raises(GoError, match="unable to get plugin list"):
        delegate.with_cni_args(config, delegate.load(config, parse("4.2.4")), {})


def test_args_that_are_no_object_are_a_panic() -> None:
    loaded = Delegate(name="n", type="x", is_list=False)
    wanted = "interface conversion: interface {} is string, not map"
    with pytest.raises(GoPanic, match=wanted):
        delegate.with_cni_args('{"type":"x","args":"y"}', loaded, {})


def test_a_network_whose_name_leads_out_of_the_directory_has_no_chain() -> None:
    """What lies there nobody knows; <directory>/<name>/*.conf is read from v4.2.1 on."""
    files = {"n/1.conf": '{"type":"b"}', "x/1.conf": "{", "1.conf": "{"}
    assert [p.type for p in libcni.chain(DIR, "n", files, parse("4.2.4"))] == ["b"]
    assert libcni.chain(DIR, "../other", files, parse("4.2.4")) == ()
    assert libcni.chain(DIR, "../net.d2/x", files, parse("4.2.4")) == ()
    assert libcni.chain(DIR, "none", files, parse("4.2.4")) == ()
