"""What a node's own configuration says of its primary CNI."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.inputs import CniFile
from migrator.multus.live import Evidence, of_node, plugin_types
from tests.builders import node_file

DIRECTORY = "/etc/cni/net.d"
CALICO = {"cniVersion": "0.3.1", "name": "pods", "plugins": [{"type": "calico"}]}
FLANNEL = {"cniVersion": "0.3.1", "name": "cbr0", "plugins": [{"type": "flannel"}]}


def thin(*delegates: Any) -> dict[str, Any]:
    return {"name": "multus-cni-network", "type": "multus", "delegates": list(delegates)}


def file(name: str, data: Any) -> CniFile:
    return node_file(name, data if isinstance(data, str) else json.dumps(data))


def told(own: str = "", /, **files: Any) -> Evidence | None:
    """The evidence of a node with these files; ``_`` stands for ``-`` and ``__`` for a dot."""
    named = {name.replace("__", ".").replace("_", "-").lstrip("f"): d for name, d in files.items()}
    return of_node([file(name, data) for name, data in named.items()], DIRECTORY, DIRECTORY, own)


BOTH = {"f05_flannel__conflist": FLANNEL, "f10_calico__conflist": CALICO}


@pytest.mark.parametrize(
    "config",
    [
        thin(CALICO),
        thin({"name": "pods", "type": "calico"}),
        thin({**CALICO, "name": "other"}),
        thin(thin(CALICO)),
        thin(CALICO, FLANNEL),
        {**thin(), "clusterNetwork": "pods"},
        {**thin(), "clusterNetwork": "/host/etc/cni/net.d/10-calico.conflist"},
        {"type": "multus-shim", "clusterNetwork": "/host/etc/cni/net.d/10-calico.conflist"},
        {"name": "x", "plugins": [thin(CALICO)]},
        {"type": "multus", "Delegates": [CALICO]},
    ],
    ids=[
        "the same content",
        "the same name",
        "the same plugins under another name",
        "Multus in Multus, as v4.0.x thin wrote it",
        "the first delegate counts",
        "clusterNetwork is the network of a file",
        "or a path",
        "which the shim has",
        "a list that calls Multus",
        "encoding/json ignores case",
    ],
)
def test_the_file_that_multus_delegates_to(config: dict[str, Any]) -> None:
    found = told(**BOTH, f00_multus__conf=config)
    assert found is not None
    assert (found.file, found.multus) == ("10-calico.conflist", "")


@pytest.mark.parametrize(
    "config",
    [thin(), {"type": "multus", "clusterNetwork": "a-nad"}, thin("pods"), "", "{"],
    ids=["no delegate", "clusterNetwork is a NAD", "no object", "an empty file", "no JSON"],
)
def test_what_tells_nothing_is_no_evidence(config: Any) -> None:
    assert told(f10_calico__conflist=CALICO, f00_multus__conf=config) is None


def test_a_delegate_that_no_file_holds_has_none() -> None:
    found = told(**BOTH, f00_multus__conf=thin({"name": "weave", "type": "weave-net"}))
    assert found is not None
    assert (found.network, found.file) == ("weave", "")


def test_of_two_files_with_one_name_the_one_with_the_same_plugins_is_it() -> None:
    old = {"name": "pods", "type": "flannel"}
    stale = {**CALICO, "cniVersion": "0.3.0"}
    found = told(f05_old__conf=old, f10_calico__conflist=CALICO, f00_multus__conf=thin(stale))
    assert found is not None
    assert found.file == "10-calico.conflist"


def test_two_files_with_the_same_plugins_under_other_names_are_not_guessed() -> None:
    other = {**CALICO, "name": "other"}
    files = {"f10_a__conflist": CALICO, "f20_b__conflist": {**CALICO, "name": "b"}}
    found = told(**files, f00_multus__conf=thin(other))
    assert found is not None
    assert found.file == ""


@pytest.mark.parametrize("own", ["70-multus.conf", "00-multus.conf"])
def test_multus_is_not_active_where_another_file_sorts_before_its_own(own: str) -> None:
    name = own.replace("-", "_").replace(".", "__")
    first = "f00_calico__conflist" if own.startswith("00") else "f10_calico__conflist"
    found = told(own, **{first: CALICO, f"f{name}": thin(CALICO)})
    assert found is not None
    assert (found.multus, found.network) == (f"{DIRECTORY}/{own}", "pods")


def test_a_config_file_that_was_not_copied_and_sorts_first_tells_nothing() -> None:
    assert told("05-multus.conf", f10_calico__conflist=CALICO) is None


def test_one_that_sorts_after_what_the_runtime_reads_is_not_read_wherever_it_is() -> None:
    found = told("70-multus.conf", f10_calico__conflist=CALICO)
    assert found is not None
    assert (found.multus, found.copied) == (f"{DIRECTORY}/70-multus.conf", False)


def test_evidence_says_where_it_is_from() -> None:
    found = told(**BOTH, f00_multus__conf=thin({**CALICO, "x": 1}))
    assert found is not None
    assert (found.path, found.network) == (f"{DIRECTORY}/00-multus.conf", "pods")
    assert found.delegate == {**CALICO, "x": 1}
    assert found.source.file.endswith("00-multus.conf")
    assert (found.multus, found.copied) == ("", True)


def test_a_cluster_network_has_no_delegate() -> None:
    path = "/host/etc/cni/net.d/99-gone.conf"
    found = told(**BOTH, f00_multus__conf={**thin(), "clusterNetwork": path})
    assert found is not None
    assert (found.file, found.network, found.delegate) == ("", path, {})
    named = told(**BOTH, f00_multus__conf={**thin(), "clusterNetwork": "pods"})
    assert named is not None
    assert (named.file, named.network, named.delegate) == ("10-calico.conflist", "pods", {})


def test_of_equal_files_the_same_content_is_it() -> None:
    files = {"f05_a__conflist": {**CALICO, "x": 1}, "f10_b__conflist": CALICO}
    found = told(**files, f00_multus__conf=thin(CALICO))
    assert found is not None
    assert found.file == "10-b.conflist"


@pytest.mark.parametrize(
    ("config", "copy"),
    [
        (CALICO, True),
        ({**CALICO, "cniVersion": "1.0.0"}, True),
        ({"name": "pods", "type": "calico"}, True),
        ({**CALICO, "name": "other"}, False),
        ({"name": "pods", "type": "flannel"}, False),
        ({"name": "pods"}, False),
        ("{", False),
    ],
)
def test_an_older_copy_of_a_config(config: Any, copy: bool) -> None:
    found = told(f10_calico__conflist=CALICO, f00_multus__conf=thin(CALICO))
    assert found is not None
    assert found.is_copy_of(config if isinstance(config, str) else json.dumps(config)) is copy


def test_what_has_no_name_is_a_copy_of_nothing() -> None:
    nameless = {"type": "calico"}
    found = told(f10_calico__conflist=CALICO, f00_multus__conf=thin(nameless))
    assert found is not None
    assert not found.is_copy_of(json.dumps(nameless))


@pytest.mark.parametrize(
    ("data", "types"),
    [
        ({"type": "a"}, ("a",)),
        ({"plugins": [{"type": "a"}, {"type": "b"}]}, ("a", "b")),
        ({"plugins": [], "type": "a"}, ("a",)),
        ({"plugins": [7, {"type": 5}, {"type": "b"}]}, ("b",)),
        ({"plugins": "x"}, ()),
    ],
)
def test_the_plugins_of_a_config(data: dict[str, Any], types: tuple[str, ...]) -> None:
    assert plugin_types(data) == types


def test_multus_waits_behind_what_the_runtime_reads() -> None:
    found = told("", f00_a__conf=FLANNEL, f00_multus__conflist=thin(CALICO))
    assert found is not None
    assert (found.path, found.multus) == (
        f"{DIRECTORY}/00-a.conf",
        f"{DIRECTORY}/00-multus.conflist",
    )
    assert (found.file, found.network, found.delegate) == ("00-a.conf", "cbr0", FLANNEL)
    assert told("", f00_a__conf=FLANNEL, f00_multus__conf=CALICO) is None
    assert told("", f00_a__conf=FLANNEL) is None


def test_a_file_of_that_name_is_it_also_with_other_plugins() -> None:
    found = told(**BOTH, f00_multus__conf=thin({"name": "pods", "type": "flannel"}))
    assert found is not None
    assert found.file == "10-calico.conflist"


def test_files_elsewhere_and_of_another_kind_are_not_read() -> None:
    """Another directory's file, and one that the runtime does not take for a config."""
    files = [
        node_file("00-a.conf", json.dumps(FLANNEL), directory="/etc/other"),
        node_file("00-b.conf.bak", json.dumps(FLANNEL), directory=DIRECTORY),
        file("05-calico.conflist", CALICO),
        file("04-multus.conf", thin(CALICO)),
    ]
    found = of_node(files, DIRECTORY, DIRECTORY, "04-multus.conf")
    assert found is not None
    assert (found.path, found.multus) == (f"{DIRECTORY}/04-multus.conf", "")
    assert found.file == "05-calico.conflist"
    waiting = of_node(
        [*files[:3], file("06-multus.conf", thin(CALICO))], DIRECTORY, DIRECTORY, "06-multus.conf"
    )
    assert waiting is not None
    assert waiting.path == f"{DIRECTORY}/05-calico.conflist"


@pytest.mark.parametrize("cluster", [5, ["pods"], {"a": 1}, True])
def test_a_cluster_network_that_is_no_text_says_nothing(cluster: Any) -> None:
    found = told(**BOTH, f00_multus__conf={**thin(CALICO), "clusterNetwork": cluster})
    assert found is not None
    assert found.file == "10-calico.conflist"
