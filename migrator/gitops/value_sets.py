"""Which of the sets of values of a release a change goes into, and what that set is then.

Helm lays the sets over each other: maps are merged, anything else is replaced, and null takes away
(helm.sh/docs/chart_template_guide/values_files).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, Path, Render, ValueSet
from migrator.read.releases import merge
from migrator.trees.paths import format_path, get, put, same

Values = Mapping[str, Any]

FLUX_VALUES: Final = ("spec", "values")
"""Where a HelmRelease has values, which lie over those that it takes from elsewhere."""
_WHOLE: Final = ("values", "valuesObject", "valuesContent")
"""Fields of releases that hold a set of values."""


def all_values(sets: Sequence[ValueSet]) -> Values:
    """What helm makes of all sets."""
    found: Values = {}
    for each in sets:
        found = merge(found, each.values)
    return found


def can_change(render: Render, each: ValueSet) -> bool:
    """Whether a set stands in the release itself, or is a file of its own."""
    if each.owner is None:
        return True
    return each.owner == render.release and bool(each.path) and each.path[-1] in _WHOLE


def changed_set(
    render: Render, entries: Sequence[Path], wanted: Values, may_stay: Sequence[Path] = ()
) -> tuple[ValueSet, Values]:
    """The set that changes, and what it is then: with it, all values are as ``wanted``. It is the
    last one that has one of the ``entries``, so that what holds for others is left alone. Below
    ``may_stay`` a value stays where only null could take it away, which may be lost, or where another set
    has the last word. Pure.

    Errors: MigratorError where that cannot be changed, or another set has the last word.
    """
    sets = render.values
    holding = [
        number
        for number, each in enumerate(sets)
        if any(get(each.values, entry) is not MISSING for entry in entries)
    ]
    number = max((n for n in holding if can_change(render, sets[n])), default=None)
    if number is None:
        if () in entries:
            message = f"{render.release} has no set of values of its own that could change"
            raise MigratorError(
                message, source=render.source, hint=f"give it {' or '.join(_WHOLE)}"
            )
        where = f" but at {sets[holding[-1]].source}" if holding else ""
        message = f"{format_path(entries[0])} stands in no values of {render.release}{where}"
        raise MigratorError(message, source=render.source, hint="write it into the release itself")
    below = all_values(sets[:number])
    tree = sets[number].values
    current = all_values(sets)
    for path, after in _differences(current, wanted, ()):
        changed = _with(tree, below, path, after)
        if get(changed, path) is not None or not _is_map_of_object(sets[number]):
            tree = changed
        elif _is_below(path, may_stay):
            wanted = _put(wanted, path, get(current, path))
        else:
            raise _needs_null(render, path, sets[:number])
    result = merge(below, tree)
    for each in sets[number + 1 :]:
        result = merge(result, each.values)
    for path, _ in _differences(_told(wanted), _told(result), ()):
        if _is_below(path, may_stay):
            continue
        over = next((e for e in sets[number + 1 :] if get(e.values, path) is not MISSING), None)
        where = f" in {over.source}" if over else ""
        message = f"{format_path(path)} is said again{where}, which has the last word"
        raise MigratorError(message, source=render.source, hint="take it out there")
    return sets[number], tree


def _is_below(path: Path, places: Sequence[Path]) -> bool:
    return any(path[: len(place)] == place for place in places)


def _is_map_of_object(each: ValueSet) -> bool:
    """Whether the values are fields of the release itself, and no text or file: where that is applied as a
    JSON merge patch (RFC 7386), null takes the field away, and does not reach helm."""
    return each.owner is not None and (
        each.path[-1] == "valuesObject" or each.owner.kind == "HelmRelease"
    )


def _needs_null(render: Render, path: Path, below: Sequence[ValueSet]) -> MigratorError:
    has = next(each for each in reversed(below) if get(each.values, path) is not MISSING)
    message = (
        f"{format_path(path)} of {has.source} has to go, and null, which would say so in "
        f"{render.release}, may be lost where that is applied"
    )
    return MigratorError(message, source=render.source, hint="take it out there")


def _with(tree: Values, below: Values, path: Path, after: Any) -> Values:
    """A set with another value; what is gone is taken away from the sets below it, too."""
    if after is not MISSING:
        return _put(tree, path, after)
    tree = _put(tree, path, MISSING)
    under = get(below, path)
    if under is not MISSING and under is not None:
        return _put(tree, path, [] if isinstance(under, list) else None)
    while (path := path[:-1]) and get(tree, path) == {} and get(below, path):
        tree = _put(tree, path, MISSING)
    return tree


def _put(tree: Values, path: Path, value: Any) -> Values:
    changed: Values = put(tree, path, value)
    return changed


def _differences(before: Any, after: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Each place where maps differ, and what is there then; helm knows no items of lists."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            there, then = before.get(key, MISSING), after.get(key, MISSING)
            yield from _differences(there, then, (*path, key))
    elif not same(before, after):
        yield path, after


def _told(values: Any) -> Any:
    """Values without what says nothing: null, and lists and maps that are empty."""
    if not isinstance(values, Mapping):
        return values
    told = {key: _told(value) for key, value in values.items()}
    return {
        key: value for key, value in told.items() if value is not None and value not in ([], {})
    }
