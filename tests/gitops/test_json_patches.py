"""Where an operation of a JSON6902 patch leads, as seen from what changes."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.gitops.json_patches import Lead, Where, lead, makes, pointer, shifts
from migrator.model.inputs import MISSING, ItemKey, Path

A, B = ItemKey("name", "a"), ItemKey("name", "b")
HERE = {"containers": [{"name": "a", "args": ["x"]}, {"name": "b"}], "tolerations": [{"k": 1}]}
TURNED = {"containers": [{"name": "b"}, {"name": "a", "args": ["x"]}]}


def op(what: str, path: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"op": what, "path": path, "value": value, **more}


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", ()),
        ("/", ("",)),
        ("/a/b", ("a", "b")),
        ("/k8s.io~1name/m~0n", ("k8s.io/name", "m~n")),
        ("/~01", ("~1",)),
        ("a", None),
        (None, None),
        (3, None),
    ],
)
def test_a_pointer_has_steps(text: Any, steps: tuple[str, ...] | None) -> None:
    assert pointer({"path": text}) == steps
    assert pointer([text]) is None


@pytest.mark.parametrize(
    ("operation", "path", "where", "rest"),
    [
        pytest.param(op("add", "/a/b"), ("a", "b"), Where.AT, (), id="the same"),
        pytest.param(op("add", "/a"), ("a", "b"), Where.ABOVE, ("b",), id="a parent"),
        pytest.param(op("add", ""), ("a",), Where.ABOVE, ("a",), id="the whole object"),
        pytest.param(op("add", "/a/b/c"), ("a", "b"), Where.BELOW, (), id="a part"),
        pytest.param(op("add", "/a/c"), ("a", "b"), Where.APART, (), id="a neighbour"),
        pytest.param(op("add", "a/b"), ("a", "b"), Where.APART, (), id="no pointer"),
        pytest.param(
            op("add", "/containers/0/args"), ("containers", A, "args"), Where.AT, (), id="by index"
        ),
        pytest.param(
            op("add", "/containers/0/args/-"),
            ("containers", A, "args"),
            Where.BELOW,
            (),
            id="behind the last of a list that changes",
        ),
        pytest.param(
            op("add", "/containers/1/args"), ("containers", A, "args"), Where.APART, (), id="index"
        ),
        pytest.param(
            op("remove", "/containers/0"), ("containers", A), Where.AT, (), id="index of an item"
        ),
        pytest.param(
            op("add", "/containers/-", {"name": "a"}),
            ("containers", A, "args"),
            Where.ABOVE,
            ("args",),
            id="a new item is known by its name",
        ),
        pytest.param(
            op("add", "/containers/0", {"name": "c"}),
            ("containers", A),
            Where.APART,
            (),
            id="another item is put before it",
        ),
        pytest.param(op("add", "/list/1"), ("list", 1), Where.AT, (), id="a plain index"),
        pytest.param(op("add", "/list/2"), ("list", 1), Where.APART, (), id="another plain index"),
    ],
)
def test_an_operation_leads_there(
    operation: dict[str, Any], path: Path, where: Where, rest: Path
) -> None:
    led = lead(operation, path, HERE, HERE)
    assert led.where is where
    if where is Where.ABOVE:
        assert led.rest == rest


def test_an_index_that_means_two_items_is_told() -> None:
    operation = op("replace", "/containers/0/args")
    for path in (("containers", A, "args"), ("containers", B, "args")):
        assert lead(operation, path, HERE, TURNED).where is Where.SHIFTED
    far = op("replace", "/containers/7/args")
    assert lead(far, ("containers", A, "args"), HERE, TURNED).where is Where.APART
    gone = lead(operation, ("containers", A, "args"), {"containers": []}, HERE)
    assert gone.where is Where.AT, "an item that only the build has"


def test_the_place_that_something_is_taken_from_counts_too() -> None:
    moving = op("move", "/x", **{"from": "/containers/0"})
    assert lead(moving, ("containers", A), HERE, HERE, "from").where is Where.AT
    assert lead(moving, ("containers", A), HERE, HERE).where is Where.APART


@pytest.mark.parametrize(
    ("what", "value", "led", "before", "made"),
    [
        ("add", 1, Lead(Where.AT), 1, True),
        ("replace", {"x": 1}, Lead(Where.ABOVE, ("x",)), 1, True),
        ("add", 1, Lead(Where.AT), 2, False),
        ("add", 1, Lead(Where.AT), True, False),
        ("add", 1, Lead(Where.BELOW), 1, False),
        ("test", 1, Lead(Where.AT), 1, False),
        ("remove", 1, Lead(Where.AT), 1, False),
        ("add", {"x": 1}, Lead(Where.ABOVE, ("y",)), MISSING, True),
        ("add", {"x": 1}, Lead(Where.ABOVE, ("x",)), MISSING, False),
        ("add", {"x": 1}, Lead(Where.ABOVE, ("x", "y")), MISSING, False),
        ("add", 1, Lead(Where.AT), MISSING, False),
        ("add", [], Lead(Where.ABOVE, (A,)), MISSING, True),
    ],
)
def test_it_makes_a_value(what: str, value: Any, led: Lead, before: Any, made: bool) -> None:
    assert makes(op(what, "/a", value), led, before) is made


@pytest.mark.parametrize(
    ("operation", "after", "shifted"),
    [
        pytest.param(op("add", "/containers/1/args"), HERE, False, id="nothing changed"),
        pytest.param(op("add", "/containers/1/args"), TURNED, True, id="another is there"),
        pytest.param(op("add", "/containers/1/args"), {"containers": []}, True, id="none is there"),
        pytest.param(op("remove", "/containers/1"), TURNED, True, id="the last step"),
        pytest.param(op("add", "/containers/1"), TURNED, False, id="a place between two"),
        pytest.param(op("add", "/containers/-"), TURNED, False, id="the end"),
        pytest.param(
            op("replace", "/containers/0/args"),
            {"containers": [{"name": "a", "args": []}]},
            False,
            id="the same item, changed",
        ),
        pytest.param(op("replace", "/tolerations/0/k"), {"tolerations": []}, True, id="no key"),
        pytest.param(op("replace", "/no/3/args"), TURNED, False, id="a path that is not there"),
        pytest.param(op("replace", "/containers/x/args"), TURNED, False, id="no index"),
    ],
)
def test_an_index_may_shift(operation: dict[str, Any], after: Any, shifted: bool) -> None:
    assert shifts(operation, HERE, after) is shifted
