"""The files of OUT against those that were written, and what of a document goes into base/."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.kustomize.base import base_object, base_text, is_verbatim, stripped
from migrator.kustomize.check import check
from migrator.kustomize.digests import sha256
from migrator.kustomize.doubled import refuse_doubled
from migrator.kustomize.owned import held, tampered
from migrator.model.errors import MigratorError, PlanConflict
from migrator.model.inputs import MISSING, Form
from migrator.model.plan import Change, Planned

from .plans import changed, created, document, write

WRITTEN = {name: sha256(b"1\n") for name in ("a", "b/c", "d/e/f")}


def told(out: Path) -> list[str]:
    return list(tampered(held(out), WRITTEN))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return write(tmp_path, {**dict.fromkeys(WRITTEN, "1\n"), "plan.json": "{}"})


def test_what_is_as_it_was_written_is_not_told(out: Path) -> None:
    assert told(out) == []


def test_what_is_edited_gone_or_nobody_s(out: Path) -> None:
    (out / "a").write_text("2\n")
    (out / "b/c").unlink()
    write(out, {"b/more": "x", "new": "y"})
    assert told(out) == [
        "a: edited since it was written",
        "b/c: gone",
        "b/more: not of this plan, nobody's",
        "new: not of this plan, nobody's",
    ]


def test_a_link_is_told_once_and_not_what_would_lie_below_it(out: Path) -> None:
    (out / "b/c").unlink()
    (out / "b").rmdir()
    (out / "b").symlink_to(out / "d")
    (out / "b2").symlink_to("nowhere")
    assert told(out) == [
        "b: a symbolic link, which was not planned",
        "b2: a symbolic link, which was not planned",
    ]


def test_a_pipe_is_no_file(out: Path) -> None:
    (out / "a").unlink()
    os.mkfifo(out / "a")
    assert told(out) == ["a: not a regular file, which was not planned"]


def test_a_name_that_begins_like_a_link_is_gone_all_the_same(out: Path) -> None:
    (out / "b/c").unlink()
    (out / "b").rmdir()
    (out / "b%").symlink_to(out / "d")
    assert told(out) == ["b%: a symbolic link, which was not planned", "b/c: gone"]


LIVE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {
        "name": "c",
        "uid": "1",
        "resourceVersion": "2",
        "creationTimestamp": "3",
        "generation": 4,
        "managedFields": [],
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "deprecated.daemonset.template.generation": "1",
            "mine": "x",
        },
    },
    "data": {"a": "b"},
    "status": {},
}
KEPT = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "c", "annotations": {"mine": "x"}},
    "data": {"a": "b"},
}
SERVER = [
    "status",
    "metadata.managedFields",
    "metadata.resourceVersion",
    "metadata.uid",
    "metadata.creationTimestamp",
    "metadata.generation",
    'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]',
    'metadata.annotations["deprecated.daemonset.template.generation"]',
]


@pytest.mark.parametrize(
    ("form", "data", "left_out"),
    [
        ("standalone", LIVE, []),
        ("build", LIVE, []),
        ("live", KEPT, SERVER),
        ("list-item", KEPT, SERVER),
    ],
)
def test_the_server_s_fields_are_left_out_of_what_is_written_anew(
    form: Form, data: dict[str, Any], left_out: list[str]
) -> None:
    found = replace(
        document("apiVersion: v1\nkind: A\nmetadata: {name: c}\n"), data=LIVE, form=form
    )
    assert base_object(found, LIVE) == data
    assert stripped(found) == left_out


def test_only_fields_that_are_there_are_told() -> None:
    found = document("apiVersion: v1\nkind: A\nmetadata: {name: c, uid: x}\n", form="live")
    assert stripped(found) == ["metadata.uid"]


HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n"


@pytest.mark.parametrize(
    ("text", "verbatim"),
    [
        (f"{HEAD}  a: b\n", True),
        (f"{HEAD}  a: |\n    x\n      y\n", True),
        (f"{HEAD}  a: >\n    x\n    y\n", True),
        (f"{HEAD}  a: >\n    x\n      y\n", False),
        (f"{HEAD}  a: >-  # folded\n    x\n      y\n", False),
        (f"{HEAD}  a: >+\n    x\n\n", False),
        (f"{HEAD}  a: [b, '\n\n c']\n  d: >\n    x\n", True),
        (f'{HEAD}  a: [{{b: "x\\n y"}}]\n  d: >\n    x\n', False),
    ],
)
def test_a_folded_text_that_a_build_would_change_is_written_anew(text: str, verbatim: bool) -> None:
    found = document(text)
    assert is_verbatim(found) is verbatim
    assert (base_text(found) == text) is verbatim
    assert base_text(found).startswith("# Written anew") is not verbatim


def test_what_is_no_document_of_its_own_is_never_verbatim() -> None:
    found = document(f"{HEAD}  a: b\n", form="list-item")
    assert not is_verbatim(found)
    assert not base_text(found).startswith("#")


POD = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"}}


def with_pod(**spec: Any) -> Any:
    data = {**POD, "spec": {"template": {"spec": spec}}}
    return replace(
        document("apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\n"), data=data
    )


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"containers": [{"name": "a"}, {"name": "a"}]}, r"containers\[1\]"),
        ({"initContainers": [{"name": "a"}, 7, {"name": "a"}]}, r"initContainers\[2\]"),
        ({"volumes": [{"name": "a"}, {"name": "b"}, {"name": "b"}]}, r"volumes\[2\]"),
        ({"containers": [{}, {"env": [{"name": "A"}] * 2}]}, r"containers\[1\]\.env\[1\]"),
        ({"initContainers": [{"volumeMounts": [{"mountPath": "/a"}] * 2}]}, r"volumeMounts\[1\]"),
        ({"containers": [{"volumeDevices": [{"devicePath": "/a"}] * 2}]}, r"volumeDevices\[1\]"),
        ({"containers": [{"ports": [{"containerPort": 1, "protocol": "TCP"}] * 2}]}, r"ports\[1\]"),
    ],
)
def test_what_stands_there_twice_is_refused(spec: dict[str, Any], path: str) -> None:
    with pytest.raises(MigratorError, match=rf"{path} stands there a second time"):
        refuse_doubled(with_pod(**spec))


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [{"name": "a"}, {"name": "b"}]},
        {"containers": [{}, {}]},
        {"containers": "x", "initContainers": None, "volumes": [7, 7]},
        {"containers": [{"ports": [{"protocol": "TCP"}] * 2}]},
        {
            "containers": [
                {"ports": [{"containerPort": 1}, {"containerPort": 1, "protocol": "UDP"}]}
            ]
        },
        {"containers": [7, {"env": {"name": "A"}}]},
        {"tolerations": [{"key": "a"}] * 2},
    ],
)
def test_what_does_not_is_not(spec: dict[str, Any]) -> None:
    refuse_doubled(with_pod(**spec))
    refuse_doubled(document("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"))


CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: b}\ndata: {a: '1'}\n"


def edited(**fields: Any) -> Planned:
    planned = changed(document(CONFIG_MAP), {"data.a": "2"})
    return replace(planned, changes=(replace(planned.changes[0], **fields),))


@pytest.mark.parametrize(
    ("planned", "message"),
    [
        (edited(after=None), "ConfigMap b/c: S99 data.a: null is not a value to set"),
        (edited(before="3"), "ConfigMap b/c: S99 data.a: expected '3', found '1'"),
        (edited(after="1"), "ConfigMap b/c: S99 data.a: changes nothing"),
        (edited(after="3"), "ConfigMap b/c: no change says why data.a differs"),
        (changed(document(CONFIG_MAP), {"metadata.name": "x"}), "metadata.name must stay 'c'"),
        (
            changed(document(CONFIG_MAP), {"metadata.namespace": "x"}),
            "metadata.namespace must stay",
        ),
        (changed(document(CONFIG_MAP), {"kind": "x"}), "kind must stay 'ConfigMap'"),
        (replace(created(CONFIG_MAP), changes=()), "no change says why the object differs"),
    ],
)
def test_a_plan_that_contradicts_itself(planned: Planned, message: str) -> None:
    with pytest.raises(PlanConflict, match=message.replace("'", ".")):
        check(planned)


def test_a_plan_that_does_not() -> None:
    check(changed(document(CONFIG_MAP), {"data.a": "2", "data.b": "3"}))
    check(changed(document(CONFIG_MAP), {"": MISSING}))
    check(created(CONFIG_MAP))
    check(changed(document("apiVersion: v1\nkind: A\nmetadata: {name: 1}\n"), {"data": "x"}))
    empty = document(CONFIG_MAP)
    gone = Change(
        object=empty.ref,
        path=(),
        before=empty.data,
        after=MISSING,
        reason="",
        rule="S",
        source=None,
    )
    with pytest.raises(PlanConflict, match="the object differs"):
        check(Planned(ref=empty.ref, document=empty, desired={"kind": "x"}, changes=(gone,)))
