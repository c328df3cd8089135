"""The nodes and pods of the cluster, and who makes, moves and ends them."""

from __future__ import annotations

import copy
import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from migrator.inventory.running_pods import NETWORKS, STATUS
from tests.cluster import multus
from tests.cluster.api import Api, Live, StubError
from tests.cluster.merging import Object

_BEGAN: Final = datetime(2026, 1, 1, tzinfo=timezone.utc)
_GRACE: Final = 1
_START: Final = 1


class Pod:
    """``spec`` is as it was made, ``owner`` the kind and name of its controller."""

    def __init__(
        self, meta: Object, spec: Object, born: int, owner: tuple[str, str] | None
    ) -> None:
        self.meta, self.spec, self.born, self.owner = meta, spec, born, owner
        self.phase = "Pending"
        self.ending: int | None = None
        self.ready = False
        self.era = ""
        self.log = ""

    @property
    def node(self) -> str:
        return str(self.spec.get("nodeName", ""))

    @property
    def where(self) -> tuple[str, str]:
        return self.meta["namespace"], self.meta["name"]

    @property
    def networks(self) -> bool:
        return not self.spec.get("hostNetwork")


class Nodes:
    """``now`` are seconds; ``leaks``, ``rolled`` and ``silent`` are what must never happen: a pod of the
    thick era that is deleted without a daemon, a Multus pod that a rolling update replaced, and a
    pod that started without its networks."""

    def __init__(self, api: Api, root: Path, names: tuple[str, ...]) -> None:
        self.api, self.root, self.names = api, root, names
        self.now = 100
        self.uids = itertools.count(1)
        self.pods: dict[tuple[str, str], Pod] = {}
        self.cordoned: set[str] = set()
        self.taints: dict[str, str] = {}
        self.daemonsets: dict[tuple[str, str], str] = {}
        self.leaks: list[str] = []
        self.rolled: list[str] = []
        self.silent: list[str] = []
        self.resources: set[str] = set()
        self.runtime = "/etc/cni/net.d"
        self.arches = ["amd64"]
        self.becomes_ready: Callable[[Pod], bool] = lambda pod: True
        self.pulls: Callable[[Pod], bool] = lambda pod: True
        self.attaches: Callable[[Pod], bool] = lambda pod: True
        self.writes: Callable[[Pod], bool] = lambda pod: True
        self.made: Callable[[Pod], None] = lambda pod: None

    # ---- time

    def time(self, second: int) -> str:
        return (_BEGAN + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def advance(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            self._second()

    def _second(self) -> None:
        for pod in list(self.pods.values()):
            if pod.ending is not None and self.now >= pod.ending:
                self._end(pod)
        for namespace, name in self.daemonsets:
            self._control(namespace, name)
        for pod in list(self.pods.values()):
            if (
                pod.phase == "Pending"
                and pod.node
                and self.now >= pod.born + _START
                and self.pulls(pod)
            ):
                self._start(pod)
            elif pod.phase == "Running" and not pod.ready and pod.ending is None:
                pod.ready = self.becomes_ready(pod)
                if pod.ready and self.writes(pod):
                    self.write(pod)

    # ---- pods

    def add(
        self, meta: Object, spec: Object, owner: tuple[str, str] | None = None, base: str = ""
    ) -> Pod:
        number = next(self.uids)
        meta = {**copy.deepcopy(meta), "uid": f"uid-{number}"}
        if base:
            meta["name"] = f"{base}{number:05}"
        pod = Pod(meta, copy.deepcopy(spec), self.now, owner)
        if pod.where in self.pods:
            raise StubError(f"there is a pod {pod.where}")
        self.made(pod)
        self.pods[pod.where] = pod
        return pod

    def delete(self, pod: Pod) -> None:
        if pod.ending is None:
            pod.ending = self.now + (
                _GRACE if pod.spec.get("terminationGracePeriodSeconds", 30) else 0
            )
            pod.ready = False
            if run := self.multus(pod):
                multus.stop(run, self.folder(pod.node, run.conf_dir))

    def _end(self, pod: Pod) -> None:
        del self.pods[pod.where]
        if pod.era == "multus-shim" and pod.phase == "Running" and not self.daemon(pod.node):
            self.leaks.append(f"{pod.where} on {pod.node}")
        if pod.owner and pod.owner[0] == "ReplicaSet":
            spec = {k: v for k, v in pod.spec.items() if k != "nodeName"}
            self.place(self.add(_fresh(pod.meta), spec, pod.owner, f"{pod.owner[1]}-"))

    def place(self, pod: Pod) -> None:
        """The scheduler: the free node with the fewest pods."""
        free = [n for n in self.names if n not in self.cordoned]
        if free and not pod.node:
            pod.spec["nodeName"] = min(
                free, key=lambda n: sum(p.node == n for p in self.pods.values())
            )

    def _start(self, pod: Pod) -> None:
        if pod.spec.get("restartPolicy") == "Never" and pod.spec.get("hostNetwork"):
            self._shoot(pod)
            return
        if pod.networks:
            runtime = self.folder(pod.node, self.runtime)
            called = multus.read_by_runtime(runtime)
            if called == "multus-shim" and not self.daemon(pod.node):
                return  # the shim waits for the daemon
            if called == "multus" and multus.reaches_shim(runtime):
                return  # thin Multus that has the shim for its primary: every new pod fails
            pod.era = called
            self._attach(pod, called)
        pod.phase, pod.ready = "Running", self.multus(pod) is None

    def _shoot(self, pod: Pod) -> None:
        """The script of a one-shot pod, with a real shell, in the directory of the node."""
        (container,) = pod.spec["containers"]
        script, name, mount, *words = container["args"]
        (volume,) = pod.spec["volumes"]
        if container["command"] != ["/bin/sh", "-euc"] or mount != "/cni":
            raise StubError(f"no one-shot pod: {container}")
        folder = self.folder(pod.node, volume["hostPath"]["path"])
        done = subprocess.run(
            ["sh", "-euc", script, name, str(folder), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        pod.log = done.stdout + done.stderr
        pod.phase = "Failed" if done.returncode else "Succeeded"

    def _attach(self, pod: Pod, called: str) -> None:
        asked = pod.meta.get("annotations", {}).get(NETWORKS)
        if not asked:
            return
        if called not in ("multus", "multus-shim") or not self.attaches(pod):
            self.silent.append(f"{pod.where} on {pod.node}")
            return
        names = [n if "/" in n else f"{pod.meta['namespace']}/{n}" for n in asked.split(",")]
        status = [{"name": "primary", "default": True}, *({"name": name} for name in names)]
        pod.meta["annotations"][STATUS[0]] = json.dumps(status)

    # ---- Multus

    def multus(self, pod: Pod) -> multus.Multus | None:
        if pod.owner is None or pod.owner[0] != "DaemonSet":
            return None
        container = self.daemonsets.get((pod.meta["namespace"], pod.owner[1]))
        return multus.of(pod.spec, container, self._daemon_config(pod)) if container else None

    def write(self, pod: Pod) -> None:
        if run := self.multus(pod):
            multus.start(run, self.folder(pod.node, run.conf_dir))

    def _daemon_config(self, pod: Pod) -> Object:
        for volume in pod.spec.get("volumes", []):
            name = volume.get("configMap", {}).get("name", "")
            live = self.api.objects.get(("ConfigMap", pod.meta["namespace"], name))
            if live and "daemon-config.json" in live.obj.get("data", {}):
                found: Object = json.loads(live.obj["data"]["daemon-config.json"])
                return found
        return {}

    def daemon(self, node: str) -> bool:
        """Whether a thick daemon answers there."""
        return any(
            pod.ready and (run := self.multus(pod)) is not None and run.thick
            for pod in self.on(node)
        )

    def folder(self, node: str, path: str) -> Path:
        return self.root / node / path.lstrip("/")

    def on(self, node: str) -> Iterator[Pod]:
        return (pod for pod in list(self.pods.values()) if pod.node == node)

    # ---- DaemonSets

    def _control(self, namespace: str, name: str) -> None:
        live = self.api.daemonset(namespace, name)
        if live is None:
            return
        template = live.obj["spec"]["template"]
        pods = [p for p in self.pods.values() if p.owner == ("DaemonSet", name)]
        for node in self.names:
            if self.wants(template["spec"], node) and not any(p.node == node for p in pods):
                meta = {**copy.deepcopy(template["metadata"]), "namespace": namespace}
                spec = {**template["spec"], "nodeName": node}
                self.add(meta, spec, ("DaemonSet", name), f"{name}-")
        if live.obj["spec"]["updateStrategy"]["type"] == "RollingUpdate":
            self._roll(live, pods)

    def wants(self, spec: Object, node: str) -> bool:
        """Whether a DaemonSet has a pod there. Nodes take turns in the architectures that the install
        tells apart."""
        selected = spec.get("nodeSelector", {})
        wanted = [v for k, v in selected.items() if k.endswith("kubernetes.io/arch")]
        return not wanted or wanted[0] == self.arch(node)

    def arch(self, node: str) -> str:
        return self.arches[self.names.index(node) % len(self.arches)]

    def _roll(self, live: Live, pods: list[Pod]) -> None:
        if all(pod.ready for pod in pods):
            for pod in pods:
                if not current(pod, live):
                    self.rolled.append(f"{pod.where} on {pod.node}")
                    self.delete(pod)
                    return


def current(pod: Pod, live: Live) -> bool:
    spec = {k: v for k, v in pod.spec.items() if k != "nodeName"}
    return bool(spec == live.obj["spec"]["template"]["spec"])


def _fresh(meta: Object) -> Object:
    annotations: dict[str, Any] = {
        k: v for k, v in meta.get("annotations", {}).items() if k not in STATUS
    }
    return {
        "namespace": meta["namespace"],
        "labels": meta.get("labels", {}),
        "annotations": annotations,
    }
