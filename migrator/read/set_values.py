"""Single values, as ``helm --set`` and what is made after it take them (helm, pkg/strvals)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from migrator.read.releases import merge, put

_NO_NAME: Final = re.compile(r"[\[\]{},=]|\\(?!\.)")
_INTEGER: Final = re.compile(r"0|[-+]?[1-9]\d{0,18}")
_EXACT: Final = 10**6
"""From here on, a number that stands in a file of values is printed as 1e+06, and one of --set is not."""


def unclear_name(name: str) -> bool:
    """Whether a dotted name leads into a list, or has what only helm's own parser reads."""
    return _NO_NAME.search(name) is not None


def unclear_text(text: str) -> bool:
    """Whether a value is no single one, or is written with the escapes of --set."""
    return text.startswith("{") or "\\" in text


def unclear_number(value: Any) -> bool:
    """Whether a file of values gives templates another number than --set does."""
    return isinstance(value, int) and abs(value) >= _EXACT


def typed(text: str) -> Any:
    """What ``--set`` makes of a text (typedVal)."""
    words: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}
    if text.lower() in words:
        return words[text.lower()]
    number = int(text) if _INTEGER.fullmatch(text) else None
    return number if number is not None and -(2**63) <= number < 2**63 else text


def flux_typed(text: str) -> Any:
    """The value of a ``targetPath`` (fluxcd/pkg, chartutil.ReplacePathValue): quotes make it a text."""
    quoted = any(text.startswith(mark) and text.endswith(mark) for mark in ("'", '"'))
    return text.strip("'\"") if text and quoted else typed(text)


def flux_merged(sets: Sequence[tuple[str, Any]], inline: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a HelmRelease. ``sets`` are, in the order of ``valuesFrom``, a ``targetPath`` and
    its value, or "" and a map.

    As chartutil.ChartValuesFromReferences does: it sets a single value over the inline ones, and then
    merges those over all. The maps are shared, not copied, so that the single value stays, unless
    it stands at the top.
    """
    own = json.loads(json.dumps(inline))
    result: dict[str, Any] = {}
    for path, value in sets:
        if path:
            result = merge(result, own)
            put(result, path, value)
        else:
            result = merge(result, json.loads(json.dumps(value)))
    return merge(result, own)
