from __future__ import annotations

import json

from migrator.steps import default_networks
from tests.builders import daemonset, v3, with_hand_written
from tests.steps.tools import assert_unchanged, changed

PRIMARY = {"name": "cbr0", "type": "flannel"}
MGMT = {"cniVersion": "0.3.1", "name": "mgmt", "type": "macvlan", "master": "eth1"}
NAD = "NetworkAttachmentDefinition kube-system/mgmt"


def config(**keys: object) -> str:
    return with_hand_written(json.dumps({"delegates": [PRIMARY, MGMT], **keys}))


def test_a_further_delegate_becomes_a_nad() -> None:
    new = changed(default_networks, config())[NAD][""]
    assert json.loads(new["spec"]["config"]) == MGMT
    assert new["metadata"] == {"name": "mgmt", "namespace": "kube-system"}


def test_it_stands_where_multus_looks_for_it() -> None:
    found = changed(default_networks, config(multusNamespace="infra"))
    assert list(found) == ["NetworkAttachmentDefinition infra/mgmt"]


def test_installs_with_the_same_config_share_it() -> None:
    second = v3(name="kube-multus-ds-arm64")
    assert list(changed(default_networks, config(), second)) == [NAD]


def test_a_nad_that_is_there_already_is_not_written_over() -> None:
    own = {
        "apiVersion": "k8s.cni.cncf.io/v1",
        "kind": "NetworkAttachmentDefinition",
        "metadata": {"name": "mgmt", "namespace": "kube-system"},
        "spec": {"config": json.dumps({"name": "mgmt", "type": "bridge"})},
    }
    assert_unchanged(default_networks, config(), json.dumps(own))


def test_the_first_delegate_is_the_primary_and_no_nad() -> None:
    text = json.dumps({"delegates": [PRIMARY]})
    assert_unchanged(default_networks, with_hand_written(text))


def test_without_a_hand_written_config_there_is_nothing_to_make() -> None:
    assert_unchanged(default_networks, daemonset())
