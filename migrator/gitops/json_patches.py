"""What an operation of a JSON6902 patch has to do with a planned change: where it leads, as seen from
the path that changes.

An index in its path counts for the item that has it in the user's file and in the build, so that
nothing before it in the patch can have moved it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

from migrator.model.inputs import MISSING, ItemKey, Path
from migrator.trees.dig import string
from migrator.trees.paths import LIST_KEYS, find_item, get, same

SETTING: Final = ("add", "replace")
MOVING: Final = ("move", "copy")
_INDEX: Final = re.compile(r"0|[1-9][0-9]*")


class Where(Enum):
    """Where an operation leads, as seen from a path."""

    APART = "apart"
    AT = "at"
    ABOVE = "above"
    BELOW = "below"
    SHIFTED = "shifted"
    """An index on the way means another item in the file than in the build."""


class Lead(NamedTuple):
    """``rest`` leads from what an operation is about to the path."""

    where: Where
    rest: Path = ()


def pointer(operation: Any, field: str = "path") -> tuple[str, ...] | None:
    """The steps of a JSON pointer (RFC 6901), None where it is none."""
    text = operation.get(field) if isinstance(operation, Mapping) else None
    if not isinstance(text, str) or (text and not text.startswith("/")):
        return None
    return tuple(s.replace("~1", "/").replace("~0", "~") for s in text.split("/")[1:])


def lead(operation: Any, path: Path, here: Any, built: Any, field: str = "path") -> Lead:
    """Where an operation leads in an object that is ``here`` in the user's file and ``built`` from
    that; ``field`` is ``from`` for the place that it takes something from."""
    steps = pointer(operation, field)
    if steps is None:
        return Lead(Where.APART)
    for number, (step, segment) in enumerate(zip(steps, path, strict=False)):
        if not isinstance(segment, ItemKey):
            if step != str(segment):
                return Lead(Where.APART)
            continue
        sets = field == "path" and number == len(steps) - 1 and _sets(operation)
        if sets and isinstance(operation.get("value"), Mapping):
            if str(operation["value"].get(segment.field)) != segment.value:
                return Lead(Where.APART)
            continue
        above = path[:number]
        found = [find_item(get(tree, above), segment) for tree in (here, built)]
        numbers = {str(index) for index in found if index is not None}
        if step not in numbers:
            return Lead(Where.APART)
        if len(numbers) > 1:
            return Lead(Where.SHIFTED)
    if len(steps) > len(path):
        return Lead(Where.BELOW)
    return Lead(Where.ABOVE if len(steps) < len(path) else Where.AT, path[len(steps) :])


def _sets(operation: Mapping[str, Any]) -> bool:
    return string(operation, "op") in SETTING


def makes(operation: Mapping[str, Any], led: Lead, value: Any) -> bool:
    """Whether it sets what the path leads to: to ``value``, or, where that is MISSING, all that would
    be around it."""
    if not _sets(operation) or led.where not in (Where.AT, Where.ABOVE):
        return False
    found = get(operation.get("value"), led.rest)
    if value is MISSING:
        around = get(operation.get("value"), led.rest[:-1]) if led.rest else MISSING
        return found is MISSING and isinstance(around, Mapping | list)
    return found is not MISSING and same(found, value)


def shifts(operation: Any, before: Any, after: Any) -> bool:
    """Whether an index in its path means another item once the object is ``after``. The last one of an
    ``add`` is only a place between two."""
    steps = list(pointer(operation) or ())
    if steps and string(operation, "op") == "add":
        steps.pop()
    last = ""
    for step in steps:
        if not isinstance(before, list):
            before, after, last = get(before, (step,)), get(after, (step,)), step
            continue
        if not _INDEX.fullmatch(step):
            return False
        index, key = int(step), LIST_KEYS.get(last, "")
        before, after = (get(tree, (index,)) for tree in (before, after))
        if not same(_name(before, key), _name(after, key)):
            return True
        last = step
    return False


def _name(item: Any, key: str) -> Any:
    """What tells an item from others: its merge key, else all of it."""
    return item.get(key) if isinstance(item, Mapping) and key else item
