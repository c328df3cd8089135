"""Versions as Masterminds/semver reads them."""

from __future__ import annotations

import pytest

from migrator.golang.errors import GoError
from migrator.golang.loosesemver import Version, parse


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1.0.0", "1.0.0"),
        ("v1", "1.0.0"),
        ("1.2", "1.2.0"),
        ("01.0.0", "1.0.0"),
        ("1.0.0-rc.1+build", "1.0.0-rc.1+build"),
    ],
)
def test_reads(text: str, written: str) -> None:
    assert str(parse(text)) == written


@pytest.mark.parametrize("text", ["", "1.0.0.0", " 1.0.0", "x", "1.0.0-01", "9" * 21])
def test_refuses(text: str) -> None:
    with pytest.raises(GoError):
        parse(text)


def test_order() -> None:
    texts = ["1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-a", "1.0.0-a.b", "1.0.0", "1.0.1"]
    assert sorted(map(parse, texts), key=Version.rank) == list(map(parse, texts))
    assert parse("0.4").less(parse("1.0.0-rc1"))
