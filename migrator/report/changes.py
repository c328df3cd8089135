"""What a plan changes, in rows that fit one table: images, commands, mounts, rights, limits, objects.

Read from the objects before and after alone, so that the table cannot say what the patches do not
do. No words: those are in templates/report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import groupby
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.model.inputs import ItemKey, ObjectRef, Path
from migrator.model.plan import Plan, Planned
from migrator.report.granted import granted, limits_of
from migrator.trees import paths, pods


class Aspect(Enum):
    """What of an install a row is about; the order is that of the table."""

    IMAGE = "image"
    COMMAND = "command"
    CONTAINER = "container"
    NEW = "new"
    MOUNTS = "mounts"
    RIGHTS = "rights"
    LIMITS = "limits"
    SETTINGS = "settings"
    OBJECTS = "objects"


class Row(Struct, frozen=True, kw_only=True):
    """One line of the table. ``of`` are the containers, or the kind of the objects, that it is about;
    ``before`` and ``after`` what is there on that side alone, () where nothing is; ``objects`` the
    DaemonSets or roles that it holds for."""

    aspect: Aspect
    of: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    objects: tuple[ObjectRef, ...] = ()


_ORDER: Final = list(Aspect)
_ROLES: Final = ("ClusterRole", "Role")
_PARTS: Final = ("containers", "initContainers", "volumes")
_LISTED: Final = ("image", "command", "args", "limits")
"""Parts of a pod, and fields of a container, that have rows of their own."""


def changes(plan: Plan) -> tuple[Row, ...]:
    """The rows in the order of `Aspect`; what is the same for several objects or containers is one."""
    found: list[Row] = []
    for planned in plan.changed:
        if planned.ref.kind == "DaemonSet":
            found += _daemonset(planned)
        elif planned.ref.kind in _ROLES and planned.document is not None:
            found += _rights(planned)
    found += _objects(plan.changed)
    return tuple(sorted(_merged(found), key=lambda row: _ORDER.index(row.aspect)))


def several(rows: Iterable[Row]) -> bool:
    """Whether a row has to name its objects, since there are more than one of a kind."""
    named = {ref for row in rows for ref in row.objects}
    return len(named) > len({ref.kind for ref in named})


def before(planned: Planned) -> Mapping[str, Any]:
    """The object as it is, {} for a new one."""
    return planned.document.data if planned.document else {}


def _daemonset(planned: Planned) -> Iterator[Row]:
    old, new = pods.pod_spec(before(planned)), pods.pod_spec(planned.desired)
    was, will = _containers(old), _containers(new)
    for name in dict.fromkeys([*was, *will]):
        if name in was and name in will:
            yield from _container(planned.ref, name, was[name], will[name])
        else:
            sides = [(name,) if name in side else () for side in (was, will)]
            yield Row(
                aspect=Aspect.CONTAINER,
                of=(),
                before=sides[0],
                after=sides[1],
                objects=(planned.ref,),
            )
    settings = tuple(dict.fromkeys(_settings(planned)))
    if settings:
        yield Row(aspect=Aspect.SETTINGS, of=(), before=(), after=settings, objects=(planned.ref,))


def _containers(pod: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(c.get("name", "")): c for _, _, c in pods.containers(pod)}


def _container(
    ref: ObjectRef, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Row]:
    """Each aspect of a container that is not the same; of lists, what one side has alone."""
    sides = {
        Aspect.IMAGE: [tuple(str(c["image"]) for c in (s,) if "image" in c) for s in (old, new)],
        Aspect.COMMAND: [(*pods.words(s, "command"), *pods.words(s, "args")) for s in (old, new)],
    }
    for aspect, (one, other) in sides.items():
        if one != other:
            yield Row(aspect=aspect, of=(name,), before=one, after=other, objects=(ref,))
    lists = {Aspect.MOUNTS: map(_mounts, (old, new)), Aspect.LIMITS: map(_limits, (old, new))}
    for aspect, (one, other) in lists.items():
        gone = tuple(item for item in one if item not in other)
        come = tuple(item for item in other if item not in one)
        if gone or come:
            yield Row(aspect=aspect, of=(name,), before=gone, after=come, objects=(ref,))


def _mounts(container: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(m.get("mountPath", "")) for m in pods.items(container, "volumeMounts"))


def _limits(container: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{name} {most}" for name, most in limits_of(container).items())


def _settings(planned: Planned) -> list[str]:
    """The names of the other fields that change: of the pod, without the way there, then the rest."""
    if planned.document is None:
        return []
    places = paths.diff_paths(planned.document.data, planned.desired)
    others = [path for path, _, _ in places if not _has_a_row(path)]
    inner = [_short(_inner(path)) for path in others if _inner(path)]
    return [paths.format_path(p) for p in (*inner, *(p for p in others if not _inner(p)))]


def _inner(path: Path) -> Path:
    """The path within the pod, () for what is not in it."""
    depth = len(pods.TEMPLATE)
    return path[depth:] if path[:depth] == pods.TEMPLATE else ()


def _has_a_row(path: Path) -> bool:
    """Whether another row tells of it. A volume that comes or goes is told by its mounts."""
    inner = _inner(path)
    if not inner or inner[0] not in _PARTS:
        return False
    if inner[0] == "volumes" or "volumeMounts" in inner[2:]:
        return isinstance(inner[-1], ItemKey) or len(inner) == 1
    return len(inner) <= 2 or any(segment in _LISTED for segment in inner[2:])


def _short(path: Path) -> Path:
    """Without the container that it stands in, whose name says little beside the field's."""
    keyed = len(path) > 2 and isinstance(path[1], ItemKey)
    return path[2:] if keyed and path[0] in ("containers", "initContainers") else path


def _rights(planned: Planned) -> Iterator[Row]:
    old, new = (pods.items(side, "rules") for side in (before(planned), planned.desired))
    come, gone = granted(old, new), granted(new, old)
    if come or gone:
        yield Row(aspect=Aspect.RIGHTS, of=(), before=gone, after=come, objects=(planned.ref,))


def _objects(changed: Iterable[Planned]) -> Iterator[Row]:
    """New objects, and those that change and have no other row, by kind."""
    for aspect, wanted in ((Aspect.NEW, True), (Aspect.OBJECTS, False)):
        some = sorted(
            (p for p in changed if (p.document is None) is wanted),
            key=lambda p: p.ref.kind,
        )
        for kind, members in groupby(some, key=lambda p: p.ref.kind):
            if wanted or kind not in ("DaemonSet", *_ROLES):
                names = tuple(_name(p.ref) for p in members)
                yield Row(aspect=aspect, of=(kind,), before=(), after=names)


def _name(ref: ObjectRef) -> str:
    return f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name


def _merged(rows: Iterable[Row]) -> Iterator[Row]:
    """One row for what is alike in several containers, then one for what is so in several objects."""
    for key in ("objects", "of"):
        alike: dict[tuple[object, ...], Row] = {}
        for row in rows:
            same = (row.aspect, row.before, row.after, getattr(row, key))
            known = alike.get(same)
            alike[same] = row if known is None else _joined(known, row)
        rows = list(alike.values())
    yield from rows


def _joined(one: Row, other: Row) -> Row:
    return replace(
        one,
        of=tuple(dict.fromkeys([*one.of, *other.of])),
        objects=tuple(dict.fromkeys([*one.objects, *other.objects])),
    )
