"""How objects of the cluster are shown: as JSON, and by each of the JSON paths that are known."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any, Final

from tests.cluster.api import StubError
from tests.cluster.merging import Object
from tests.cluster.nodes import Nodes, Pod


def pod(nodes: Nodes, one: Pod) -> Object:
    metadata: Object = {**copy.deepcopy(one.meta), "creationTimestamp": nodes.time(one.born)}
    if one.ending is not None:
        metadata["deletionTimestamp"] = nodes.time(one.ending)
    if one.owner:
        metadata["ownerReferences"] = [{"kind": one.owner[0], "name": one.owner[1]}]
    status: Object = {
        "phase": one.phase,
        "conditions": [{"type": "Ready", "status": str(one.ready)}],
    }
    if one.phase == "Pending" and not nodes.pulls(one):
        status["containerStatuses"] = [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": one.spec,
        "status": status,
    }


def node(nodes: Nodes, name: str) -> Object:
    spec: Object = {"unschedulable": True} if name in nodes.cordoned else {}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"zone": "a" if name < "n3" else "b"}},
        "spec": spec,
        "status": {"allocatable": dict.fromkeys(nodes.resources, "4")},
    }


def daemonset(nodes: Nodes, shown: Object) -> Object:
    spec = shown["spec"]["template"]["spec"]
    return {
        **shown,
        "status": {"desiredNumberScheduled": sum(nodes.wants(spec, n) for n in nodes.names)},
    }


def _waiting(obj: Object) -> str:
    statuses = obj["status"].get("containerStatuses", [])
    return statuses[0]["state"]["waiting"]["reason"] if statuses else ""


_PATHS: Final[dict[str, Callable[[Object], str]]] = {
    "{.spec.unschedulable}": lambda o: "true" if o["spec"].get("unschedulable") else "",
    "{.status.phase} {.status.containerStatuses[0].state.waiting.reason}": lambda o: (
        f"{o['status']['phase']} {_waiting(o)}"
    ),
    '{.status.phase} {.status.conditions[?(@.type=="Ready")].status}': lambda o: (
        f"{o['status']['phase']} {o['status']['conditions'][0]['status']}"
    ),
    "{.status.desiredNumberScheduled}": lambda o: str(o["status"]["desiredNumberScheduled"]),
    "{.spec.updateStrategy.type}": lambda o: str(o["spec"]["updateStrategy"]["type"]),
    '{.spec.template.spec.containers[*].image}{"\\n"}': lambda o: (
        " ".join(c["image"] for c in o["spec"]["template"]["spec"]["containers"]) + "\n"
    ),
    '{range .items[*]}{.metadata.name} {.spec.unschedulable}{"\\n"}{end}': lambda o: "".join(
        f"{i['metadata']['name']} {'true' if i['spec'].get('unschedulable') else ''}\n"
        for i in o["items"]
    ),
}
_ALLOCATABLE: Final = re.compile(r"\{\.status\.allocatable\.((?:[a-z0-9/-]|\\\.)+)\}")


def by_path(obj: Object, path: str) -> str:
    """Errors: StubError for a path that is not one of those above."""
    if found := _ALLOCATABLE.fullmatch(path):
        amount: Any = obj["status"]["allocatable"].get(found[1].replace("\\.", "."), "")
        return str(amount)
    if path not in _PATHS:
        raise StubError(f"no such JSON path: {path}")
    return _PATHS[path](obj)
