"""Objects whose apiVersion is raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.model.inputs import MISSING, ObjectRef

from .plans import DAEMONSET, MAIN, build_of, changed, document

pytestmark = pytest.mark.kustomize


@pytest.mark.parametrize("old", ["extensions/v1beta1", "apps/v1beta2"])
def test_a_daemonset_gets_apps_v1_with_its_selector_and_merges_by_name(
    tmp_path: Path, old: str
) -> None:
    text = DAEMONSET.replace("apps/v1", old).replace(
        "  selector:\n    matchLabels: {name: multus}\n", ""
    )
    planned = changed(
        document(text),
        {
            "apiVersion": "apps/v1",
            "spec.selector": {"matchLabels": {"app": "multus", "name": "multus"}},
            f"{MAIN}.volumeMounts[mountPath=/tmp/multus-conf]": MISSING,
        },
    )
    ref = ObjectRef(group="apps", kind="DaemonSet", namespace="kube-system", name="kube-multus-ds")
    assert build_of(tmp_path, planned)[ref] == planned.desired


@pytest.mark.parametrize("kind", ["ClusterRole", "ClusterRoleBinding"])
def test_rbac_gets_v1(tmp_path: Path, kind: str) -> None:
    api = "rbac.authorization.k8s.io"
    old = document(f"""\
        apiVersion: {api}/v1beta1
        kind: {kind}
        metadata: {{name: "system:multus.x"}}
        rules: []
        """)
    planned = changed(old, {"apiVersion": f"{api}/v1", "rules": [{"verbs": ["get"]}]})
    assert build_of(tmp_path, planned)[old.ref] == planned.desired


def test_a_crd_gets_v1_with_its_schema_in_the_version(tmp_path: Path) -> None:
    old = document("""\
        apiVersion: apiextensions.k8s.io/v1beta1
        kind: CustomResourceDefinition
        metadata: {name: network-attachment-definitions.k8s.cni.cncf.io}
        spec:
          group: k8s.cni.cncf.io
          version: v1
          scope: Namespaced
          names: {plural: network-attachment-definitions, kind: NetworkAttachmentDefinition}
          versions:
            - {name: v1, served: true, storage: true}
          validation:
            openAPIV3Schema: {properties: {spec: {properties: {config: {type: string}}}}}
        """)
    schema = {"type": "object", "properties": {"spec": {"type": "object"}}}
    versions = [
        {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    ]
    planned = changed(
        old,
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "spec.version": MISSING,
            "spec.validation": MISSING,
            "spec.versions": versions,
        },
    )
    assert build_of(tmp_path, planned)[old.ref] == planned.desired


def test_without_a_raise_an_old_daemonset_is_patched_by_whole_lists(tmp_path: Path) -> None:
    """kustomize knows no lists of extensions/v1beta1: a merge would lose the sidecar."""
    old = document(DAEMONSET.replace("apps/v1", "extensions/v1beta1"))
    planned = changed(old, {f"{MAIN}.image": "new"})
    assert build_of(tmp_path, planned)[old.ref] == planned.desired


def test_the_guard_looks_before_it_raises_and_raises_before_it_replaces(tmp_path: Path) -> None:
    old = document(DAEMONSET.replace("apps/v1", "extensions/v1beta1"))
    edits = {"spec.template.spec.tolerations": [], "apiVersion": "apps/v1"}
    build_of(tmp_path, changed(old, edits))
    (guard,) = (tmp_path / "component/patches").glob("*.guard.yaml")
    lines = [line for line in guard.read_text().splitlines() if line.startswith(("- op", "  path"))]
    assert lines == [
        "- op: test",
        "  path: /apiVersion",
        "- op: test",
        "  path: /spec/template/spec/tolerations",
        "- op: replace",
        "  path: /apiVersion",
        "- op: replace",
        "  path: /spec/template/spec/tolerations",
    ]
