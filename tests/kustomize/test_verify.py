"""The proof: it holds for what was emitted, and for nothing that was tampered with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrator.inventory.build import build_inventory
from migrator.kustomize.emit import emit
from migrator.kustomize.plan_json import plan_text
from migrator.kustomize.verify import VerifyReport
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, KustomizeRoot
from migrator.model.plan import Plan, Planned
from migrator.plan.judge import judged, prove

from .plans import (
    DAEMONSET,
    MAIN,
    changed,
    created,
    document,
    kustomize,
    plan_of,
    unchanged,
    write,
)

pytestmark = pytest.mark.kustomize

INIT = "spec.template.spec.initContainers[name=install-multus-binary]"
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: multus-daemon-config, namespace: kube-system}
data: {daemon-config.json: "{}"}
"""
NAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: net, namespace: apps, annotations: {only: one}}
"""
ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: multus, namespace: kube-system}
"""
STEM = "daemonset.apps--kube-system--kube-multus-ds.yaml"


def daemonset(**others: Any) -> Planned:
    return changed(
        document(DAEMONSET),
        {
            f"{MAIN}.args": MISSING,
            f"{MAIN}.image": "registry.example/multus-cni:v4.2.4-thick",
            f"{INIT}.image": "registry.example/multus-cni:v4.2.4-thick",
            f"{MAIN}.volumeMounts[mountPath=/host/opt/cni/bin]": MISSING,
            'spec.template.metadata.annotations["a/b"]': "1",
            "spec.template.spec.tolerations": [{"operator": "Exists"}],
            **others,
        },
    )


def objects() -> tuple[Planned, ...]:
    nad = changed(document(NAD), {"spec.config": '{"n": 1}', "metadata.annotations.only": MISSING})
    return (daemonset(), nad, unchanged(document(ACCOUNT)), created(CONFIG_MAP))


def written(folder: Path, *planned: Planned, **plan: Any) -> Path:
    """OUT with its plan.json, in which the fields ``plan`` are replaced."""
    return _written(folder, plan_of(*(planned or objects())), plan)


def _written(folder: Path, whole: Plan, plan: Mapping[str, Any]) -> Path:
    files = emit(whole)
    document = {**json.loads(plan_text(whole, files, judged(whole))), **plan}
    return write(folder, {**files, "plan.json": json.dumps(document)})


def checked(out: Path) -> VerifyReport:
    return prove(out, kustomize, tool="kustomize v5")


def test_what_was_emitted_is_what_is_built(tmp_path: Path) -> None:
    report = checked(written(tmp_path))
    assert report.mismatches == ()
    assert report.ok
    counts = (report.unchanged, report.changed, report.created, report.removed, report.changes)
    assert counts == (1, 2, 1, 0, 9)
    assert (report.based, report.files) == (3, 12)
    assert (report.drifted, report.unknown) == ((), 0)
    (known,) = report.known
    assert known.startswith("DaemonSet kube-system/kube-multus-ds: P25, ")
    assert report.tool == "kustomize v5"


def test_the_built_objects_are_valid_and_what_has_no_schema_is_said(tmp_path: Path) -> None:
    schema = checked(written(tmp_path)).schema
    assert schema
    assert (schema.valid, schema.errors, schema.inherited) == (3, (), ())
    (line,) = schema.skipped
    assert line.startswith("NetworkAttachmentDefinition apps/net: Kubernetes 1.")


def test_a_removed_object_is_counted(tmp_path: Path) -> None:
    report = checked(written(tmp_path, changed(document(CONFIG_MAP), {"": MISSING}), daemonset()))
    assert report.mismatches == ()
    assert (report.removed, report.changed, report.created) == (1, 1, 0)


def test_a_raised_api_version_is_followed(tmp_path: Path) -> None:
    old = document(DAEMONSET.replace("apps/v1", "extensions/v1beta1"))
    report = checked(written(tmp_path, changed(old, {"apiVersion": "apps/v1", f"{MAIN}.args": []})))
    assert report.mismatches == ()
    assert (report.changed, report.created, report.removed) == (1, 0, 0)


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def tamper(out: Path) -> None:
        path = out / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    return tamper


MERGE = f"component/patches/{STEM}"
GUARD = MERGE.replace(".yaml", ".guard.yaml")
BASE = f"base/{STEM}"


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        pytest.param(
            edit(MERGE, "v4.2.4-thick", "v9"),
            'image: "registry.example/multus-cni:v9" in the build, planned is', id="another value",
        ),
        pytest.param(
            edit(MERGE, "args: null", "args: []"), "args: [] in the build, planned is nothing",
            id="emptied instead of removed",
        ),
        pytest.param(
            edit(MERGE, "args: null", "workingDir: /"), "args: [", id="a change that is left out",
        ),
        pytest.param(
            edit(MERGE, "args: null", "args: null\n          tty: true"),
            "tty: changed, and no planned changes say why", id="a change more than planned",
        ),
        pytest.param(
            edit(MERGE, "- name: sidecar\n", "- name: sidecar\n          image: x\n"),
            'containers[name=sidecar].image: "x" in the build', id="another container",
        ),
        pytest.param(
            edit(MERGE, "- name: wait\n", "- name: extra\n"), "initContainers", id="order",
        ),
        pytest.param(
            edit(GUARD, "op: test", "op: test "), f"{GUARD}: edited since it was written",
            id="what builds to the same",
        ),
        pytest.param(
            edit("component/kustomization.yaml", "resources/configmap", "../gone"),
            "failed", id="a new object that is not there",
        ),
        pytest.param(
            edit("component/resources/configmap--kube-system--multus-daemon-config.yaml", "{}", "x"),
            'daemon-config.json"]: "x" in the build, planned is "{}"', id="a new object's content",
        ),
        pytest.param(
            edit("kustomization.yaml", "  - base\n", "  - base\n  - more.yaml\n"),
            "ConfigMap default/more: in the build, but neither", id="an object more",
        ),
        pytest.param(
            edit("kustomization.yaml", "components:\n  - component\n", ""),
            "S99 does not show in the build", id="no component at all",
        ),
        pytest.param(
            edit("kustomization.yaml", "kind: Kustomization\n",
                 "kind: Kustomization\nnamespace: moved\n"),
            "NetworkAttachmentDefinition apps/net: missing in the build", id="another namespace",
        ),
        pytest.param(
            edit(BASE, "/thin_entrypoint", "/other"),
            "DaemonSet kube-system/kube-multus-ds: in the base it is not what it was",
            id="the base, where no change looks",
        ),
        pytest.param(
            edit(BASE, '"--cni-version=0.3.1"', '"--cni-version=0.4.0"'),
            'args: ["--multus-conf-file=auto", "--cni-version=0.4.0"] in the base, but the plan is',
            id="the base, where a change looks",
        ),
        pytest.param(
            edit("base/kustomization.yaml", f"  - {STEM}\n", ""),
            "DaemonSet kube-system/kube-multus-ds: not in the base", id="an object less in the base",
        ),
    ],
)  # fmt: skip
def test_what_is_not_as_planned_is_said_in_one_line(
    tmp_path: Path, tamper: Callable[[Path], None], line: str
) -> None:
    out = written(tmp_path)
    more = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: default}\n"
    write(out, {"more.yaml": more})
    tamper(out)
    report = checked(out)
    assert any(line in found for found in report.mismatches), report.mismatches
    assert all("\n" not in found for found in report.mismatches)


def test_two_changes_of_one_field_are_not_one(tmp_path: Path) -> None:
    out = written(tmp_path)
    plan = json.loads((out / "plan.json").read_text())
    (image,) = [c for c in plan["changes"] if c["path"] == f"{MAIN}.image"]
    plan["changes"].append(image)
    (out / "plan.json").write_text(json.dumps(plan))
    report = checked(out)
    assert any("2 planned changes say why" in line for line in report.mismatches)


def test_a_plan_that_says_less_than_is_built_fails(tmp_path: Path) -> None:
    out = written(tmp_path)
    plan = json.loads((out / "plan.json").read_text())
    plan["changes"] = [c for c in plan["changes"] if c["path"] != f"{MAIN}.args"]
    (out / "plan.json").write_text(json.dumps(plan))
    assert any(f"{MAIN}.args: changed, and no" in line for line in checked(out).mismatches)


def test_a_field_that_kubernetes_does_not_know_fails(tmp_path: Path) -> None:
    report = checked(written(tmp_path, daemonset(**{f"{MAIN}.imagePulPolicy": "Always"})))
    assert any("imagePulPolicy" in line for line in report.mismatches)


def test_a_fault_that_was_in_the_base_is_said_and_is_not_ours(tmp_path: Path) -> None:
    text = DAEMONSET.replace("      tolerations:", "      tolerance: 1\n      tolerations:")
    old = document(text)
    report = checked(written(tmp_path, changed(old, {f"{MAIN}.args": MISSING})))
    assert report.mismatches == ()
    assert report.schema
    (line,) = report.schema.inherited
    assert "tolerance" in line


def _with_images(folder: Path, **images: str) -> VerifyReport:
    """The proof of a plan that recognised kube-multus as Multus."""
    plan = plan_of(daemonset(**images))
    inventory = build_inventory(plan.before.inventory.reading)
    assert [install.container for install in inventory.installs] == ["kube-multus"]
    whole = replace(plan, before=replace(plan.before, inventory=inventory))
    return checked(_written(folder, whole, {}))


def test_shim_and_daemon_from_one_image(tmp_path: Path) -> None:
    assert _with_images(tmp_path).mismatches == ()


@pytest.mark.parametrize(
    "image", ["registry.example/multus-cni:v4.0.2-thick", "registry.example/multus-cni@sha256:0"]
)
def test_shim_and_daemon_from_two_images_fail(tmp_path: Path, image: str) -> None:
    (line,) = _with_images(tmp_path, **{f"{INIT}.image": image}).mismatches
    assert f"install-multus-binary has image {image}, Multus registry.example" in line


def test_the_image_of_another_init_container_does_not_matter(tmp_path: Path) -> None:
    """``wait`` has an image of its own, and a registry's port is no tag."""
    images = {
        f"{MAIN}.image": "registry.example:5000/m",
        f"{INIT}.image": "registry.example:5000/m",
    }
    assert _with_images(tmp_path, **images).mismatches == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(None, "cannot be read: No such file", id="no plan"),
        pytest.param("{", "damaged", id="no JSON"),
        pytest.param("[]", "damaged", id="a list"),
        pytest.param('{"tool": "other"}', "not from multus-migrator", id="another tool"),
        pytest.param('{"tool": "multus-migrator", "schema": 1}', "schema 1, not 2", id="an older"),
        pytest.param('{"tool": "multus-migrator", "schema": 2}', "no 'target'", id="no content"),
        pytest.param('{"tool": "multus-migrator", "schema": [2]}', "of another kind", id="kind"),
        pytest.param('{"tool": "\\ud800"}', "damaged", id="half a character"),
        pytest.param('{"a": ' * 300 + "1" + "}" * 300, "damaged", id="too deep to walk"),
        pytest.param("[" * 100_000, "damaged", id="deep"),
        pytest.param("\udcff", "not UTF-8", id="bytes"),
    ],
)
def test_a_folder_without_a_sound_plan_is_one_line(
    tmp_path: Path, text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / "plan.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(MigratorError, match=message) as error:
        checked(tmp_path)
    assert len(error.value.lines()) == 1


def test_a_blocked_plan_has_nothing_to_build(tmp_path: Path) -> None:
    out = written(tmp_path, blocked=["P01", "P47"])
    with pytest.raises(MigratorError, match="no overlay: blocked by P01, P47"):
        checked(out)


def test_a_base_that_does_not_build_is_said_with_the_file_that_was_edited(tmp_path: Path) -> None:
    out = written(tmp_path)
    (out / BASE).write_text("a: [")
    edited, broken = checked(out).mismatches
    assert edited == f"{BASE}: edited since it was written"
    assert broken.startswith("the base does not build: ")


def test_a_root_that_does_not_build_is_an_error(tmp_path: Path) -> None:
    out = _root(tmp_path)
    (tmp_path / "root/a.yaml").write_text("a: [")
    with pytest.raises(MigratorError, match="failed"):
        checked(out)


OTHER = "apiVersion: v1\nkind: Bad\nmetadata: {name: other}\nspec: {unknown: 1}\n"


def _root(tmp_path: Path) -> Path:
    """OUT beside a root with Multus, an account of its own that no patch touches, and more."""
    files = {"a.yaml": DAEMONSET, "b.yaml": OTHER, "c.yaml": ACCOUNT}
    listed = {"kustomization.yaml": "resources: [a.yaml, b.yaml, c.yaml]\n"}
    write(tmp_path / "root", {**files, **listed})
    planned = daemonset()
    assert planned.document
    built = replace(planned, document=replace(planned.document, form="build", text=""))
    whole = plan_of(built)
    reading = whole.before.inventory.reading
    account = document(ACCOUNT, form="build")
    reading = replace(
        reading,
        root=KustomizeRoot(path=str(tmp_path / "root")),
        documents=(*reading.documents, account),
    )
    inventory = replace(whole.before.inventory, reading=reading)
    whole = replace(whole, before=replace(whole.before, inventory=inventory))
    files = emit(whole, root_reference="../root")
    return write(tmp_path / "out", {**files, "plan.json": plan_text(whole, files, judged(whole))})


def test_a_root_is_verified_with_what_else_it_holds(tmp_path: Path) -> None:
    report = checked(_root(tmp_path))
    assert report.mismatches == ()
    assert (report.unchanged, report.changed, report.unknown) == (2, 1, 1)
    assert report.schema
    assert (report.schema.valid, report.schema.skipped) == (1, ())


def test_a_root_may_drift_where_no_patch_looks_and_that_is_said(tmp_path: Path) -> None:
    out = _root(tmp_path)
    path = tmp_path / "root/c.yaml"
    path.write_text(path.read_text().replace("}", ", labels: {a: b}}"))
    report = checked(out)
    assert report.mismatches == ()
    (line,) = report.drifted
    assert line.startswith("ServiceAccount kube-system/multus: in the base it is not")


def test_a_root_may_not_drift_where_a_patch_looks(tmp_path: Path) -> None:
    out = _root(tmp_path)
    path = tmp_path / "root/a.yaml"
    path.write_text(path.read_text().replace("cni-version=0.3.1", "cni-version=0.4.0"))
    assert any("args: [" in line for line in checked(out).mismatches)
