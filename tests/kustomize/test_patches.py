"""The patches as data and as text, without a build: what each says, and why it says it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from migrator.kustomize.emit import emit
from migrator.kustomize.merge import patches, pod_path
from migrator.kustomize.patchfiles import patch_files, reason_of
from migrator.model.inputs import MISSING, ObjectRef, Source
from migrator.model.plan import Change

from .plans import DAEMONSET, MAIN, changed, created, document, plan_of, unchanged

A, B, C = {"name": "a", "v": 1}, {"name": "b", "v": 1}, {"name": "c", "v": 1}


def pod(**fields: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "spec": {"template": {"spec": fields}},
    }


def merged(before: dict[str, Any], after: dict[str, Any]) -> tuple[list[Any], Any]:
    """(what JSON6902 replaces, the merge patch of the pod spec)."""
    replaced, merge = patches(pod(**before), pod(**after))
    return replaced, merge.get("spec", {}).get("template", {}).get("spec", {})


SPEC = ("spec", "template", "spec")


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        pytest.param({"a": 1}, {"a": 2}, {"a": 2}, id="a value"),
        pytest.param({"a": 1}, {}, {"a": None}, id="a field goes"),
        pytest.param({}, {"a": {"b": 1}}, {"a": {"b": 1}}, id="a field comes"),
        pytest.param({"a": None}, {"a": {"b": 1}}, {"a": {"b": 1}}, id="in place of null"),
        pytest.param({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 1}}, {"a": {"b": 2}}, id="a map"),
        pytest.param({"a": 1}, {"a": "s"}, {"a": "s"}, id="a number becomes a string"),
        pytest.param({"volumes": [A, B]}, {"volumes": [A, C]},
                     {"volumes": [C, {"name": "b", "$patch": "delete"}]}, id="items of a named list"),
        pytest.param({"volumes": [A, B]}, {"volumes": [{**A, "v": 2}, B]},
                     {"volumes": [{"name": "a", "v": 2}]}, id="one item"),
        pytest.param({"containers": [A, B]}, {"containers": [A, {**B, "v": 2}]},
                     {"containers": [{"name": "a"}, {"name": "b", "v": 2}]},
                     id="an item behind others, where the order counts"),
        pytest.param({"containers": [A, B]}, {"containers": [{**A, "v": 2}, B]},
                     {"containers": [{"name": "a", "v": 2}]}, id="the first item"),
        pytest.param({"containers": [A, B, C]}, {"containers": [{**A, "v": 2}, C]},
                     {"containers": [{"name": "a", "v": 2}, {"name": "b", "$patch": "delete"}]},
                     id="an item between goes"),
        pytest.param({"volumes": [A, B]}, {"volumes": [A, {**B, "v": 2}]},
                     {"volumes": [{"name": "b", "v": 2}]}, id="and where it does not"),
    ],
)  # fmt: skip
def test_what_a_merge_patch_can_say(
    before: dict[str, Any], after: dict[str, Any], patch: dict[str, Any]
) -> None:
    assert merged(before, after) == ([], patch)


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        pytest.param({"a": {"b": 1}}, {"a": "s"}, ("a",), id="a map becomes a string"),
        pytest.param({"a": [1]}, {"a": {"b": 1}}, ("a",), id="a list becomes a map"),
        pytest.param({"a": "1"}, {"a": 1}, ("a",), id="a string becomes a number"),
        pytest.param({"a": {"b": "1"}}, {"a": {"b": True}}, ("a", "b"), id="within a map"),
        pytest.param({"tolerations": [A]}, {"tolerations": [B]}, ("tolerations",),
                     id="a list that does not merge"),
        pytest.param({"volumes": [A, {"v": 1}]}, {"volumes": [B]}, ("volumes",),
                     id="items without names"),
        pytest.param({"volumes": [{"name": "a", "v": "1"}]}, {"volumes": [A]}, ("volumes",),
                     id="a type within an item"),
    ],
)  # fmt: skip
def test_what_only_json6902_can_say(
    before: dict[str, Any], after: dict[str, Any], place: tuple[str, ...]
) -> None:
    value: Any = after
    for key in place:
        value = value[key]
    assert merged(before, after) == ([((*SPEC, *place), value)], {})


def container(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "m", **fields}]}


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        pytest.param({"env": [A]}, {"env": [A, B]}, {"env": [{"name": "a"}, B]}, id="env in order"),
        pytest.param({"volumeMounts": [{"mountPath": "/a"}]}, {"volumeMounts": []},
                     {"volumeMounts": [{"mountPath": "/a", "$patch": "delete"}]}, id="a mount goes"),
        pytest.param({"env": [A]}, {"env": [A, {"v": 1}]},
                     {"env": [{"$patch": "replace"}, A, {"v": 1}]}, id="env without a name"),
        pytest.param({"ports": [1]}, {"ports": [2]}, {"ports": [{"$patch": "replace"}, 2]}, id="ports"),
        pytest.param({"args": ["a"]}, {"args": ["b"]}, {"args": ["b"]}, id="args"),
        pytest.param({"r": {"l": {"a": 1}}}, {"r": {"l": "s"}}, {"r": {"$patch": "replace", "l": "s"}},
                     id="a map in a map becomes a string"),
    ],
)  # fmt: skip
def test_within_a_container(
    before: dict[str, Any], after: dict[str, Any], patch: dict[str, Any]
) -> None:
    expected = {"containers": [{"name": "m", **patch}]}
    assert merged(container(**before), container(**after)) == ([], expected)


@pytest.mark.parametrize(
    ("api_version", "kind", "path"),
    [
        ("v1", "Pod", ("spec",)),
        ("v1", "ReplicationController", SPEC),
        ("apps/v1", "DaemonSet", SPEC),
        ("apps/v1", "Deployment", SPEC),
        ("apps/v1", "ReplicaSet", SPEC),
        ("apps/v1", "StatefulSet", SPEC),
        ("batch/v1", "Job", SPEC),
        ("batch/v1", "CronJob", ("spec", "jobTemplate", *SPEC)),
        ("extensions/v1beta1", "DaemonSet", None),
        ("v1", "ConfigMap", None),
    ],
)
def test_where_a_pod_spec_stands(api_version: str, kind: str, path: tuple[str, ...] | None) -> None:
    assert pod_path(api_version, kind) == path


def change(reason: str = "is why", source: Source | None = None) -> Change:
    ref = ObjectRef(group="", kind="A", namespace="", name="b")
    return Change(object=ref, path=(), before=1, after=2, reason=reason, rule="S01", source=source)


def test_a_reason_is_a_line_with_its_rule_and_source() -> None:
    assert reason_of(change()) == "S01: is why"
    where = Source(file="a.yaml", line=3)
    assert reason_of(change(source=where)) == f"S01: is why ({where})"


TEXT = DAEMONSET.replace("\n          env:", "\n          workingDir: /\n          env:")


def files(edits: dict[str, Any], text: str = TEXT, **document_fields: Any) -> tuple[str, str]:
    planned = changed(replace(document(text), **document_fields), edits)
    assert planned.document is not None
    found = patch_files(planned, planned.document)
    return found.guard, found.merge


def test_each_hunk_has_its_reason_above_it() -> None:
    _, merge = files({f"{MAIN}.workingDir": "/x", "spec.template.spec.hostPID": True})
    lines = [line.strip() for line in merge.splitlines()]
    assert lines[0] == "# Strategic merge patch of DaemonSet kube-system/kube-multus-ds."
    at = lines.index("hostPID: true")
    assert lines[at - 1] == "# S99: because of spec.template.spec.hostPID (multus.yaml:7)"
    at = lines.index("workingDir: /x")
    assert lines[at - 1] == f"# S99: because of {MAIN}.workingDir (multus.yaml:7)"
    assert sum("to keep the order" in line for line in lines) == 1
    assert "It changes nothing" not in merge


def test_what_json6902_replaces_has_its_reason_there_and_not_in_the_merge_patch() -> None:
    guard, merge = files({"spec.template.spec.tolerations": []})
    reason = "# S99: because of spec.template.spec.tolerations (multus.yaml:7)"
    assert reason in guard
    assert "op: replace" in guard and "/spec/template/spec/tolerations" in guard
    assert reason not in merge
    assert "It changes nothing (the JSON6902 patch does) but notices a missing object." in merge


def test_a_raised_api_version_is_replaced_first_and_both_groups_are_targets() -> None:
    old = document(DAEMONSET.replace("apps/v1", "extensions/v1beta1"))
    planned = changed(old, {"apiVersion": "apps/v1", "spec.template.spec.tolerations": []})
    found = patch_files(planned, old)
    assert found.groups == {"extensions", "apps"}
    assert found.merge.splitlines()[2].startswith("apiVersion: apps/v1")
    replaced = found.guard[found.guard.index("op: replace") :]
    assert replaced.index("/apiVersion") < replaced.index("/tolerations")


def test_a_removed_object_is_deleted_by_its_name() -> None:
    old = document("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n")
    found = patch_files(changed(old, {"": MISSING}), old)
    assert "$patch: delete" in found.merge
    assert "namespace" not in found.merge
    assert "# S99: because of" in found.merge
    assert found.groups == {""}
    assert "/apiVersion" in found.guard


def test_of_what_a_root_builds_the_guard_tests_leaves() -> None:
    edits: dict[str, Any] = {"spec.template.spec.tolerations": []}
    alone, _ = files(edits)
    built, _ = files(edits, form="build", text=TEXT)
    assert "path: /spec/template/spec/tolerations\n" in alone
    assert "path: /spec/template/spec/tolerations/0/operator\n" in built


CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: b}\ndata: {a: b}\n"


def test_a_component_without_a_change_has_a_field_all_the_same() -> None:
    found = emit(plan_of(unchanged(document(CONFIG_MAP))))
    assert found["component/kustomization.yaml"].endswith("\nresources: []\n")
    assert not [path for path in found if "patches" in path]


def test_only_what_there_is_stands_in_the_component() -> None:
    found = emit(plan_of(changed(document(CONFIG_MAP), {"data.a": "c"})))
    assert "resources" not in found["component/kustomization.yaml"]
    alone = emit(plan_of(created(CONFIG_MAP)))
    assert "patches:" not in alone["component/kustomization.yaml"]
    assert "# S98: is new" in alone["component/resources/configmap--b--c.yaml"]


def test_the_rollback_names_what_the_migration_added() -> None:
    stays = "What the migration added stays in the cluster"
    added = emit(
        plan_of(
            changed(document(CONFIG_MAP), {"data.a": "c"}),
            created(CONFIG_MAP.replace("name: c", "name: new")),
        )
    )
    assert stays in added["rollback/kustomization.yaml"]
    assert "ConfigMap b/new" in added["rollback/kustomization.yaml"]
    assert "ConfigMap b/c" not in added["rollback/kustomization.yaml"]
    none = emit(plan_of(unchanged(document(CONFIG_MAP))))["rollback/kustomization.yaml"]
    assert stays not in none
    assert "The nodes keep files too: see runbook.md." in none


def test_a_root_is_referred_to_from_base() -> None:
    found = emit(plan_of(changed(document(CONFIG_MAP), {"data.a": "c"})), root_reference="../root")
    assert "- ../../root" in found["base/kustomization.yaml"]
    assert [path for path in found if path.startswith("base/")] == ["base/kustomization.yaml"]


def test_the_reason_of_an_item_stands_at_the_list_that_is_replaced() -> None:
    account = document(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: b}\n"
        "imagePullSecrets: [{name: one}]\n"
    )
    planned = changed(account, {"imagePullSecrets[name=two]": {"name": "two"}, "x": 1})
    found = patch_files(planned, account)
    reason = "# S99: because of imagePullSecrets[name=two] (multus.yaml:7)"
    assert reason in found.guard
    assert reason not in found.merge
    assert "# S99: because of x (" in found.merge
    assert "because of x (" not in found.guard
