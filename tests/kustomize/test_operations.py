"""The JSON6902 tests of a guard, operation by operation, without a build."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.kustomize.guard import guards, leaves, pointer
from migrator.model.inputs import MISSING, ItemKey, ObjectRef, Path
from migrator.model.plan import Change

REF = ObjectRef(group="apps", kind="DaemonSet", namespace="a", name="d")
BEFORE: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "metadata": {"annotations": {"a/b": "1", "token": "x"}, "labels": None},
    "spec": {
        "containers": [
            {"name": "one", "args": ["--token=hush", "-v"]},
            {"name": "two", "env": {"K": 1}, "image": "i"},
        ]
    },
}
TWO: Path = ("spec", "containers", ItemKey("name", "two"))
API = ("/apiVersion", "apps/v1")
NAMED = ("/spec/containers/1/name", "two")


def change(path: Path, before: Any = 1, after: Any = 2) -> Change:
    return Change(
        object=REF, path=path, before=before, after=after, reason="r", rule="S1", source=None
    )


def operations_of(*changes: Change, before: dict[str, Any] | None = None) -> list[tuple[str, Any]]:
    operations = guards(BEFORE if before is None else before, changes)
    assert {operation["op"] for operation in operations} == {"test"}
    return [(operation["path"], operation["value"]) for operation in operations]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param((*TWO, "image"), [API, NAMED, ("/spec/containers/1/image", "i")], id="a field"),
        pytest.param((*TWO, "env", "K"), [API, NAMED, ("/spec/containers/1/env/K", 1)], id="deep"),
        pytest.param((*TWO, "tty"), [API, NAMED, ("/spec/containers/1/tty", None)], id="absent"),
        pytest.param((*TWO, "a", "b"), [API, NAMED, ("/spec/containers/1/a", None)],
                     id="below what is absent: the nearest that is there"),
        pytest.param(("metadata", "labels", "x"), [API, ("/metadata/labels", None)], id="below null"),
        pytest.param(("spec", "containers", ItemKey("name", "three")),
                     [API, ("/spec/containers/0/name", "one"), ("/spec/containers/0/args/1", "-v"),
                      ("/spec/containers/1", BEFORE["spec"]["containers"][1])],
                     id="an item that is absent: the whole list, without its secrets"),
        pytest.param(("spec", "containers", ItemKey("name", "one"), "args"),
                     [API, ("/spec/containers/0/name", "one"), ("/spec/containers/0/args/1", "-v")],
                     id="a secret is not tested"),
        pytest.param((), [API], id="the whole object: its apiVersion alone"),
    ],
)  # fmt: skip
def test_what_is_tested_of_a_change(path: Path, expected: list[tuple[str, Any]]) -> None:
    assert operations_of(change(path)) == expected


def test_each_place_is_tested_once_and_the_wider_one_counts() -> None:
    image, whole = change((*TWO, "image")), change(TWO)
    item = ("/spec/containers/1", BEFORE["spec"]["containers"][1])
    assert operations_of(image, whole) == operations_of(whole, image) == [API, item]
    assert operations_of(image, image) == operations_of(image)


def test_annotations_are_tested_key_by_key() -> None:
    before, after = {"a/b": "1", "gone": "2"}, {"a/b": "3", "new": "4"}
    assert operations_of(change(("metadata", "annotations"), before, after)) == [
        API,
        ("/metadata/annotations/a~1b", "1"),
        ("/metadata/annotations/gone", None),
        ("/metadata/annotations/new", None),
    ]
    assert operations_of(change(("metadata", "annotations"), None, {"a/b": "3"}))[1:] == [
        ("/metadata/annotations/a~1b", "1")
    ]


@pytest.mark.parametrize("metadata", [{}, {"annotations": None}], ids=["absent", "null"])
def test_an_annotation_where_there_are_none(metadata: dict[str, Any]) -> None:
    """kustomize has annotations of its own there while it patches."""
    found = operations_of(
        change(("metadata", "annotations", "a"), MISSING, "1"),
        before={"apiVersion": "v1", "metadata": metadata},
    )
    assert found == [("/apiVersion", "v1"), ("/metadata/annotations/a", None)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("a", 0, "b"), "/a/0/b"),
        (("a/b", "c~d"), "/a~1b/c~0d"),
        (("~1",), "/~01"),
        ((), ""),
    ],
)
def test_pointer(path: Path, text: str) -> None:
    assert pointer(path) == text


def leaf(path: str, value: Any) -> dict[str, Any]:
    return {"op": "test", "path": path, "value": value}


@pytest.mark.parametrize(
    ("path", "value", "paths"),
    [
        pytest.param("/spec", {"a": 1, "b": {"c/d": 2}}, ["/spec/a", "/spec/b/c~1d"], id="maps"),
        pytest.param("/spec", [1, {"a": 2}], ["/spec/0", "/spec/1/a"], id="lists"),
        pytest.param("/spec", {}, ["/spec"], id="an empty map"),
        pytest.param("/spec", [], ["/spec"], id="an empty list"),
        pytest.param("/spec/serviceAccountName", "multus", [], id="a reference"),
        pytest.param(
            "/spec",
            dict.fromkeys(
                ("serviceAccountName", "serviceAccount", "priorityClassName", "claimName"), "x"
            ),
            [],
            id="each field that refers to another object",
        ),
        pytest.param("/v/0", {"name": "v", "configMap": {"name": "c", "items": [1]}},
                     ["/v/0/name", "/v/0/configMap/items/0"], id="the name in a reference"),
        pytest.param("/v/0/secret", {"secretName": "s", "optional": True},
                     ["/v/0/secret/optional"], id="the name of a Secret"),
        pytest.param("/roleRef", {"name": "r", "kind": "k"}, ["/roleRef/kind"], id="a role"),
        pytest.param("/metadata", {"name": "n", "namespace": "a"},
                     ["/metadata/name", "/metadata/namespace"], id="a name that refers to nothing"),
        pytest.param("/e/valueFrom/secretKeyRef", {"name": "s", "key": "k", "namespace": "n"},
                     ["/e/valueFrom/secretKeyRef/key"], id="a key of a Secret"),
    ],
)  # fmt: skip
def test_of_what_a_root_builds_the_leaves_are_tested(
    path: str, value: Any, paths: list[str]
) -> None:
    found = list(leaves([leaf(path, value)]))
    assert [operation["path"] for operation in found] == paths
    assert all(operation.keys() == {"op", "path", "value"} for operation in found)
    assert {operation["op"] for operation in found} <= {"test"}
