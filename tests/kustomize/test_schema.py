from __future__ import annotations

from typing import Any

import pytest

from migrator.kustomize.schema import SchemaReport, validate

ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "multus"},
    "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
}


def of(after: dict[str, Any], before: dict[str, Any] | None = None) -> SchemaReport:
    return validate([("it", before, after)])


def test_a_valid_object_is_counted() -> None:
    report = of(ROLE)
    assert (report.valid, report.errors, report.inherited, report.skipped) == (1, (), (), ())
    assert report.version.startswith("1.")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param({"rules": "all"}, "it: rules: is a string and not of type array", id="type"),
        pytest.param({"rule": []}, "it: the object: Additional properties", id="unknown field"),
        pytest.param(
            {"rules": [{}]}, "it: rules[0]: 'verbs' is a required property", id="required"
        ),
    ],
)
def test_a_fault_is_one_line_with_its_place(change: dict[str, Any], complaint: str) -> None:
    (line,) = of({**ROLE, **change}).errors
    assert line.startswith(complaint)
    assert "\n" not in line


def test_a_long_message_is_cut() -> None:
    (line,) = of({**ROLE, **{f"field-{number}": 1 for number in range(500)}}).errors
    assert len(line) < 400


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        pytest.param(
            {"containers": [{"name": "a", "env": [{"name": "PIN", "value": 730154}]}]},
            "spec.containers[0].env[0].value: is a number and not of type string",
            id="a number",
        ),
        pytest.param(
            {"containers": [{"name": "a", "args": ["--pin", 730154]}]},
            "spec.containers[0].args[1]: is a number and not of type string",
            id="in a list",
        ),
        pytest.param(
            {"containers": [{"name": "a", "command": {"psk": "730154"}}]},
            "spec.containers[0].command: is a map and not of type array",
            id="below it",
        ),
        pytest.param(
            {"containers": [{"name": "a", "ports": [{"containerPort": 1, "hostPort": "730154"}]}]},
            "spec.containers[0].ports[0].hostPort: is a string and not of type integer",
            id="a short word",
        ),
        pytest.param(
            {"containers": [{"name": "a", "livenessProbe": {"httpGet": {"port": ["730154"]}}}]},
            "spec.containers[0].livenessProbe.httpGet.port: is not what the schema takes (oneOf)",
            id="no shape of several",
        ),
    ],
)
def test_no_value_is_quoted(spec: dict[str, Any], told: str) -> None:
    (line,) = of({**POD, "spec": spec}).errors
    assert line == f"it: {told}"


def test_only_the_same_fault_is_inherited() -> None:
    broken, other = {**ROLE, "rule": []}, {**ROLE, "rules": "all"}
    assert of(broken, broken).inherited
    assert of(broken, other).errors
    assert of(broken, ROLE).errors
    assert of(broken, {**broken, "apiVersion": "rbac.authorization.k8s.io/v1beta1"}).errors


@pytest.mark.parametrize(
    "api_version",
    [
        pytest.param("apps.example.com/v1", id="a group that begins like a built-in one"),
        pytest.param("k8s.cni.cncf.io/v1", id="a custom resource"),
        pytest.param("extensions/v1beta1", id="a version that is gone"),
    ],
)
def test_what_has_no_schema_is_said(api_version: str) -> None:
    report = of({"apiVersion": api_version, "kind": "DaemonSet", "spec": 1})
    (line,) = report.skipped
    assert line == f"it: Kubernetes {report.version} has no schema of {api_version}"
    assert (report.valid, report.errors) == (0, ())


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        pytest.param("[" * 300, "ClusterRole", id="longer than a file name may be"),
        pytest.param("v1", "a" * 300, id="a long kind"),
        pytest.param("rbac.authorization.k8s.io/v1", "../../../ClusterRole", id="another folder"),
        pytest.param("rbac.authorization.k8s.io/../v1", "ClusterRole", id="another folder by the version"),
        pytest.param("v1\x00", "ClusterRole", id="no name of a file"),
        pytest.param("v1", "../_definitions.json/x", id="below a file"),
    ],
)  # fmt: skip
def test_no_file_is_opened_by_a_name_that_no_kind_has(version: str, kind: str) -> None:
    report = of({**ROLE, "apiVersion": version, "kind": kind})
    assert (report.valid, report.errors) == (0, ())
    assert report.skipped[0].startswith("it: Kubernetes 1.")
