"""A base that is no longer what was planned fails the build; one that differs elsewhere builds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.kustomize.emit import emit
from migrator.kustomize.guard import guards
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING
from migrator.model.plan import Change, Planned
from migrator.trees.paths import diff_paths, get, parse_path

from .plans import (
    DAEMONSET,
    MAIN,
    build_of,
    built_each,
    changed,
    document,
    kustomize,
    plan_of,
    write,
)

POD_SPEC = "spec.template.spec"
STEM = "base/daemonset.apps--kube-system--kube-multus-ds.yaml"


def migration() -> Planned:
    """A change of every sort."""
    volumes = f"{POD_SPEC}.volumes"
    return changed(
        document(DAEMONSET),
        {
            f"{MAIN}.args": MISSING,
            f"{MAIN}.command": ["daemon"],
            f"{MAIN}.env[name=FIRST].value": "2",
            f"{MAIN}.resources.limits": MISSING,
            f"{MAIN}.volumeMounts[mountPath=/opt/cni/bin]": {
                "name": "cnibin",
                "mountPath": "/opt/cni/bin",
            },
            f"{volumes}[name=multus-cfg]": {"name": "multus-cfg", "hostPath": {"path": "/m"}},
            f"{POD_SPEC}.hostPID": True,
            f"{POD_SPEC}.tolerations": [{"operator": "Exists"}],
            'spec.template.metadata.annotations["a/b"]': "1",
            'metadata.annotations["c/d"]': "1",
            "metadata.labels.app": "thick",
        },
    )


def drifted(tmp_path: Path, old: str, new: str) -> Path:
    """What is emitted for the migration, with another base document."""
    write(tmp_path, emit(plan_of(migration())))
    text = (tmp_path / STEM).read_text()
    assert text.count(old) == 1
    (tmp_path / STEM).write_text(text.replace(old, new))
    return tmp_path


@pytest.mark.kustomize
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("multus-conf-file=auto", "multus-conf-file=/x", id="an argument"),
        pytest.param('- "--cni-version=0.3.1"\n', "", id="one argument less"),
        pytest.param('["/thin_entrypoint"]', '["/entrypoint.sh"]', id="the command"),
        pytest.param('FIRST, value: "1"', 'FIRST, value: "9"', id="an env value"),
        pytest.param("limits: {cpu: 100m, memory: 50Mi}", "limits: {cpu: 1}", id="limits"),
        pytest.param("limits: {cpu: 100m, memory: 50Mi}", "claims: []", id="limits gone"),
        pytest.param("/host/opt/cni/bin}", "/opt/cni/bin}", id="the new mount is there already"),
        pytest.param("multus-cni-config, def", "other, def", id="a volume's source"),
        pytest.param("0644", "0600", id="a volume's mode"),
        pytest.param("- name: multus-cfg\n", "- name: config\n", id="a volume's name"),
        pytest.param("    spec:\n", "    spec:\n      hostPID: false\n", id="an absent field is set"),
        pytest.param("Exists, effect: NoExecute", "Exists", id="an item of a plain list"),
        pytest.param(
            "name: multus}\n    spec:",
            "name: multus}\n      annotations: {x: y}\n    spec:",
            id="parent of an absent field",
        ),
        pytest.param(
            "labels: {app: multus}", "annotations: {c/d: x}\n  labels: {app: multus}", id="annotation"
        ),
        pytest.param("labels: {app: multus}", "labels: {app: m}", id="a label"),
        pytest.param("- name: kube-multus\n", "- name: multus\n", id="the container's name"),
        pytest.param("apps/v1", "extensions/v1beta1", id="an older apiVersion"),
    ],
)  # fmt: skip
def test_drift_of_a_guarded_field_fails_the_build(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(MigratorError):
        kustomize(drifted(tmp_path, old, new))


ELSEWHERE = {
    "another container's image": ("wait:1", "wait:2"),
    "a volume that is not touched": (
        "/opt/cni/bin}\n        - name: multus",
        "/opt/bin}\n        - name: multus",
    ),
    "requests beside the limits": ("requests: {cpu: 100m", "requests: {cpu: 1"),
    "other labels and annotations": (
        "labels: {app: multus}",
        "annotations: {x: y}\n  labels: {app: multus, b: c}",
    ),
    "a comment": ("# Multus, thin\n", ""),
}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The objects of the base and of the whole, by where the base drifted: all in one build."""
    outs = [drifted(tmp_path_factory.mktemp("drift"), *words) for words in ELSEWHERE.values()]
    builds = iter(built_each([folder for out in outs for folder in (out / "base", out)]))
    return {name: [next(builds), next(builds)] for name in ELSEWHERE}


@pytest.mark.kustomize
@pytest.mark.parametrize("where", ELSEWHERE)
def test_drift_elsewhere_is_carried_along(elsewhere: dict[str, list[Any]], where: str) -> None:
    before, after = elsewhere[where]
    touched = diff_paths(before[migration().ref], after[migration().ref])
    planned = [change.path for change in migration().changes]
    assert touched
    assert all(any(p[: len(c)] == c or c[: len(p)] == p for c in planned) for p, _, _ in touched)


@pytest.mark.kustomize
def test_a_base_whose_api_version_was_raised_by_hand_is_not_passed_over(tmp_path: Path) -> None:
    """Its JSON6902 patch must still find it, and fail."""
    old = document(DAEMONSET.replace("apps/v1", "extensions/v1beta1"))
    planned = changed(old, {"apiVersion": "apps/v1", f"{MAIN}.args": MISSING})
    write(tmp_path, emit(plan_of(planned)))
    path = tmp_path / "base/daemonset.extensions--kube-system--kube-multus-ds.yaml"
    path.write_text(path.read_text().replace("extensions/v1beta1", "apps/v1"))
    with pytest.raises(MigratorError, match="testing value /apiVersion failed"):
        kustomize(tmp_path)


@pytest.mark.kustomize
def test_a_cluster_scoped_object_with_a_namespace_is_guarded(tmp_path: Path) -> None:
    """kustomize takes the namespace of a ClusterRole for none at all."""
    role = document("""\
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: multus, namespace: kube-system}
        rules: []
        """)
    planned = changed(role, {"rules": [{"verbs": ["get"]}]})
    assert build_of(tmp_path, planned)[role.ref] == planned.desired
    (path,) = (tmp_path / "base").glob("clusterrole*")
    path.write_text(path.read_text().replace("rules: []", "rules: [{verbs: [list]}]"))
    with pytest.raises(MigratorError, match="testing value /rules failed"):
        kustomize(tmp_path)


def _tests(edits: dict[str, object]) -> list[tuple[str, object]]:
    planned = changed(document(DAEMONSET), edits)
    operations = guards(document(DAEMONSET).data, planned.changes)
    assert all(operation["op"] == "test" for operation in operations)
    return [(operation["path"], operation["value"]) for operation in operations]


def test_each_place_is_tested_once_and_the_whole_covers_its_parts() -> None:
    tests = _tests(
        {
            f"{MAIN}.volumeMounts[mountPath=/host/opt/cni/bin].readOnly": True,
            f"{MAIN}.volumeMounts[mountPath=/new]": {"name": "new", "mountPath": "/new"},
            f"{MAIN}.image": "x",
        }
    )
    assert [path for path, _ in tests] == [
        "/apiVersion",
        "/spec/template/spec/containers/1/name",
        "/spec/template/spec/containers/1/volumeMounts",
        "/spec/template/spec/containers/1/image",
    ]


def test_absence_is_tested_at_the_nearest_parent_that_is_there() -> None:
    tests = _tests({f"{POD_SPEC}.securityContext.seccompProfile.type": "RuntimeDefault"})
    assert tests[1:] == [("/spec/template/spec/securityContext", None)]


def test_annotations_are_tested_key_by_key() -> None:
    """kustomize keeps annotations of its own in the map while it patches."""
    ref = document(DAEMONSET).ref
    change = Change(
        object=ref, path=parse_path("metadata.annotations"), before=MISSING,
        after={"a/b": "1", "c~d": "2"}, reason="", rule="S99", source=None,
    )  # fmt: skip
    operations = guards(document(DAEMONSET).data, [change])
    assert [(o["path"], o["value"]) for o in operations[1:]] == [
        ("/metadata/annotations/a~1b", None),
        ("/metadata/annotations/c~0d", None),
    ]


def test_no_guard_says_a_secret_and_all_else_of_the_map_is_tested() -> None:
    """The value of a variable, the word behind a flag, JSON in a text: their neighbours stay."""
    env = [{"name": "X_TOKEN", "value": "hush"}, {"name": "MTU", "value": "1500"}]
    args = ["--password", "hush", "--v=2"]
    before = {
        "apiVersion": "apps/v1",
        "spec": {"env": env, "args": args, "config": '{"token": "hush"}', "x": None},
    }
    ref = document(DAEMONSET).ref
    changes = [
        Change(object=ref, path=("spec", key), before=get(before, ("spec", key)), after="new",
               reason="", rule="S01", source=None)
        for key in ("env", "args", "config", "x")
    ]  # fmt: skip
    found = {test["path"]: test["value"] for test in guards(before, changes)}
    assert found == {
        "/apiVersion": "apps/v1",
        "/spec/env/0/name": "X_TOKEN",
        "/spec/env/1": {"name": "MTU", "value": "1500"},
        "/spec/args/0": "--password",
        "/spec/args/2": "--v=2",
        "/spec/x": None,
    }
