"""What of a kustomization takes effect after its components."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from migrator.gitops.late import alone, bare, late, without
from migrator.read.kustomization import Kustomization, load

TEXT = """\
resources: [base]
Images:
- name: a
- {name: b}
namespace: kube-system
components: [c]
labels:
  - pairs: {a: b}
patches: []
replicas:
- {name: a, count: 2}
generatorOptions: {labels: {a: b}}
"""


@pytest.fixture
def root() -> Kustomization:
    return load(Path("root/kustomization.yaml"), TEXT.encode())


def read(data: bytes) -> Any:
    return yaml.safe_load(data)


def test_each_entry_has_its_line(root: Kustomization) -> None:
    found = [(each.field, each.number, str(each.source)) for each in late(root)]
    assert sorted(found, key=lambda each: each[2]) == [
        ("replicas", 0, "root/kustomization.yaml:11"),
        ("images", 0, "root/kustomization.yaml:3"),
        ("images", 1, "root/kustomization.yaml:4"),
        ("namespace", None, "root/kustomization.yaml:5"),
        ("labels", 0, "root/kustomization.yaml:8"),
    ]


def test_what_comes_before_them_stays(root: Kustomization) -> None:
    assert read(bare(root)) == {
        "resources": ["base"],
        "components": ["c"],
        "generatorOptions": {"labels": {"a": "b"}, "disableNameSuffixHash": True},
    }


def test_one_entry_is_left_out(root: Kustomization) -> None:
    second = next(each for each in late(root) if each.number == 1)
    assert read(without(root, second))["images"] == [{"name": "a"}]
    namespace = next(each for each in late(root) if each.number is None)
    assert "namespace" not in read(without(root, namespace))
    assert list(root.fields["images"]) == [{"name": "a"}, {"name": "b"}]


def test_one_entry_is_left_alone(root: Kustomization) -> None:
    second = next(each for each in late(root) if each.number == 1)
    kept = read(alone(root, second))
    assert kept["images"] == [{"name": "b"}]
    assert kept.keys() == {"resources", "components", "generatorOptions", "images"}
    namespace = next(each for each in late(root) if each.number is None)
    assert read(alone(root, namespace))["namespace"] == "kube-system"
