"""Versions as github.com/Masterminds/semver v3 reads them: "v1", "1.0" and "1.0.0-rc.1" are some."""

from __future__ import annotations

import re
from typing import Any, Final

from msgspec import Struct

from migrator.golang.errors import GoError

_SHAPE: Final = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?"
    r"(?:-([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?(?:\+([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?"
)
_LONGEST: Final = 20
"""Digits of the largest uint64."""


class Version(Struct, frozen=True):
    """``build`` does not take part in the order."""

    numbers: tuple[int, int, int]
    pre: str = ""
    build: str = ""

    def rank(self) -> tuple[Any, ...]:
        """A key to sort by: a prerelease comes before its release, numbers before words."""
        parts = self.pre.split(".") if self.pre else []
        order = [(not p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts]
        return (self.numbers, not self.pre, order)

    def less(self, other: Version) -> bool:
        return self.rank() < other.rank()

    def __str__(self) -> str:
        pre = f"-{self.pre}" if self.pre else ""
        build = f"+{self.build}" if self.build else ""
        return ".".join(map(str, self.numbers)) + pre + build


def parse(text: str) -> Version:
    """semver.NewVersion: what is left out counts as 0; ``GoError``."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise GoError("Invalid Semantic Version")
    *numbers, pre, build = match.groups()
    if any(len(number or "") > _LONGEST for number in numbers):
        raise GoError("Error parsing version segment: value out of range")
    if any(p.isdecimal() and len(p) > 1 and p[0] == "0" for p in (pre or "").split(".")):
        raise GoError("Version segment starts with 0")
    major, minor, patch = (int(number or 0) for number in numbers)
    return Version((major, minor, patch), pre or "", build or "")
