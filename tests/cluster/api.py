"""The objects of the cluster, and how they answer to each way of applying."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from tests.cluster.merging import Object, merged, rejection, without

LAST: Final = "kubectl.kubernetes.io/last-applied-configuration"
CLIENT_SIDE: Final = "kubectl-client-side-apply"
Made = Literal["create", "apply", "server-side", "helm"]
Key = tuple[str, str, str]


class StubError(Exception):
    """The test asked for something that was not recorded."""


class Refused(Exception):
    """What the server answers in place of doing it."""


class Live:
    """One object: ``fields`` are what each manager has set, by its name and operation."""

    def __init__(self, obj: Object, manager: str, operation: str) -> None:
        self.obj = copy.deepcopy(obj)
        self.fields: dict[tuple[str, str], Object] = {(manager, operation): _bare(obj)}
        self.generation = 1

    @property
    def last(self) -> Object | None:
        text = self.obj["metadata"].get("annotations", {}).get(LAST)
        found: Object | None = json.loads(text) if text else None
        return found

    def annotated(self, obj: Object) -> None:
        annotations = self.obj["metadata"].setdefault("annotations", {})
        annotations[LAST] = json.dumps(_bare(obj), sort_keys=True)

    def put(self, obj: Object) -> None:
        if obj.get("spec") != self.obj.get("spec"):
            self.generation += 1
        self.obj = copy.deepcopy(obj)  # a merge shares what it leaves alone

    def shown(self) -> Object:
        """As ``get --show-managed-fields`` gives it."""
        shown = copy.deepcopy(self.obj)
        shown["metadata"]["generation"] = self.generation
        shown["metadata"]["managedFields"] = [
            {"manager": manager, "operation": operation} for manager, operation in self.fields
        ]
        return shown


One = Callable[[Object, "Live | None"], Live]


class Api:
    """``objects`` by kind, namespace and name; ``apply_one`` is what client-side apply makes of one."""

    def __init__(self) -> None:
        self.objects: dict[Key, Live] = {}
        self.apply_one: One = self._apply

    def install(self, objects: list[Object], made: Made) -> None:
        """As the thin install came there."""
        manager, operation = {
            "create": ("kubectl-create", "Update"),
            "apply": (CLIENT_SIDE, "Update"),
            "server-side": ("kubectl", "Apply"),
            "helm": ("helm", "Update"),
        }[made]
        for obj in objects:
            live = Live(_defaulted(obj), manager, operation)
            live.fields = {(manager, operation): _bare(obj)}
            if made == "apply":
                live.annotated(obj)
            self.objects[key(obj)] = live

    def daemonset(self, namespace: str, name: str) -> Live | None:
        return self.objects.get(("DaemonSet", namespace, name))

    def set_last_applied(self, objects: list[Object]) -> list[str]:
        """``kubectl apply set-last-applied --create-annotation=true``: the annotation, and no field."""
        for obj in objects:
            if key(obj) not in self.objects:
                raise StubError(
                    f"set-last-applied of {key(obj)}, which is not there, was not recorded"
                )
            self.objects[key(obj)].annotated(obj)
        return [f"{_name(obj)} configured" for obj in objects]

    def apply(self, objects: list[Object], *, dry: bool) -> list[str]:
        """Client-side apply. What was applied before the object that is refused stays applied."""
        return self._each(objects, self.apply_one, dry)

    def _apply(self, obj: Object, live: Live | None) -> Live:
        if live is None:
            made = Live(_defaulted(obj), CLIENT_SIDE, "Update")
            made.annotated(obj)
            return made
        last = live.last
        result = merged(live.obj, [last] if last else [], obj)
        _check(result)
        after = _copied(live)
        after.put(result)
        after.annotated(obj)
        after.fields[CLIENT_SIDE, "Update"] = _bare(obj)
        return after

    def server_side(
        self, objects: list[Object], manager: str, *, dry: bool, force: bool = False
    ) -> list[str]:
        """Server-side apply by kubectl, which makes the manager of a client-side apply its own once
        the patch has succeeded."""
        return self._each(objects, lambda obj, live: self._own(obj, live, manager, force), dry)

    def _own(self, obj: Object, live: Live | None, manager: str, force: bool) -> Live:
        if live is None:
            return Live(_defaulted(obj), manager, "Apply")
        mine = live.fields.get((manager, "Apply"), {})
        others = [fields for owner, fields in live.fields.items() if owner != (manager, "Apply")]
        result = merged(live.obj, [without(mine, others)], obj)
        _check(result)
        if not force and any(_conflicts(_bare(obj), other) for other in others):
            raise Refused("Apply failed with conflicts")
        after = _copied(live)
        after.put(result)
        after.fields[manager, "Apply"] = _bare(obj)
        if live.last is not None and (CLIENT_SIDE, "Update") in after.fields:
            del after.fields[CLIENT_SIDE, "Update"]
            # what it had set and was not in this call is the manager's too, until its next one
            after.fields[manager, "Apply"] = merged(_bare(live.last), [], _bare(obj))
        return after

    def replace(self, objects: list[Object]) -> list[str]:
        """``kubectl replace --save-config``."""
        for obj in objects:
            live = self.objects[key(obj)]
            live.put(_defaulted(obj))
            live.annotated(obj)
            live.fields = {("kubectl-replace", "Update"): _bare(obj)}
        return [f"{_name(obj)} replaced" for obj in objects]

    def _each(self, objects: list[Object], one: One, dry: bool) -> list[str]:
        said, refused = [], []
        for obj in objects:
            try:
                after = one(obj, self.objects.get(key(obj)))
            except Refused as why:
                refused.append(str(why))
                continue
            if not dry:
                self.objects[key(obj)] = after
            said.append(f"{_name(obj)} configured{' (server dry run)' if dry else ''}")
        if refused:
            raise Refused("\n".join(refused))
        return said


def key(obj: Mapping[str, Any]) -> Key:
    metadata = obj["metadata"]
    return obj["kind"], metadata.get("namespace", ""), metadata["name"]


def _name(obj: Object) -> str:
    return f"{obj['kind'].lower()}/{obj['metadata']['name']}"


def _bare(obj: Object) -> Object:
    """What an object says beside its name."""
    return copy.deepcopy({k: v for k, v in obj.items() if k not in ("apiVersion", "kind")})


def _copied(live: Live) -> Live:
    made = Live(live.obj, "", "")
    made.fields, made.generation = dict(live.fields), live.generation
    return made


def _defaulted(obj: Object) -> Object:
    """The default of the one field that a stage is about."""
    made = copy.deepcopy(obj)
    if made["kind"] == "DaemonSet":
        labels = made["spec"]["template"]["metadata"].get("labels", {})
        made["spec"].setdefault("selector", {"matchLabels": labels})
        strategy = made["spec"].setdefault("updateStrategy", {"type": "RollingUpdate"})
        if strategy["type"] == "RollingUpdate":
            strategy.setdefault("rollingUpdate", {"maxSurge": 0, "maxUnavailable": 1})
    return made


def _check(obj: Object) -> None:
    if obj["kind"] == "DaemonSet" and (why := rejection(obj)):
        raise Refused(why)


def _conflicts(new: Any, other: Any) -> bool:
    """Whether another manager has set a leaf to something else."""
    if isinstance(new, Mapping) and isinstance(other, Mapping):
        return any(_conflicts(new[k], other[k]) for k in new if k in other and k != "annotations")
    if isinstance(new, list) and isinstance(other, list):
        return False
    return bool(new != other)
