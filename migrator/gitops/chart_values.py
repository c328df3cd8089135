"""The values of a chart with which it renders what was planned.

How values become objects is data (`inventory/chart_data.py`). What the data has no place for is an
error: nothing is guessed, and what comes out is rendered again before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from migrator.gitops.chart_volumes import Pods, User, with_volumes
from migrator.inventory.chart_data import ChartData, Described
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.model.plan import Change, Planned
from migrator.multus.images import parse_image
from migrator.trees.dig import mapping
from migrator.trees.paths import format_path, get, put, same

Values = Mapping[str, Any]

_MOUNTS: Final = "volumeMounts"


class Wanted(NamedTuple):
    """``values`` as they shall be; ``entries`` are the places of what describes the objects."""

    values: Values
    entries: tuple[Path, ...]


def wanted_values(data: ChartData, values: Values, objects: Sequence[Planned]) -> Wanted:
    """All values of a release with what was planned of ``objects``, which they describe. Pure.

    Errors: MigratorError for what they cannot say.
    """
    entries: list[Path] = []
    for planned in objects:
        described = data.objects.get(planned.ref.kind)
        if described is None:
            raise MigratorError(f"the values of {data.chart} do not mention {planned.ref}")
        entry = _entry_of(described, values, planned)
        entries.append(entry)
        values = _Object(data, described, entry, planned).changed(values)
    return Wanted(values, tuple(entries))


def _entry_of(described: Described, values: Values, planned: Planned) -> Path:
    """The entry that describes an object. Errors: MigratorError where that is none, or not one."""
    place = steps(described.entries)
    before = planned.document.data if planned.document else {}
    found = [
        (*place, name)
        for name, entry in mapping(values, *described.entries.split(".")).items()
        if isinstance(entry, Mapping)
        and all(same(entry.get(key), value) for key, value in described.only.items())
        and all(
            _agrees(get(entry, steps(value)), get(before, steps(field)))
            for field, value in described.same.items()
        )
    ]
    if len(found) == 1:
        return found[0]
    number = "no entry" if not found else "more than one entry"
    raise MigratorError(f"{number} of {described.entries} in the values is {planned.ref}")


def _agrees(value: Any, field: Any) -> bool:
    if isinstance(value, Mapping) and isinstance(field, list):
        return {name for name, each in value.items() if is_on(each)} == set(_names(field))
    return same(value, field)


def _names(items: Any) -> list[str]:
    found = items if isinstance(items, list) else []
    return [str(each.get("name")) for each in found if isinstance(each, Mapping)]


def is_on(entry: Any) -> bool:
    """An entry counts unless it says otherwise."""
    return not isinstance(entry, Mapping) or entry.get("enabled", True) is not False


def steps(dotted: str) -> tuple[str, ...]:
    """``a.b`` as a path, "" as that of the whole."""
    return tuple(dotted.split(".")) if dotted else ()


class _Object(NamedTuple):
    """One object that changes, and the entry of the values that describes it."""

    data: ChartData
    described: Described
    entry: Path
    planned: Planned

    def changed(self, values: Values) -> Values:
        for change in self.planned.changes:
            values = self.with_change(values, change)
        entries = get(values, self.entry[:-1])
        user = User(str(self.entry[-1]), sum(map(is_on, entries.values())) > 1)
        lists = [steps(each)[-1] for each in self.described.containers]
        for field, value in self.described.volumes.items():
            before, after = (
                get(tree, steps(field)[:-1]) for tree in (self.before, self.planned.desired)
            )
            pods = Pods(before, after, lists)
            values = with_volumes(self.data.volume, values, steps(value), user, pods)
        return values

    @property
    def before(self) -> Values:
        """The object as it is."""
        return self.planned.document.data if self.planned.document else {}

    def with_change(self, values: Values, change: Change) -> Values:
        for field, value in self.described.fields.items():
            if change.path[: len(steps(field))] == steps(field):
                _check_plain(change)
                rest = change.path[len(steps(field)) :]
                path, values = self.place(values, (*steps(value), *rest))
                return _put(values, path, change.after)
        for field, value in self.described.containers.items():
            under = change.path[: len(steps(field))] == steps(field)
            if under and len(change.path) > len(steps(field)):
                at = len(steps(field)) + 1
                name = change.path[at - 1]
                if isinstance(name, ItemKey):
                    place = (*self.entry, *steps(value), name.value)
                    return self.with_container(values, change, place, change.path[:at])
        if any(
            change.path[: len(steps(field))] == steps(field) for field in self.described.volumes
        ):
            return values  # the volumes of a pod are looked at as a whole
        raise self.nothing_for(change.path)

    def nothing_for(self, path: Path) -> MigratorError:
        where = format_path(path) or "the whole object"
        return MigratorError(
            f"the values of {self.data.chart} have none for {where} of {self.planned.ref}"
        )

    def place(self, values: Values, path: Path) -> tuple[Path, Values]:
        """Where a value of the entry stands, or shall stand: in the entry, or where all entries have
        it that do not say otherwise. Where others do, it is copied into this one first."""
        own: Path = (*self.entry, *path)
        for value, everywhere in self.described.shared.items():
            top = len(steps(value)) + 1
            if path[: top - 1] != steps(value):
                continue
            shared: Path = (*steps(everywhere), *path[top - 1 :])
            there = get(values, shared[: len(steps(everywhere)) + 1])
            said = get(values, (*self.entry, *path[:top]))
            if said is not MISSING or there is MISSING:
                return own, values
            if sum(map(is_on, get(values, self.entry[:-1]).values())) == 1:
                return shared, values
            return own, _put(values, (*self.entry, *path[:top]), there)
        return own, values

    def with_container(self, values: Values, change: Change, place: Path, at: Path) -> Values:
        """A change of, or below, the container at a path of the object, which is an entry of the
        values at ``place``."""
        rest = change.path[len(at) :]
        if not rest:
            if change.after is MISSING:
                return _put(values, place, MISSING)
            if change.before is not MISSING:
                raise self.nothing_for(change.path)
            return self.with_new_container(values, place, at)
        if not isinstance(get(values, place), Mapping):
            raise self.nothing_for(change.path)
        return self.with_field(values, place, at, rest, change)

    def with_new_container(self, values: Values, place: Path, at: Path) -> Values:
        container = get(self.planned.desired, at)
        for key, value in container.items():
            if key not in ("name", _MOUNTS):
                new = Change(
                    object=self.planned.ref,
                    path=(*at, key),
                    before=MISSING,
                    after=value,
                    reason="",
                    rule="",
                    source=None,
                )
                values = self.with_field(values, place, at, (key,), new)
        earlier = _names(get(self.before, at[:-1]))
        return self.in_order(values, place, earlier)

    def in_order(self, values: Values, place: Path, earlier: Sequence[str]) -> Values:
        """What is new comes behind what is there: by its name, or because it says so."""
        if all(name < str(place[-1]) for name in earlier):
            return values
        return _put(values, (*place, self.data.container.after), earlier[-1])

    def with_field(
        self, values: Values, place: Path, at: Path, rest: Path, change: Change
    ) -> Values:
        container = self.data.container
        if rest[0] == _MOUNTS:
            return values  # they stand with their volumes
        _check_plain(change)
        if rest == ("image",):
            return self.with_image(values, (*place, *steps(container.image)), change)
        if rest[0] == "env":
            names = [part for part in rest[1:2] if isinstance(part, ItemKey)]
            found = [n.value for n in names] or _names(get(self.planned.desired, (*at, "env")))
            for name in found:
                values = self.with_variable(values, (*place, *steps(container.env)), at, name)
            return values
        value = container.fields.get(str(rest[0]))
        if value is None:
            raise self.nothing_for(change.path)
        return _put(values, (*place, *steps(value), *rest[1:]), change.after)

    def with_image(self, values: Values, place: Path, change: Change) -> Values:
        there = get(values, place)
        if isinstance(there, str):
            return _put(values, place, change.after)
        image = parse_image(str(change.after))
        own = there if isinstance(there, Mapping) else {}
        parts = {"repository": image.repository, "tag": image.tag}
        if image.digest and "digest" not in own:
            parts["tag"] = f"{image.tag}@{image.digest}"
        if not image.tag:
            raise self.nothing_for(change.path)
        for key, text in parts.items():
            values = _put(values, (*place, key), text)
        if "digest" in own:
            values = _put(values, (*place, "digest"), image.digest or MISSING)
        return values

    def with_variable(self, values: Values, place: Path, at: Path, name: str) -> Values:
        key = ItemKey("name", name)
        wanted = get(self.planned.desired, (*at, "env", key))
        there = get(values, place)
        if isinstance(there, list):
            return _put(values, (*place, key), wanted)
        if wanted is MISSING:
            return _put(values, (*place, name), MISSING)
        said = {field: value for field, value in wanted.items() if field != "name"}
        plain = said["value"] if said.keys() == {"value"} else said
        if isinstance(there, Mapping) and name in there:
            after = {
                k: v for k, v in mapping(there, name).items() if k == self.data.container.after
            }
            return _put(values, (*place, name), {**said, **after} if after else plain)
        earlier = _names(get(self.before, (*at, "env")))
        ordered = self.in_order(_put(values, (*place, name), said), (*place, name), earlier)
        if self.data.container.after in mapping(get(ordered, place), name):
            return ordered
        return _put(values, (*place, name), plain)


def _put(values: Values, path: Path, value: Any) -> Values:
    """Errors: MigratorError where the values have something else on the way."""
    changed: Values = put(values, path, value)
    return changed


def _check_plain(change: Change) -> None:
    """Errors: MigratorError for text that a chart would take for a template."""
    if any("{{" in text for text in _texts(change.after)):
        where = format_path(change.path)
        raise MigratorError(f"{{{{ in {where} of {change.object} would be a template in values")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
