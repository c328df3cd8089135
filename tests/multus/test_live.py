"""What a node's own configuration says of its primary CNI."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.inputs import CniFile
from migrator.multus.live import Evidence, of_node
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
