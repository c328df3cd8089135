"""The stages of a rollout on one DaemonSet: what it keeps, and what it gets back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.model.inputs import Document
from migrator.model.inventory import Stage
from migrator.thick.stages import ANNOTATION, is_staged, stage_changes, strategy_of
from migrator.trees.paths import put
from tests import builders

ROLLING = {"type": "RollingUpdate"}


def daemonset(
    spec: Mapping[str, Any], annotations: Mapping[str, Any] | None = None, api: str = "apps/v1"
) -> Document:
    (document,) = builders.documents(builders.daemonset())
    metadata = {**document.data["metadata"]}
    if annotations is not None:
        metadata["annotations"] = annotations
    own = {**document.data["spec"], **spec}
    data = {**document.data, "apiVersion": api, "metadata": metadata, "spec": own}
    return replace(document, data=data, api_version=api)


def staged(document: Document, stage: Stage) -> Document:
    data = document.data
    for change in stage_changes(document, stage):
        data = put(data, change.path, change.after)
    return replace(document, data=data)


@pytest.mark.parametrize(
    ("document", "strategy"),
    [
        pytest.param(daemonset({}), ROLLING, id="the default of apps/v1"),
        pytest.param(daemonset({}, api="apps/v1beta2"), ROLLING, id="the default of apps/v1beta2"),
        pytest.param(
            daemonset({}, api="extensions/v1beta1"),
            {"type": "OnDelete"},
            id="the default of extensions/v1beta1",
        ),
        pytest.param(
            daemonset({"updateStrategy": {"rollingUpdate": {"maxUnavailable": 2}}}),
            {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}},
            id="a type that is not said",
        ),
        pytest.param(daemonset({"updateStrategy": None}), ROLLING, id="null"),
        pytest.param(
            daemonset({"updateStrategy": {"type": None, "rollingUpdate": {"maxSurge": None}}}),
            {"type": "RollingUpdate", "rollingUpdate": {}},
            id="null within",
        ),
        pytest.param(
            daemonset({"updateStrategy": {"type": "OnDelete"}}, {ANNOTATION: None}),
            {"type": "OnDelete"},
            id="an annotation that is null",
        ),
        pytest.param(
            daemonset({"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}}),
            {"type": "OnDelete"},
            id="the user's own OnDelete",
        ),
        pytest.param(
            daemonset(
                {"updateStrategy": {"type": "OnDelete"}},
                {ANNOTATION: '{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}'},
            ),
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
            id="what stage one kept",
        ),
        *(
            pytest.param(daemonset({}, {ANNOTATION: kept}), None, id=f"kept: {kept}")
            for kept in ("", "RollingUpdate", '{"type":"Recreate"}', "[]", "{}")
        ),
    ],
)
def test_the_strategy_outside_of_a_rollout(
    document: Document, strategy: Mapping[str, Any] | None
) -> None:
    assert strategy_of(document.data) == strategy


@pytest.mark.parametrize("annotations", [None, {}, {"a": "b"}])
@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}}},
        {"updateStrategy": {"type": "OnDelete"}},
    ],
)
def test_there_and_back(spec: Mapping[str, Any], annotations: Mapping[str, Any] | None) -> None:
    document = daemonset(spec, annotations)
    one = staged(document, 1)
    two = staged(one, 2)

    assert one.data["spec"]["updateStrategy"] == {"type": "OnDelete"}
    assert is_staged(one.data) and not is_staged(two.data)
    assert two.data["spec"]["updateStrategy"] == strategy_of(document.data)
    kept = {**document.data["metadata"].get("annotations", {})}
    assert two.data["metadata"].get("annotations", {}) == kept
    for each in (one, two):
        rest = put(each.data, ("spec", "updateStrategy"), None)
        assert put(rest, ("metadata", "annotations"), kept or None) == put(
            put(document.data, ("spec", "updateStrategy"), None),
            ("metadata", "annotations"),
            kept or None,
        )


@pytest.mark.parametrize("stage", [1, 2])
def test_a_stage_twice_is_once(stage: Stage) -> None:
    document = staged(daemonset({}), stage)
    assert list(stage_changes(document, stage)) == []


def test_what_cannot_be_given_back_is_left_alone() -> None:
    unreadable = daemonset({"updateStrategy": ROLLING}, {ANNOTATION: "RollingUpdate"})
    assert list(stage_changes(unreadable, 2)) == []


def test_stage_one_holds_the_pods_whatever_was_kept() -> None:
    unreadable = daemonset({"updateStrategy": ROLLING}, {ANNOTATION: "RollingUpdate"})
    (change,) = stage_changes(unreadable, 1)
    assert (change.path, change.after) == (("spec", "updateStrategy"), {"type": "OnDelete"})


def test_an_annotation_that_is_null_is_no_stage() -> None:
    assert not is_staged(daemonset({}, {ANNOTATION: None}).data)


def test_a_raised_apiversion_does_not_change_the_strategy() -> None:
    """What runs has the default of the apiVersion that made it."""
    old = daemonset({}, api="extensions/v1beta1")
    two = list(stage_changes(daemonset({}), 2, was=old.data))
    assert [change.after for change in two] == [{"type": "OnDelete"}]
