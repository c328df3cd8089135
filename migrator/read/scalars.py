"""Plain YAML scalars as Kubernetes resolves them.

Kubernetes reads YAML with go-yaml (resolve.go), which is neither YAML 1.1 nor 1.2: ``0644`` and
``0o644`` are octal, ``1_000`` is a number, a timestamp or ``12:30:45`` is a string. ``yes``,
``no``, ``on``, ``off``, ``y`` and ``n`` are strings here as in kustomize, whose build is what is
applied (kubectl alone would make them booleans).
"""

from __future__ import annotations

import math
import re
from typing import Final

Scalar = str | int | float | bool | None

_CONSTANTS: Final[dict[str, Scalar]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_INTEGER: Final = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)"
    r"|(?P<dec>0|[1-9][0-9]*))"
)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASES: Final = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
NULL_KEYS: Final = ("", "~", "null", "Null", "NULL")
_WORDS: Final = frozenset("~nNtTfF")
_NUMBERS: Final = frozenset("0123456789+-.")
MAY_BE_SPECIAL: Final = _WORDS | _NUMBERS
"""What begins a plain scalar that may be no string."""
_MAX_DIGITS: Final = 64  # more than the binary digits of any 64-bit number


class NotFinite(ValueError):
    """NaN or an infinity, which JSON and therefore Kubernetes cannot hold."""


def resolve(text: str) -> Scalar:
    """The value of a plain (unquoted, untagged) scalar; NotFinite for ``.nan`` and ``.inf``."""
    if text[:1] not in _NUMBERS:
        return _CONSTANTS.get(text, text)
    if _NOT_FINITE.fullmatch(text):
        raise NotFinite(text)
    number = as_number(text if text.startswith(".") else text.replace("_", ""))
    return text if number is None else number


def as_number(text: str) -> int | float | None:
    """An integer of 64 bits (signed or unsigned), else a finite float, else None."""
    match = _INTEGER.fullmatch(text)
    if match and len(text) <= _MAX_DIGITS + len("-0b"):
        base = match.lastgroup or "dec"
        value = int(f"{match['sign']}{match[base]}", _BASES[base])
        if -(2**63) <= value < 2**64:
            return value
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else None
    return None
