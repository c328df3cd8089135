"""A Multus object that Kubernetes does not take is one clear line; what nobody reads is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migrator.model.errors import InputError
from migrator.model.inputs import MISSING
from migrator.model.inventory import Inventory
from migrator.trees.paths import put
from tests.builders import ROLE, daemonset, documents, hand_written, inventory, v3

NAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: lan, namespace: apps}
"""
OTHERS = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec: {template: {spec: {containers: [{name: a, image: example.com/agent}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: others, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: others}
"""
TEXTS = (v3(), ROLE + "- {verbs: ['*']}", hand_written("{}", "multus-daemon-config"), NAD, OTHERS)
DAEMONSET, BINDING, ROLE_, CONFIG_MAP, NETWORK, AGENT, OTHER_MAP, OTHER_ROLE = range(8)
"""Where each object stands among those of TEXTS."""
POD = "spec.template.spec"


def changed(index: int, where: str, value: Any) -> Inventory:
    """The inventory of TEXTS in which one place of one object is ``value``."""
    given = [document.data for document in documents(*TEXTS)]
    path = tuple(int(step) if step.isdecimal() else step for step in where.split("/") if step)
    given[index] = put(given[index], path, value)
    return inventory(*(json.dumps(data, indent=1) for data in given))


@pytest.mark.parametrize(
    ("index", "where", "value", "message"),
    [
        (DAEMONSET, "metadata", MISSING, "has no metadata"),
        (DAEMONSET, "metadata", ["kube-multus-ds"], "metadata is a list and not a map"),
        (DAEMONSET, "metadata/name", None, "metadata has no name"),
        (DAEMONSET, "metadata/name", 5, "metadata.name is a number and not a string"),
        (DAEMONSET, "metadata/labels", ["app"], "metadata.labels is a list and not a map"),
        (
            DAEMONSET,
            "metadata/annotations",
            {"example.com/on": True},
            'metadata.annotations["example.com/on"] is a boolean and not a string',
        ),
        (DAEMONSET, "spec/selector", "name=multus", "spec.selector is a string and not a map"),
        (
            DAEMONSET,
            "spec/template/metadata/labels/name",
            {"a": "b"},
            "spec.template.metadata.labels.name is a map and not a string",
        ),
        (DAEMONSET, "C/name", MISSING, f"{POD}.containers[0] has no name"),
        (DAEMONSET, "C/command", "/entrypoint.sh", "[0].command is a string and not a list"),
        (DAEMONSET, "C/args", ["--a", 5], "[0].args[1] is a number and not a string"),
        (DAEMONSET, "C/args", ["--a", None], "[0].args[1] is null"),
        (DAEMONSET, "C/env", ["A=b"], "[0].env[0] is a string and not a map"),
        (DAEMONSET, "C/env", {"A": "b"}, "[0].env is a map and not a list"),
        (DAEMONSET, "C/volumeMounts/0", {"name": "cni"}, "volumeMounts[0] has no mountPath"),
        (DAEMONSET, "C/resources", "none", "[0].resources is a string and not a map"),
        (DAEMONSET, "C/securityContext", {"privileged": "true"}, "a string and not true or false"),
        (DAEMONSET, "P/containers", {"name": "x"}, f"{POD}.containers is a map and not a list"),
        (DAEMONSET, "P/initContainers", "none", "initContainers is a string and not a list"),
        (DAEMONSET, "P/volumes/0", "cni", f"{POD}.volumes[0] is a string and not a map"),
        (DAEMONSET, "P/volumes/0/name", MISSING, f"{POD}.volumes[0] has no name"),
        (DAEMONSET, "P/volumes/0/hostPath", "/etc", "hostPath is a string and not a map"),
        (
            DAEMONSET,
            "C/volumeMounts/1",
            {"name": "cni", "mountPath": "/host/etc/cni/net.d"},
            "[0].volumeMounts[1] has the mountPath of another one, /host/etc/cni/net.d",
        ),
        (
            DAEMONSET,
            "P/containers/1",
            {"name": "kube-multus"},
            f"{POD}.containers[1] has the name of another one, kube-multus",
        ),
        (DAEMONSET, "P/hostNetwork", "yes", "hostNetwork is a string and not true or false"),
        (DAEMONSET, "P/terminationGracePeriodSeconds", True, "a boolean and not an integer"),
        (DAEMONSET, "spec", "text", "spec is a string and not a map"),
        (DAEMONSET, "spec/template", [], "spec.template is a list and not a map"),
        (BINDING, "metadata", {"generateName": "multus-"}, "metadata has no name"),
        (BINDING, "metadata/labels", "x", "metadata.labels is a string and not a map"),
        (ROLE_, "rules", {"verbs": ["*"]}, "rules is a map and not a list"),
        (ROLE_, "rules/0", "all", "rules[0] is a string and not a map"),
        (ROLE_, "rules/0/verbs", "get", "rules[0].verbs is a string and not a list"),
        (CONFIG_MAP, "data", "text", "data is a string and not a map"),
        (CONFIG_MAP, "data", {"a": 5}, "data.a is a number and not a string"),
        (NETWORK, "metadata/name", 10, "metadata.name is a number and not a string"),
    ],
)
def test_is_refused_with_its_place(index: int, where: str, value: Any, message: str) -> None:
    place = where.replace("P/", "spec/template/spec/").replace(
        "C/", "spec/template/spec/containers/0/"
    )
    with pytest.raises(InputError) as caught:
        changed(index, place, value)
    (line,) = caught.value.lines()
    assert line.startswith("multus.yaml:")
    assert line.endswith(f"{message}; Kubernetes rejects this object: correct it and plan again")


@pytest.mark.parametrize(
    ("index", "where", "value"),
    [
        pytest.param(DAEMONSET, "", MISSING, id="nothing is changed"),
        pytest.param(DAEMONSET, "metadata/labels", None, id="null is absent"),
        pytest.param(DAEMONSET, "metadata/annotations", {"a": None}, id="a null annotation"),
        pytest.param(DAEMONSET, "spec/selector", None, id="no selector"),
        pytest.param(DAEMONSET, "spec/minReadySeconds", "x", id="a field that is not read"),
        pytest.param(
            DAEMONSET,
            "spec/template/spec/containers/0/env",
            [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}],
            id="a variable that is set twice: the last one counts",
        ),
        pytest.param(BINDING, "subjects", "multus", id="a binding that binds nothing"),
        pytest.param(BINDING, "roleRef", "multus", id="a binding of no role"),
        pytest.param(ROLE_, "rules", None, id="a role without rules"),
        pytest.param(NETWORK, "metadata/name", MISSING, id="a NAD that nobody can name"),
        pytest.param(NETWORK, "spec", "text", id="a NAD is read by its own rules"),
        pytest.param(AGENT, "spec", 5, id="another DaemonSet: spec"),
        pytest.param(AGENT, "metadata/labels", [], id="another DaemonSet: labels"),
        pytest.param(OTHER_MAP, "data", [], id="another ConfigMap of the namespace"),
        pytest.param(OTHER_ROLE, "rules", 5, id="another ClusterRole"),
    ],
)
def test_leaves_alone(index: int, where: str, value: Any) -> None:
    found = changed(index, where, value) if where else inventory(*TEXTS)
    assert [install.container for install in found.installs] == ["kube-multus"]


def test_every_place_is_told_at_once_with_its_line() -> None:
    manifest = daemonset("--a").replace("args: ['--a']", "args:\n        - 5\n        - null")
    manifest = manifest.replace("hostNetwork: true", "hostNetwork: 1")
    with pytest.raises(InputError) as caught:
        inventory(manifest)
    lines = manifest.split("\n")
    assert [problem.source.line - 1 for problem in caught.value.problems] == [
        lines.index("        - 5"),
        lines.index("        - null"),
        next(n for n, line in enumerate(lines) if "hostNetwork" in line),
    ]


def test_a_name_with_line_feeds_stays_on_one_line() -> None:
    with pytest.raises(InputError) as caught:
        changed(DAEMONSET, "metadata", {"name": "a\nb", "labels": 5})
    (line,) = caught.value.lines()
    assert "\n" not in line


def test_a_mount_whose_volume_is_not_there_is_told_with_its_line() -> None:
    manifest = daemonset("--a", mounts="- {name: extra-ca, mountPath: /etc/ssl/extra}")
    with pytest.raises(InputError) as caught:
        inventory(manifest)
    (problem,) = caught.value.problems
    assert problem.source.line - 1 == manifest.split("\n").index(
        next(line for line in manifest.split("\n") if "extra-ca" in line)
    )
    assert "is extra-ca, and the pod has no volume of that name" in problem.message
