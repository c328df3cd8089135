"""The tree as a whole: base, component, overlay, rollback, parts, roots."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrator import __version__
from migrator.kustomize import emit as emit_module
from migrator.kustomize.compare import Objects
from migrator.kustomize.emit import emit, inline_patches
from migrator.model.errors import PlanConflict
from migrator.model.inputs import MISSING, Form, ObjectRef
from migrator.model.plan import Planned
from migrator.trees.dump import dump
from migrator.trees.paths import diff_paths

from .plans import (
    DAEMONSET,
    MAIN,
    build_of,
    built,
    built_each,
    changed,
    created,
    document,
    plan_of,
    unchanged,
    write,
)

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: multus-daemon-config
  namespace: kube-system
data:
  daemon-config.json: |
    {}
"""
Alone = Mapping[str, tuple[Planned, Objects, Objects]]
STEM = "daemonset.apps--kube-system--kube-multus-ds"


def migration(**others: Any) -> Planned:
    return changed(document(DAEMONSET), {f"{MAIN}.args": MISSING, **others})


def nad(number: int) -> Planned:
    found = document(
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
        f"metadata: {{name: net-{number}, namespace: apps}}\nspec: {{}}\n"
    )
    return changed(found, {"spec.config": f'{{"n": {number}}}'})


def test_the_tree_has_one_patch_file_per_object_behind_its_guard() -> None:
    files = emit(plan_of(migration(), created(CONFIG_MAP)))
    assert list(files) == [
        f"base/{STEM}.yaml",
        "base/kustomization.yaml",
        "component/kustomization.yaml",
        f"component/patches/{STEM}.guard.yaml",
        f"component/patches/{STEM}.yaml",
        "component/resources/configmap--kube-system--multus-daemon-config.yaml",
        "kustomization.yaml",
        "rollback/kustomization.yaml",
    ]
    component = files["component/kustomization.yaml"]
    assert component.index(f"{STEM}.guard.yaml") < component.index(f"{STEM}.yaml")


def test_a_document_that_stands_alone_is_kept_byte_for_byte() -> None:
    assert emit(plan_of(migration()))[f"base/{STEM}.yaml"] == DAEMONSET


KEPT = {
    "CRLF": DAEMONSET.replace("\n", "\r\n"),
    "no line feed at the end": DAEMONSET + "\n\n# end",
    "tab": DAEMONSET.replace("hostPath: {path", "hostPath:  {\tpath"),
    "anchor and alias": DAEMONSET.replace("cpu: 100m, memory: 50Mi}\n            limits", "&r cpu: 1}\n"
                          "            limits").replace("&r cpu", "cpu")
        .replace("requests: {", "requests: &r {").replace("limits: {cpu: 100m, memory: 50Mi}",
                                                          "limits: *r"),
}  # fmt: skip


@pytest.mark.kustomize
@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_bytes_that_are_kept_still_build(alone: Alone, text: str) -> None:
    planned, after, _ = alone[text]
    assert planned.document and planned.document.text == text
    assert diff_paths(after[planned.ref], planned.desired) == []


FOLDED = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: x, namespace: y}
data:
  script: %s
    if true; then
      one
    fi

  other: a
"""


STYLES = [">", ">-", ">+", ">2 # comment"]
OTHERS = {
    "a literal text": FOLDED % "|",
    "folded, no indented line": FOLDED.replace("      one", "    one") % ">",
    "a comment": FOLDED % "|" + "  # a > b\n",
}


@pytest.mark.kustomize
@pytest.mark.parametrize("style", STYLES)
def test_a_folded_text_that_kustomize_would_change_is_written_anew(
    alone: Alone, style: str
) -> None:
    planned, after, back = alone[style]
    assert emit(plan_of(planned))["base/configmap--y--x.yaml"].startswith("# Written anew")
    assert after[planned.ref] == planned.desired
    assert planned.document and back[planned.ref] == planned.document.data


@pytest.mark.kustomize
@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_texts_are_kept_byte_for_byte(alone: Alone, text: str) -> None:
    planned, after, _ = alone[text]
    assert emit(plan_of(planned))["base/configmap--y--x.yaml"] == text
    assert after[planned.ref] == planned.desired


@pytest.mark.kustomize
def test_a_folded_text_of_a_root_is_taken_as_the_root_builds_it(tmp_path: Path) -> None:
    root = {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": FOLDED % ">"}
    (data,) = built(write(tmp_path / "root", root)).values()
    old = document(dump(data), form="build")
    edits = {"data.other": "b", "data.script": data["data"]["script"] + "x"}
    files = emit(plan_of(changed(old, edits)), root_reference="../root")
    result = built(write(tmp_path / "out", files))[old.ref]
    assert result["data"] == {"other": "b", "script": data["data"]["script"] + "x"}


LIVE = CONFIG_MAP.replace("metadata:\n", """\
metadata:
  uid: 1234
  resourceVersion: "7"
  generation: 3
  creationTimestamp: "2024-01-01T00:00:00Z"
  managedFields: [{manager: kubectl}]
  annotations:
    kept: "yes"
    kubectl.kubernetes.io/last-applied-configuration: "{}"
    deprecated.daemonset.template.generation: "1"
""") + "status: {a: b}\n"  # fmt: skip


FORMS: tuple[Form, ...] = ("list-item", "json", "stdin", "live")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """Plans of one object each by the parameter of their test, with what OUT and its rollback build to."""
    image, other = {f"{MAIN}.image": "new"}, {"data.other": "b"}
    unfolded = {**other, "data.script": MISSING}
    planned = {text: changed(document(text), image) for text in KEPT.values()}
    planned |= {text: changed(document(text), other) for text in OTHERS.values()}
    planned |= {style: changed(document(FOLDED % style), unfolded) for style in STYLES}
    planned |= {f: changed(document(LIVE, form=f), {"data.new": "no"}) for f in FORMS}
    outs = [write(tmp_path_factory.mktemp("out"), emit(plan_of(p))) for p in planned.values()]
    builds = built_each([*outs, *(out / "rollback" for out in outs)])
    built = zip(planned.values(), builds, builds[len(outs) :], strict=False)
    return dict(zip(planned, built, strict=True))


@pytest.mark.kustomize
@pytest.mark.parametrize("form", FORMS)
def test_other_documents_are_written_anew_without_the_servers_fields(
    alone: Alone, form: Form
) -> None:
    planned, after, _ = alone[form]
    (name,) = [n for n in emit(plan_of(planned)) if n.startswith("base/config")]
    text = emit(plan_of(planned))[name]
    assert "kept" in text
    removed = ("uid", "resourceVersion", "generation", "creationTimestamp", "status", "managed")
    assert not [word for word in (*removed, "last-applied") if word in text]
    metadata = {
        "name": "multus-daemon-config", "namespace": "kube-system", "annotations": {"kept": "yes"},
    }  # fmt: skip
    result = after[planned.ref]
    assert result["metadata"] == metadata
    assert result["data"]["new"] == "no"


def test_server_fields_of_a_document_that_stands_alone_stay() -> None:
    old = document(LIVE, form="standalone")
    old = replace(old, text=LIVE)
    (text,) = [t for n, t in emit(plan_of(unchanged(old))).items() if n.startswith("base/config")]
    assert text == LIVE


@pytest.mark.kustomize
def test_forward_and_back_gives_the_original_objects(tmp_path: Path) -> None:
    planned = migration(**{"metadata.labels.app": "thick"})
    write(tmp_path, emit(plan_of(planned, created(CONFIG_MAP), nad(1))))
    back, base = built_each([tmp_path / "rollback", tmp_path / "base"])
    assert back == base
    assert back[planned.ref] == document(DAEMONSET).data
    header = (tmp_path / "rollback/kustomization.yaml").read_text().replace("\n# ", " ")
    assert "ConfigMap kube-system/multus-daemon-config" in header


@pytest.mark.kustomize
def test_a_root_is_referred_to_and_not_copied(tmp_path: Path) -> None:
    root = {
        "kustomization.yaml": "resources: [ds.yaml, other.yaml]\nnamespace: net\n",
        "ds.yaml": DAEMONSET,
        "other.yaml": CONFIG_MAP,
    }
    write(tmp_path / "overlays/prod", root)
    (ref,) = [r for r in built(tmp_path / "overlays/prod") if r.kind == "DaemonSet"]
    found = document(DAEMONSET.replace("kube-system", "net"), form="build")
    assert found.ref == ref
    files = emit(
        plan_of(changed(found, {f"{MAIN}.image": "new"})), root_reference="../overlays/prod"
    )
    assert [name for name in files if name.startswith("base/")] == ["base/kustomization.yaml"]
    out = write(tmp_path / "out", files)
    result, back = built_each([out, out / "rollback"])
    assert len(result) == 2
    assert result[ref]["spec"]["template"]["spec"]["containers"][1]["image"] == "new"
    assert ref in back


@pytest.mark.kustomize
def test_a_plan_without_any_change_builds_as_it_is(tmp_path: Path) -> None:
    old = document(DAEMONSET)
    assert build_of(tmp_path, unchanged(old)) == {old.ref: old.data}


@pytest.mark.kustomize
def test_many_objects_are_built_in_parts_with_one_component_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emit_module, "PART_SIZE", 10)
    objects = [migration(), created(CONFIG_MAP), *(nad(n) for n in range(25))]
    files = emit(plan_of(*objects))
    own = {"own/kustomization.yaml": "resources: [../base]\ncomponents: [../component]\n"}
    out = write(tmp_path, {**files, **own})
    folders = [out, out / "own", out / "base", out / "rollback"]
    result, joined, base, back = built_each(folders)
    assert len(result) == len(objects)
    assert all(diff_paths(result[planned.ref], planned.desired) == [] for planned in objects)
    assert joined == result
    assert back == base
    assert len(base) == len(objects) - 1


def test_a_few_objects_have_no_parts() -> None:
    files = emit(plan_of(*(nad(n) for n in range(3))))
    assert not [name for name in files if name.startswith("parts/")]


@pytest.mark.kustomize
def test_awkward_names(tmp_path: Path) -> None:
    """A colon, dots (which a regular expression knows), numbers, booleans of YAML 1.1, and upper case; in
    one tree, where none may get the patch of another."""
    head = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nrules: []\nmetadata: "
    names = ("name: 'system:multus'", "name: multus.v1.2", "name: '123', namespace: '456'",
             "name: 'on', namespace: 'no'", "name: UPPER--case-")  # fmt: skip
    edits = {"rules": [{"verbs": ["get"]}], "metadata.labels.a": "b"}
    planned = [changed(document(f"{head}{{{name}}}\n"), edits) for name in names]
    result = build_of(tmp_path, *planned)
    assert [p.ref for p in planned if diff_paths(result[p.ref], p.desired)] == []


@pytest.mark.kustomize
def test_one_name_in_several_groups_kinds_and_namespaces(tmp_path: Path) -> None:
    texts = [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: a}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: b}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: a}\n",
        "apiVersion: example.com/v1\nkind: ConfigMap\nmetadata: {name: x, namespace: a}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: xx, namespace: a}\n",
    ]
    objects = [
        changed(document(text), {"data.number": str(n), "metadata.labels.l": str(n)})
        for n, text in enumerate(texts)
    ]
    result = build_of(tmp_path, *objects)
    assert {ref: data["data"]["number"] for ref, data in result.items()} == {
        planned.ref: str(n) for n, planned in enumerate(objects)
    }


def test_every_file_says_what_wrote_it_or_why() -> None:
    files = emit(plan_of(migration(), created(CONFIG_MAP)))
    for name, text in files.items():
        if name.endswith("kustomization.yaml"):
            assert text.startswith(f"# Written by multus-migrator {__version__}."), name
        elif not name.startswith("base/"):
            assert text.startswith("# "), name
    assert "# S99: because of spec" in files[f"component/patches/{STEM}.yaml"]
    assert "(multus.yaml:7)" in files[f"component/patches/{STEM}.yaml"]


def test_the_reason_stands_at_each_hunk_of_a_list_that_cannot_merge() -> None:
    planned = changed(document(DAEMONSET), {"spec.template.spec.tolerations": []})
    guard = emit(plan_of(planned))[f"component/patches/{STEM}.guard.yaml"]
    assert (
        "# S99: because of spec.template.spec.tolerations (multus.yaml:7)\n- op: replace" in guard
    )


def test_a_reason_cannot_leave_its_comment() -> None:
    planned = migration()
    nasty = replace(planned.changes[0], reason="a\nspec: null\r\n- b\u2028c: d")
    files = emit(plan_of(replace(planned, changes=(nasty,))))
    text = files[f"component/patches/{STEM}.yaml"]
    assert "# S99: a spec: null - b c: d (multus.yaml:7)" in text


def _broken(**fields: Any) -> Planned:
    planned = migration()
    return replace(planned, changes=(replace(planned.changes[0], **fields),))


@pytest.mark.parametrize(
    ("planned", "message"),
    [
        pytest.param(replace(migration(), changes=()), "no change says why", id="no change"),
        pytest.param(replace(migration(), desired=document(DAEMONSET).data), "no change says why",
                     id="a change that desired does not hold"),
        pytest.param(_broken(before=["other"]), "expected", id="another value before"),
        pytest.param(_broken(after=None), "null", id="null as a value"),
        pytest.param(_broken(after=document(DAEMONSET).data["spec"]["template"]["spec"][
            "containers"][1]["args"]), "changes nothing", id="no difference"),
        pytest.param(changed(document(DAEMONSET), {"metadata.name": "x"}), "must stay", id="name"),
        pytest.param(changed(document(DAEMONSET), {"metadata.namespace": MISSING}), "must stay",
                     id="namespace"),
        pytest.param(changed(document(DAEMONSET), {"kind": "Deployment"}), "must stay", id="kind"),
        pytest.param(
            replace(migration(), desired={**migration().desired, "extra": 1}), "extra",
            id="a difference without a change",
        ),
    ],
)  # fmt: skip
def test_a_plan_that_contradicts_itself_is_not_written(planned: Planned, message: str) -> None:
    with pytest.raises(PlanConflict, match=message):
        emit(plan_of(planned))


def test_one_object_twice_is_not_written() -> None:
    with pytest.raises(PlanConflict, match="two objects"):
        emit(plan_of(migration(), migration()))


def test_the_same_plan_gives_the_same_bytes() -> None:
    objects = (migration(), created(CONFIG_MAP), nad(1))
    assert emit(plan_of(*objects)) == emit(plan_of(*objects))


@pytest.mark.kustomize
def test_an_unquoted_number_as_a_name_is_patched_all_the_same(tmp_path: Path) -> None:
    old = document("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 123}\ndata: {a: b}\n")
    (result,) = build_of(tmp_path, changed(old, {"data.a": "c"})).values()
    assert result["data"] == {"a": "c"}
    assert old.ref == ObjectRef(group="", kind="ConfigMap", namespace="", name="123")


@pytest.mark.kustomize
def test_patches_within_a_kustomization_keep_the_end_of_a_text(tmp_path: Path) -> None:
    """kustomize strips a patch, so that a text at its end would lose its line feed."""
    found = document(CONFIG_MAP)
    edited = changed(found, {'data["daemon-config.json"]': "{\n}\n"})
    root = {"resources": ["a.yaml"], "patches": inline_patches([edited])}
    files = {"a.yaml": CONFIG_MAP, "kustomization.yaml": dump(root)}
    assert built(write(tmp_path, files))[found.ref]["data"] == {"daemon-config.json": "{\n}\n"}
