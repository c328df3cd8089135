"""Quantities of Kubernetes: ``50Mi`` as a number."""

from __future__ import annotations

import re

_UNITS = {
    "m": 10**-3, "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip
_QUANTITY = re.compile(r"^(\d+(?:\.\d+)?)(|[mkMGT]|[KMGT]i)$")


def quantity(value: object) -> float | None:
    """A quantity in bytes or CPUs; None where it is none that is known here."""
    match = _QUANTITY.match(str(value))
    return float(match[1]) * _UNITS[match[2]] if match else None
