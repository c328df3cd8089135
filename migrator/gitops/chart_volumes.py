"""Volumes and mounts of a pod as values of a chart, which has each mount with its volume."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from migrator.inventory.chart_data import VolumeData
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, Path
from migrator.trees.paths import get, keyed, put, same
from migrator.trees.pods import items

Values = Mapping[str, Any]
Mounts = Mapping[str, Sequence[Values]]
"""Container -> its mounts of one volume, as values."""


class Pods(NamedTuple):
    """A pod as it is and as it shall be, and the fields that have its containers."""

    before: Any
    after: Any
    containers: Sequence[str]

    def of(self, pod: Any) -> list[Values]:
        return [container for field in self.containers for container in items(pod, field)]


def with_volumes(data: VolumeData, values: Values, place: Path, user: User, pods: Pods) -> Values:
    """The values, which have a map of volumes at ``place``, with those of the pod of ``user``.

    Errors: MigratorError for what the values cannot say.
    """
    known = get(values, place)
    old, new = (keyed(items(pod, "volumes"), "name") for pod in (pods.before, pods.after))
    if old is None or new is None:
        raise MigratorError("two volumes of a pod have one name")
    names = [str(container.get("name")) for container in pods.of(pods.before)]
    for name in dict.fromkeys([*old, *new]):
        there = known.get(name, MISSING) if isinstance(known, Mapping) else MISSING
        volume = _Volume(data, name, user)
        before = _mounts(data, name, pods.of(pods.before))
        after = _mounts(data, name, pods.of(pods.after))
        if name not in new:
            changed = volume.without(there)
        elif name not in old:
            changed = volume.made(there, new[name], after)
        else:
            changed = volume.with_source(there, old[name], new[name])
            changed = volume.with_mounts(changed, before, after, names)
        if changed is not there:
            values = put(values, (*place, name), changed)
    return values


def _mounts(data: VolumeData, volume: str, containers: Iterable[Values]) -> Mounts:
    """The mounts of a volume. Errors: MigratorError for a field that the values do not have."""
    return {
        str(container.get("name")): [
            _mount(data, mount)
            for mount in items(container, "volumeMounts")
            if mount.get("name") == volume
        ]
        for container in containers
    }


def _mount(data: VolumeData, mount: Values) -> Values:
    if odd := next((f for f in mount if f != "name" and f not in data.mount), None):
        raise MigratorError(f"the values have none for {odd} of the mount of {mount.get('name')}")
    return {value: mount[field] for field, value in data.mount.items() if field in mount}


class User(NamedTuple):
    """The ID of the entry that has the pod, and whether there are other entries beside it."""

    id: str
    others: bool


class _Volume(NamedTuple):
    """A volume of the values: ``there`` is its entry in them, MISSING without one."""

    data: VolumeData
    name: str
    user: User

    def without(self, there: Any) -> Any:
        if not isinstance(there, Mapping):
            raise self.not_there()
        each = {k: v for k, v in (there.get(self.data.each) or {}).items() if k != self.user.id}
        if each and not there.get(self.data.everywhere):
            return {**there, self.data.each: each}
        if self.user.others and there.get(self.data.everywhere):
            raise self.shared()
        return MISSING

    def made(self, there: Any, volume: Values, mounts: Mounts) -> Any:
        if there is not MISSING:
            raise MigratorError(f"the values have another volume {self.name}")
        used = {container: list(each) for container, each in mounts.items() if each}
        if not used:
            raise MigratorError(f"the values cannot have the volume {self.name} without a mount")
        return {**self.source(volume), self.data.each: {self.user.id: used}}

    def source(self, volume: Values) -> Values:
        kinds = [key for key in volume if key != "name"]
        fields = self.data.sources.get(kinds[0]) if len(kinds) == 1 else None
        said = volume[kinds[0]] if fields is not None else None
        if fields is None or not isinstance(said, Mapping):
            raise MigratorError(f"the values have no volume like {self.name}")
        if odd := next((field for field in said if field not in fields), None):
            raise MigratorError(f"the values have none for {odd} of the volume {self.name}")
        named = {fields[field]: value for field, value in said.items()}
        return {self.data.type: kinds[0], **named}

    def with_source(self, there: Any, old: Values, new: Values) -> Any:
        if same(old, new):
            return there
        before, after = self.source(old), self.source(new)
        if not isinstance(there, Mapping):
            raise self.not_there()
        if self.user.others:
            raise self.shared()
        for key in dict.fromkeys([*before, *after]):
            if not same(before.get(key), after.get(key)):
                there = put(there, (key,), after.get(key, MISSING))
        return there

    def with_mounts(self, there: Any, before: Mounts, after: Mounts, old: Sequence[str]) -> Any:
        """The entry with the mounts of ``after``; ``old`` are the containers that were there before."""
        given = there.get(self.data.everywhere) if isinstance(there, Mapping) else None
        own = there.get(self.data.each) if isinstance(there, Mapping) else None
        common = bool(given) or not own
        new = [container for container in after if container not in old]
        now = {**before, **{name: given or [{}] if common else [] for name in new}}
        odd = [name for name, each in after.items() if not _alike(self, now.get(name, ()), each)]
        left = () if common or own is None else own.get(self.user.id) or ()
        if not odd and all(container in after for container in left):
            return there
        if not isinstance(there, Mapping):
            if any(after[name] or before.get(name) for name in odd):
                raise self.not_there()
            return there
        if not common:
            return self.in_each(there, odd, after)
        if self.user.others:
            raise self.shared()
        used = {container: list(each) for container, each in after.items() if each}
        moved = {self.data.each: {self.user.id: used}}
        kept = {k: v for k, v in there.items() if k not in (self.data.everywhere, self.data.each)}
        return {**kept, **moved}

    def in_each(self, there: Values, odd: Sequence[str], after: Mounts) -> Values:
        """The mounts of some containers, where each container has its own."""
        own = there[self.data.each].get(self.user.id) or {}
        path = self.data.mount["mountPath"]
        changed: dict[str, Any] = {k: v for k, v in own.items() if k in after}
        for container in odd:
            wanted = {mount[path]: mount for mount in after[container]}
            kept = [
                {**_others(self, mount), **wanted.pop(mount.get(path))}
                for mount in own.get(container) or []
                if mount.get(path) in wanted
            ]
            changed[container] = [*kept, *wanted.values()]
        used = {container: each for container, each in changed.items() if each}
        if not used:
            raise MigratorError(f"the values cannot have the volume {self.name} without a mount")
        return {**there, self.data.each: {**there[self.data.each], self.user.id: used}}

    def not_there(self) -> MigratorError:
        return MigratorError(f"the values have no volume {self.name} that could change")

    def shared(self) -> MigratorError:
        return MigratorError(f"the values have the volume {self.name} for other pods, too")


def _others(volume: _Volume, mount: Values) -> Values:
    """What an item says beside what is a mount."""
    return {k: v for k, v in mount.items() if k not in volume.data.mount.values()}


def _alike(volume: _Volume, one: Sequence[Values], other: Sequence[Values]) -> bool:
    """Whether two lists have the same mounts, in any order."""
    path = volume.data.mount["mountPath"]
    left, right = ({mount.get(path): mount for mount in each} for each in (one, other))
    return len(one) == len(other) and same(left, right)
