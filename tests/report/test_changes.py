"""What the opening of a report says: what changes, and what the new pods may do."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.model.inputs import MISSING, ItemKey
from migrator.report.changes import Aspect, Row, changes
from migrator.report.granted import Access, gains, granted
from tests import builders
from tests.report import hostile, plans
from tests.report.plans import MAIN, POD, changed, planned
from tests.report.poison import poisoned


def moved(*steps: tuple[Any, Any], text: str = plans.INSTALL[0]) -> Any:
    """A plan whose DaemonSet has these values at these paths."""
    (document,) = builders.documents(text)
    return plans.plan(planned(document, *(changed(document, *s, "why", "S00") for s in steps)))


def rows(plan: Any) -> list[tuple[Aspect, tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    return [(r.aspect, r.of, r.before, r.after) for r in changes(plan)]


def gained(plan: Any) -> list[tuple[Access, tuple[str, ...]]]:
    return [(g.access, g.what) for g in gains(plan)]


def volume(host: str, at: str, **fields: Any) -> list[tuple[Any, Any]]:
    """A host path that the main container gets."""
    source = {"name": "v", "hostPath": {"path": host}}
    mount = {"name": "v", "mountPath": at, **fields}
    return [
        ((*POD, "volumes", ItemKey("name", "v")), source),
        ((*MAIN, "volumeMounts", ItemKey("mountPath", at)), mount),
    ]


def test_the_rows_of_a_plan_in_their_order() -> None:
    image = "ghcr.io/k8snetworkplumbingwg/multus-cni"
    thin = ("/thin_entrypoint", "--multus-conf-file=auto", "--cleanup-config-on-exit=true")
    assert rows(plans.ready()) == [
        (
            Aspect.IMAGE,
            ("kube-multus", "install-multus-binary"),
            (f"{image}:v4.0.2",),
            (f"{image}:v4.2.4-thick",),
        ),
        (Aspect.COMMAND, ("kube-multus",), thin, ("/usr/src/multus-cni/bin/multus-daemon",)),
        (Aspect.NEW, ("ConfigMap",), (), ("kube-system/multus-daemon-config",)),
        (Aspect.MOUNTS, ("kube-multus",), (), ("/hostroot",)),
        (Aspect.RIGHTS, (), (), ("list, watch on pods",)),
        (Aspect.OBJECTS, ("ConfigMap",), (), ("kube-system/cni-files",)),
        (Aspect.OBJECTS, ("NetworkAttachmentDefinition",), (), ("app/storage",)),
    ]


def test_a_plan_that_changes_nothing_has_no_rows() -> None:
    assert changes(plans.nothing()) == ()
    assert gains(plans.nothing()) == ()


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ((*POD, "hostPID"), True, (Aspect.SETTINGS, (), (), ("hostPID",))),
        ((*MAIN, "tty"), True, (Aspect.SETTINGS, (), (), ("tty",))),
        (
            (*POD, "volumes", ItemKey("name", "cni"), "hostPath", "path"),
            "/etc/other",
            (Aspect.SETTINGS, (), (), ("volumes[name=cni].hostPath.path",)),
        ),
        (
            (*MAIN, "volumeMounts", ItemKey("mountPath", "/host/opt/cni/bin"), "readOnly"),
            True,
            (Aspect.SETTINGS, (), (), ("volumeMounts[mountPath=/host/opt/cni/bin].readOnly",)),
        ),
        (
            ("metadata", "labels"),
            {"a": "b"},
            (Aspect.SETTINGS, (), (), ("metadata.labels",)),
        ),
        (
            (*MAIN, "resources"),
            {"limits": {"cpu": "1"}},
            (Aspect.LIMITS, ("kube-multus",), (), ("cpu 1",)),
        ),
        (
            (*MAIN, "volumeMounts", ItemKey("mountPath", "/host/opt/cni/bin")),
            MISSING,
            (Aspect.MOUNTS, ("kube-multus",), ("/host/opt/cni/bin",), ()),
        ),
        (
            (*POD, "containers", ItemKey("name", "more")),
            {"name": "more", "image": "x"},
            (Aspect.CONTAINER, (), (), ("more",)),
        ),
    ],
    ids=[
        "of the pod",
        "of a container",
        "of a volume",
        "of a mount",
        "of the object",
        "a limit",
        "a mount gone",
        "a container",
    ],
)
def test_each_field_that_changes_stands_in_a_row(path: Any, value: Any, expected: Any) -> None:
    assert expected in rows(moved((path, value)))


def test_daemonsets_that_change_alike_are_one_row_that_names_them() -> None:
    documents = builders.documents(*(builders.daemonset(name=name) for name in ("a", "b")))
    two = [planned(d, changed(d, (*MAIN, "image"), "x:1", "why", "S04")) for d in documents]
    (row,) = changes(plans.plan(*two))
    assert isinstance(row, Row)
    assert [ref.name for ref in row.objects] == ["a", "b"]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([((*POD, "hostPID"), True)], [(Access.HOST_PID, ())]),
        ([((*POD, "hostIPC"), True)], [(Access.HOST_IPC, ())]),
        ([((*MAIN, "securityContext"), {"privileged": True})], [(Access.PRIVILEGED, ())]),
        (
            [((*MAIN, "securityContext"), {"capabilities": {"add": ["SYS_ADMIN"]}})],
            [(Access.CAPABILITIES, ("SYS_ADMIN",))],
        ),
        (volume("/", "/hostroot"), [(Access.HOST_ROOT, ("/hostroot",))]),
        (volume("/var/run/x", "/x"), [(Access.HOST_PATHS, ("/run/x",))]),
        (volume("/", "/x", subPath="srv"), [(Access.HOST_PATHS, ("/srv",))]),
        (volume("/etc/cni/net.d/x", "/x"), []),
        (volume("/etc/cni", "/x", readOnly=True), [(Access.HOST_PATHS, ("/etc/cni",))]),
        ([((*POD, "hostNetwork"), False)], []),
        ([((*POD, "hostPID"), "true")], []),
        ([((*MAIN, "image"), "x:1")], []),
        ([((*MAIN, "resources"), {"limits": {"cpu": "1"}})], []),
    ],
    ids=[
        "hostPID", "hostIPC", "privileged", "a capability", "the root", "a path", "part of the root",
        "below what it had", "above what it had", "less than before", "a text is no switch",
        "another image", "a limit where none was",
    ],
)  # fmt: skip
def test_what_the_pod_may_do_that_it_could_not(steps: Any, expected: Any) -> None:
    assert gained(moved(*steps)) == expected


def test_a_limit_that_goes_is_access_to_more() -> None:
    name = "- name: kube-multus\n"
    limits = f"{name}        resources: {{limits: {{cpu: 100m, memory: 50Mi}}}}\n"
    (document,) = builders.documents(builders.daemonset().replace(name, limits))
    step = changed(document, (*MAIN, "resources"), {"limits": {"memory": "1Gi"}}, "why", "S09")
    assert gained(plans.plan(planned(document, step))) == [(Access.NO_LIMIT, ("cpu",))]


PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [PODS], ("get, list on pods",)),
        ([PODS], [PODS], ()),
        ([{**PODS, "verbs": ["*"]}], [PODS], ()),
        ([PODS], [{**PODS, "verbs": ["*"]}], ("* on pods",)),
        ([{**PODS, "resourceNames": ["a"]}], [PODS], ("get, list on pods",)),
        ([{**PODS, "resourceNames": ["a"]}], [{**PODS, "resourceNames": ["a"]}], ()),
        ([PODS], [{**PODS, "resourceNames": ["a"]}], ()),
        ([{**PODS, "apiGroups": ["x"]}], [PODS], ("get, list on pods",)),
        ([PODS], [{**PODS, "verbs": ["get"]}], ()),
        (["x"], [None, PODS], ("get, list on pods",)),
    ],
    ids=[
        "a rule", "the same", "all verbs", "all verbs now", "of one object", "of the same object",
        "of one object of all", "another group", "fewer", "what is no rule",
    ],
)  # fmt: skip
def test_rights_that_are_new(before: Any, after: Any, expected: Any) -> None:
    assert granted(before, after) == expected


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_hostile_objects_are_read(text: str) -> None:
    assert changes(poisoned(text))
    assert gains(poisoned(text)) == ()
