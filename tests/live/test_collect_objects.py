"""What is written of an object: enough for the same plan, no secret value, and nothing that changes by
itself."""

from __future__ import annotations

import copy
import itertools
import json
import re
from typing import Any

import pytest

from migrator.inventory.install import mode_of
from migrator.inventory.made_by import LAST_APPLIED, Made, made_by
from migrator.live.belongs import Known, learned
from migrator.live.reduce import reduced
from migrator.live.resources import RESOURCES
from migrator.live.structure import READ_VARIABLES
from migrator.model.inputs import Document
from migrator.model.plan import Plan
from migrator.plan.planner import make_plan
from migrator.read.streams import parse_documents
from tests.builders import inventory, target
from tests.live.apiserver import BY_KIND, Object, Stub
from tests.live.changes import nodes, one, thin
from tests.live.objects import (
    ESTATE,
    MAIN,
    NETWORKS,
    OLD_STATUS,
    SECRET,
    live,
    pod,
    thing,
    workload,
)
from tests.live.test_collect import files
from tests.report.hostile import TEXTS
from tests.test_architecture import MODULES


def reduced_to(item: Object, known: Known | None = None) -> Object | None:
    group = item["apiVersion"].rpartition("/")[0]
    return reduced(item, BY_KIND[group, item["kind"]], known or Known())


def kept(item: Object) -> Object:
    found = reduced_to(item)
    assert found is not None
    return found


def documents(found: dict[str, str]) -> tuple[Document, ...]:
    """The objects of a snapshot, read as those of files are."""
    read: list[Document] = []
    for name, text in sorted(found.items()):
        if name.startswith("objects/"):
            there, problems = parse_documents(text.encode(), name)
            assert not problems, problems
            read += there
    return tuple(read)


def decided(plan: Plan) -> Any:
    """All of a plan but its places."""
    return {
        "changes": [
            (str(o.ref), str(c.path), repr(c.before), repr(c.after), c.rule)
            for o in plan.objects
            for c in o.changes
        ],
        "findings": [
            (f.id, f.severity, f.cured, str(f.object), _placeless(f.seen), _placeless(f.remedy))
            for f in plan.findings
        ],
        "accounts": [(a.kind, a.name, a.outcome) for a in plan.accounts],
        "attachments": sorted(
            (str(a.workload), a.network, a.verdict, repr(a.before), repr(a.after))
            for a in plan.attachments
        ),
    }


def _placeless(sentence: str) -> str:
    """Without the lines of the inputs in it."""
    return re.sub(r"\(multus\.yaml:\d+\)", "", sentence)


@pytest.mark.parametrize(
    "sample",
    ["v4.0-thin", "v3.9", "hand-written-config", "istio-empty-nad", "crio", "k3s"],
)
def test_the_plan_of_a_snapshot_is_the_plan_of_its_objects(sample: str) -> None:
    objects = [live(each) for each in thin(sample)] + ESTATE
    read = documents(files(Stub(objects)))
    before, after = (
        make_plan(
            inventory(*(json.dumps(each, sort_keys=True) for each in some), files=nodes(sample)),
            target(),
        )
        for some in (sorted(objects, key=_place), sorted((dict(d.data) for d in read), key=_place))
    )
    assert decided(after) == decided(before)
    assert before.attachments
    assert before.changed


def _place(item: Object) -> tuple[str, ...]:
    metadata = item["metadata"]
    return item["kind"], metadata.get("namespace", ""), metadata["name"]


MULTUS = one(thin(), "DaemonSet")
LATER = "2026-11-26T11:30:00Z"


def test_no_value_of_a_variable_and_no_argument_of_a_workload_is_written() -> None:
    text = "".join(files(Stub([*map(live, thin()), *ESTATE])).values())
    assert SECRET in json.dumps(ESTATE)
    assert SECRET not in text
    assert "secretKeyRef" in text, "of an agent the name of the variable stays"


def test_what_runs_multus_keeps_its_variables_and_what_was_applied() -> None:
    item = copy.deepcopy(MULTUS)
    item["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "A", "value": "b"}]
    found = kept(live(item))
    assert found["spec"] == item["spec"]
    assert json.loads(found["metadata"]["annotations"][LAST_APPLIED]) == item


def test_two_looks_at_the_same_state_give_the_same_object() -> None:
    for item in (*thin(), *ESTATE):
        first, second = live(item), live(item, time=LATER)
        second["metadata"] |= {"resourceVersion": "9", "generation": 4, "uid": "other"}
        second["metadata"]["managedFields"].reverse()
        second["metadata"]["managedFields"][1]["fieldsV1"] = {"f:status": {"f:numberReady": {}}}
        assert reduced_to(first) == reduced_to(second), item["kind"]


def test_what_a_plan_changes_keeps_what_tells_how_it_was_made() -> None:
    for item in (MULTUS, one(thin(), "NetworkAttachmentDefinition")):
        metadata = kept(live(item))["metadata"]
        assert metadata["creationTimestamp"] == "2024-01-01T00:00:00Z"
        (applied,) = metadata["managedFields"]
        assert applied["manager"] == "kubectl-client-side-apply", "and none of the status"
        assert all("time" not in each for each in metadata["managedFields"])
        assert not {"uid", "resourceVersion", "generation", "selfLink"} & metadata.keys()
    assert made_by(documents(files(Stub([live(each) for each in thin()])))[0]) is Made.APPLY


def test_what_a_plan_leaves_alone_has_nothing_of_it() -> None:
    metadata = kept(live(workload()))["metadata"]
    assert metadata == {"name": "web", "namespace": "app"}
    assert "status" not in kept(live(workload()))


def test_an_owner_stays_without_its_id_where_nothing_is_applied_again() -> None:
    owner = {"apiVersion": "v1", "kind": "X", "name": "x", "uid": "1", "controller": True}
    item = {**pod("web"), "metadata": {"name": "web", "ownerReferences": [owner]}}
    (found,) = kept(item)["metadata"]["ownerReferences"]
    assert found == {"apiVersion": "v1", "kind": "X", "name": "x", "controller": True}
    ours = copy.deepcopy(MULTUS)
    ours["metadata"]["ownerReferences"] = [owner]
    assert kept(ours)["metadata"]["ownerReferences"] == [owner]


def test_roles_accounts_and_maps_of_multus_are_told_by_its_daemonset() -> None:
    objects = [
        *thin("hand-written-config"),
        thing("ServiceAccount", "v1", "default", "kube-system"),
    ]
    other = {"kind": "ServiceAccount", "name": "other", "namespace": "kube-system"}
    for kind in ("ClusterRoleBinding", "RoleBinding"):
        binding = thing(kind, "rbac.authorization.k8s.io/v1", "of-another", "kube-system")
        objects.append({**binding, "subjects": [other], "roleRef": {"name": "view"}})
    found = {
        (d.ref.kind, d.ref.name): d
        for d in documents(files(Stub([live(each) for each in objects])))
    }
    own = {key for key, d in found.items() if "managedFields" in d.data["metadata"]}
    assert {kind for kind, _ in own} >= {
        *("DaemonSet", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ConfigMap"),
        *("CustomResourceDefinition", "NetworkAttachmentDefinition"),
    }
    assert ("ClusterRoleBinding", "of-another") in found.keys() - own
    assert ("RoleBinding", "of-another") not in found
    assert ("ServiceAccount", "default") not in found


@pytest.mark.parametrize(
    ("name", "data", "stays"),
    [
        pytest.param("app", {"a": "b"}, False, id="of an application"),
        pytest.param("app", {"a": "type: macvlan"}, True, id="with a word of the trade"),
        pytest.param("cilium-config", {"a": "b"}, True, id="of a plugin, by its name"),
        pytest.param("cam-values", {"a": "b"}, True, id="with values of a release"),
        pytest.param("kube-root-ca.crt", {"ca.crt": "cni"}, False, id="a certificate"),
        pytest.param("app", None, False, id="without data"),
    ],
)
def test_a_config_map_stays_if_it_matters(name: str, data: Any, stays: bool) -> None:
    known = Known(values=frozenset({("app", "cam-values")}))
    item = {**thing("ConfigMap", "v1", name, "app"), "data": data, "binaryData": {"x": "AAAA"}}
    found = reduced_to(live(item), known)
    assert (found is not None) == stays
    assert "binaryData" not in (found or {})


def owned(item: Object, replicas: int = 1, controller: bool = True) -> Object:
    item["metadata"]["ownerReferences"] = [{"kind": "X", "name": "x", "controller": controller}]
    item["spec"]["replicas"] = replicas
    return item


@pytest.mark.parametrize(
    ("item", "stays"),
    [
        pytest.param(workload("ReplicaSet"), True, id="of nobody"),
        pytest.param(owned(workload("ReplicaSet")), True, id="asks for networks"),
        pytest.param(owned(workload("ReplicaSet"), 0), False, id="a past revision"),
        pytest.param(
            owned(workload("ReplicaSet"), 1, controller=False), True, id="of no controller"
        ),
        pytest.param(owned(workload("ReplicaSet", annotations={})), False, id="asks for nothing"),
        pytest.param(
            owned(workload("Job", "batch/v1", annotations={})),
            False,
            id="a job that asks for nothing",
        ),
        pytest.param(owned(workload("Deployment", annotations={})), True, id="a deployment"),
    ],
)
def test_what_repeats_its_controller_is_left_out(item: Object, stays: bool) -> None:
    assert (reduced_to(item) is not None) == stays


def test_of_a_pod_stays_what_decides_about_networks() -> None:
    item = live(
        {
            **pod(
                "web",
                containers=[{**MAIN, "resources": {}, "volumeMounts": [{"name": "a"}]}],
                initContainers=[MAIN],
                ephemeralContainers=[MAIN],
                nodeName="n1",
                volumes=[
                    {"name": "a", "secret": {"secretName": "b"}},
                    {"name": "h", "hostPath": {"path": "/x"}},
                ],
                tolerations=[{"operator": "Exists"}],
            ),
            "status": {"phase": "Running", "podIP": "10.0.0.1"},
        }
    )
    noise = {"k8s.v1.cni.cncf.io/network-status": "[{}]", "cni.projectcalico.org/podIP": "10.0.0.1"}
    item["metadata"]["annotations"] |= {
        NETWORKS: "lan",
        "sidecar.istio.io/inject": "false",
        **noise,
    }
    found = kept(item)
    assert found["metadata"]["annotations"] == {NETWORKS: "lan", "sidecar.istio.io/inject": "false"}
    main = {"name": "main", "image": "web:1"}
    assert found["spec"] == {
        "containers": [main],
        "initContainers": [main],
        "nodeName": "n1",
        "tolerations": [{"operator": "Exists"}],
        "volumes": [{"name": "h", "hostPath": {"path": "/x"}}],
    }
    assert found["status"] == {"phase": "Running"}


def test_a_pod_of_multus_is_still_known_for_one() -> None:
    spec = copy.deepcopy(MULTUS["spec"]["template"]["spec"])
    spec["containers"][0]["env"] = [{"name": "A", "value": SECRET}]
    found = kept(pod("kube-multus-ds-x", "kube-system", **spec))
    assert mode_of(found["spec"]) == "thin"
    assert found["spec"]["containers"][0]["env"] == [{"name": "A"}]


_BY_VALUE = [{"name": "A", "value": f"{OLD_STATUS}={SECRET}"}]
_BY_FIELD = [
    {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": f"annotations['{OLD_STATUS}']"}}}
]


@pytest.mark.parametrize(
    ("kind", "main"),
    [
        pytest.param("Deployment", {"args": [f"watch {OLD_STATUS} {SECRET}"]}, id="an argument"),
        pytest.param("Deployment", {"env": _BY_VALUE}, id="a variable"),
        pytest.param("Deployment", {"env": _BY_FIELD}, id="a field"),
        pytest.param("DaemonSet", {"env": _BY_VALUE}, id="a variable of an agent"),
        pytest.param("DaemonSet", {"env": _BY_FIELD}, id="a field, of an agent"),
    ],
)
def test_who_reads_the_status_is_still_told_and_no_secret_beside_it(
    kind: str, main: Object
) -> None:
    text = json.dumps(kept(workload(kind, containers=[{"name": "main", **main}])))
    assert OLD_STATUS in text
    assert SECRET not in text


def test_labels_stay_whatever_they_are_called() -> None:
    """A webhook may select pods by them."""
    labels = {"env": "prod", "source": "a", "command": "b"}
    item = workload()
    item["spec"]["template"]["metadata"]["labels"] = {**labels, "controller-uid": "1"}
    assert kept(item)["spec"]["template"]["metadata"]["labels"] == labels


def test_annotations_of_each_kind_of_pod_stay() -> None:
    """Rook gives those of ``spec.annotations`` to the pods of a kind."""
    cluster = thing("CephCluster", "ceph.rook.io/v1", "ceph", "rook")
    cluster["spec"] = {
        "annotations": {"osd": {NETWORKS: "lan", "note": SECRET}, "all": {NETWORKS: "san"}}
    }
    assert kept(cluster)["spec"] == {
        "annotations": {"all": {NETWORKS: "san"}, "osd": {NETWORKS: "lan"}}
    }


_ARGUMENTS = {"args": [{"name": "token", "value": SECRET}]}
_HOOK = {"command": [SECRET], "environment": [{"name": "A", "value": SECRET}]}
_DISK = {"source": {"http": {"url": f"https://me:{SECRET}@x", "extraHeaders": [SECRET]}}}
_CEPH = {
    "cephConfig": {"global": {"key": SECRET}},
    "security": {"kms": {"connectionDetails": {"VAULT_TOKEN": SECRET}}},
}


@pytest.mark.parametrize(
    ("kind", "version", "spec"),
    [
        pytest.param(
            "Rollout",
            "argoproj.io/v1alpha1",
            {"strategy": {"canary": {"steps": [{"analysis": _ARGUMENTS}]}}},
            id="arguments of an analysis",
        ),
        pytest.param(
            "DeploymentConfig",
            "apps.openshift.io/v1",
            {"strategy": {"customParams": _HOOK}},
            id="a hook",
        ),
        pytest.param("DataVolume", "cdi.kubevirt.io/v1beta1", _DISK, id="where a disk is from"),
        pytest.param(
            "VirtualMachine",
            "kubevirt.io/v1",
            {"dataVolumeTemplates": [{"spec": _DISK}]},
            id="where a disk of a machine is from",
        ),
        pytest.param("CephCluster", "ceph.rook.io/v1", _CEPH, id="settings of Ceph"),
    ],
)
def test_no_secret_beside_the_pods_of_a_workload_is_written(
    kind: str, version: str, spec: Object
) -> None:
    item = thing(kind, version, "x", "app")
    item["spec"] = {**spec, "template": {"metadata": {"annotations": {NETWORKS: "lan"}}}}
    found = json.dumps(kept(item))
    assert SECRET not in found
    assert NETWORKS in found


def test_a_machine_keeps_its_networks_and_no_cloud_init() -> None:
    machine = next(each for each in ESTATE if each["kind"] == "VirtualMachine")
    spec = kept(machine)["spec"]["template"]["spec"]
    assert spec.keys() == {"domain", "networks"}
    assert len(spec["domain"]["devices"]["interfaces"]) == len(spec["networks"]) == 2


@pytest.mark.parametrize("domain", [{}, {"cpu": {}}, {"devices": None}, {"devices": {}}], ids=repr)
def test_a_machine_without_interfaces_has_no_cloud_init_either(domain: Object) -> None:
    machine = copy.deepcopy(next(each for each in ESTATE if each["kind"] == "VirtualMachine"))
    machine["spec"]["template"]["spec"]["domain"] = domain
    spec = kept(machine)["spec"]["template"]["spec"]
    assert SECRET not in json.dumps(spec)
    assert bool(spec["domain"]) == bool(domain)


def test_of_a_node_stay_its_name_labels_taints_and_platform() -> None:
    item = live(
        {
            **thing("Node", "v1", "n1"),
            "metadata": {
                "name": "n1",
                "labels": {"a": "b"},
                "annotations": {"flannel.alpha/public-ip": "1"},
            },
            "spec": {
                "providerID": "k3s://n1",
                "podCIDR": "10.0.0.0/24",
                "taints": [{"key": "t", "timeAdded": "x"}],
            },
            "status": {"nodeInfo": {"kubeletVersion": "v1.31.2", "bootID": "x"}, "images": []},
        }
    )
    assert kept(item) == {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n1", "labels": {"a": "b"}},
        "spec": {"providerID": "k3s://n1", "taints": [{"key": "t"}]},
        "status": {"nodeInfo": {"kubeletVersion": "v1.31.2"}},
    }


def test_the_definition_is_applied_again_with_its_certificate() -> None:
    item = copy.deepcopy(one(thin(), "CustomResourceDefinition"))
    item["spec"]["conversion"] = {"webhook": {"clientConfig": {"caBundle": "AAAA"}}}
    assert kept(live(item))["spec"] == item["spec"]


def test_certificates_of_a_webhook_are_no_difference() -> None:
    item = thing("MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1")
    hooks = [{"name": "a", "clientConfig": {"service": {"name": "istiod"}, "caBundle": "AAAA"}}]
    found = kept({**item, "webhooks": hooks})
    assert found["webhooks"] == [{"name": "a", "clientConfig": {"service": {"name": "istiod"}}}]


TRAPS = {
    **TEXTS,
    "document ends": "a\n---\nkind: Secret\n...\n",
    "number": "0123",
    "sexagesimal": "12:30:45",
    "yes": "yes",
    "null": "~",
    "merge": "<<",
    "alias": "*a",
    "tag": "!!python/object:os.system",
    "comment": "a #b",
    "long": "x" * 200_000,
    "blanks": "  a  \n\n  b\t\n",
    "date": "2024-01-01",
}


def test_every_text_is_read_as_it_was_and_no_document_comes_out_of_one() -> None:
    config = json.dumps({"type": "macvlan", "name": "x" * 50_000})
    nad = {**one(thin(), "NetworkAttachmentDefinition"), "spec": {"config": config}}
    nad["metadata"] = {
        **nad["metadata"],
        "annotations": {str(n): text for n, text in enumerate(TRAPS.values())},
    }
    nad["metadata"]["labels"] = {text[:60]: text for text in TRAPS.values()}
    found = documents(files(Stub([MULTUS, nad])))
    assert [d.ref.kind for d in found] == ["DaemonSet", "NetworkAttachmentDefinition"]
    assert found[1].data == nad


@pytest.mark.parametrize("key", ["metadata", "spec", "status"])
def test_an_object_of_an_odd_shape_ends_nothing(key: str) -> None:
    """Whether Multus could be in it, the plan says, which knows where it stands."""
    values: list[Any] = [None, [], "x", 7, {"a": None}, [[{}]], {"containers": [None, 1]}]
    start = Known(accounts=frozenset({("x", "multus")}))
    for resource, value in itertools.product(RESOURCES, values):
        item = {**thing(resource.kind, f"{resource.group}/v1", "multus", "x"), key: value}
        item["metadata"] = {"name": "multus", "labels": value, "annotations": value}
        item["metadata"] |= {"namespace": "x", "ownerReferences": value, "managedFields": value}
        found = reduced(item, resource, learned(start, resource.kind, item))
        assert found is None or found["metadata"]["name"] == "multus"


def test_variables_that_plans_read_are_kept_of_agents() -> None:
    """Each name that the inventory or a check looks up in the environment of a container."""
    looked_up = {"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"}
    for module in MODULES:
        if module.parts[-2] in ("inventory", "meshes", "checks"):
            text = module.read_text(encoding="utf-8")
            looked_up |= set(re.findall(r'env\.get\(\s*"(\w+)"', text))
    assert looked_up - {"CNI_PATH"} == READ_VARIABLES, "that is one of Multus itself"
