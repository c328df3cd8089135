"""Which file of the nodes' CNI directory is the primary CNI."""

from __future__ import annotations

import json

import pytest

from migrator.model.inputs import CniFile
from migrator.multus.primary import by_node, cni_version, find_primary, is_multus_config
from tests.builders import UNKNOWN, node_file

DIRECTORY = "/etc/cni/net.d"
CALICO = json.dumps({"cniVersion": "0.3.1", "name": "k8s", "plugins": [{"type": "calico"}]})
MULTUS = json.dumps({"cniVersion": "0.3.1", "name": "m", "type": "multus"})


def chosen(*names: str, pinned: str = "", content: str = CALICO) -> str:
    files = [node_file(name, content) for name in names]
    return find_primary(files, DIRECTORY, pinned).file


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["10-calico.conflist"], "10-calico.conflist"),
        (["99-a.conf", "10-b.conflist"], "10-b.conflist"),
        (["00-multus.conf", "10-calico.conflist"], "10-calico.conflist"),
        (["00-multus.conflist", "10-calico.conflist"], "10-calico.conflist"),
        (["05-x.json", "10-calico.conflist"], "10-calico.conflist"),
        (["05-x.conf.bak", "10-calico.conflist"], "10-calico.conflist"),
        (["00-multus.conf"], ""),
        ([], ""),
    ],
    ids=[
        "the only one",
        "the first by name, not by order",
        "Multus's own file",
        "its conflist",
        ".json is not looked at",
        "nor a backup",
        "nothing but Multus",
        "empty",
    ],
)
def test_auto_mode_takes_the_first_file_by_name(names: list[str], expected: str) -> None:
    assert chosen(*names) == expected


@pytest.mark.parametrize("name", ["05-multus.conf", "70-multus.conf"])
def test_a_multus_config_of_any_name_is_no_primary(name: str) -> None:
    files = [node_file(name, MULTUS), node_file("80-calico.conflist", CALICO)]
    assert find_primary(files, DIRECTORY).file == "80-calico.conflist"


def test_a_pinned_file_wins_over_the_first_one() -> None:
    assert chosen("10-a.conf", "20-b.conf", pinned="20-b.conf") == "20-b.conf"


def test_a_pinned_file_that_no_node_has_is_not_known() -> None:
    assert chosen("10-a.conf", pinned="20-b.conf") == ""


def test_files_of_other_directories_do_not_count() -> None:
    other = node_file("10-x.conf", CALICO, directory="/etc/cni/multus/net.d")
    assert find_primary([other], DIRECTORY) == UNKNOWN


def on(node: str, name: str, version: str = "0.3.1") -> CniFile:
    content = json.dumps({"cniVersion": version, "name": "k8s", "type": "x"})
    return node_file(name, content, node=node)


def test_nodes_that_agree_give_one_primary() -> None:
    primary = find_primary([on("a", "10-x.conf"), on("b", "10-x.conf")], DIRECTORY)
    assert (primary.file, primary.cni_version, primary.name) == ("10-x.conf", "0.3.1", "k8s")
    assert primary.by_node == {"a": "10-x.conf", "b": "10-x.conf"}


def test_nodes_that_differ_give_none_but_say_which() -> None:
    primary = find_primary([on("a", "10-x.conf"), on("b", "20-y.conf", "1.0.0")], DIRECTORY)
    assert (primary.file, primary.cni_version) == ("", "")
    assert primary.by_node == {"a": "10-x.conf", "b": "20-y.conf"}
    assert primary.candidates == ("10-x.conf", "20-y.conf")


def test_a_node_without_a_candidate_makes_the_file_unknown() -> None:
    primary = find_primary([on("a", "10-x.conf"), node_file("x.txt", "", node="b")], DIRECTORY)
    assert (primary.file, primary.by_node["b"]) == ("", "")


def test_every_file_that_auto_mode_could_take_is_a_candidate() -> None:
    files = [node_file(n, CALICO) for n in ("20-b.conf", "10-a.conflist", "00-multus.conf")]
    assert find_primary(files, DIRECTORY).candidates == ("10-a.conflist", "20-b.conf")


@pytest.mark.parametrize("content", ["{", "[]", "", "7"])
def test_a_file_that_is_no_json_object_is_a_candidate_all_the_same(content: str) -> None:
    primary = find_primary([node_file("10-x.conf", content)], DIRECTORY)
    assert (primary.file, primary.cni_version, primary.name) == ("10-x.conf", "", "")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"type": "multus"}, True),
        ({"type": "multus-shim"}, True),
        ({"plugins": [{"type": "calico"}, {"type": "multus"}]}, True),
        ({"type": "calico"}, False),
        ({"name": "multus"}, False),
        ({"plugins": ["multus"]}, False),
        ({"plugins": None}, False),
    ],
    ids=str,
)
def test_is_multus_config(data: dict[str, object], expected: bool) -> None:
    assert is_multus_config(data) is expected


def test_cni_version_orders_versions_and_what_is_none_first() -> None:
    texts = ["1.0.0", "0.10.0", "0.3.1", "x", ""]
    assert sorted(texts, key=cni_version) == ["x", "", "0.3.1", "0.10.0", "1.0.0"]


def test_what_is_said_of_all_nodes_counts_on_each_that_is_named() -> None:
    shared, own = node_file("10-a.conf", "{}"), node_file("20-b.conf", "{}", node="n1")
    other = node_file("10-a.conf", '{"x": 1}', node="n2")
    views = by_node([shared, own, other], "/etc/cni/net.d", ["n3"])
    assert {node: sorted(view) for node, view in views.items()} == {
        "n1": ["10-a.conf", "20-b.conf"],
        "n2": ["10-a.conf"],
        "n3": ["10-a.conf"],
    }
    assert views["n2"]["10-a.conf"] is other
    assert list(by_node([shared], "/etc/cni/net.d")) == [""]
    assert by_node([shared], "/elsewhere") == {}
