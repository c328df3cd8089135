"""What earlier installs left on the nodes: which file, where, and at which point it may go."""

from __future__ import annotations

import pytest

from migrator.inventory.leftovers import Leftover, leftovers
from migrator.model.inputs import CniFile
from tests import builders
from tests.builders import daemonset
from tests.inventory.documents import node_file

CALICO = '{"cniVersion": "1.0.0", "name": "k8s-pod-network", "plugins": [{"type": "calico"}]}'
MULTUS = '{"cniVersion": "1.0.0", "name": "multus-cni-network", "plugins": [{"type": "multus"}]}'
SHIM = '{"cniVersion": "0.3.1", "name": "multus-cni-network", "type": "multus-shim"}'


def _leftovers(*files: CniFile) -> tuple[Leftover, ...]:
    return leftovers(builders.inventory(daemonset("--multus-conf-file=auto"), files=files))


def test_the_order_is_that_of_the_rollout() -> None:
    found = _leftovers(
        node_file("70-multus.conf", MULTUS),
        node_file("00-multus.conf.cilium_bak", MULTUS),
        node_file("10-calico.conflist.old", CALICO),
        node_file("00-multus.conflist", MULTUS),
    )
    assert [(left.when.value, left.command) for left in found] == [
        ("before the rollout", "rm /etc/cni/net.d/00-multus.conf.cilium_bak"),
        (
            "before the rollout",
            "mv /etc/cni/net.d/10-calico.conflist.old /etc/cni/net.d/10-calico.conflist",
        ),
        ("once the daemon runs", "rm /etc/cni/net.d/00-multus.conflist"),
        ("once the daemon runs", "rm /etc/cni/net.d/70-multus.conf"),
    ]


def test_one_file_on_several_nodes_is_one_entry() -> None:
    (left,) = _leftovers(
        node_file("00-multus.conflist", MULTUS, node="b"),
        node_file("00-multus.conflist", MULTUS, node="a"),
        node_file("10-calico.conflist", CALICO, node="a"),
    )
    assert left.nodes == ("b", "a")


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(node_file("10-calico.conflist", CALICO), id="the primary CNI"),
        pytest.param(node_file("00-multus.conf", SHIM), id="the daemon's own file"),
        pytest.param(node_file("00-multus.conf", MULTUS), id="thin's, which the daemon replaces"),
        pytest.param(node_file("87-podman-bridge.conflist.old", "not json"), id="no CNI file"),
        pytest.param(node_file("00-multus.conf.old", MULTUS), id="an old file of Multus's own"),
        pytest.param(
            node_file("70-multus.conf", MULTUS, directory="/etc/cni/backup"), id="elsewhere"
        ),
        pytest.param(node_file("99-loopback.conf", ""), id="an empty file of somebody else"),
        pytest.param(node_file("05-cilium.conf.cilium_bak", CALICO), id="Cilium's other backup"),
    ],
)
def test_what_stays(file: CniFile) -> None:
    assert _leftovers(file) == ()


def test_nothing_is_known_of_nodes_without_their_files() -> None:
    assert _leftovers() == ()
