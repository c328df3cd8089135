"""Which plugin binaries a CNI config calls, and who installs them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.inventory.called_plugins import called_plugins
from tests import builders

CALICO = {"type": "calico", "ipam": {"type": "calico-ipam"}, "policy": {"type": "k8s"}}
COPIER = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: install-cni-plugins, namespace: kube-system}
spec:
  template:
    spec:
      initContainers:
      - name: copy
        image: registry.example/network/cni-plugins:v1.6.0
        volumeMounts: [{name: bin, mountPath: /host/opt/cni/bin}]
      containers: [{name: pause, image: registry.example/pause:3}]
      volumes: [{name: bin, hostPath: {path: /opt/cni/bin}}]
"""


@pytest.mark.parametrize(
    ("config", "plugins"),
    [
        ({"type": "macvlan", "ipam": {"type": "whereabouts"}}, ["macvlan", "whereabouts"]),
        ({"plugins": [CALICO, {"type": "portmap"}]}, ["calico", "calico-ipam", "portmap"]),
        ({"type": "flannel"}, ["bridge", "flannel", "host-local"]),
        ({"type": "flannel", "delegate": {"type": "ptp"}}, ["flannel", "host-local", "ptp"]),
        ({"type": "ipvlan", "ipam": {}}, ["ipvlan"]),
        ({"name": "no-type"}, []),
        ([], []),
    ],
)
def test_what_a_config_calls(config: Any, plugins: list[str]) -> None:
    found = called_plugins([("apps/net", json.dumps(config))], builders.inventory())
    assert [called.plugin for called in found] == plugins


def test_who_calls_and_who_installs() -> None:
    networks = [("a/x", '{"type": "ipvlan"}'), ("b/y", '{"type": "ipvlan"}'), ("a/x", "{}")]
    networks.append(("a/z", '{"type": "vendor"}'))
    ipvlan, vendor = called_plugins(networks, builders.inventory(COPIER))
    assert ipvlan.networks == ("a/x", "b/y")
    assert [name for name, _ in ipvlan.installers] == ["DaemonSet kube-system/install-cni-plugins"]
    assert vendor.installers == ()
