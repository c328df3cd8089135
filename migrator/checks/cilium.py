"""P33, P49: Cilium takes other CNI files away; and an API server that only some can reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrator.checks.common import daemons, finding, main_of, on_nodes
from migrator.model.inputs import Document, Source
from migrator.model.inventory import Inventory, Neighbour, State
from migrator.model.plan import Finding, Rule
from migrator.read.config_maps import config_maps
from migrator.read.releases import releases
from migrator.trees import pods
from migrator.trees.dig import scalar, strings

API_SERVER = Rule(
    id="P33",
    title="The daemon may not reach the API server at boot",
    why="without kube-proxy, the service address of the API server works only once the "
    "primary CNI does: the daemon then starts with an empty cache, and pods are "
    "not found",
    reference="multus-cni#1361, #920",
    handling="Reported where the primary CNI's manifests name another address.",
    severity="warning",
)
EXCLUSIVE = Rule(
    id="P49",
    title="Cilium renames Multus's CNI file",
    why="with cni.exclusive, which is Cilium's default, each start of its agent "
    "renames every other file to *.cilium_bak: pods lose their networks, without "
    "an error, until Multus writes its file again",
    reference="multus-cni#972, #1132; talos#10468; rke2#9040, #9074",
    handling="Blocks the plan where Cilium's config is in the inputs and does not set it to false.",
    severity="blocker",
    when="before the rollout",
)
RULES = (API_SERVER, EXCLUSIVE)

_HOST, _PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"


def findings(state: State) -> Iterable[Finding]:
    if state.inventory.installs:
        yield from _exclusive(state.inventory)
    for install in daemons(state):
        env = [e.get("name") for e in pods.items(main_of(install), "env")]
        endpoint = next(_endpoints(state.inventory), None)
        if endpoint and _HOST not in env:
            host, port, source = endpoint
            yield finding(
                API_SERVER,
                document=install.daemonset,
                source=source,
                seen=f"the primary CNI reaches the API server at {host}:{port}, Multus at the "
                "service address",
                error="dial tcp 10.96.0.1:443: connect: connection timed out; failed to sync pod "
                "informer cache",
                remedy=f"set env on the container {install.container}: {_HOST}={host}, "
                f"{_PORT}={port}",
                manual=True,
            )


def _exclusive(inventory: Inventory) -> Iterator[Finding]:
    """The first that says it decides; without a word from Cilium's own config it is not known."""
    ciliums = [n for n in inventory.neighbours if n.kind == "cilium"]
    stated = [n for n in ciliums if "exclusive" in n.facts]
    backups = [
        f
        for f in inventory.reading.node_files.files
        if f.name.startswith("00-multus") and f.name.endswith(".cilium_bak")
    ]
    if any(n.says("exclusive") is False for n in stated) or not (ciliums or backups):
        return
    told = next(iter(stated or [n for n in ciliums if _is_config(n)] or ciliums), None)
    certain = bool(stated or backups or (told is not None and _is_config(told)))
    if backups:
        seen = f"{backups[0].name} {on_nodes([f.node for f in backups])}"
    elif stated:
        seen = f"cni.exclusive is {stated[0].facts['exclusive']}"
    else:
        seen = "Cilium, and nothing that sets cni.exclusive to false"
    yield finding(
        EXCLUSIVE,
        document=None if told is None else told.document,
        source=backups[0].source if told is None else told.source,
        severity="blocker" if certain else "warning",
        seen=seen,
        remedy="before the rollout, set cni.exclusive=false in Cilium's values "
        '(cni-exclusive: "false" in cilium-config); then remove '
        "00-multus.conf*.cilium_bak from the nodes",
        manual=True,
    )


def _is_config(neighbour: Neighbour) -> bool:
    """Cilium's own ConfigMap, or its agent with it: what is not in there has its default."""
    return neighbour.document is not None and neighbour.document.ref.kind == "ConfigMap"


def _endpoints(inventory: Inventory) -> Iterator[tuple[str, str, Source]]:
    """(host, port, where) of the API server as the primary CNI's own manifests name it."""
    known = config_maps(inventory.reading.documents)
    for document in inventory.reading.documents:
        for host, port in (
            *_by_env(document),
            *_by_config_map(document),
            *(
                (scalar(r.values, "k8sServiceHost"), scalar(r.values, "k8sServicePort"))
                for r in releases(document, known)
                if r.chart == "cilium"
            ),
        ):
            if host and host != "auto":
                yield host, port or "6443", document.source


def _by_env(document: Document) -> Iterator[tuple[str, str]]:
    if document.ref.kind == "DaemonSet" and document.ref.name in ("cilium", "calico-node"):
        for container in pods.items(pods.pod_spec(document.data), "containers"):
            env = {str(e.get("name")): e.get("value") for e in pods.items(container, "env")}
            yield str(env.get(_HOST) or ""), str(env.get(_PORT) or "")


def _by_config_map(document: Document) -> Iterator[tuple[str, str]]:
    """Calico's way (docs.tigera.io, eBPF)."""
    if document.ref.kind == "ConfigMap" and document.ref.name == "kubernetes-services-endpoint":
        data = strings(document.data, "data")
        yield data.get(_HOST, ""), data.get(_PORT, "")
