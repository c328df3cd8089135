"""The releases of Multus that the model's rules were read from."""

from __future__ import annotations

from migrator.multus.releases import parse

KNOWN = tuple(
    parse(text)
    for text in (
        *("3.1", "3.2", "3.3", "3.4", "3.4.1", "3.4.2", "3.6", "3.7", "3.7.1", "3.7.2", "3.8"),
        *("3.9", "3.9.1", "3.9.2", "3.9.3", "4.0.0", "4.0.1", "4.0.2"),
        *("4.1.0", "4.1.1", "4.1.2", "4.1.3", "4.1.4"),
        *("4.2.0", "4.2.1", "4.2.2", "4.2.3", "4.2.4", "4.3.0"),
    )
)
