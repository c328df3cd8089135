#!/usr/bin/env python3
"""Print docs/licences.md: what is installed with multus-migrator, and under which licence.

Names and licences are those of the packages' own metadata; what only tests need is left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution

NAME = "multus-migrator"
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")
_CLASSIFIER = "License :: OSI Approved :: "
ON_OTHER_PYTHONS = {("tomli", "MIT")}
"""CPython 3.10 alone, whose standard library has no tomllib."""


def needed(name: str, seen: set[str]) -> Iterator[Distribution]:
    """What a package needs at run time on this Python, and what that needs, each once."""
    for line in distribution(name).requires or ():
        wanted, _, marker = line.partition(";")
        found = _REQUIREMENT.match(wanted)
        own = found[0].lower() if found else ""
        if own in seen or "extra ==" in marker or not _holds(marker):
            continue
        seen.add(own)
        yield distribution(own)
        yield from needed(own, seen)


def _holds(marker: str) -> bool:
    """The markers of the packages here are about the version of Python and the system."""
    from packaging.markers import Marker

    return not marker.strip() or Marker(marker.strip()).evaluate()


def licence(package: Distribution) -> str:
    """The SPDX expression, else the classifier, else the first line of the free text."""
    metadata = package.metadata
    expression, text = (
        next(iter(metadata.get_all(name) or [""])) for name in ("License-Expression", "License")
    )
    kinds = [c.removeprefix(_CLASSIFIER) for c in metadata.get_all("Classifier") or ()
             if c.startswith(_CLASSIFIER)]  # fmt: skip
    return expression or ", ".join(kinds) or text.strip().split("\n")[0] or "not said"


def page() -> str:
    """The whole text."""
    rows = sorted(
        {(p.metadata["Name"], licence(p)) for p in needed(NAME, {NAME})} | ON_OTHER_PYTHONS
    )
    return "\n".join(
        [
            "# Licences",
            "",
            "multus-migrator is under Apache-2.0. What is installed with it, as the packages themselves",
            "say (`make docs` writes this page):",
            "",
            "| package | licence |",
            "|---|---|",
            *(f"| {name} | {what} |" for name, what in rows),
            "",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(page())
