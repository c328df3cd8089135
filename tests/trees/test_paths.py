from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.trees.paths import diff_paths, format_path, get, parse_path, put, related, same

POD: dict[str, Any] = {
    "containers": [
        {"name": "a", "args": ["x"]},
        {"name": "b", "volumeMounts": [{"name": "v", "mountPath": "/host/opt/cni/bin"}]},
    ],
    "hostPID": None,
}
B = ("containers", ItemKey("name", "b"))
MOUNT = (*B, "volumeMounts", ItemKey("mountPath", "/host/opt/cni/bin"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param((), POD, id="empty path is the whole object"),
        pytest.param(("containers", 0, "name"), "a", id="index"),
        pytest.param((*MOUNT, "name"), "v", id="two merge keys"),
        pytest.param(("hostPID",), None, id="null is a value"),
        pytest.param(("hostIPC",), MISSING, id="absent key"),
        pytest.param(("containers", 2), MISSING, id="index behind the end"),
        pytest.param(("containers", -1), MISSING, id="no negative index"),
        pytest.param(("containers", ItemKey("name", "c")), MISSING, id="no such item"),
        pytest.param(("containers", "name"), MISSING, id="key into a list"),
        pytest.param(("hostPID", "x"), MISSING, id="key into null"),
        pytest.param(("containers", 0, "name", "x"), MISSING, id="key into a string"),
        pytest.param(("containers", 0, ItemKey("a", "b")), MISSING, id="item of a map"),
    ],
)
def test_get(path: Path, value: Any) -> None:
    assert get(POD, path) is value or get(POD, path) == value


def test_get_takes_the_first_of_two_items_with_one_key() -> None:
    items = [{"mountPath": "/x", "name": "first"}, {"mountPath": "/x", "name": "second"}]
    assert get({"volumeMounts": items}, ("volumeMounts", ItemKey("mountPath", "/x"))) is items[0]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        pytest.param(("a",), 1, {"a": 1}, id="new key"),
        pytest.param(("a", "b"), 1, {"a": {"b": 1}}, id="parents are made"),
        pytest.param(
            ("l", ItemKey("name", "x")), {"name": "x"}, {"l": [{"name": "x"}]}, id="new item"
        ),
        pytest.param(
            ("l", ItemKey("name", "x"), "v"), 1, {"l": [{"name": "x", "v": 1}]}, id="into new item"
        ),
        pytest.param(("a",), MISSING, {}, id="removing what is not there"),
        pytest.param(("a", "b", "c"), MISSING, {}, id="removing makes no parents"),
        pytest.param(("l", ItemKey("name", "x")), MISSING, {}, id="removing makes no list"),
        pytest.param((), {"k": 1}, {"k": 1}, id="the whole object"),
    ],
)
def test_put_into_nothing(path: Path, value: Any, expected: Any) -> None:
    assert put({}, path, value) == expected


def test_put_copies_the_path_and_nothing_else() -> None:
    changed = put(POD, (*B, "args"), ["y"])
    assert changed["containers"][1]["args"] == ["y"]
    assert "args" not in POD["containers"][1]
    assert changed["containers"][0] is POD["containers"][0]


def test_put_removes_one_item_and_keeps_the_emptied_list() -> None:
    assert put(POD, MOUNT, MISSING)["containers"][1]["volumeMounts"] == []


def test_put_appends_a_new_item_after_the_others() -> None:
    changed = put(POD, ("containers", ItemKey("name", "new")), {"name": "new"})
    assert [c["name"] for c in changed["containers"]] == ["a", "b", "new"]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(("containers", "name"), id="key into a list"),
        pytest.param((ItemKey("name", "a"),), id="item of a map"),
        pytest.param(("containers", 5), id="index that leaves a hole"),
        pytest.param((*B, "name", "x"), id="key into a string"),
    ],
)
def test_put_refuses_a_path_that_does_not_fit(path: Path) -> None:
    with pytest.raises(MigratorError):
        put(POD, path, 1)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((), ("a",), True),
        (("a",), ("a",), True),
        (("a",), ("a", "b"), True),
        (("a", "b"), ("a", "c"), False),
        (("a", ItemKey("name", "b")), ("a", ItemKey("name", "b"), "c"), True),
        (("a", ItemKey("name", "b")), ("a", 0), False),
    ],
)
def test_related(one: Path, other: Path, expected: bool) -> None:
    assert related(one, other) is related(other, one) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param(1, True, False, id="a number is no boolean"),
        pytest.param(0, False, False, id="zero is not false"),
        pytest.param(1, 1.0, True, id="numbers as JSON has them"),
        pytest.param("1", 1, False, id="a string is not a number"),
        pytest.param({"a": [1]}, {"a": [True]}, False, id="deep"),
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, True, id="key order is nothing"),
        pytest.param([1, 2], [2, 1], False, id="list order is something"),
        pytest.param(None, MISSING, False, id="null is not absent"),
        pytest.param([], {}, False, id="list is no map"),
    ],
)
def test_same(left: Any, right: Any, expected: bool) -> None:
    assert same(left, right) is expected


def _mounts(*points: str) -> dict[str, Any]:
    return {"volumeMounts": [{"name": "v", "mountPath": p} for p in points]}


def _env(*names: str) -> dict[str, Any]:
    return {"env": [{"name": name} for name in names]}


@pytest.mark.parametrize(
    ("before", "after", "differing"),
    [
        pytest.param({"a": {"b": 1}}, {"a": {"b": 1}}, [], id="equal"),
        pytest.param(_mounts("/a", "/b"), _mounts("/b", "/a"), [], id="order of a named list"),
        pytest.param(
            _mounts("/a"), _mounts("/b"), ["volumeMounts[mountPath=/a]", "volumeMounts[mountPath=/b]"],
            id="one item goes, one comes",
        ),
        pytest.param(
            _mounts("/a", "/a"), _mounts("/a"), ["volumeMounts"], id="doubled mountPath is one value"
        ),
        pytest.param(_env("A", "B"), _env("B", "A"), ["env"], id="order of a list that has one"),
        pytest.param(_env("A"), _env("A", "B"), ["env[name=B]"], id="a new item at the end"),
        pytest.param(_env("A"), _env("B", "A"), ["env"], id="a new item before others"),
        pytest.param(_env("A", "B"), _env("B"), ["env[name=A]"], id="an item goes, no new order"),
        pytest.param({"env": [{"name": 1}]}, {"env": []}, ["env"], id="merge key is no string"),
        pytest.param({"args": ["a", "b"]}, {"args": ["b", "a"]}, ["args"], id="args are one value"),
        pytest.param({}, {"a": {"b": {"c": 1}}}, ["a"], id="a new map is one place"),
        pytest.param({"a": None}, {}, ["a"], id="null is not absent"),
        pytest.param({"a": {}}, {"a": []}, ["a"], id="another type"),
        pytest.param({"rules": [{"name": "x"}]}, {"rules": []}, ["rules"], id="no merge key"),
        pytest.param({"env": 1, "b": True}, {"env": 2, "b": 1}, ["env", "b"], id="scalars"),
    ],
)  # fmt: skip
def test_diff_paths(before: Any, after: Any, differing: list[str]) -> None:
    assert [format_path(path) for path, _, _ in diff_paths(before, after)] == differing


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param((), "", id="whole object"),
        pytest.param(("spec", "template"), "spec.template", id="keys"),
        pytest.param((*B, "args", 0), "containers[name=b].args[0]", id="item and index"),
        pytest.param(MOUNT, "containers[name=b].volumeMounts[mountPath=/host/opt/cni/bin]", id="/"),
        pytest.param(
            ("metadata", "annotations", "k8s.v1.cni.cncf.io/networks"),
            'metadata.annotations["k8s.v1.cni.cncf.io/networks"]',
            id="annotation",
        ),
        pytest.param(("data", "0"), 'data["0"]', id="a key that looks like an index"),
        pytest.param(("data", ""), 'data[""]', id="empty key"),
        pytest.param(("data", 'a"]b'), r'data["a\"]b"]', id="quote and bracket"),
        pytest.param(("l", ItemKey("name", "a]b=c")), 'l[name="a]b=c"]', id="bracket in a name"),
        pytest.param(("a", "b=c"), 'a["b=c"]', id="a key that looks like an item"),
    ],
)  # fmt: skip
def test_paths_are_written_and_read_back(path: Path, text: str) -> None:
    assert format_path(path) == text
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text", [".a", "a..b", "a.", "a[", "a[0", 'a["b]', "a b", "[name=]", "a[b=c", "é", "a[-1]"]
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(MigratorError, match="not a path"):
        parse_path(text)


_segments = st.one_of(
    st.text(max_size=5),
    st.integers(0, 20),
    st.builds(ItemKey, st.sampled_from(["name", "mountPath"]), st.text(max_size=5)),
)


@given(st.lists(_segments, max_size=5).map(tuple))
def test_every_path_survives_the_round_trip(path: Path) -> None:
    assert parse_path(format_path(path)) == path


_trees = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "env", "name"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(before=_trees, after=_trees)
def test_putting_every_difference_gives_the_other_tree(before: Any, after: Any) -> None:
    tree = before
    for path, old, new in diff_paths(before, after):
        found = get(tree, path)
        assert found is old or same(found, old)
        tree = put(tree, path, new)
    assert not diff_paths(tree, after)
