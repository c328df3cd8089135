from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from migrator.model.errors import PlanConflict
from migrator.model.inputs import MISSING
from migrator.model.plan import Planned
from migrator.report.diff import Field, by_reason, differences, json_paths, unified
from migrator.trees import paths
from migrator.trees.redact import CHANGED, MARK
from tests import builders
from tests.report import plans
from tests.report.plans import MAIN, changed, planned

REASON = ("because", "S01")


def config_map(before: str, after: str) -> Planned:
    """A ConfigMap whose one text changes."""
    (document,) = builders.documents(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "a"},
                "data": {"a.conf": before},
            }
        )
    )
    return planned(document, changed(document, ("data", "a.conf"), after, *REASON))


def inner(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    """What differs inside two JSON texts."""
    (only,) = differences(config_map(json.dumps(before), json.dumps(after)))
    assert only.inner is not None
    return [(field.path, field.before, field.after) for field in only.inner]


def test_an_unchanged_object_has_no_differences() -> None:
    (document,) = builders.documents(plans.NAD)
    assert differences(planned(document)) == ()
    assert unified(planned(document)) == ()


def test_each_difference_has_the_reason_rule_and_source_of_its_change() -> None:
    (daemonset,) = builders.documents(plans.INSTALL[0])
    first = changed(daemonset, (*MAIN, "image"), "new", "a newer one", "S04")
    second = changed(daemonset, (*MAIN, "args"), MISSING, "no flags", "S03")
    second = replace(second, source=plans.source(17, "b.yaml"))
    found = differences(planned(daemonset, first, second))
    assert [(d.field.path, d.reason, d.rule, str(d.source)) for d in found] == [
        (
            "spec.template.spec.containers[name=kube-multus].image",
            "a newer one",
            "S04",
            "multus.yaml:1",
        ),
        ("spec.template.spec.containers[name=kube-multus].args", "no flags", "S03", "b.yaml:17"),
    ]
    assert [d.field.kind for d in found] == ["changed", "removed"]


def test_items_of_a_named_list_meet_by_name_whatever_their_order() -> None:
    (daemonset,) = builders.documents(plans.INSTALL[0])
    volumes = paths.get(daemonset.data, (*plans.POD, "volumes"))
    moved = [*reversed(volumes), {"name": "new", "emptyDir": {}}]
    found = differences(
        planned(daemonset, changed(daemonset, (*plans.POD, "volumes"), moved, *REASON))
    )
    assert [d.field.path for d in found] == ["spec.template.spec.volumes[name=new]"]


def test_rules_of_a_role_meet_by_their_resources() -> None:
    (role,) = builders.documents(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\n"
        "rules:\n"
        "- {apiGroups: [k8s.cni.cncf.io], resources: ['*'], verbs: ['*']}\n"
        "- {apiGroups: [''], resources: [pods], verbs: [get]}\n"
    )
    rules = [
        {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create"]},
        {"apiGroups": ["k8s.cni.cncf.io"], "resources": ["*"], "verbs": ["*"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
    ]
    found = differences(planned(role, changed(role, ("rules",), rules, *REASON)))
    assert [(d.field.path, d.field.before, d.field.after) for d in found] == [
        ("rules[resources=pods].verbs", ["get"], ["get", "list"]),
        ("rules[resources=events]", MISSING, rules[0]),
    ]


def test_a_new_parent_is_shown_by_its_changes() -> None:
    (nad,) = builders.documents(plans.NAD)
    one = changed(nad, ("metadata", "annotations", "a"), "1", "first", "S01")
    two = changed(nad, ("metadata", "annotations", "b"), "2", "second", "S02")
    found = differences(planned(nad, one, two))
    assert [(d.field.path, d.field.after, d.rule) for d in found] == [
        ("metadata.annotations.a", "1", "S01"),
        ("metadata.annotations.b", "2", "S02"),
    ]


def test_a_new_object_is_one_place() -> None:
    tree = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    (only,) = differences(plans.new_object(tree))
    assert (only.field.path, only.field.kind, only.field.after) == ("", "added", tree)


def test_a_place_that_no_change_explains_is_an_error() -> None:
    (nad,) = builders.documents(plans.NAD)
    one = planned(nad, changed(nad, ("spec", "config"), "{}", *REASON))
    desired = {**one.desired, "metadata": {"name": "other"}}
    with pytest.raises(PlanConflict, match=r"no change explains metadata\.name"):
        differences(replace(one, desired=desired))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 2, "c": 3}, {"z": 9}, [("a", 1, MISSING), ("b", 2, MISSING), ("c", 3, MISSING), ("z", MISSING, 9)]),
        ({"a": 1}, {"a": "1"}, [("a", 1, "1")]),
        ({"a": True}, {"a": 1}, [("a", True, 1)]),
        ({"a": 1}, {"a": 1.0}, [("a", 1, 1.0)]),
        ({"a": None}, {}, [("a", None, MISSING)]),
        ({"a": {}}, {"a": []}, [("a", {}, [])]),
        ({"__a": 1}, {"__a": 2}, [("__a", 1, 2)]),
        ({"a.b/c": 1}, {"a.b/c": 2}, [('["a.b/c"]', 1, 2)]),
        ({"a": ["x", "y"]}, {"a": ["y", "x", "z"]}, [("a", ["x", "y"], ["y", "x", "z"])]),
        ({"a": [[1], [2]]}, {"a": [[1], [3]]}, [("a[1]", [2], [3])]),
        (
            {"plugins": [{"type": "bridge", "mtu": 1}, {"type": "tuning"}]},
            {"plugins": [{"type": "bridge", "mtu": 2}]},
            [("plugins[type=bridge].mtu", 1, 2), ("plugins[type=tuning]", {"type": "tuning"}, MISSING)],
        ),
        (
            {"plugins": [{"type": "bridge"}, {"type": "tuning"}]},
            {"plugins": [{"type": "tuning"}, {"type": "bridge"}]},
            [("plugins.order", ["bridge", "tuning"], ["tuning", "bridge"])],
        ),
        (
            {"plugins": [{"type": "bridge"}, {"type": "bridge", "x": 1}]},
            {"plugins": [{"type": "bridge"}, {"type": "bridge", "x": 2}]},
            [("plugins[1].x", 1, 2)],
        ),
        ({"plugins": []}, {"plugins": [{"type": "a"}]}, [("plugins", [], [{"type": "a"}])]),
    ],
    ids=[
        "few common keys are not one change of everything",
        "a number is not its text",
        "a boolean is not a number",
        "a float is not an integer to Go",
        "null is not absent",
        "an empty map is not an empty list",
        "keys with underscores count",
        "keys with dots and slashes",
        "a list of values is one value",
        "a list of lists by index",
        "plugins meet by type",
        "the order of plugins counts",
        "doubled types meet by index",
        "from an empty list",
    ],
)  # fmt: skip
def test_json_in_a_string_is_compared_by_field(before: Any, after: Any, expected: Any) -> None:
    found = inner(before, after)
    assert found == expected
    assert [type(value) for _, *pair in found for value in pair] == [
        type(value) for _, *pair in expected for value in pair
    ]


def test_the_same_json_written_differently_has_no_fields() -> None:
    (only,) = differences(config_map('{"a":1,"b":2}', '{\n  "b": 2,\n  "a": 1\n}\n'))
    assert only.inner == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("text", '{"a": 1}'),
        ('{"a": 1}', "text"),
        ('{"a": 1}', '{"a": 1, "a": 2}'),
        ('{"a": 1}', '{"a": NaN}'),
        ('{"a": 1}', '{"a": 1'),
        ("[" * 50_000 + "]" * 50_000, "[]"),
        ('{"a":' * 101 + "1" + "}" * 101, '{"a":' * 101 + "2" + "}" * 101),
        ("1", "2"),
    ],
    ids=["text before", "text after", "a key twice", "NaN", "broken", "nested too deep for JSON", "nested too deep to compare", "numbers"],
)  # fmt: skip
def test_what_readers_could_read_differently_is_shown_as_it_is(before: str, after: str) -> None:
    (only,) = differences(config_map(before, after))
    assert only.inner is None
    assert (only.field.before, only.field.after) == (before, after)


def test_what_was_taken_out_is_told() -> None:
    (only,) = differences(config_map(f'{{"token": "{MARK}"}}', f'{{"token": "{CHANGED}"}}'))
    assert only.redacted
    assert only.inner == (Field(path="token", before=MARK, after=CHANGED),)


def test_without_secrets_nothing_is_redacted() -> None:
    (only,) = differences(config_map('{"mtu": 1}', '{"mtu": 2}'))
    assert not only.redacted


def test_unified_shows_the_yaml_with_its_surroundings() -> None:
    (nad,) = builders.documents(plans.NAD)
    lines = unified(planned(nad, changed(nad, ("metadata", "name"), "other", *REASON)), context=1)
    assert lines == (
        "@@ -3,3 +3,3 @@",
        " metadata:",
        "-  name: storage",
        "+  name: other",
        "   namespace: app",
    )


def test_places_of_one_reason_stand_together() -> None:
    (daemonset,) = builders.documents(plans.INSTALL[0])
    steps = [("image", "chroot"), ("args", "other"), ("command", "chroot")]
    one = planned(daemonset, *(changed(daemonset, (*MAIN, f), "x", r, "S06") for f, r in steps))
    assert [(reason, len(found)) for reason, _, found in by_reason(one)] == [
        ("chroot", 2),
        ("other", 1),
    ]


def test_paths_that_differ_in_two_configs() -> None:
    assert json_paths('{"a": 1, "b": {"c": 1}}', '{"a": 1, "b": {"c": 2}}') == ["b.c"]
    assert json_paths("", '{"a": 1}') == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "bridge"]),
    lambda node: st.lists(node, max_size=3)
    | st.dictionaries(st.sampled_from(["name", "type", "plugins", "a", "__b"]), node, max_size=3),
    max_leaves=10,
)  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [("true", "1"), ("false", "0"), ("[true]", "[1]")])
def test_true_is_not_one_wherever_it_stands(one: str, other: str) -> None:
    for frame in ('{"x": %s}', '{"x": [null, %s]}', '{"x": [{"y": [%s, "a"]}]}'):
        assert json_paths(frame % one, frame % other) != []
        assert json_paths(frame % one, frame % one + " ") == []


@given(_JSON.map(lambda v: {"x": v}), _JSON.map(lambda v: {"x": v}))
def test_any_two_configs_differ_where_their_texts_do(before: Any, after: Any) -> None:
    old, new = (json.dumps(tree, sort_keys=True) for tree in (before, after))
    (only,) = differences(config_map(old, new + "\n"))
    assert only.inner is not None
    assert bool(only.inner) == (old != new)
    for field in only.inner:
        assert field.before is not MISSING or field.after is not MISSING
