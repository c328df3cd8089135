"""What is drift of a live object, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.live.compare import drifts
from migrator.trees.paths import format_path


def places(built: Any, live: Any, other: Any = None) -> list[tuple[str, bool]]:
    found = drifts(built, built if other is None else other, live)
    return [(format_path(each.path), each.other) for each in found]


def limits(**amounts: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "a", "resources": {"limits": amounts}}]}}


@pytest.mark.parametrize(
    ("built", "live"),
    [
        ({"a": 1}, {"a": 1, "status": {"x": 1}}),
        ({"a": {}}, {"b": 1}),
        ({"a": {"b": False, "c": "", "d": None, "e": []}}, {"x": 1}),
        (limits(cpu="1000m", memory="1024Mi"), limits(cpu="1", memory="1Gi")),
        (limits(cpu=1), limits(cpu="1")),
        ({"dnsPolicy": "ClusterFirst"}, {"x": 1}),
        (
            {"volumes": [{"name": "b"}, {"name": "a"}]},
            {"volumes": [{"name": "a", "hostPath": {"type": ""}}, {"name": "b"}, {"name": "c"}]},
        ),
        ({"rules": [{"verbs": ["get"]}]}, {"rules": [{"verbs": ["get"], "more": 1}]}),
    ],
    ids=[
        "what is added", "an empty map", "what is left out", "quantities", "a number", "a default",
        "lists by merge key", "maps within a list",
    ],
)  # fmt: skip
def test_is_no_drift(built: Any, live: Any) -> None:
    assert places(built, live) == []


@pytest.mark.parametrize(
    ("built", "live", "path"),
    [
        ({"a": 1}, {"a": 2}, "a"),
        ({"a": True}, {"a": 1}, "a"),
        ({"a": {"b": {"c": 1}}}, {"a": {}}, "a"),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, "a.b"),
        ({"a": {"b": 1}}, {"a": "text"}, "a"),
        ({"a": False}, {"a": True}, "a"),
        ({"args": ["x"]}, {"args": ["x", "y"]}, "args"),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "A"}]}, "env[name=A].value"),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": "A"}, "env"),
        (limits(cpu="1"), limits(cpu="2"), "spec.containers[name=a].resources.limits.cpu"),
        ({"cpu": "1000m"}, {"cpu": "1"}, "cpu"),
        ({"a": 1}, {}, "a"),
    ],
    ids=[
        "a value", "a type", "whole where it is gone", "one of a map", "no map", "false",
        "an item more", "within an item", "no list", "a quantity", "no field of quantities",
        "an empty object",
    ],
)  # fmt: skip
def test_is_drift(built: Any, live: Any, path: str) -> None:
    assert [found for found, _ in places(built, live)] == [path]


OLD = {"args": ["a"], "volumes": [{"name": "v", "hostPath": {"path": "/"}}], "limits": {"cpu": "1"}}
NEW = {"hostPID": True, "terminationMessagePolicy": "FallbackToLogsOnError"}


def test_what_has_to_go_and_stays_is_as_on_the_other_side() -> None:
    live = {**OLD, **NEW}
    assert places(NEW, live, OLD) == [
        ("args", True), ("volumes[name=v]", True), ("limits.cpu", True),
    ]  # fmt: skip
    assert places(OLD, live, NEW) == [("hostPID", True), ("terminationMessagePolicy", True)]


def test_a_default_is_not_what_has_to_go() -> None:
    assert places(OLD, {**OLD, "terminationMessagePolicy": "File"}, NEW) == []


def test_what_is_as_on_neither_side_is_told_apart() -> None:
    assert places(NEW, {**NEW, "args": ["z"]}, OLD) == [("args", False)]


def test_an_item_that_goes_while_the_others_change_their_order() -> None:
    old = {"env": [{"name": "A"}, {"name": "B"}, {"name": "C", "value": "1"}]}
    new = {"env": [{"name": "B"}, {"name": "A"}]}
    assert places(new, {"env": [*new["env"], *old["env"][2:]]}, old) == [("env[name=C]", True)]
