"""A release of Multus, and a span of releases in which something holds."""

from __future__ import annotations

import re

from msgspec import Struct

_TEXT = re.compile(
    r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-.]?(alpha|beta|rc)\.?(\d{0,9}))?(?:-.*)?"
)


class Release(Struct, frozen=True, order=True):
    """One release; ``pre`` is ("rc", 1) for a first candidate, which comes before its release."""

    major: int
    minor: int
    patch: int
    final: bool = True
    pre: tuple[str, int] = ("", 0)

    @property
    def base(self) -> tuple[int, int, int]:
        """The numbers alone: a release candidate follows the rules of what it leads to."""
        return (self.major, self.minor, self.patch)

    def __str__(self) -> str:
        numbers = f"{self.major}.{self.minor}.{self.patch}"
        return numbers if self.final else f"{numbers}-{self.pre[0]}{self.pre[1] or ''}"


def find(text: str) -> Release | None:
    """The release that a version or an image tag names: "v4.2.4", "4.0.2-thin", "3.4", "4.3.0-rc1".

    None for what names none ("snapshot-thick", "stable", a digest).
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        return None
    major, minor, patch, stage, count = match.groups()
    pre = (stage or "", int(count or 0))
    return Release(int(major), int(minor), int(patch or 0), stage is None, pre)


def parse(text: str) -> Release:
    """As ``find``, but a text that names no release is a ValueError."""
    release = find(text)
    if release is None:
        raise ValueError(f"not a Multus release: {text!r}")
    return release


class Span(Struct, frozen=True):
    """From which release (inclusive) to which (exclusive) a rule holds; None is without end."""

    since: Release | None = None
    until: Release | None = None

    def holds(self, release: Release) -> bool:
        if self.since is not None and release.base < self.since.base:
            return False
        return self.until is None or release.base < self.until.base
