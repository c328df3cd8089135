"""What a person types beside the script: the commands of the runbook."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.cluster import shown
from tests.cluster.api import StubError
from tests.cluster.commands import Commands, Failed
from tests.cluster.merging import Object
from tests.cluster.nodes import Pod, current
from tests.cluster.words import Words

_NADS = "network-attachment-definitions.k8s.cni.cncf.io"


class ByHand(Commands):
    """The script's commands, and those of runbook.md."""

    def _get(self, words: Words, stdin: str) -> str:
        kinds = words.given[0].partition("/")[0].split(",")
        output = words.flag("--output")
        if len(words.given) > 1 and all("/" in each for each in words.given):
            return self._printed([self._named(each, words) for each in words.given], output)
        if words.given == ("pod",) and output == "name":
            return "\n".join(f"pod/{pod.meta['name']}" for pod in self._chosen(words))
        if words.flag("--all-namespaces") and (len(kinds) > 1 or kinds[0] == _NADS):
            return self._printed([o for kind in kinds for o in self._all(kind)], output)
        if words.given == ("pods",) and output in ("json", "wide") and words.flag("--selector"):
            pods = [shown.pod(self.nodes, pod) for pod in self._chosen(words)]
            return self._printed(pods, output)
        if "/" in words.given[0] and kinds != ["pod"] and output in ("yaml", "json"):
            return self._printed([self._named(words.given[0], words)], output, alone=True)
        if output == "jsonpath={.spec.selector.matchLabels}":
            live = self._named(words.given[0], words)
            return json.dumps(live["spec"]["selector"]["matchLabels"])
        if "updatedNumberScheduled" in output:
            live = self._named(words.given[0], words)
            wanted, name = live["status"]["desiredNumberScheduled"], live["metadata"]["name"]
            own = [p for p in self.nodes.pods.values() if p.owner == ("DaemonSet", name)]
            there = self.api.daemonset(words.flag("--namespace"), name)
            return f"{sum(current(pod, there) for pod in own if there)} of {wanted}"
        return super()._get(words, stdin)

    def _printed(self, objects: list[Object], output: str, *, alone: bool = False) -> str:
        if output == "wide":
            return "\n".join(each["metadata"]["name"] for each in objects)
        if output not in ("yaml", "json"):
            raise StubError(f"-o {output} is not known")
        data = objects[0] if alone else {"apiVersion": "v1", "kind": "List", "items": objects}
        return json.dumps(data)  # JSON is YAML

    def _named(self, given: str, words: Words) -> Object:
        kind, _, name = given.partition("/")
        for (found, namespace, own), live in self.api.objects.items():
            if (found.lower(), own) == (kind, name) and namespace in (
                "",
                words.flag("--namespace"),
            ):
                return self._one("daemonset", name, words) if kind == "daemonset" else live.shown()
        raise Failed(f'Error from server (NotFound): {kind}s "{name}" not found')

    def _all(self, kind: str) -> Iterator[Object]:
        """Every object of a kind, by the name that a person types for it."""
        if kind == "pods":
            yield from (shown.pod(self.nodes, pod) for pod in self.nodes.pods.values())
        elif kind == "nodes":
            yield from (shown.node(self.nodes, name) for name in self.nodes.names)
        elif kind in ("daemonsets", "configmaps", "clusterroles", _NADS):
            for (found, _, _), live in list(self.api.objects.items()):
                if kind.partition(".")[0].replace("-", "") == f"{found.lower()}s":
                    yield live.shown()
        else:
            raise StubError(f"not known: get {kind}")

    def _chosen(self, words: Words) -> list[Pod]:
        wanted = [pair.split("=") for pair in words.flag("--selector").split(",")]
        return [
            pod
            for pod in self._pods(words)
            if all(pod.meta.get("labels", {}).get(key) == value for key, value in wanted)
        ]

    def _diff(self, words: Words, stdin: str) -> str:
        """Ends with 1 where something would change, and as the dry run where that is refused."""
        if not words.flag("--server-side"):
            self.api.apply(self._objects(words, stdin), dry=True)
        raise Failed("")

    def _wait(self, words: Words, _: str) -> str:
        if words.flag("--for") != "condition=Ready" or words.given != ("pod",):
            raise StubError(f"not known: {words}")
        pods = self._chosen(words)
        if not pods:
            raise Failed("error: no matching resources found")
        for _second in range(int(words.flag("--timeout").removesuffix("s"))):
            if all(pod.ready for pod in pods):
                return "\n".join(f"pod/{pod.meta['name']} condition met" for pod in pods)
            self.nodes.advance(1)
        raise Failed("error: timed out waiting for the condition on pods")

    def _delete(self, words: Words, stdin: str) -> str:
        if words.given == ("pod",):
            for pod in self._chosen(words):
                self.nodes.delete(pod)
            return "deleted"
        kind, _, name = words.given[0].partition("/")
        for found, namespace, own in list(self.api.objects):
            if (found.lower(), namespace, own) == (kind, words.flag("--namespace"), name):
                del self.api.objects[found, namespace, own]
                return f'{kind} "{name}" deleted'
        return super()._delete(words, stdin)

    def _logs(self, words: Words, stdin: str) -> str:
        if words.flag("--selector"):
            return "\n".join(pod.log for pod in self._chosen(words))
        return super()._logs(words, stdin)
