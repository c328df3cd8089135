"""Objects of a cluster as an API server gives them, with what it adds."""

from __future__ import annotations

import copy
import json
from typing import Any

from migrator.inventory.made_by import LAST_APPLIED
from tests.live.apiserver import BY_KIND, Object

NETWORKS = "k8s.v1.cni.cncf.io/networks"
OLD_STATUS = "k8s.v1.cni.cncf.io/networks-status"
SECRET = "s3cr3t"  # noqa: S105
SERVER = {
    "uid": "0a1b",
    "resourceVersion": "4711",
    "generation": 3,
    "selfLink": "/x",
    "creationTimestamp": "2024-01-01T00:00:00Z",
}


def thing(kind: str, version: str, name: str = "x", namespace: str = "") -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": {}}


def pod(name: str, namespace: str = "app", **spec: Any) -> Object:
    containers = [{"name": "main", "image": "web:1"}]
    return {**thing("Pod", "v1", name, namespace), "spec": {"containers": containers, **spec}}


def live(item: Object, time: str = "2024-02-01T00:00:00Z") -> Object:
    """The object as an API server gives it."""
    found = copy.deepcopy(item)
    metadata = found["metadata"]
    if BY_KIND[item["apiVersion"].rpartition("/")[0], item["kind"]].namespaced:
        metadata.setdefault("namespace", "default")
    applied = json.dumps(item)
    metadata.update(SERVER, annotations={LAST_APPLIED: applied, **metadata.get("annotations", {})})
    metadata["managedFields"] = [
        manager("kubelet", "Update", time, subresource="status"),
        manager("kubectl-client-side-apply", "Update", time),
    ]
    found.setdefault("status", {})
    found["status"] |= {"observedGeneration": 3, "conditions": [{"lastTransitionTime": time}]}
    return found


def manager(name: str, operation: str, time: str, **more: str) -> Object:
    fields: Object = {"f:spec": {"f:template": {}}}
    return {"manager": name, "operation": operation, "time": time, "fieldsV1": fields, **more}


def workload(
    kind: str = "Deployment",
    version: str = "apps/v1",
    annotations: Object | None = None,
    **pod: Any,
) -> Object:
    """A workload whose pods ask for a network, or have other ``annotations``."""
    item = thing(kind, version, "web", "app")
    asked = {NETWORKS: "lan"} if annotations is None else annotations
    spec = {"containers": [], **pod}
    template = {"metadata": {"annotations": asked}, "spec": spec}
    item["spec"] = {"replicas": 1, "template": template}
    return item


VARIABLES = [
    {"name": "PASSWORD", "value": SECRET},
    {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
]
MAIN = {
    "name": "main",
    "image": "web:1",
    "command": ["run"],
    "args": [f"--pass={SECRET}"],
    "env": VARIABLES,
}


ESTATE: list[Object] = [
    live(
        {
            **thing("HelmRelease", "helm.toolkit.fluxcd.io/v2", "cam", "video"),
            "spec": {"valuesFrom": [{"kind": "ConfigMap", "name": "cam-values"}]},
        }
    ),
    live(
        {
            **thing("ConfigMap", "v1", "cam-values", "video"),
            "data": {"values.yaml": f"podAnnotations: {{{NETWORKS}: cameras}}"},
        }
    ),
    live(
        {
            **thing("ConfigMap", "v1", "cilium-config", "kube-system"),
            "data": {"cni-exclusive": "true"},
        }
    ),
    live(
        {
            **thing("DaemonSet", "apps/v1", "istio-cni-node", "istio-system"),
            "spec": {
                "template": {
                    "spec": {
                        "containers": [
                            {
                                "name": "install-cni",
                                "image": "istio/install-cni:1.20.0",
                                "env": [
                                    {"name": "CHAINED_CNI_PLUGIN", "value": "false"},
                                    {"name": "CNI_CONF_NAME", "value": "istio-cni.conf"},
                                    *VARIABLES,
                                ],
                            }
                        ]
                    }
                }
            },
        }
    ),
    live(
        {
            **thing("Namespace", "v1", "mesh"),
            "metadata": {"name": "mesh", "labels": {"istio-injection": "enabled"}},
        }
    ),
    live(workload(containers=[MAIN])),
    live(workload("StatefulSet", containers=[MAIN], hostNetwork=True)),
    live({**pod("bare", "mesh", containers=[MAIN]), "status": {"phase": "Running"}}),
    live(workload("Job", "batch/v1", containers=[{**MAIN, "args": [f"watch {OLD_STATUS}"]}])),
    live(
        {
            **thing("VirtualMachine", "kubevirt.io/v1", "vm", "app"),
            "spec": {
                "template": {
                    "spec": {
                        "domain": {
                            "devices": {
                                "interfaces": [
                                    {"name": "a", "bridge": {}},
                                    {"name": "b", "bridge": {}, "state": "absent"},
                                ]
                            }
                        },
                        "networks": [
                            {"name": "a", "multus": {"networkName": "video/cameras"}},
                            {"name": "b", "multus": {"networkName": "gone"}},
                        ],
                        "volumes": [{"cloudInitNoCloud": {"userData": SECRET}}],
                    }
                }
            },
        }
    ),
    live(
        {
            **thing("Node", "v1", "n1"),
            "metadata": {"name": "n1", "labels": {"kubernetes.io/os": "linux"}},
            "spec": {"taints": [{"key": "a", "effect": "NoExecute", "timeAdded": "x"}]},
        }
    ),
]
