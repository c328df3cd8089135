"""The patch is the difference, whatever the difference is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from migrator.kustomize.emit import emit
from migrator.kustomize.merge import patches
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, Document, Source
from migrator.model.plan import Change, Planned
from migrator.trees.dump import dump
from migrator.trees.paths import diff_paths, get, parse_path, put

from .plans import DAEMONSET, MAIN, build_of, changed, document, plan_of, unchanged

POD_SPEC = "spec.template.spec"
INIT = f"{POD_SPEC}.initContainers[name=wait]"


CHANGES = [
    pytest.param(f"{MAIN}.volumeMounts", [], id="all mounts go"),
    pytest.param(f"{MAIN}.volumeMounts", MISSING, id="the list of mounts goes"),
    pytest.param(f"{MAIN}.env", [], id="all env goes"),
    pytest.param(f"{MAIN}.args", [], id="args are emptied"),
    pytest.param(f"{POD_SPEC}.volumes", [], id="all volumes go"),
    pytest.param(f"{POD_SPEC}.tolerations", [], id="tolerations are emptied"),
    pytest.param(f"{POD_SPEC}.initContainers", MISSING, id="init containers go"),
    pytest.param(f"{INIT}", MISSING, id="the first init container goes"),
    pytest.param(f"{MAIN}.securityContext", {}, id="an empty map comes"),
    pytest.param(f"{POD_SPEC}.nodeSelector", {"a": "yes"}, id="a map comes"),
    pytest.param("metadata.labels", {}, id="labels are emptied"),
    pytest.param("metadata.labels", {"b": "1"}, id="one label for another"),
    pytest.param("spec.template.metadata.labels.name", MISSING, id="one label of two goes"),
    pytest.param(f"{MAIN}.resources", {}, id="resources are emptied"),
    pytest.param(f"{MAIN}.command", "one string", id="a list becomes a string"),
    pytest.param(f"{MAIN}.resources", "text", id="a map becomes a string"),
    pytest.param(f"{MAIN}.resources.limits", "text", id="an inner map becomes a string"),
    pytest.param("spec.selector", "text", id="a map outside of lists becomes a string"),
    pytest.param("spec.selector", ["a"], id="a map becomes a list"),
    pytest.param(f"{MAIN}.ports", [{"containerPort": 1}], id="ports come"),
    pytest.param(f"{MAIN}.env", [{"name": 1}], id="an env name that is no string"),
    pytest.param(f"{MAIN}.env[name=FIRST]", {"name": "FIRST", "valueFrom": {"x": {}}}, id="env"),
    pytest.param(
        f"{POD_SPEC}.volumes[name=multus-cfg].projected",
        {"sources": [{"configMap": {"name": "a"}}, {"configMap": {"name": "b"}}]},
        id="a projected volume",
    ),
    pytest.param(f"{POD_SPEC}.imagePullSecrets", [{"name": "a"}], id="pull secrets come"),
    pytest.param(f"{POD_SPEC}.dnsPolicy", "", id="an empty string"),
    pytest.param(f"{POD_SPEC}.priority", 0, id="zero"),
    pytest.param(f"{POD_SPEC}.hostNetwork", False, id="false"),
    pytest.param("metadata.labels.app", True, id="a string becomes a boolean"),
    pytest.param(f"{MAIN}.image", 5, id="a string in a container becomes a number"),
    pytest.param(f"{MAIN}.resources.limits.cpu", 2, id="a string in a map becomes a number"),
    pytest.param(f"{MAIN}.env[name=FIRST].value", 2, id="a string in an item becomes a number"),
]  # fmt: skip


@pytest.fixture(scope="module")
def all_built(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, Any]]:
    """What was planned and what was built for each of `CHANGES`, one DaemonSet each, in one build."""
    named = [
        DAEMONSET.replace("name: kube-multus-ds", f"name: ds-{n}") for n in range(len(CHANGES))
    ]
    planned = [
        changed(document(text), {str(path): after})
        for text, (path, after) in zip(named, (case.values for case in CHANGES), strict=True)
    ]
    result = build_of(tmp_path_factory.mktemp("all"), *planned)
    return [(one.desired, result[one.ref]) for one in planned]


@pytest.mark.kustomize
@pytest.mark.parametrize("number", [pytest.param(n, id=c.id) for n, c in enumerate(CHANGES)])
def test_the_build_is_what_was_planned(all_built: list[tuple[Any, Any]], number: int) -> None:
    desired, result = all_built[number]
    assert diff_paths(result, desired) == []


PORTS = [{"containerPort": 80, "protocol": p} for p in ("TCP", "UDP")] + [{"containerPort": 90}]


LISTS = [
    pytest.param("ports", PORTS, PORTS[1:2], id="ports, whose delete does nothing"),
    pytest.param("ports", PORTS, [*PORTS, {"containerPort": 7}], id="a port more"),
    pytest.param("envFrom", [{"configMapRef": {"name": "a"}}], [], id="envFrom goes"),
    pytest.param("envFrom", [{"a": 1}, {"b": 1}], [{"b": 1}, {"c": 1}], id="envFrom changes"),
    pytest.param(
        "volumeDevices", [{"name": "a", "devicePath": "/a"}],
        [{"name": "b", "devicePath": "/b"}], id="devices",
    ),
    pytest.param(
        "securityContext",
        {"privileged": True, "capabilities": {"add": ["SYS_ADMIN"]}},
        {"privileged": True, "capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}},
        id="capabilities",
    ),
    pytest.param(
        "env", [{"name": "A", "value": "a"}, {"name": "B", "value": {"x": "y"}}],
        [{"name": "A", "value": "a"}, {"name": "B", "value": "s"}], id="a type within an item",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def lists_built(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, Any]]:
    """What was planned and what was built for each of `LISTS`, one DaemonSet each, in one build."""
    planned = []
    for number, case in enumerate(LISTS):
        field, before, after = case.values
        data = put(document(DAEMONSET).data, parse_path(f"{MAIN}.{field}"), before)
        old = document(dump(put(data, ("metadata", "name"), f"ds-{number}")))
        planned.append(changed(old, {f"{MAIN}.{field}": after}))
    result = build_of(tmp_path_factory.mktemp("lists"), *planned)
    return [(one.desired, result[one.ref]) for one in planned]


@pytest.mark.kustomize
@pytest.mark.parametrize("number", [pytest.param(n, id=c.id) for n, c in enumerate(LISTS)])
def test_lists_of_a_container(lists_built: list[tuple[Any, Any]], number: int) -> None:
    desired, result = lists_built[number]
    assert diff_paths(result, desired) == []


def _doubled(path: str, first: dict[str, Any], second: dict[str, Any]) -> Document:
    items = [first, second]
    return document(dump(put(document(DAEMONSET).data, parse_path(path), items)))


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        pytest.param(f"{MAIN}.volumeMounts", {"name": "a", "mountPath": "/x"},
                     {"name": "b", "mountPath": "/x"}, id="mountPath"),
        pytest.param(f"{MAIN}.env", {"name": "A", "value": "1"}, {"name": "A"}, id="env"),
        pytest.param(f"{MAIN}.ports", {"containerPort": 1}, {"containerPort": 1}, id="port"),
        pytest.param(f"{POD_SPEC}.initContainers", {"name": "a"}, {"name": "a"}, id="container"),
        pytest.param(f"{POD_SPEC}.volumes", {"name": "a"}, {"name": "a"}, id="volume"),
    ],
)  # fmt: skip
def test_what_kustomize_would_drop_is_an_error_with_its_line(
    path: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    old = _doubled(path, first, second)
    planned = changed(old, {f"{POD_SPEC}.hostPID": True})
    with pytest.raises(MigratorError, match="a second time") as error:
        emit(plan_of(planned))
    assert error.value.source is not None
    assert error.value.source.line > 1
    assert error.value.message.count("[1] stands") == 1


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        pytest.param(f"{MAIN}.ports", {"containerPort": 1, "protocol": "TCP"},
                     {"containerPort": 1, "protocol": "UDP"}, id="one port, two protocols"),
        pytest.param(f"{POD_SPEC}.tolerations", {"key": "a"}, {"key": "a"}, id="tolerations"),
        pytest.param(f"{MAIN}.volumeMounts", {"name": "a", "mountPath": "/x"},
                     {"name": "a", "mountPath": "/y"}, id="one volume at two places"),
    ],
)  # fmt: skip
def test_what_only_looks_doubled_is_left_alone(
    path: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    assert emit(plan_of(changed(_doubled(path, first, second), {f"{POD_SPEC}.hostPID": True})))


def test_a_doubled_item_of_an_object_that_no_patch_touches_is_left_alone() -> None:
    old = _doubled(f"{MAIN}.env", {"name": "A"}, {"name": "A"})
    assert emit(plan_of(unchanged(old)))


@pytest.mark.kustomize
def test_a_custom_resource_has_no_lists_that_merge(tmp_path: Path) -> None:
    text = DAEMONSET.replace("apps/v1", "apps.kruise.io/v1alpha1")
    planned = changed(document(text), {f"{MAIN}.image": "new"})
    result = build_of(tmp_path, planned)[planned.ref]
    assert result == planned.desired


def test_a_list_outside_of_pods_is_replaced_by_json6902() -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "imagePullSecrets": [{"name": "a"}]}
    after = {**account, "imagePullSecrets": [{"name": "a"}, {"name": "b"}]}
    replaced, merge = patches(account, after)
    assert replaced == [(("imagePullSecrets",), [{"name": "a"}, {"name": "b"}])]
    assert merge == {}


def test_equal_objects_have_no_patch() -> None:
    data = document(DAEMONSET).data
    assert patches(data, data) == ([], {})


def test_a_merge_patch_says_no_more_than_what_changes() -> None:
    data = document(DAEMONSET).data
    replaced, merge = patches(data, put(data, parse_path(f"{POD_SPEC}.hostPID"), True))
    assert (replaced, merge) == ([], {"spec": {"template": {"spec": {"hostPID": True}}}})


_names = st.sampled_from(["a", "b", "c", "d"])
_text = st.sampled_from(["", "yes", "1", "a: b", "x\ny\n", "0x1f", " z"])
_scalar = _text | st.booleans() | st.integers(0, 3)
_words = st.lists(_text, max_size=2)
_maps = st.dictionaries(_names, _scalar, max_size=2)


def _named(key: str, fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[list[Any]]:
    items = st.fixed_dictionaries({key: _names.map(lambda n: f"/{n}")}, optional=fields)
    return st.lists(items, max_size=3, unique_by=lambda item: item[key])


_containers = _named(
    "name",
    {
        "image": _text,
        "args": _words,
        "resources": st.dictionaries(_names, _maps, max_size=2),
        "env": _named("name", {"value": _text, "valueFrom": _maps}),
        "volumeMounts": _named("mountPath", {"name": _names, "readOnly": st.booleans()}),
        "ports": st.lists(
            st.fixed_dictionaries({"containerPort": st.integers(1, 3)}, optional={"name": _names}),
            max_size=2,
            unique_by=lambda port: port["containerPort"],
        ),
        "envFrom": st.lists(_maps, max_size=2),
    },
)
_pod = st.fixed_dictionaries(
    {},
    optional={
        "containers": _containers,
        "initContainers": _containers,
        "volumes": _named("name", {"hostPath": _maps, "configMap": _maps, "emptyDir": _maps}),
        "tolerations": st.lists(_maps, max_size=2),
        "nodeSelector": _maps,
        "hostPID": st.booleans(),
    },
)


def _daemonset(name: str, pod: Any, labels: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "n", "annotations": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": pod}},
    }


def _changes(before: Any, after: Any, ref: Any) -> tuple[Change, ...]:
    """The steps' view of a difference: named lists by item, a reordered list as a whole."""
    found = [(path, new) for path, _, new in diff_paths(before, after)]
    tree, changes = before, []
    for path, new in found:
        changes.append(
            Change(
                object=ref, path=path, before=get(tree, path), after=new, reason="r", rule="S99",
                source=Source(file="f", line=1),
            )
        )  # fmt: skip
        tree = put(tree, path, new)
    return tuple(changes)


_pair = st.tuples(st.tuples(_pod, _pod), st.tuples(_maps, _maps))
_AT_ONCE = 6
"""DaemonSets of one example: to start kustomize takes longer than to build them."""


@pytest.mark.kustomize
@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(pairs=st.lists(_pair, min_size=_AT_ONCE, max_size=_AT_ONCE))
def test_any_daemonset_becomes_any_other(pairs: list[tuple[Any, Any]]) -> None:
    planned = []
    for number, (pods, labels) in enumerate(pairs):
        text_labels = [{key: str(value) for key, value in some.items()} for some in labels]
        before = _daemonset(f"d{number}", pods[0], {"kept": "x", **text_labels[0]})
        after = _daemonset(f"d{number}", pods[1], {"kept": "x", **text_labels[1]})
        old = document(dump(before))
        changes = _changes(before, after, old.ref)
        planned.append(Planned(ref=old.ref, document=old, desired=after, changes=changes))
    with tempfile.TemporaryDirectory() as folder:
        results = build_of(Path(folder), *planned)
    for one in planned:
        result, wished = results[one.ref], one.desired
        assert diff_paths(result, wished) == []
        for path in (f"{POD_SPEC}.initContainers", f"{POD_SPEC}.containers"):
            built, wanted = (get(tree, parse_path(path)) for tree in (result, wished))
            assert built is wanted or [c["name"] for c in built] == [c["name"] for c in wanted]
