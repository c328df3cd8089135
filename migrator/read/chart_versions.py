"""Whether a version of a chart is one that a release asks for (Masterminds/semver, which helm has).

Only forms that are common are understood; of any other, no version is said to be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from migrator.golang.errors import GoError
from migrator.golang.semver import Version, make

_TERM: Final = re.compile(
    r"(>=|<=|>|<|\^|~|=|)\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[\w.-]+)?(?:\+[\w.-]+)?"
)
_Limit = tuple[int, int, int]
_ORDERS: Final[Mapping[str, Callable[[Version, Version], bool]]] = {
    ">=": lambda version, limit: not version.less(limit),
    "<=": lambda version, limit: not limit.less(version),
    ">": lambda version, limit: limit.less(version),
    "<": lambda version, limit: version.less(limit),
}


def satisfies(version: str, wanted: str) -> bool:
    """Whether a chart of ``version`` fits the version or range ``wanted``; "" is any."""
    try:
        number = make(version.removeprefix("v"))
    except GoError:
        return version.removeprefix("v") == wanted.removeprefix("v")
    if not wanted.strip():
        return True
    return any(_all(number, part) for part in wanted.split("||"))


def _all(version: Version, terms: str) -> bool:
    found = _TERM.findall(terms)
    between = _TERM.sub("", terms).replace(",", "").strip()
    return bool(found) and not between and all(_one(version, *term) for term in found)


def _one(version: Version, operator: str, major: str, minor: str, patch: str, pre: str) -> bool:
    parts = (major, minor, patch)
    known = [int(part) for part in parts if part.isdigit()]
    if [part for part in parts if part.isdigit()] != [p for p in parts if p][: len(known)]:
        return False  # 1.x.3
    if version.pre and not pre:
        return False
    numbers = (*known, 0, 0, 0)
    low = Version((numbers[0], numbers[1], numbers[2]), tuple(pre[1:].split(".")) if pre else ())
    if operator in _ORDERS:
        whole = len(known) == 3 or operator in (">=", "<")
        return whole and _ORDERS[operator](version, low)
    if not known:
        return True
    if operator in ("", "=") and len(known) == 3:
        return version == low
    high = _above(low.numbers, _kept(operator, low.numbers, len(known)))
    return not version.less(low) and version.numbers < high


def _kept(operator: str, low: _Limit, known: int) -> int:
    """How many of the numbers may not change: ^ keeps the first that is not 0, ~ two of them."""
    if operator != "^":
        return min(known, 2)
    return next((n for n, number in enumerate(low[:known], 1) if number), known)


def _above(low: _Limit, kept: int) -> _Limit:
    """The least that differs in the first ``kept`` numbers."""
    numbers = [*low[:kept], 0, 0, 0][:3]
    numbers[kept - 1] += 1
    return numbers[0], numbers[1], numbers[2]
