"""clusterNetwork by its path: which file or directory is taken, and what Multus keeps of a list.

The id of a case names the function it comes from and the release where that matters.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.plan import Failure
from migrator.multus import cluster
from migrator.multus.delegate import Delegate
from migrator.multus.lookup import Found, Installed, Unknown
from migrator.multus.releases import parse

CONF = '{"cniVersion":"0.3.1","name":"n","type":"macvlan"}'
PLUGIN: dict[str, Any] = {
    "type": "a",
    "mtu": 9000,
    "capabilities": {"ips": True},
    "ipam": {"type": "host-local", "subnet": "10.0.0.0/8"},
    "dns": {"nameservers": ["1.1.1.1"], "domain": "d", "search": ["s"], "options": ["o"], "x": 1},
    "cni.dev/valid-attachments": [{"containerID": "c", "ifname": "eth0"}],
}
LIST: dict[str, Any] = {
    "cniVersion": "1.0.0",
    "name": "n",
    "disableCheck": True,
    "disableGC": True,
    "more": 1,
    "plugins": [PLUGIN, {"type": "b"}],
}


def resolve(path: str, release: str = "4.2.4", **settings: Any) -> Found:
    known: dict[str, Any] = {"mode": "thick", "files": {}, "nads": {}, **settings}
    return cluster.resolve(Installed(release=parse(release), **known), path, False)


def test_of_a_list_the_fields_of_the_specification_are_kept_for_check_and_del() -> None:
    found = resolve("/x/a.conflist", paths={"/x/a.conflist": json.dumps(LIST)})
    assert json.loads(found.resolution.config) == LIST
    assert found.resolution.where == "/x/a.conflist"
    assert found.delegate == Delegate(name="n", type="", is_list=True)
    kept = {key: value for key, value in PLUGIN.items() if key != "mtu"}
    kept["ipam"] = {"type": "host-local"}
    kept["dns"] = {key: value for key, value in PLUGIN["dns"].items() if key != "x"}
    assert json.loads(found.kept) == {
        **{key: value for key, value in LIST.items() if key != "more"},
        "plugins": [kept, {"type": "b", "ipam": {}}],
    }


def test_what_says_nothing_is_not_kept() -> None:
    plain = {"cniVersion": "1.0.0", "name": "n", "disableCheck": False, "plugins": [{"type": "b"}]}
    found = resolve("/x/a.conflist", paths={"/x/a.conflist": json.dumps(plain)})
    assert found.kept == ('{"cniVersion":"1.0.0","name":"n","plugins":[{"ipam":{},"type":"b"}]}')


def test_before_v4_2_1_a_list_is_kept_as_it_is() -> None:
    text = json.dumps(LIST)
    found = resolve("/x/a.conflist", "4.2.0", paths={"/x/a.conflist": text, "/x/n/1.conf": CONF})
    assert (found.resolution.config, found.kept) == (text, "")
    assert found.delegate == Delegate(name="n", type="", is_list=True)


@pytest.mark.parametrize("kind", [".conf", ".json"])
def test_a_file_with_one_plugin(kind: str) -> None:
    found = resolve(f"/x/a{kind}", paths={f"/x/a{kind}": CONF})
    assert (found.resolution.config, found.resolution.where) == (CONF, f"/x/a{kind}")
    assert found.delegate == Delegate(name="n", type="macvlan", is_list=False)


def test_a_path_in_the_conf_dir_is_among_its_files() -> None:
    found = resolve("/conf/a.conf", conf_dir="/conf", files={"a.conf": CONF})
    assert found.resolution.config == CONF


@pytest.mark.parametrize(
    ("path", "files", "error"),
    [
        pytest.param("/x/a.conf", {"/x/a.conf": "{"}, "error loading CNI config file /x/a.conf: ",
                     id="a file that is no JSON"),
        pytest.param("/x/a.conflist", {"/x/a.conflist": "{"},
                     "error loading CNI conflist file /x/a.conflist: ", id="a list that is none"),
        pytest.param(
            "/x/a.conflist",
            {"/x/a.conflist": '{"cniVersion":"1.0.0","name":"a b","plugins":[{"type":"a"}]}',
             "/x/a b/1.conf": '{"type":"b"}'},
            "error loading CNI conflist file /x/a.conflist: ",
            id="ValidateNetworkName: a list with a chain",
        ),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_loaded(path: str, files: dict[str, str], error: str) -> None:
    found = resolve(path, paths=files, all_paths=True)
    assert found.resolution.failure is Failure.CONFIG
    assert found.resolution.error.startswith(error)


@pytest.mark.parametrize(
    ("path", "files", "error"),
    [
        pytest.param("/y/a.conf", {}, "stat /y/a.conf: no such file or directory", id="no file"),
        pytest.param("/x/a.conf/b", {"/x/a.conf": CONF}, "stat /x/a.conf/b: not a directory",
                     id="a file in place of a folder"),
        pytest.param("/x", {"/x/a.json": CONF, "/x/b.txt": CONF},
                     "getNetDelegate: cannot find network: /x", id="a folder without a config"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_where_all_files_are_known(
    path: str, files: dict[str, str], error: str
) -> None:
    found = resolve(path, paths=files, all_paths=True)
    assert (found.resolution.failure, found.resolution.error) == (Failure.NOT_FOUND, error)


@pytest.mark.parametrize(
    ("path", "settings", "reason"),
    [
        pytest.param("/y/a.conf", {"paths": {"/x/a.conf": CONF}}, "/y/a.conf was not copied",
                     id="a file elsewhere"),
        pytest.param("/conf/a.conf", {"files": Unknown(reason="no --node-files")},
                     "no --node-files", id="a file of the conf dir"),
        pytest.param("/conf//a.conf", {"files": Unknown(reason="no --node-files")},
                     "no --node-files", id="however it is written"),
        pytest.param("/config/a.conf", {"files": Unknown(reason="no --node-files")},
                     "/config/a.conf was not copied", id="a folder that begins alike"),
        pytest.param("name", {"files": Unknown(reason="no --node-files")},
                     "no --node-files", id="a name"),
    ],
)  # fmt: skip
def test_what_was_not_copied_is_not_known(path: str, settings: dict[str, Any], reason: str) -> None:
    found = resolve(path, conf_dir="/conf", **settings)
    assert (found.resolution.unknown, found.resolution.error) == (reason, "")


def test_all_paths_are_known_and_those_of_the_conf_dir_are_not() -> None:
    settings: dict[str, Any] = {"files": Unknown(reason="no --node-files"), "all_paths": True}
    found = resolve("/conf/a.conf", conf_dir="/conf", **settings)
    assert found.resolution.unknown == "no --node-files"


def test_v3_takes_a_path_for_a_name_first() -> None:
    text = '{"cniVersion":"0.3.1","name":"/x","type":"a"}'
    settings: dict[str, Any] = {"files": {"a.conf": text}, "paths": {"/x/b.conf": CONF}}
    assert resolve("/x", "3.9.3", **settings).resolution.config == text
    assert resolve("/x", "4.0.2", **settings).resolution.config == CONF


def test_a_list_of_inlined_plugins_alone_needs_no_name_that_add_would_take() -> None:
    """LoadNetworkConf checks the name where it reads the folder, and ADD does so later."""
    text = json.dumps({**LIST, "loadOnlyInlinedPlugins": True})
    found = resolve("/x/a.conflist", paths={"/x/a.conflist": text, "/x/n/1.conf": "{"})
    assert found.resolution.error == ""
    assert json.loads(found.resolution.config) == {**LIST, "loadOnlyInlinedPlugins": True}
