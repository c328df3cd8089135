"""What each command of kubectl does to the cluster, and says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from tests.cluster import shown
from tests.cluster.api import Api, Live, Refused, StubError
from tests.cluster.merging import Object
from tests.cluster.nodes import Nodes, Pod, current
from tests.cluster.words import Words

DRAIN: Final = "cannot delete Pods that declare no controller (use --force to override)"
STRATEGY: Final = "error: rollout status is only available for RollingUpdate strategy type"


@cache
def _documents(text: str) -> tuple[Object, ...]:
    return tuple(obj for obj in yaml.load_all(text, yaml.CSafeLoader) if obj)


def parsed(text: str) -> list[Object]:
    """The objects of a manifest. They are read once, and nobody changes them."""
    return list(_documents(text))


class Failed(Exception):
    """The command ends with 1, and this on stderr."""


class Commands:
    """``build`` gives the text of a kustomize root below ``folder``."""

    def __init__(self, api: Api, nodes: Nodes, folder: Path, build: Callable[[Path], str]) -> None:
        self.api, self.nodes, self.folder, self.build = api, nodes, folder, build

    def run(self, words: Words, stdin: str) -> str:
        """What it prints. Errors: Failed; StubError for what the stub was not taught."""
        doing = getattr(self, f"_{words.verb}", None)
        if doing is None:
            raise StubError(f"not known: {words}")
        try:
            said: str = doing(words, stdin)
        except Refused as why:
            raise Failed(str(why)) from None
        return said

    # ---- the client

    def _version(self, words: Words, _: str) -> str:
        return json.dumps({"clientVersion": {"major": "1", "minor": "31"}}, indent=2)

    def _config(self, words: Words, _: str) -> str:
        if words.given != ("current-context",):
            raise StubError(f"not known: {words}")
        return "five-nodes"

    def _kustomize(self, words: Words, _: str) -> str:
        return self.build(self.folder / words.given[0])

    def _sleep(self, words: Words, _: str) -> str:
        self.nodes.advance(int(words.given[0]))
        return ""

    # ---- objects

    def _objects(self, words: Words, stdin: str) -> list[Object]:
        if folder := words.flag("--kustomize"):
            text = self.build(self.folder / folder)
        elif words.flag("--filename") == "-":
            text = stdin
        else:
            text = (self.folder / words.flag("--filename")).read_text()
        return parsed(text)

    def _apply(self, words: Words, stdin: str) -> str:
        objects = self._objects(words, stdin)
        dry = words.flag("--dry-run")
        if dry not in ("", "server"):
            raise StubError(f"not known: {words}")
        if words.given == ("set-last-applied",):
            if words.flag("--create-annotation") != "true":
                raise StubError("set-last-applied without --create-annotation was not recorded")
            return "\n".join(self.api.set_last_applied(objects))
        if words.flag("--server-side"):
            manager = words.flag("--field-manager", "kubectl")
            force = bool(words.flag("--force-conflicts"))
            return "\n".join(self.api.server_side(objects, manager, dry=bool(dry), force=force))
        return "\n".join(self.api.apply(objects, dry=bool(dry)))

    def _replace(self, words: Words, stdin: str) -> str:
        if not words.flag("--save-config"):
            raise StubError("replace without --save-config is not what anybody does")
        return "\n".join(self.api.replace(self._objects(words, stdin)))

    def _create(self, words: Words, stdin: str) -> str:
        (obj,) = self._objects(words, stdin)
        if words.flag("--dry-run") == "client" and words.flag("--output") == "json":
            return json.dumps(obj)
        if obj["kind"] != "Pod" or words.flag("--output") != "name":
            raise StubError(f"not known: {words}")
        meta = dict(obj["metadata"])
        made = self.nodes.add(meta, obj["spec"], None, meta.pop("generateName"))
        return f"pod/{made.meta['name']}"

    def _get(self, words: Words, _: str) -> str:
        kind, _, name = words.given[0].partition("/")
        name = name or "".join(words.given[1:])
        output = words.flag("--output")
        if kind == "events":
            return "LAST SEEN   TYPE   REASON\n"
        obj = self._one(kind, name, words) if name else self._list(kind, words)
        if output == "json":
            return json.dumps(obj)
        if output == "name":
            return "\n".join(f"{kind.rstrip('s')}/{i['metadata']['name']}" for i in obj["items"])
        if output.startswith("jsonpath="):
            return shown.by_path(obj, output.removeprefix("jsonpath="))
        raise StubError(f"not known: {words}")

    def _one(self, kind: str, name: str, words: Words) -> Object:
        namespace = words.flag("--namespace")
        if kind == "node" and name in self.nodes.names:
            return shown.node(self.nodes, name)
        if kind == "pod" and (namespace, name) in self.nodes.pods:
            return shown.pod(self.nodes, self.nodes.pods[namespace, name])
        if kind == "daemonset" and (live := self.api.daemonset(namespace, name)):
            return shown.daemonset(self.nodes, live.shown())
        raise Failed(f'Error from server (NotFound): {kind}s "{name}" not found')

    def _list(self, kind: str, words: Words) -> Object:
        if kind == "nodes":
            items = [shown.node(self.nodes, name) for name in self.nodes.names]
        elif kind == "pods":
            items = [shown.pod(self.nodes, pod) for pod in self._pods(words)]
        else:
            raise StubError(f"not known: {words}")
        wanted = [pair.split("=") for pair in words.flag("--selector").split(",") if pair]
        return {
            "kind": "List",
            "items": [
                item
                for item in items
                if all(item["metadata"].get("labels", {}).get(k) == v for k, v in wanted)
            ],
        }

    def _pods(self, words: Words) -> Iterator[Pod]:
        if not words.flag("--all-namespaces") and not words.flag("--namespace"):
            raise StubError(f"pods of the default namespace: {words}")
        field, _, node = words.flag("--field-selector").partition("=")
        for pod in self.nodes.pods.values():
            if words.flag("--all-namespaces") or pod.meta["namespace"] == words.flag("--namespace"):
                if field not in ("", "spec.nodeName"):
                    raise StubError(f"not known: {words}")
                if not field or pod.node == node:
                    yield pod

    # ---- pods

    def _pod(self, words: Words, name: str) -> Pod:
        found = self.nodes.pods.get((words.flag("--namespace"), name.removeprefix("pod/")))
        if found is None:
            raise Failed(f'Error from server (NotFound): pods "{name}" not found')
        return found

    def _delete(self, words: Words, _: str) -> str:
        name = words.given[-1]
        if words.given[0] != "pod" and not name.startswith("pod/"):
            raise StubError(f"not known: {words}")
        self.nodes.delete(self._pod(words, name))
        return f'pod "{name}" deleted'

    def _logs(self, words: Words, _: str) -> str:
        return self._pod(words, words.given[0]).log

    def _exec(self, words: Words, _: str) -> str:
        pod = self._pod(words, words.given[0])
        if pod.phase != "Running":
            raise Failed("error: unable to upgrade connection: container not found")
        container = next(
            c for c in pod.spec["containers"] if c["name"] == words.flag("--container")
        )
        volumes = {v["name"]: v for v in pod.spec["volumes"]}

        def real(path: str) -> Path:
            mounts = [
                (m["mountPath"], volumes[m["name"]]["hostPath"]["path"])
                for m in container["volumeMounts"]
                if "hostPath" in volumes[m["name"]] and path.startswith(f"{m['mountPath']}/")
            ]
            mount, host = max(mounts)
            return self.nodes.folder(pod.node, host + path.removeprefix(mount))

        match words.rest:
            case ("cat", path):
                if not real(path).exists():
                    raise Failed(f"cat: {path}: No such file or directory")
                return real(path).read_text()
            case ("rm", "-f", *paths):
                for path in paths:
                    real(path).unlink(missing_ok=True)
                return ""
        raise StubError(f"not known: {words}")

    # ---- nodes

    def _node(self, name: str) -> str:
        if name not in self.nodes.names:
            raise Failed(f'Error from server (NotFound): nodes "{name}" not found')
        return name

    def _cordon(self, words: Words, _: str) -> str:
        self.nodes.cordoned.add(self._node(words.given[0]))
        return f"node/{words.given[0]} cordoned"

    def _uncordon(self, words: Words, _: str) -> str:
        self.nodes.cordoned.discard(self._node(words.given[0]))
        for pod in self.nodes.pods.values():
            self.nodes.place(pod)
        return f"node/{words.given[0]} uncordoned"

    def _drain(self, words: Words, _: str) -> str:
        """DaemonSets' pods stay, a pod without a controller stops it; else all are evicted."""
        name = self._node(words.given[0])
        if not words.flag("--ignore-daemonsets") or not words.flag("--delete-emptydir-data"):
            raise StubError(f"not recorded: {words}")
        self.nodes.cordoned.add(name)
        pods = [pod for pod in self.nodes.on(name) if pod.ending is None]
        ended = ("Succeeded", "Failed")
        bare = [p for p in self.nodes.on(name) if p.owner is None and p.phase not in ended]
        if bare:
            raise Failed(f"error: unable to drain node {name!r}: {DRAIN}: {bare[0].where}")
        moved = [pod for pod in pods if pod.owner is None or pod.owner[0] != "DaemonSet"]
        for pod in moved:
            self.nodes.delete(pod)
        while any(pod.where in self.nodes.pods for pod in moved):
            self.nodes.advance(1)
        return f"node/{name} drained"

    def _rolled_out(self, name: str, live: Live) -> None:
        """As the command does, it returns when each pod is ready and of the template."""
        for _ in range(1800):
            pods = [p for p in self.nodes.pods.values() if p.owner == ("DaemonSet", name)]
            if all(pod.ready and current(pod, live) for pod in pods):
                return
            self.nodes.advance(1)
        raise Failed("error: timed out waiting for the condition")

    def _rollout(self, words: Words, _: str) -> str:
        verb, name = words.given
        kind, _, name = name.partition("/")
        live = self.api.daemonset(words.flag("--namespace"), name)
        if verb != "status" or kind != "daemonset" or live is None:
            raise StubError(f"not known: {words}")
        if live.obj["spec"]["updateStrategy"]["type"] != "RollingUpdate":
            raise Failed(STRATEGY)
        if not re.fullmatch(r"[0-9]+[sm]", words.flag("--timeout", "0s")):
            raise StubError(f"not known: {words}")
        self._rolled_out(name, live)
        return f'daemon set "{name}" successfully rolled out'
