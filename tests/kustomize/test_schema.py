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
        pytest.param({"rules": "all"}, "it: rules: 'all' is not of type", id="type"),
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


def test_a_message_that_quotes_the_whole_object_is_cut() -> None:
    (line,) = of({**ROLE, "rules": "x" * 5000}).errors
    assert len(line) < 400


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
