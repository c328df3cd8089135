"""The releases of Multus that the model's rules were read from."""

from __future__ import annotations

from migrator.multus.releases import TABLE

KNOWN = tuple(sorted(TABLE))
