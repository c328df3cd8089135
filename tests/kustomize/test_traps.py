"""Traps of kustomize K1 to K18: what is emitted does not step into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.kustomize.emit import emit
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ObjectRef
from migrator.model.plan import Planned
from migrator.trees.paths import diff_paths, get, parse_path

from .plans import (
    DAEMONSET,
    MAIN,
    build_of,
    built,
    changed,
    created,
    document,
    kustomize,
    plan_of,
    unchanged,
    write,
)

pytestmark = pytest.mark.kustomize

NAD = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  name: {name}
  namespace: {namespace}
spec:
  config: '{{"cniVersion": "0.3.1", "type": "macvlan"}}'
"""
CLUSTER_ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: multus
rules:
  - apiGroups: ["k8s.cni.cncf.io"]
    resources: ["*"]
    verbs: ["*"]
  - apiGroups: [""]
    resources: [pods, pods/status]
    verbs: [get, update]
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: multus-cni-config
  namespace: kube-system
data:
  cni-conf.json: |
    {"name": "multus-cni-network"}
  other: kept
"""
POD_SPEC = "spec.template.spec"


def after(tmp_path: Path, planned: Planned, path: str = "") -> Any:
    """The built object, or what stands at ``path`` in it; it is what was planned, in every
    field."""
    result = build_of(tmp_path, planned)[planned.ref]
    assert diff_paths(result, planned.desired) == []
    return get(result, parse_path(path))


def test_k1_a_dropped_mount_is_deleted_by_its_mount_path(tmp_path: Path) -> None:
    new = {"name": "cnibin", "mountPath": "/opt/cni/bin"}
    edits = {
        f"{MAIN}.volumeMounts[mountPath=/host/opt/cni/bin]": MISSING,
        f"{MAIN}.volumeMounts[mountPath=/tmp/multus-conf]": MISSING,
        f"{MAIN}.volumeMounts[mountPath=/opt/cni/bin]": new,
    }
    mounts = after(tmp_path, changed(document(DAEMONSET), edits), f"{MAIN}.volumeMounts")
    assert sorted(mount["mountPath"] for mount in mounts) == ["/host/etc/cni/net.d", "/opt/cni/bin"]


def test_k2_a_volume_that_changes_its_type_loses_the_old_one(tmp_path: Path) -> None:
    volume = {"name": "multus-cfg", "hostPath": {"path": "/etc/cni/multus"}}
    path = f"{POD_SPEC}.volumes[name=multus-cfg]"
    assert after(tmp_path, changed(document(DAEMONSET), {path: volume}), path) == volume


def test_k2_also_where_the_new_type_is_an_empty_map(tmp_path: Path) -> None:
    volume: dict[str, Any] = {"name": "multus-cfg", "emptyDir": {}}
    path = f"{POD_SPEC}.volumes[name=multus-cfg]"
    assert after(tmp_path, changed(document(DAEMONSET), {path: volume}), path) == volume


def test_k3_args_do_not_survive(tmp_path: Path) -> None:
    planned = changed(document(DAEMONSET), {f"{MAIN}.args": MISSING, f"{MAIN}.command": ["daemon"]})
    container = after(tmp_path, planned, MAIN)
    assert "args" not in container
    assert container["command"] == ["daemon"]


def test_k4_rules_of_a_cluster_role_are_the_complete_list(tmp_path: Path) -> None:
    role = document(CLUSTER_ROLE)
    rules = [*role.data["rules"], {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}]
    assert after(tmp_path, changed(role, {"rules": rules}), "rules") == rules
    patch = tmp_path / "component/patches/clusterrole.rbac.authorization.k8s.io--_cluster--multus"
    assert "op: replace\n  path: /rules" in Path(f"{patch}.guard.yaml").read_text()


def test_k5_tolerations_stay_where_the_pod_spec_is_patched(tmp_path: Path) -> None:
    planned = changed(document(DAEMONSET), {f"{POD_SPEC}.hostPID": True})
    kept = get(document(DAEMONSET).data, parse_path(f"{POD_SPEC}.tolerations"))
    assert after(tmp_path, planned, f"{POD_SPEC}.tolerations") == kept


def test_k5_new_tolerations_are_the_complete_list(tmp_path: Path) -> None:
    path = f"{POD_SPEC}.tolerations"
    planned = changed(document(DAEMONSET), {path: [{"operator": "Exists"}]})
    assert after(tmp_path, planned, path) == [{"operator": "Exists"}]


@pytest.mark.parametrize("edited", ["rules", 'metadata.labels["a"]'])
def test_k6_an_object_that_has_gone_fails_the_build(tmp_path: Path, edited: str) -> None:
    """Also where only the JSON6902 patch changes something, which passes over nothing at all."""
    value = [] if edited == "rules" else "b"
    role = changed(document(CLUSTER_ROLE), {edited: value})
    write(tmp_path, emit(plan_of(role, unchanged(document(CONFIG_MAP)))))
    base = tmp_path / "base/kustomization.yaml"
    name = "clusterrole.rbac.authorization.k8s.io--_cluster--multus.yaml"
    base.write_text(base.read_text().replace(f"- {name}\n", ""))
    with pytest.raises(MigratorError, match="no matches for Id ClusterRole"):
        kustomize(tmp_path)


def test_k7_the_namespace_is_copied_literally(tmp_path: Path) -> None:
    """One object per namespace and one without: each gets its own patch and no other."""
    names = ["one", "two", "''"]
    nads = [document(NAD.format(name="net", namespace=namespace)) for namespace in names]
    planned = [changed(nad, {"spec.config": f'{{"n": {i}}}'}) for i, nad in enumerate(nads)]
    result = build_of(tmp_path, *planned)
    configs = [result[nad.ref]["spec"]["config"] for nad in nads]
    assert configs == ['{"n": 0}', '{"n": 1}', '{"n": 2}']


def test_k7_no_namespace_at_all(tmp_path: Path) -> None:
    text = NAD.format(name="net", namespace="x").replace("  namespace: x\n", "")
    bare, other = document(text), document(NAD.format(name="net", namespace="other"))
    result = build_of(tmp_path, changed(bare, {"spec.config": "{}"}), unchanged(other))
    assert result[bare.ref] == {**bare.data, "spec": {"config": "{}"}}
    assert result[other.ref] == other.data


def test_k8_k9_no_kustomization_moves_or_labels_everything() -> None:
    files = emit(plan_of(changed(document(DAEMONSET), {f"{MAIN}.image": "x"})))
    kustomizations = [text for path, text in files.items() if path.endswith("kustomization.yaml")]
    allowed = {"apiVersion", "kind", "resources", "components", "patches"}
    assert len(kustomizations) == 4
    for text in kustomizations:
        assert {line.split(":")[0] for line in text.splitlines() if line[0].isalpha()} <= allowed


def test_k10_no_object_is_in_the_build_twice(tmp_path: Path) -> None:
    present = document(CONFIG_MAP)
    planned = changed(present, {'data["daemon-config.json"]': "{}"})
    text = kustomize(write(tmp_path, emit(plan_of(planned, unchanged(document(DAEMONSET))))))
    assert text.count("kind: ConfigMap") == 1


def test_k10_a_new_object_that_is_there_already_is_refused(tmp_path: Path) -> None:
    files = emit(plan_of(unchanged(document(CONFIG_MAP)), created(CONFIG_MAP)))
    with pytest.raises(MigratorError, match="already registered id"):
        kustomize(write(tmp_path, files))


def test_k11_names_of_config_maps_get_no_hash(tmp_path: Path) -> None:
    result = build_of(tmp_path, created(CONFIG_MAP), unchanged(document(DAEMONSET)))
    assert {ref.name for ref in result} == {"multus-cni-config", "kube-multus-ds"}
    text = "".join(emit(plan_of(created(CONFIG_MAP))).values())
    assert "configMapGenerator" not in text


def test_k12_an_annotation_comes_where_there_are_no_annotations(tmp_path: Path) -> None:
    paths = ['metadata.annotations["a/b"]', 'spec.template.metadata.annotations["checksum/c"]']
    planned = changed(document(DAEMONSET), dict.fromkeys(paths, "1"))
    assert after(tmp_path, planned, paths[0]) == "1"


def test_k13_containers_are_patched_by_name_and_stay_in_order(tmp_path: Path) -> None:
    """The sidecar stands first, so an index would hit the wrong container."""
    planned = changed(document(DAEMONSET), {f"{MAIN}.image": "new"})
    containers = after(tmp_path, planned, f"{POD_SPEC}.containers")
    images = {"sidecar": "registry.example/sidecar:7", "kube-multus": "new"}
    assert {c["name"]: c["image"] for c in containers} == images
    assert [c["name"] for c in containers] == ["sidecar", "kube-multus"]


def test_k13_index_paths_stand_only_in_tests() -> None:
    planned = changed(document(DAEMONSET), {f"{MAIN}.args": MISSING, f"{MAIN}.command": ["d"]})
    (guard,) = [text for path, text in emit(plan_of(planned)).items() if "guard" in path]
    assert "/containers/1/args" in guard
    assert guard.count("- op: ") == guard.count("- op: test")


def test_k14_both_images_are_patched_by_container(tmp_path: Path) -> None:
    init = f"{POD_SPEC}.initContainers[name=install-multus-binary].image"
    planned = changed(document(DAEMONSET), {f"{MAIN}.image": "m:v4", init: "m:v4"})
    assert after(tmp_path, planned, init) == "m:v4"
    assert after(tmp_path, planned, f"{MAIN}.image") == "m:v4"


def test_k15_order_that_has_a_meaning_is_kept(tmp_path: Path) -> None:
    """$(FIRST) must stand above its use, and init containers run one after the other."""
    init = f"{POD_SPEC}.initContainers"
    edits = {
        f"{MAIN}.env[name=SECOND].value": "$(FIRST)/x",
        f"{MAIN}.env[name=THIRD]": {"name": "THIRD", "value": "$(SECOND)"},
        f"{init}[name=install-multus-binary].image": "new",
        f"{init}[name=last]": {"name": "last", "image": "l"},
    }
    planned = changed(document(DAEMONSET), edits)
    names = [e["name"] for e in after(tmp_path, planned, f"{MAIN}.env")]
    assert names == ["FIRST", "SECOND", "THIRD"]
    names = [c["name"] for c in after(tmp_path, planned, init)]
    assert names == ["wait", "install-multus-binary", "last"]


def test_k16_a_key_of_a_config_map_goes_and_the_others_stay(tmp_path: Path) -> None:
    planned = changed(document(CONFIG_MAP), {'data["cni-conf.json"]': MISSING})
    assert after(tmp_path, planned, "data") == {"other": "kept"}


def test_k17_a_removed_object_leaves_the_build(tmp_path: Path) -> None:
    config_map, daemonset = document(CONFIG_MAP), document(DAEMONSET)
    result = build_of(tmp_path, changed(config_map, {"": MISSING}), unchanged(daemonset))
    assert list(result) == [daemonset.ref]
    assert config_map.ref in built(tmp_path / "rollback")


def test_k18_a_config_is_written_as_a_literal_block_and_replaced_whole(tmp_path: Path) -> None:
    nad = document(NAD.format(name="net", namespace="apps"))
    config = '{\n  "cniVersion": "1.0.0",\n  "type": "macvlan"\n}'
    assert after(tmp_path, changed(nad, {"spec.config": config}), "spec.config") == config
    stem = "networkattachmentdefinition.k8s.cni.cncf.io--apps--net.yaml"
    patch = (tmp_path / "component/patches" / stem).read_text()
    assert '  config: |-\n    {\n      "cniVersion": "1.0.0",\n' in patch


@pytest.mark.parametrize(
    "spec", ["", "spec:\n", "spec: {}\n", "spec: null\n", "spec: {config: ~}\n"]
)
def test_k18_a_config_comes_into_an_empty_nad(tmp_path: Path, spec: str) -> None:
    """The founding case: whatever an empty spec looks like."""
    head = "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
    nad = document(f"{head}metadata: {{name: istio-cni, namespace: apps}}\n{spec}")
    planned = changed(nad, {"spec.config": "{}"})
    result = build_of(tmp_path, planned)[ObjectRef(
        group="k8s.cni.cncf.io", kind="NetworkAttachmentDefinition", namespace="apps",
        name="istio-cni",
    )]  # fmt: skip
    assert result["spec"] == {"config": "{}"}
