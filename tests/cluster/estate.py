"""A cluster with the install of a sample, five nodes and some workloads, and its plan in OUT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import yaml

from migrator.cli.main import run as migrate
from migrator.inventory.running_pods import NETWORKS
from migrator.kustomize.plan_json import NAME
from migrator.kustomize.stage_files import STAGES
from tests.cluster import multus, server
from tests.cluster.api import Api, Made
from tests.cluster.commands import Commands, parsed
from tests.cluster.merging import Object
from tests.cluster.nodes import Nodes, Pod, current
from tests.kustomize.plans import kustomize, texts_each
from tests.plan.test_samples import expected

ROOT: Final = Path(__file__).resolve().parents[2]
NODES: Final = ("n1", "n2", "n3", "n4", "n5")
MOVING: Final = ("crio", "drift", "hand-written-config", "istio-empty-nad", "k3s", "pre-1.16",
                 "v3.4", "v3.9", "v4.0-thin")  # fmt: skip
"""The samples whose DaemonSet moves."""
_APPLIED: Final = ("", "rollback", *STAGES)
"""The folders of OUT from which a cluster gets its objects: at once, before and on the way."""


@cache
def planned(sample: str, folder: Path, *more: str) -> Path:
    """OUT of a sample, once for all tests of a process."""
    return planned_from(ROOT / "samples" / sample, folder, *more)


def planned_from(place: Path, folder: Path, *more: str) -> Path:
    """OUT of a folder that is made like those of samples/."""
    out = folder / f"{place.name}{'-'.join(more)}"
    words = [
        str(place / w) if (place / w).exists() else w
        for w in expected(place / "expect.toml")["args"]
    ]
    assert migrate(["plan", *words, *more, "-o", str(out), "--quiet", "--no-verify"]) == 0
    return out


def built(folder: Path) -> str:
    """The real build of a kustomize root, once for all tests of a process; what is applied in a rollout is
    built together."""
    out = next((p for p in (folder, *folder.parents) if (p / NAME).exists()), folder.parent)
    return _staged(out)[folder] if folder in map(out.joinpath, _APPLIED) else alone(folder)


alone = cache(kustomize)


@cache
def _staged(out: Path) -> Mapping[Path, str]:
    folders = [out / name for name in _APPLIED]
    return dict(zip(folders, texts_each(folders), strict=True))


def objects(folder: Path) -> list[Object]:
    return parsed(built(folder))


class Estate:
    """One cluster. ``out`` is the plan, ``session`` what was asked of it."""

    session: server.Session
    environment: dict[str, str]

    def __init__(self, out: Path, folder: Path, made: Made, names: tuple[str, ...]) -> None:
        self.out, self.folder = out, folder
        self.api = Api()
        self.nodes = Nodes(self.api, folder / "nodes", names)
        self.api.install(objects(out / "rollback"), made)
        self.script = out / "rollout.sh"
        staged = objects(out / "stage-1")
        for obj in staged:
            if obj["kind"] == "DaemonSet" and obj["spec"].get("updateStrategy") == {
                "type": "OnDelete"
            }:
                where = obj["metadata"]["namespace"], obj["metadata"]["name"]
                self.nodes.daemonsets[where] = _container(obj)
                self._files(obj, staged)
        self.nodes.arches = sorted(self._arches()) or ["amd64"]
        self.nodes.advance(10)
        for name in names:
            self._workloads(name)
        self.nodes.advance(10)

    def _arches(self) -> set[str]:
        selectors = [live.obj["spec"]["template"]["spec"].get("nodeSelector", {})
                     for where in self.nodes.daemonsets if (live := self.api.daemonset(*where))]  # fmt: skip
        return {v for s in selectors for k, v in s.items() if k.endswith("kubernetes.io/arch")}

    def _files(self, daemonset: Object, staged: list[Object]) -> None:
        """The primary CNI of each node, under the name that the plan has for it."""
        pod = daemonset["spec"]["template"]["spec"]
        where = daemonset["metadata"]["namespace"]
        config: Object = {}
        for obj in staged:
            if obj["kind"] == "ConfigMap" and obj["metadata"].get("namespace") == where:
                text = obj.get("data", {}).get("daemon-config.json")
                config = yaml.safe_load(text) if text else config
        run = multus.of(pod, _container(daemonset), config)
        self.nodes.runtime = run.conf_dir
        for name in self.nodes.names:
            folder = self.nodes.folder(name, run.conf_dir)
            folder.mkdir(parents=True, exist_ok=True)
            primary = run.primary or "10-flannel.conflist"
            multus.write(
                folder / primary,
                {"name": "primary", "cniVersion": "0.3.1", "plugins": [{"type": "ptp"}]},
            )

    def _workloads(self, name: str) -> None:
        for base, asked, owner, host in (
            ("web", "lan", "ReplicaSet", False),
            ("batch", "", "ReplicaSet", False),
            ("exporter", "", "DaemonSet", True),
            ("agent", "", "DaemonSet", False),
        ):
            meta = {"namespace": "app", "annotations": {NETWORKS: asked} if asked else {}}
            spec: Object = {"nodeName": name, "hostNetwork": host, "containers": []}
            self.nodes.add(meta, spec, (owner, base), f"{base}-")

    def run(self, *words: str) -> CompletedProcess[str]:
        """Run the script."""
        state = ["--state", str(self.folder / "state")]
        return server.run(self.script, self.environment, *words, *state)

    @property
    def types(self) -> set[str]:
        """What the runtimes of the nodes call."""
        return {
            multus.read_by_runtime(self.nodes.folder(n, self.nodes.runtime))
            for n in self.nodes.names
        }

    def multus_pods(self) -> list[Pod]:
        return [pod for pod in self.nodes.pods.values() if self.nodes.multus(pod)]

    def wrong(self, folder: str, *, cordoned: frozenset[str] = frozenset()) -> list[str]:
        """What is not as it has to be after a way to its end: the live DaemonSets are those of a
        folder of OUT, so are their pods, and no harm was done on the way."""
        found = [f"{what}: {list_}" for what, list_ in (
            ("stub", self.session.errors), ("leaks", self.nodes.leaks),
            ("rolled", self.nodes.rolled), ("silent", self.nodes.silent)) if list_]  # fmt: skip
        wanted = {(o["metadata"]["namespace"], o["metadata"]["name"]): o
                  for o in objects(self.out / folder) if o["kind"] == "DaemonSet"}  # fmt: skip
        for where in self.nodes.daemonsets:
            live = self.api.daemonset(*where)
            assert live
            found += [f"{where}: {field}" for field in ("template", "selector")
                      if live.obj["spec"].get(field) != _of(wanted[where], field, live.obj)]  # fmt: skip
            strategy = wanted[where]["spec"]["updateStrategy"]["type"]
            if live.obj["spec"]["updateStrategy"]["type"] != strategy:
                found.append(f"{where}: {live.obj['spec']['updateStrategy']}")
            if "multus-migrator/update-strategy" in live.obj["metadata"].get("annotations", {}):
                found.append(f"{where}: the annotation is left")
            pods = [p for p in self.multus_pods() if p.owner == ("DaemonSet", where[1])]
            found += [
                f"{p.where} is old or not ready" for p in pods if not (p.ready and current(p, live))
            ]
        if self.nodes.cordoned != set(cordoned):
            found.append(f"cordoned: {self.nodes.cordoned}")
        ours = [p.where for p in self.nodes.pods.values()
                if "multus-migrator/rollout" in p.meta.get("labels", {}) and p.ending is None]  # fmt: skip
        return found + [f"left: {where}" for where in ours]


@contextmanager
def estate(
    out: Path,
    folder: Path,
    made: Made = "apply",
    names: tuple[str, ...] = NODES,
    taught: type[Commands] = Commands,
) -> Iterator[Estate]:
    """A cluster that answers while the context lasts, to what the commands are ``taught``."""
    folder.mkdir(parents=True, exist_ok=True)
    one = Estate(out, folder, made, names)
    commands = taught(one.api, one.nodes, out, built)
    with server.serving(commands, folder / "bin") as (one.session, one.environment):
        yield one


def _container(daemonset: Object) -> str:
    found: list[str] = [
        c["name"]
        for c in daemonset["spec"]["template"]["spec"]["containers"]
        if "multus" in c["image"]
    ]
    return found[0]


def _of(obj: Object, field: str, live: Object) -> Any:
    """What a field has to be; a selector that is not said is the server's."""
    return obj["spec"].get(field, live["spec"].get(field))
