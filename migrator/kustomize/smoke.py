"""A test pod for each network, with the commands that show that it is attached."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from migrator.inventory.running_pods import NO_INTERFACE
from migrator.kustomize.names import encoded, shortened
from migrator.model.inventory import Inventory, NetworkAttachment
from migrator.thick.blueprint import fill
from migrator.trees.dump import dump

FOLDER = "smoke-test"
_HOST_NAME = 63


def smoke_pods(inventory: Inventory) -> dict[str, str]:
    """OUT path -> manifest: one pod for each NAD, in its namespace. Not part of any build."""
    return {_path(nad): dump(_pod(nad), header=_commands(nad)) for nad in inventory.nads}


def _path(nad: NetworkAttachment) -> str:
    """A file name and nothing else, whatever characters the names hold."""
    return f"{FOLDER}/{shortened(f'{encoded(nad.namespace)}--{encoded(nad.name)}')}.yaml"


def _name(nad: NetworkAttachment) -> str:
    """A pod's name becomes a host name, which has 63 characters; a NAD's name may have 253."""
    return shortened(f"smoke-test-{nad.name}", _HOST_NAME)


def _pod(nad: NetworkAttachment) -> Mapping[str, object]:
    pod: Mapping[str, object] = fill(
        "pod",
        folder="smoke",
        name=_name(nad),
        namespace=nad.namespace,
        network=f"{nad.namespace}/{nad.name}",
        resource=nad.resource_name,
    )
    return pod


def _commands(nad: NetworkAttachment) -> list[str]:
    pod = f"-n {shlex.quote(nad.namespace)} {shlex.quote(_name(nad))}"
    status = r"{.metadata.annotations.k8s\.v1\.cni\.cncf\.io/network-status}"
    shown = [
        f"  kubectl get pod {pod} -o jsonpath='{status}'",
        f"  kubectl exec {pod} -- ip addr show net1",
        f"  kubectl exec {pod} -- ping -c 3 -I net1 ADDRESS   # one in this network",
    ]
    if nad.name in NO_INTERFACE:
        shown = [
            "  (this plugin makes no interface and may not be in network-status: Ready is enough)"
        ]
    return [
        f"Shows that {nad.namespace}/{nad.name} is attached to a new pod. Change the image to one that",
        "your nodes can pull, and add nodeName to the spec to choose the node.",
        f"  kubectl apply -f {shlex.quote(_path(nad))}",
        f"  kubectl wait pod {pod} --for=condition=Ready --timeout=90s",
        *shown,
        f"  kubectl delete pod {pod}",
    ]
