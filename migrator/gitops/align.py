"""Which entry or item of a map or list becomes which: what stays, goes and comes, and where."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, field

from migrator.gitops.matching import MOST, matching
from migrator.trees.paths import LIST_KEYS, keyed, same


class Step(NamedTuple):
    """``old`` is the index of a row that is there, ``new`` that of a wanted one; both: it stays."""

    old: int | None
    new: int | None


class Fate(Struct):
    """What becomes of the rows of a map or list; the numbers are indices.

    A row is ``kept`` as the wanted one that it becomes; its place is taken (``replaced``) by
    others; or it is ``removed``. ``added`` are new ones behind a kept row, -1 before the first.
    """

    kept: dict[int, int] = field(default_factory=dict)
    replaced: dict[int, list[int]] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)
    added: dict[int, list[int]] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether a row goes or comes."""
        return bool(self.replaced or self.removed or self.added)


def fate_of(steps: Iterable[Step]) -> Fate:
    """The fate of all rows, from steps in the order of the text. What is new where something
    goes takes its place, so that the lines around stay as they are."""
    fate, last = Fate(), -1
    gone: list[int] = []
    new: list[int] = []
    for step in (*steps, None):
        if step is not None and step.new is None and step.old is not None:
            gone.append(step.old)
        elif step is not None and step.old is None and step.new is not None:
            new.append(step.new)
        else:
            _settle(fate, last, gone, new)
            gone, new = [], []
            if step is not None and step.old is not None and step.new is not None:
                fate.kept[step.old] = step.new
                last = step.old
    return fate


def _settle(fate: Fate, last: int, gone: list[int], new: list[int]) -> None:
    if gone and new:
        fate.replaced[gone[0]] = new
        gone = gone[1:]
    elif new:
        fate.added[last] = new
    fate.removed += gone


def aligned_keys(
    old: Sequence[str | int | None], wanted: Sequence[str | int], places: Mapping[str, int]
) -> Iterator[Step]:
    """The keys of a map in the order of the text, new ones behind the neighbour that stands before
    them among the ``wanted``. None is a row that goes, a number one that stays and has no key of its own; ``places`` has the row whose place a new
    key takes, where that is known."""
    index = {key: number for number, key in enumerate(wanted)}
    rows = {key: number for number, key in enumerate(old) if key in index}
    added: dict[int, list[int]] = {}
    last = -1
    for number, key in enumerate(wanted):
        if key in rows:
            last = rows[key]
        else:
            added.setdefault(places.get(str(key), last), []).append(number)
    yield from (Step(None, number) for number in added.get(-1, ()))
    for row, name in enumerate(old):
        yield Step(row, index.get(name) if name is not None else None)
        yield from (Step(None, number) for number in added.get(row, ()))


def aligned_items(old: Sequence[Any], wanted: Sequence[Any], field_name: str) -> Iterator[Step]:
    """The items of the list that stands under the key ``field_name``: by merge key, or else by
    the longest common subsequence; as many others as there are between these become one another."""
    key = _merge_key(old, wanted, field_name)
    before = [item[key] if key else _canonical(item) for item in old]
    after = [item[key] if key else _canonical(item) for item in wanted]
    i = j = 0
    for left, right in (*matching(before, after), (len(old), len(wanted))):
        gone, new = range(i, left), range(j, right)
        if len(gone) == len(new) and not key:
            yield from map(Step, gone, new)
        else:
            yield from _paired(old, wanted, gone, new)
        if left < len(old):
            yield Step(left, right)
        i, j = left + 1, right + 1


def _paired(old: Sequence[Any], wanted: Sequence[Any], gone: range, new: range) -> Iterator[Step]:
    """Items of which none is equal; those that have something in common become one another, unless
    there are too many to look."""
    waiting = deque(gone)
    for number in new if len(gone) * len(new) <= MOST else ():
        found = next((n for n in waiting if _is_akin(old[n], wanted[number])), None)
        while found is not None and waiting[0] < found:
            yield Step(waiting.popleft(), None)
        yield Step(waiting.popleft() if found is not None else None, number)
    yield from (Step(n, None) for n in waiting)
    if len(gone) * len(new) > MOST:
        yield from (Step(None, n) for n in new)


def _is_akin(old: Any, new: Any) -> bool:
    """Whether one item may have become the other: maps with an equal entry, lists with an equal
    item, the same flag with another value."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return any(key in new and same(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return not set(map(_canonical, old)).isdisjoint(map(_canonical, new))
    flags = isinstance(old, str) and isinstance(new, str) and "=" in old
    return flags and old.partition("=")[0] == new.partition("=")[0]


def _merge_key(old: Sequence[Any], wanted: Sequence[Any], field_name: str) -> str | None:
    for key in (LIST_KEYS.get(field_name), "name"):
        if key and keyed(old, key) is not None and keyed(wanted, key) is not None:
            return key
    return None


def _canonical(item: Any) -> str:
    return json.dumps(item, sort_keys=True)
