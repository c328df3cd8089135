"""The table of what a cluster is asked for is that of what the program reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrator.live.resources import EVERY, RESOURCES, Shape
from tests.test_architecture import MODULES, PACKAGE

DOCS = PACKAGE.parent / "docs" / "collect.md"
NEVER = {
    "Secret": "passwords and keys; whose a release is, labels and annotations say",
    "ControllerRevision": "an old template, of which no pod is made",
    "VirtualMachineSnapshotContent": "an old template, of which no pod is made",
    "PriorityClass": "only its name matters, which stands in the pod and in quotas",
}
"""Kinds that the program knows and asks no cluster for."""
NO_KINDS = frozenset(
    [
        "AnnotationsTransformer",
        "Any",
        "Apply",
        "Bidirectional",
        "Built",
        "CParser",
        "ChartSource",
        "Cluster",
        "Component",
        "Container",
        "Deny",
        "DoesNotExist",
        "Exists",
        "Failed",
        "False",
        "BinaryIO",
        "Flux",
        "Helm",
        "HostToContainer",
        "In",
        "LabelTransformer",
        "List",
        "NotIn",
        "Null",
        "Probe",
        "Running",
        "Skip",
        "Succeeded",
        "Template",
        "Tiller",
        "True",
        "Unauthorized",
    ]
)
"""Other words that begin with a capital: values of fields, tools, kinds of kustomize."""
_WORD = re.compile(r"[A-Z][a-z]+[A-Za-z0-9]*|[A-Z]+[a-z][A-Za-z0-9]*")


def _words(module: Path) -> Iterator[str]:
    """The texts of a module, and those in bytes, that could be the name of a kind."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        value = node.value if isinstance(node, ast.Constant) else None
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if isinstance(text, str) and _WORD.fullmatch(text):
            yield text


def test_every_kind_that_is_read_is_asked_for_or_never_is_for_a_reason() -> None:
    rooms = [PACKAGE / room for room in ("read", "inventory", "checks")]
    known = {word for m in MODULES if any(r in m.parents for r in rooms) for word in _words(m)}
    assert known >= {"DaemonSet", "Secret", "HelmRelease", "Namespace"}
    asked = {resource.kind for resource in RESOURCES}
    assert sorted(known - asked - NEVER.keys() - NO_KINDS) == []
    assert not asked & NEVER.keys()


def test_a_resource_stands_once_and_has_a_file_of_its_own() -> None:
    ids = [resource.id for resource in RESOURCES]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9.*-]+", each) for each in ids)


def test_no_resource_holds_secrets() -> None:
    assert not any("secret" in resource.id or resource.kind == "Secret" for resource in RESOURCES)


def test_daemonsets_come_first_and_what_tells_of_others_before_them() -> None:
    kinds = [resource.kind for resource in RESOURCES]
    assert kinds[0] == "DaemonSet"
    for first, second in (
        ("HelmRelease", "ConfigMap"),
        ("ClusterRoleBinding", "ClusterRole"),
    ):
        assert kinds.index(first) < kinds.index(second)


@pytest.mark.parametrize("kind", ["DaemonSet", "NetworkAttachmentDefinition", "HelmRelease"])
def test_what_plans_look_into_is_whole(kind: str) -> None:
    assert next(r for r in RESOURCES if r.kind == kind).shape is Shape.WHOLE


def cluster_role() -> str:
    """The rights that collect needs, each group of the API once."""
    groups: dict[str, list[str]] = {}
    for resource in RESOURCES:
        if not resource.name:
            groups.setdefault(resource.group, []).append(resource.plural)
    lines = [
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: ClusterRole",
        "metadata:",
        "  name: multus-migrator-collect",
        "rules:",
    ]
    for group, plurals in groups.items():
        named = ", ".join('"*"' if plural == EVERY else plural for plural in plurals)
        lines += [f'- apiGroups: ["{group}"]', f"  resources: [{named}]", "  verbs: [list]"]
    for resource in RESOURCES:
        if resource.name:
            lines += [
                f"- apiGroups: [{resource.group}]",
                f"  resources: [{resource.plural}]",
                f"  resourceNames: [{resource.name}]",
                "  verbs: [get]",
            ]
    return "\n".join(lines)


def test_the_docs_have_the_rights_that_it_needs() -> None:
    assert f"```yaml\n{cluster_role()}\n```" in DOCS.read_text(encoding="utf-8")
