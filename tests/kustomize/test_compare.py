"""Two builds and the planned changes, line by line: what differs, what has drifted, what nobody
planned."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.kustomize.compare import (
    Objects,
    built_ref,
    differences,
    drift,
    planned_objects,
    unexplained,
)
from migrator.model.inputs import MISSING, ObjectRef, Path
from migrator.model.plan import Change

REF = ObjectRef(group="apps", kind="DaemonSet", namespace="a", name="d")
OTHER = ObjectRef(group="", kind="ConfigMap", namespace="a", name="c")
D, C = "DaemonSet a/d", "ConfigMap a/c"


def change(path: Path, before: Any, after: Any, ref: ObjectRef = REF, rule: str = "S99") -> Change:
    return Change(
        object=ref, path=path, before=before, after=after, reason="r", rule=rule, source=None
    )


def objects(daemonset: Any = MISSING, other: Any = MISSING) -> Objects:
    return {ref: data for ref, data in ((REF, daemonset), (OTHER, other)) if data is not MISSING}


@pytest.mark.parametrize(
    ("before", "changes", "lines"),
    [
        pytest.param(objects({"x": 1}), [change(("x",), 1, 2)], [], id="as planned"),
        pytest.param(objects({"x": 3}), [change(("x",), 1, 2)],
                     [f"{D}: x: 3 in the base, but the plan is for 1"], id="another value"),
        pytest.param(objects({}), [change(("x",), 1, 2)],
                     [f"{D}: x: nothing in the base, but the plan is for 1"], id="gone"),
        pytest.param(objects({"x": 1}), [change(("x",), MISSING, 2)],
                     [f"{D}: x: 1 in the base, but the plan is for nothing"], id="there already"),
        pytest.param(objects(), [change(("x",), 1, 2), change(("y",), 1, 2)],
                     [f"{D}: not in the base"], id="no object: told once"),
        pytest.param(objects(other={"x": 3}), [change(("x",), 1, 2), change(("x",), 1, 2, OTHER)],
                     [f"{D}: not in the base", f"{C}: x: 3 in the base, but the plan is for 1"],
                     id="and the next object is looked at"),
        pytest.param(objects(), [change((), MISSING, {"x": 1})], [], id="a new object"),
        pytest.param(objects({"x": 1}), [change((), MISSING, {"x": 1})],
                     [f'{D}: the object: {{"x": 1}} in the base, but the plan is for nothing'],
                     id="a new object that is there"),
        pytest.param(
            objects({"env": [{"name": "b"}, {"name": "a"}], "volumes": [{"name": "b"}, {"name": "a"}]}),
            [change(("volumes",), [{"name": "a"}, {"name": "b"}], [])], [],
            id="a named list in another order"),
        pytest.param(objects({"args": ["b", "a"]}), [change(("args",), ["a", "b"], [])],
                     [f'{D}: args: ["b", "a"] in the base, but the plan is for ["a", "b"]'],
                     id="the order of a list without names"),
        pytest.param(objects({"x": "a" * 100}), [change(("x",), 1, 2)],
                     [f'{D}: x: "{"a" * 79}... in the base, but the plan is for 1'],
                     id="a long value is cut"),
        pytest.param(objects({"x": "a" * 78}), [change(("x",), 1, 2)],
                     [f'{D}: x: "{"a" * 78}" in the base, but the plan is for 1'],
                     id="one of 80 characters is not"),
    ],
)  # fmt: skip
def test_drift(before: Objects, changes: list[Change], lines: list[str]) -> None:
    assert list(drift(before, changes)) == lines


def test_a_secret_is_not_shown() -> None:
    args = ["--token=hush"]
    (line,) = drift(objects({"args": args}), [change(("args",), ["--token=other"], [])])
    assert "hush" not in line and "other" not in line


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([change(("x",), 1, 2)], objects({"x": 2}, {"y": 1})),
        ([change(("x",), 1, 2), change(("z",), MISSING, 3)], objects({"x": 2, "z": 3}, {"y": 1})),
        ([change((), {"x": 1}, MISSING)], objects(other={"y": 1})),
        ([], objects({"x": 1}, {"y": 1})),
    ],
    ids=["a value", "two changes", "removed", "nothing"],
)
def test_planned_objects(changes: list[Change], expected: Objects) -> None:
    before = objects({"x": 1}, {"y": 1})
    assert planned_objects(before, changes) == expected
    assert before == objects({"x": 1}, {"y": 1})


def test_an_object_with_another_api_version_has_another_identity() -> None:
    old = ObjectRef(group="extensions", kind="DaemonSet", namespace="a", name="d")
    raised = change(("apiVersion",), "extensions/v1beta1", "apps/v1", old)
    assert built_ref(old, [change(("x",), 1, 2, old), raised]) == REF
    assert built_ref(old, [change(("x",), 1, 2, old)]) == old
    before = {old: {"apiVersion": "extensions/v1beta1"}}
    assert planned_objects(before, [raised]) == {REF: {"apiVersion": "apps/v1"}}


@pytest.mark.parametrize(
    ("expected", "after", "lines"),
    [
        pytest.param(objects({"x": 1}), objects({"x": 1}), [], id="equal"),
        pytest.param(objects({"x": 1}), objects({"x": 2}),
                     [f"{D}: x: 2 in the build, planned is 1"], id="another value"),
        pytest.param(objects({"x": 1}), objects({}),
                     [f"{D}: x: nothing in the build, planned is 1"], id="a field is missing"),
        pytest.param(objects({"x": 1}), objects(), [f"{D}: missing in the build"], id="an object"),
        pytest.param(objects(), objects({"x": 1}, {}),
                     [f"{D}: in the build, but neither in the base nor planned",
                      f"{C}: in the build, but neither in the base nor planned"],
                     id="objects more"),
        pytest.param(objects({"metadata": {"annotations": {}}}), objects({"metadata": {}}), [],
                     id="kustomize leaves out annotations that are empty"),
        pytest.param(objects({"metadata": {"labels": {}}}), objects({"metadata": {}}),
                     [f"{D}: metadata.labels: nothing in the build, planned is {{}}"],
                     id="and no other map"),
    ],
)  # fmt: skip
def test_differences(expected: Objects, after: Objects, lines: list[str]) -> None:
    assert list(differences(expected, after)) == lines


X = change(("x",), 1, 2)


@pytest.mark.parametrize(
    ("before", "after", "changes", "lines"),
    [
        pytest.param(objects({"x": 1}), objects({"x": 2}), [X], [], id="one change for it"),
        pytest.param(objects({"x": 1, "y": 1}), objects({"x": 2, "y": 2}), [X],
                     [f"{D}: y: changed, and no planned changes say why"], id="none"),
        pytest.param(objects({"x": 1}), objects({"x": 2}), [X, X],
                     [f"{D}: x: changed, and 2 planned changes say why"], id="two"),
        pytest.param(objects({"x": 1}), objects({"x": 1}), [X],
                     [f"{D}: x: S99 does not show in the build"], id="it does not show"),
        pytest.param(objects({"x": {"y": 1}}), objects({"x": {"y": 2}}),
                     [change(("x",), {"y": 1}, {"y": 2})], [], id="a change of the map around it"),
        pytest.param(objects({}), objects({"x": {"y": 2}}),
                     [change(("x", "y"), MISSING, 2)], [], id="a change within what is new"),
        pytest.param(objects(), objects({"x": 1}), [change((), MISSING, {"x": 1})], [],
                     id="a new object"),
        pytest.param(objects({"x": 1}, {"y": 1}), objects({"x": 2}, {"y": 2}), [X], [],
                     id="an object that nobody changes is not looked at here"),
    ],
)  # fmt: skip
def test_unexplained(
    before: Objects, after: Objects, changes: list[Change], lines: list[str]
) -> None:
    assert list(unexplained(before, after, changes)) == lines
