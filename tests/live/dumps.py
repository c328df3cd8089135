"""Dumps of a cluster, made from the real builds of a sample as an API server would answer."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from migrator.cli.main import run
from migrator.kustomize.verify import VerifyReport
from migrator.live.against import against
from migrator.live.records import LiveReport
from migrator.plan.judge import prove
from migrator.read.streams import parse_documents
from migrator.report import live
from migrator.thick.stages import ANNOTATION, strategy_of
from migrator.tools.kustomize import builder, find_tool, unfit
from migrator.trees.paths import LIST_KEYS
from tests.needs import give_up

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "v4.0-thin"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
NETWORKS = "k8s.v1.cni.cncf.io/networks"
STATUS = "k8s.v1.cni.cncf.io/network-status"
NODES = tuple(f"node-{number}" for number in range(1, 6))

Tree = dict[str, Any]


def planned(out: Path, *inputs: str, sample: Path = SAMPLE) -> VerifyReport:
    """The sample planned into ``out``, and its proof."""
    tool = find_tool()
    if tool is None:
        give_up(unfit())
    given = inputs or (str(sample / "manifests"), "--node-files", str(sample / "nodes"))
    assert run(["plan", *given, "-o", str(out), "--quiet", "--no-verify"]) == 0
    report = prove(out, builder(tool, fetch=False), tool=str(tool))
    assert report.ok, report.mismatches
    return report


def built(folder: Path) -> list[Tree]:
    """What a folder of OUT builds to."""
    tool = find_tool()
    assert tool is not None
    text = builder(tool, fetch=False)(folder)
    return [dict(document.data) for document in parse_documents(text.encode(), str(folder))[0]]


def objects(build: Mapping[Any, Mapping[str, Any]]) -> list[Tree]:
    """Copies of what was built."""
    return [copy.deepcopy(dict(data)) for data in build.values()]


def the(found: Iterable[Tree], kind: str) -> Tree:
    """The first object of its kind."""
    return next(each for each in found if each["kind"] == kind)


def container(daemonset: Tree) -> Tree:
    """The Multus container."""
    found: Tree = daemonset["spec"]["template"]["spec"]["containers"][0]
    return found


def staged(built: Sequence[Tree], template: Any = None) -> list[Tree]:
    """The objects with their DaemonSet at stage one, with the pods of ``template`` if one is given."""
    result = copy.deepcopy(list(built))
    daemonset = the(result, "DaemonSet")
    strategy = strategy_of(daemonset)
    daemonset["spec"]["updateStrategy"] = {"type": "OnDelete"}
    notes = daemonset["metadata"].setdefault("annotations", {})
    notes[ANNOTATION] = json.dumps(strategy, sort_keys=True, separators=(",", ":"))
    if template is not None:
        daemonset["spec"]["template"] = copy.deepcopy(template)
    return result


def answered(
    data: Tree, made: str = "apply", applied: Tree | None = None, generation: int = 1
) -> Tree:
    """An object as the API server answers: with its defaults, its managers and its status. ``made``
    by apply, create, helm or server-side apply, of ``applied`` where that is another object."""
    live, said = copy.deepcopy(data), copy.deepcopy(applied or data)
    metadata = live.setdefault("metadata", {})
    metadata |= {
        "uid": "0b7d8b0e-0000-4000-8000-000000000001",
        "resourceVersion": "1234",
        "generation": generation,
        "creationTimestamp": "2026-01-01T00:00:00Z",
    }
    notes = metadata.setdefault("annotations", {})
    manager = {
        "apply": ("kubectl-client-side-apply", "Update"),
        "create": ("kubectl-create", "Update"),
        "helm": ("helm", "Update"),
        "server-side": ("kubectl", "Apply"),
    }[made]
    if made == "apply":
        notes[LAST_APPLIED] = json.dumps(said)
    fields = {name: said[name] for name in said if name not in ("apiVersion", "kind", "metadata")}
    metadata["managedFields"] = [
        {
            "manager": manager[0],
            "operation": manager[1],
            "apiVersion": live["apiVersion"],
            "fieldsType": "FieldsV1",
            "fieldsV1": owned(fields),
        },
        {
            "manager": "kube-controller-manager",
            "operation": "Update",
            "subresource": "status",
            "fieldsV1": {"f:status": {}},
        },
    ]
    if live["kind"] == "DaemonSet":
        _defaults(live, generation)
    return live


def owned(value: Any, key: str = "") -> Tree:
    """FieldsV1 of a tree: lists with a merge key by that, all others as one."""
    if isinstance(value, dict):
        return {f"f:{name}": owned(inner, name) for name, inner in value.items()}
    merge = LIST_KEYS.get(key)
    if isinstance(value, list) and merge:
        return {
            f"k:{json.dumps({merge: item[merge]}, separators=(',', ':'))}": {".": {}, **owned(item)}
            for item in value
        }
    return {}


def _defaults(live: Tree, generation: int) -> None:
    live["metadata"]["annotations"]["deprecated.daemonset.template.generation"] = str(generation)
    live["status"] = {"desiredNumberScheduled": 5, "observedGeneration": generation}
    spec = live["spec"]
    spec["revisionHistoryLimit"] = 10
    spec.setdefault("selector", {"matchLabels": spec["template"]["metadata"]["labels"]})
    strategy = spec.setdefault("updateStrategy", {"type": "RollingUpdate"})
    if strategy["type"] == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {"maxSurge": 0, "maxUnavailable": 1})
    template = spec["template"]
    template["metadata"]["creationTimestamp"] = None
    pod = template["spec"]
    pod.setdefault("terminationGracePeriodSeconds", 30)
    pod |= {
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "serviceAccount": pod["serviceAccountName"],
    }
    for each in (*pod["containers"], *pod.get("initContainers", ())):
        each.setdefault("terminationMessagePolicy", "File")
        each.setdefault("imagePullPolicy", "IfNotPresent")
        each["terminationMessagePath"] = "/dev/termination-log"
        each.setdefault("resources", {})
        for variable in each.get("env", ()):
            if "valueFrom" in variable:
                variable["valueFrom"]["fieldRef"]["apiVersion"] = "v1"
    for volume in pod["volumes"]:
        if "hostPath" in volume:
            volume["hostPath"].setdefault("type", "")
        if "configMap" in volume:
            volume["configMap"].setdefault("defaultMode", 420)


def node(name: str, **labels: str) -> Tree:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/os": "linux", **labels}},
        "spec": {},
    }


def multus(
    daemonset: Tree, on: str, started: str = "2026-06-01T00:00:00Z", generation: int = 1
) -> Tree:
    """The pod of a DaemonSet on a node, as its controller and the API server make it."""
    template = copy.deepcopy(daemonset["spec"]["template"])
    name = daemonset["metadata"]["name"]
    spec = {**template["spec"], "nodeName": on}
    spec["tolerations"] = [
        *spec.get("tolerations", []),
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    ]
    return pod(
        f"{name}-{on}",
        on,
        namespace=daemonset["metadata"]["namespace"],
        started=started,
        owner=("DaemonSet", name),
        labels={"pod-template-generation": str(generation)},
        spec=spec,
    )


def pod(
    name: str,
    on: str,
    *,
    namespace: str = "video",
    started: str = "2026-06-01T00:00:00Z",
    owner: tuple[str, str] | None = ("ReplicaSet", "recorder-1"),
    networks: str = "",
    attached: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    spec: Tree | None = None,
) -> Tree:
    """A running pod, with networks of its own and what Multus said of them, if any."""
    notes = {NETWORKS: networks} if networks else {}
    if attached is not None:
        names = ["k8s-pod-network", *attached]
        notes[STATUS] = json.dumps([{"name": each} for each in names])
    owners = [{"kind": owner[0], "name": owner[1], "controller": True}] if owner else []
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": notes,
            "labels": dict(labels or {}),
            "ownerReferences": owners,
            "creationTimestamp": started,
        },
        "spec": spec
        or {"nodeName": on, "containers": [{"name": "main", "image": "x.example/a:1"}]},
        "status": {
            "phase": "Running",
            "startTime": started,
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def camera(name: str, on: str, started: str = "2026-06-01T00:00:00Z", **more: Any) -> Tree:
    """A pod with a network that it has got."""
    return pod(name, on, started=started, networks="cameras", attached=["video/cameras"], **more)


def dump(*found: Tree) -> bytes:
    """``kubectl get ... -o json``, which is YAML as well."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(found)}).encode()


LATER = "2026-07-01T00:00:00Z"
BACK = "2026-08-01T00:00:00Z"
EMPTY: Tree = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "y"}}


class Cluster:
    """One OUT, and the objects of a cluster at each stage of its rollout."""

    def __init__(self, place: Path, *inputs: str, sample: Path = SAMPLE) -> None:
        self.place = place
        self.proof: VerifyReport = planned(place / "out", *inputs, sample=sample)
        self.old, self.new = objects(self.proof.builds.before), objects(self.proof.builds.after)
        self.thin, self.thick = the(self.old, "DaemonSet"), the(self.new, "DaemonSet")
        self.nodes = [node(name) for name in NODES]

    def thin_pods(self) -> list[Tree]:
        return [multus(self.thin, name) for name in NODES]

    def thick_pods(self) -> list[Tree]:
        return [multus(self.thick, name, LATER, 2) for name in NODES]

    def before(self, made: str = "apply") -> list[Tree]:
        return [*(answered(o, made) for o in self.old), EMPTY, *self.nodes, *self.thin_pods()]

    def stage_one(self) -> list[Tree]:
        pods = [*self.thick_pods()[:2], *self.thin_pods()[2:]]
        return [*(answered(o, generation=2) for o in staged(self.new)), *self.nodes, *pods]

    def done(self) -> list[Tree]:
        return [*(answered(o, generation=3) for o in self.new), *self.nodes, *self.thick_pods()]

    def back(self) -> list[Tree]:
        """Two nodes had been moved, and one of them is back."""
        built = staged(self.new, self.thin["spec"]["template"])
        pods = [multus(self.thin, NODES[0], BACK, 3), self.thick_pods()[1], *self.thin_pods()[2:]]
        return [*(answered(o, generation=3) for o in built), *self.nodes, *pods]

    def report(self, *found: Tree) -> LiveReport:
        return self.report_of(dump(*found))

    def report_of(self, data: bytes) -> LiveReport:
        proof = self.proof
        builds = proof.builds
        return against(data, "dump.json", proof.plan, builds.before, builds.after)

    def says(self, *found: Tree, form: str = "text") -> str:
        return live.WRITERS[form](self.report(*found), "out", "dump.json")

    def tells(self, *found: Tree) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.says(*found, form="json"))
        return told
