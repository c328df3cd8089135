"""Test pods for networks, with the commands that show that one is attached."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from migrator.inventory.called_plugins import called_by
from migrator.inventory.requests import NETWORKS
from migrator.inventory.running_pods import NO_INTERFACE
from migrator.kustomize.names import encoded, shortened
from migrator.model.inputs import ObjectRef, Path
from migrator.model.inventory import NetworkAttachment
from migrator.model.plan import Attachment, Plan
from migrator.thick.blueprint import fill
from migrator.trees import paths
from migrator.trees.dig import mapping
from migrator.trees.laid_out import page

FOLDER = "smoke-test"
_HOST_NAME = 63

Wanted = Literal["auto", "all", "none"]
"""Which networks get a pod; "auto" is those whose move can go wrong, see ``_telling``."""


def smoke_pods(plan: Plan, wanted: Wanted = "auto") -> dict[str, str]:
    """OUT path -> manifest: one pod for a NAD, in its namespace. Not part of any build."""
    nads = plan.before.inventory.nads
    chosen = _telling(plan) if wanted == "auto" else nads if wanted == "all" else ()
    return {_path(nad): page(_pod(nad), header=_commands(nad)) for nad in chosen}


def _telling(plan: Plan) -> Iterator[NetworkAttachment]:
    """The networks that the move changes, and of the others the first with each list of plugins:
    where one is attached, the next is too. One that fails in thick mode tells of itself alone."""
    changing: set[ObjectRef] = {planned.ref for planned in plan.changed}
    moving = {_asked(row) for row in plan.attachments if row.verdict != "equal"}
    failing = {_asked(row) for row in plan.attachments if row.after.error}
    told: set[tuple[str, ...]] = set()
    others = []
    for nad in plan.before.inventory.nads:
        name = f"{nad.namespace}/{nad.name}"
        # without a config it reads a file, and those are what moves
        if nad.document.ref not in changing and nad.config and name not in moving:
            others.append(nad)
            continue
        if name not in failing:
            told.add(_plugins(nad))
        yield nad
    for nad in others:
        if _plugins(nad) not in told:
            told.add(_plugins(nad))
            yield nad


def _asked(row: Attachment) -> str:
    """The NAD of a row, whose label may have an interface."""
    return row.network.partition("@")[0]


def _plugins(nad: NetworkAttachment) -> tuple[str, ...]:
    return tuple(called_by(mapping(nad.data)))


def _path(nad: NetworkAttachment) -> str:
    """A file name and nothing else, whatever characters the names hold."""
    return f"{FOLDER}/{shortened(f'{encoded(nad.namespace)}--{encoded(nad.name)}')}.yaml"


def _name(nad: NetworkAttachment) -> str:
    """A pod's name becomes a host name, which has 63 characters; a NAD's name may have 253."""
    return shortened(f"smoke-test-{nad.name}", _HOST_NAME)


def _pod(nad: NetworkAttachment) -> Mapping[str, Any]:
    values: list[tuple[Path, Any]] = [
        (("metadata", "name"), _name(nad)),
        (("metadata", "namespace"), nad.namespace),
        (("metadata", "annotations", NETWORKS), f"{nad.namespace}/{nad.name}"),
    ]
    if nad.resource_name:
        one = {nad.resource_name: "1"}
        resources = {"requests": one, "limits": one}
        values.append((("spec", "containers", 0, "resources"), resources))
    pod: Mapping[str, Any] = fill("pod")
    for path, value in values:
        pod = paths.put(pod, path, value)
    return pod


def _commands(nad: NetworkAttachment) -> list[str]:
    pod = f"-n {shlex.quote(nad.namespace)} {shlex.quote(_name(nad))}"
    status = r"{.metadata.annotations.k8s\.v1\.cni\.cncf\.io/network-status}"
    shown = [
        f"  kubectl get pod {pod} -o jsonpath='{status}'",
        f"  kubectl exec {pod} -- ip addr show net1",
        f"  kubectl exec {pod} -- ping -c 3 -I net1 ADDRESS",
    ]
    if nad.name in NO_INTERFACE:
        shown = [
            "  (this plugin makes no interface and may not be in network-status: Ready is enough)"
        ]
    about = (
        f"Shows that {nad.namespace}/{nad.name} is attached to a new pod. Change the image to one that "
        "your nodes can pull, and add nodeName to the spec to choose the node. ADDRESS is one in this "
        "network."
    )
    return [
        about,
        f"  kubectl apply -f {shlex.quote(_path(nad))}",
        f"  kubectl wait pod {pod} --for=condition=Ready --timeout=90s",
        *shown,
        f"  kubectl delete pod {pod}",
    ]
