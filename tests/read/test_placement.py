"""The namespace of a file's objects, as the kustomizations of the inputs say."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.inventory.build import build_inventory
from tests.read.support import read, write

LAN = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: lan}
spec: {config: '{"cniVersion": "0.3.1", "name": "lan", "type": "macvlan"}'}
"""
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: nets, namespace: flux-system}
spec: {path: ./nets, targetNamespace: edge}
"""


def _kustomization(*resources: str, namespace: str = "") -> str:
    line = f"namespace: {namespace}\n" if namespace else ""
    return f"{line}resources: [{', '.join(resources)}]\n"


LISTED = _kustomization("lan.yaml")


@pytest.mark.parametrize(
    ("files", "namespace"),
    [
        pytest.param(
            {"nets/kustomization.yaml": _kustomization("lan.yaml", namespace="edge")},
            "edge",
            id="the kustomization beside it",
        ),
        pytest.param(
            {
                "top/kustomization.yaml": _kustomization("../nets", namespace="outer"),
                "nets/kustomization.yaml": _kustomization("lan.yaml", namespace="inner"),
            },
            "outer",
            id="the outer of two",
        ),
        pytest.param({"nets/kustomization.yaml": LISTED, "ks.yaml": FLUX}, "edge", id="Flux above"),
        pytest.param(
            {
                "nets/kustomization.yaml": _kustomization("lan.yaml", namespace="inner"),
                "ks.yaml": FLUX,
            },
            "edge",
            id="Flux after the kustomization",
        ),
        pytest.param(
            {
                "a/kustomization.yaml": _kustomization("../nets", namespace="a"),
                "b/kustomization.yaml": _kustomization("../nets", namespace="b"),
                "nets/kustomization.yaml": LISTED,
            },
            "default",
            id="two that disagree",
        ),
        pytest.param({"nets/kustomization.yaml": LISTED}, "default", id="none that says one"),
        pytest.param(
            {"nets/kustomization.yaml": _kustomization("other.yaml", namespace="edge")},
            "default",
            id="one that does not build it",
        ),
        pytest.param(
            {"ks.yaml": FLUX.replace("./nets", "./nets-of-others")}, "default", id="Flux elsewhere"
        ),
    ],
)
def test_the_namespace_of_a_network(tmp_path: Path, files: dict[str, str], namespace: str) -> None:
    write(tmp_path, {"nets/lan.yaml": LAN, **files})
    (lan,) = build_inventory(read(tmp_path)).nads
    assert lan.namespace == namespace
    assert lan.document.ref.namespace == ""


def test_one_name_in_two_folders_of_two_namespaces_is_two_networks(tmp_path: Path) -> None:
    files = {
        f"{name}/{file}": text
        for name in "ab"
        for file, text in (
            ("lan.yaml", LAN),
            ("kustomization.yaml", _kustomization("lan.yaml", namespace=name)),
        )
    }
    write(tmp_path, files)
    assert [n.namespace for n in build_inventory(read(tmp_path)).nads] == ["a", "b"]
