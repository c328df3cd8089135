"""One digest for a document and for what kustomize builds of it, and another for another object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.kustomize.digests import object_digest
from migrator.kustomize.emit import emit
from migrator.trees.paths import parse_path, put

from .plans import DAEMONSET, MAIN, built, changed, document, plan_of, write

ODD = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: odd
  namespace: kube-system
  creationTimestamp: null
  labels: {a: "1", b: "yes", c: "2024-01-01"}
  annotations: {config.kubernetes.io/index: "0", note: "x: y # z"}
data:
  quoted: "0755"
  plain: &anchor some text
  again: *anchor
  folded: >-
    one
    two
  literal: |
    #!/bin/sh
      indented

  empty: ""
  control: "a\\tb\\x01\\u00e9"
"""
JOB = """\
apiVersion: example.com/v1
kind: Odd
metadata: {name: odd, namespace: kube-system, annotations: {}}
spec: {octal: 0644, float: 1.50, exponent: 1e3, no: no, hex: 0x10,
  nothing: null, list: [], map: {}, base: &base {a: 1, b: 2}, merged: {<<: *base, b: 3}}
"""


@pytest.mark.kustomize
@pytest.mark.parametrize("text", [DAEMONSET, ODD, JOB], ids=["DaemonSet", "texts", "numbers"])
def test_a_document_and_its_build_have_one_digest(text: str, tmp_path: Path) -> None:
    of = document(text)
    planned = changed(of, {"metadata.labels.more": "1"})
    out = write(tmp_path, emit(plan_of(planned)))
    assert object_digest(built(out / "base")[of.ref]) == object_digest(of.data)
    assert object_digest(built(out)[of.ref]) == object_digest(planned.desired)


def edited(path: str, value: Any) -> str:
    return object_digest(put(document(DAEMONSET).data, parse_path(path), value))


MOUNTS = [
    {"name": "multus-cfg", "mountPath": "/tmp/multus-conf"},
    {"name": "cni", "mountPath": "/host/etc/cni/net.d"},
    {"name": "cnibin", "mountPath": "/host/opt/cni/bin"},
]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(f"{MAIN}.volumeMounts", MOUNTS, id="the order of mounts"),
        pytest.param("metadata.annotations", {}, id="no annotation"),
        pytest.param("metadata.creationTimestamp", None, id="null"),
        pytest.param(
            "metadata.annotations", {"config.kubernetes.io/path": "a"}, id="kustomize's own"
        ),
    ],
)
def test_what_means_the_same_has_the_same_digest(path: str, value: Any) -> None:
    assert edited(path, value) == object_digest(document(DAEMONSET).data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(f"{MAIN}.args", ["--cni-version=0.3.1", "--multus-conf-file=auto"], id="args"),
        pytest.param(f"{MAIN}.volumeMounts", MOUNTS[:2], id="a mount less"),
        pytest.param(f"{MAIN}.tty", False, id="false, which is not absent"),
        pytest.param("metadata.labels", {"app": 1}, id="another type"),
        pytest.param(
            f"{MAIN}.env",
            [{"name": "SECOND", "value": "$(FIRST)"}, {"name": "FIRST", "value": "1"}],
            id="the order of variables",
        ),
    ],
)
def test_what_means_something_else_has_another(path: str, value: Any) -> None:
    assert edited(path, value) != object_digest(document(DAEMONSET).data)
