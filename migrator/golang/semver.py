"""Versions as Multus's daemon reads them (blang/semver v3) and as libcni does (pkg/version)."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from migrator.golang.errors import GoError
from migrator.golang.text import quote

_DIGITS = re.compile(r"[0-9]*")
_IDENTIFIER = re.compile(r"[0-9A-Za-z-]*")
_ATOI = re.compile(r"[+-]?[0-9]{1,40}")


class Version(Struct, frozen=True):
    """A semantic version. Build metadata does not take part in comparisons."""

    numbers: tuple[int, int, int]
    pre: tuple[str, ...] = ()

    def less(self, other: Version) -> bool:
        """LT: a prerelease comes before its release; numeric identifiers before others."""
        if self.numbers != other.numbers:
            return self.numbers < other.numbers
        if not self.pre or not other.pre:
            return bool(self.pre) and not other.pre
        return [_rank(part) for part in self.pre] < [_rank(part) for part in other.pre]


def _rank(part: str) -> tuple[bool, int, str]:
    numeric = bool(_DIGITS.fullmatch(part))
    return (not numeric, int(part) if numeric else 0, part)


V040: Final = Version((0, 4, 0))


def make(text: str) -> Version:
    """semver.Make: strict "major.minor.patch[-pre][+build]", or ``GoError``."""
    if not text:
        raise GoError("Version string empty")
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise GoError("No Major.Minor.Patch elements found")
    major, minor = _number(parts[0], "major"), _number(parts[1], "minor")
    patch_and_pre, plus, build = parts[2].partition("+")
    patch, dash, pre = patch_and_pre.partition("-")
    numbers = (major, minor, _number(patch, "patch"))
    identifiers = tuple(pre.split(".")) if dash else ()
    for identifier in identifiers:
        _check_prerelease(identifier)
    for identifier in build.split(".") if plus else ():
        if not identifier:
            raise GoError("Build meta data is empty")
        if not _IDENTIFIER.fullmatch(identifier):
            raise GoError(f"Invalid character(s) found in build meta data {quote(identifier)}")
    return Version(numbers, identifiers)


def _number(text: str, part: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise GoError(f"Invalid character(s) found in {part} number {quote(text)}")
    if len(text) > 1 and text[0] == "0":
        raise GoError(f"{part.capitalize()} number must not contain leading zeroes {quote(text)}")
    return _uint(text)


def _uint(text: str) -> int:
    """strconv.ParseUint of digits."""
    if not text:
        raise GoError('strconv.ParseUint: parsing "": invalid syntax')
    if len(text) > 20 or int(text) >= 2**64:
        raise GoError(f"strconv.ParseUint: parsing {quote(text)}: value out of range")
    return int(text)


def _check_prerelease(text: str) -> None:
    if not text:
        raise GoError("Prerelease is empty")
    if _DIGITS.fullmatch(text):
        if len(text) > 1 and text[0] == "0":
            raise GoError(
                f"Numeric PreRelease version must not contain leading zeroes {quote(text)}"
            )
        _uint(text)
    elif not _IDENTIFIER.fullmatch(text):
        raise GoError(f"Invalid character(s) found in prerelease {quote(text)}")


def cni_version(text: str) -> tuple[int, int, int]:
    """version.ParseVersion of libcni >= 1.1: one to three numbers, "" is 0.1.0; or ``GoError``."""
    if not text:
        return (0, 1, 0)
    parts = text.split(".")
    if len(parts) >= 4:
        raise GoError(f"invalid version {quote(text)}: too many parts")
    numbers = [
        _atoi(part, name) for part, name in zip(parts, ("major", "minor", "micro"), strict=False)
    ]
    major, minor, micro = (*numbers, 0, 0)[:3]
    return (major, minor, micro)


def _atoi(text: str, name: str) -> int:
    """strconv.Atoi."""
    problem = ""
    if not _ATOI.fullmatch(text):
        digits = text[1:] if text[:1] in ("+", "-") else text
        problem = "value out of range" if digits and _DIGITS.fullmatch(digits) else "invalid syntax"
    elif not -(2**63) <= int(text) < 2**63:
        problem = "value out of range"
    if problem:
        raise GoError(
            f"failed to convert {name} version part {quote(text)}: "
            f"strconv.Atoi: parsing {quote(text)}: {problem}"
        )
    return int(text)
