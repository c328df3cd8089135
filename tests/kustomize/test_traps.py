"""Traps of kustomize K1 to K18: what is emitted does not step into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migrator.kustomize.emit import emit
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING
from migrator.model.plan import Planned
from migrator.trees.paths import diff_paths, get, parse_path

from .plans import (
    DAEMONSET,
    MAIN,
    build_of,
    built,
    built_each,
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


K1_MOUNT = {"name": "cnibin", "mountPath": "/opt/cni/bin"}
K2 = f"{POD_SPEC}.volumes[name=multus-cfg]"
K2_VOLUME = {"name": "multus-cfg", "hostPath": {"path": "/etc/cni/multus"}}
K2_EMPTY: dict[str, Any] = {"name": "multus-cfg", "emptyDir": {}}
K4_RULES = [
    *document(CLUSTER_ROLE).data["rules"],
    {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]},
]
K5 = f"{POD_SPEC}.tolerations"
K12 = ('metadata.annotations["a/b"]', 'spec.template.metadata.annotations["checksum/c"]')
K14 = f"{POD_SPEC}.initContainers[name=install-multus-binary].image"
K15 = f"{POD_SPEC}.initContainers"
K18_CONFIG = '{\n  "cniVersion": "1.0.0",\n  "type": "macvlan"\n}'
EDITS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "k1": (DAEMONSET, {
        f"{MAIN}.volumeMounts[mountPath=/host/opt/cni/bin]": MISSING,
        f"{MAIN}.volumeMounts[mountPath=/tmp/multus-conf]": MISSING,
        f"{MAIN}.volumeMounts[mountPath=/opt/cni/bin]": K1_MOUNT,
    }),
    "k2": (DAEMONSET, {K2: K2_VOLUME}),
    "k2 empty": (DAEMONSET, {K2: K2_EMPTY}),
    "k3": (DAEMONSET, {f"{MAIN}.args": MISSING, f"{MAIN}.command": ["daemon"]}),
    "k4": (CLUSTER_ROLE, {"rules": K4_RULES}),
    "k5": (DAEMONSET, {f"{POD_SPEC}.hostPID": True}),
    "k5 new": (DAEMONSET, {K5: [{"operator": "Exists"}]}),
    "k12": (DAEMONSET, dict.fromkeys(K12, "1")),
    "k13": (DAEMONSET, {f"{MAIN}.image": "new"}),
    "k14": (DAEMONSET, {f"{MAIN}.image": "m:v4", K14: "m:v4"}),
    "k15": (DAEMONSET, {
        f"{MAIN}.env[name=SECOND].value": "$(FIRST)/x",
        f"{MAIN}.env[name=THIRD]": {"name": "THIRD", "value": "$(SECOND)"},
        f"{K15}[name=install-multus-binary].image": "new",
        f"{K15}[name=last]": {"name": "last", "image": "l"},
    }),
    "k16": (CONFIG_MAP.replace("name: multus-cni", "name: nobodys"), {'data["cni-conf.json"]': MISSING}),
    "k18": (NAD.format(name="net", namespace="apps"), {"spec.config": K18_CONFIG}),
}  # fmt: skip
"""An object and what shall become of it, by the trap: each is a tree of its own."""


class Sprung(NamedTuple):
    planned: Planned
    out: Path
    result: Any

    def at(self, path: str) -> Any:
        return get(self.result, parse_path(path))


After = Callable[[str], Sprung]


@pytest.fixture(scope="module")
def all_built(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sprung]:
    """Of `EDITS`, from one build."""
    planned = [changed(document(text), edits) for text, edits in EDITS.values()]
    outs = [write(tmp_path_factory.mktemp("out"), emit(plan_of(one))) for one in planned]
    results = [build[one.ref] for build, one in zip(built_each(outs), planned, strict=True)]
    return dict(zip(EDITS, map(Sprung, planned, outs, results), strict=True))


@pytest.fixture
def after(all_built: Mapping[str, Sprung]) -> After:
    """The built object of a trap; it is what was planned, in every field."""

    def after(name: str) -> Sprung:
        assert diff_paths(all_built[name].result, all_built[name].planned.desired) == []
        return all_built[name]

    return after


def test_k1_a_dropped_mount_is_deleted_by_its_mount_path(after: After) -> None:
    mounts = after("k1").at(f"{MAIN}.volumeMounts")
    assert sorted(mount["mountPath"] for mount in mounts) == ["/host/etc/cni/net.d", "/opt/cni/bin"]


def test_k2_a_volume_that_changes_its_type_loses_the_old_one(after: After) -> None:
    assert after("k2").at(K2) == K2_VOLUME


def test_k2_also_where_the_new_type_is_an_empty_map(after: After) -> None:
    assert after("k2 empty").at(K2) == K2_EMPTY


def test_k3_args_do_not_survive(after: After) -> None:
    container = after("k3").at(MAIN)
    assert "args" not in container
    assert container["command"] == ["daemon"]


def test_k4_rules_of_a_cluster_role_are_the_complete_list(after: After) -> None:
    assert after("k4").at("rules") == K4_RULES
    name = "clusterrole.rbac.authorization.k8s.io--_cluster--multus.guard.yaml"
    patch = after("k4").out / "component/patches" / name
    assert "op: replace\n  path: /rules" in patch.read_text()


def test_k5_tolerations_stay_where_the_pod_spec_is_patched(after: After) -> None:
    assert after("k5").at(K5) == get(document(DAEMONSET).data, parse_path(K5))


def test_k5_new_tolerations_are_the_complete_list(after: After) -> None:
    assert after("k5 new").at(K5) == [{"operator": "Exists"}]


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


def test_k12_an_annotation_comes_where_there_are_no_annotations(after: After) -> None:
    assert after("k12").at(K12[0]) == "1"


def test_k13_containers_are_patched_by_name_and_stay_in_order(after: After) -> None:
    """The sidecar stands first, so an index would hit the wrong container."""
    containers = after("k13").at(f"{POD_SPEC}.containers")
    images = {"sidecar": "registry.example/sidecar:7", "kube-multus": "new"}
    assert {c["name"]: c["image"] for c in containers} == images
    assert [c["name"] for c in containers] == ["sidecar", "kube-multus"]


def test_k13_index_paths_stand_only_in_tests() -> None:
    planned = changed(document(DAEMONSET), {f"{MAIN}.args": MISSING, f"{MAIN}.command": ["d"]})
    (guard,) = [text for path, text in emit(plan_of(planned)).items() if "guard" in path]
    assert "/containers/1/args" in guard
    assert guard.count("- op: ") == guard.count("- op: test")


def test_k14_both_images_are_patched_by_container(after: After) -> None:
    assert after("k14").at(K14) == "m:v4"
    assert after("k14").at(f"{MAIN}.image") == "m:v4"


def test_k15_order_that_has_a_meaning_is_kept(after: After) -> None:
    """$(FIRST) must stand above its use, and init containers run one after the other."""
    names = [e["name"] for e in after("k15").at(f"{MAIN}.env")]
    assert names == ["FIRST", "SECOND", "THIRD"]
    names = [c["name"] for c in after("k15").at(K15)]
    assert names == ["wait", "install-multus-binary", "last"]


def test_k16_a_key_of_a_config_map_goes_and_the_others_stay(after: After) -> None:
    assert after("k16").at("data") == {"other": "kept"}


def test_k17_a_removed_object_leaves_the_build(tmp_path: Path) -> None:
    config_map, daemonset = document(CONFIG_MAP), document(DAEMONSET)
    result = build_of(tmp_path, changed(config_map, {"": MISSING}), unchanged(daemonset))
    assert list(result) == [daemonset.ref]
    assert config_map.ref in built(tmp_path / "rollback")


def test_k18_a_config_is_written_as_a_literal_block_and_replaced_whole(after: After) -> None:
    assert after("k18").at("spec.config") == K18_CONFIG
    stem = "networkattachmentdefinition.k8s.cni.cncf.io--apps--net.yaml"
    patch = (after("k18").out / "component/patches" / stem).read_text()
    assert '  config: |-\n    {\n      "cniVersion": "1.0.0",\n' in patch


SPECS = ("", "spec:\n", "spec: {}\n", "spec: null\n", "spec: {config: ~}\n")


def test_k18_a_config_comes_into_an_empty_nad(tmp_path: Path) -> None:
    """The founding case: whatever an empty spec looks like."""
    head = "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
    texts = [
        f"{head}metadata: {{name: istio-cni, namespace: apps-{number}}}\n{spec}"
        for number, spec in enumerate(SPECS)
    ]
    planned = [changed(document(text), {"spec.config": "{}"}) for text in texts]
    result = build_of(tmp_path, *planned)
    assert [result[one.ref]["spec"] for one in planned] == [{"config": "{}"}] * len(SPECS)
    assert {ref.group for ref in result} == {"k8s.cni.cncf.io"}
