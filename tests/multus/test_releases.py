"""Releases: reading them from tags, their order, and the spans of the rules."""

from __future__ import annotations

import pytest

from migrator.multus import releases
from migrator.multus.releases import TARGETS, Span, find, manifest_of, parse
from tests.multus.known import KNOWN


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("v4.2.4", "4.2.4", id="git tag"),
        pytest.param("4.2.4", "4.2.4", id="as users write it"),
        pytest.param("v4.0.2-thin", "4.0.2", id="image tag with the mode"),
        pytest.param("v3.9.2-thick-amd64", "3.9.2", id="image tag with mode and architecture"),
        pytest.param("3.4", "3.4.0", id="tag without a patch number"),
        pytest.param("v4.3.0-rc1", "4.3.0-rc1", id="release candidate"),
        pytest.param("4.3.0-beta.2", "4.3.0-beta2", id="beta with a dot"),
        pytest.param(" v4.2.4\n", "4.2.4", id="white space around it"),
    ],
)
def test_reads_a_release(text: str, shown: str) -> None:
    assert str(parse(text)) == shown


@pytest.mark.parametrize(
    "text", ["", "snapshot-thick", "stable", "latest", "v4", "4.x", "sha256:0123", "4.2.4.1"]
)
def test_reads_none_where_none_is_named(text: str) -> None:
    assert find(text) is None
    with pytest.raises(ValueError, match="not a Multus release"):
        parse(text)


def test_releases_have_an_order() -> None:
    texts = ["4.2.4", "4.2", "3.9.3", "v4.3.0-rc1", "v4.3.0", "4.0.2-thin"]
    in_order = ["3.9.3", "4.0.2", "4.2.0", "4.2.4", "4.3.0-rc1", "4.3.0"]
    assert [str(release) for release in sorted(map(parse, texts))] == in_order


def test_targets_are_known_and_the_default_is_one() -> None:
    assert set(TARGETS) <= set(KNOWN)
    assert releases.DEFAULT_TARGET in TARGETS


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        pytest.param("3.9.3", "4.0.0-alpha1", id="a major release"),
        pytest.param("4.0.0-alpha1", "4.0.0-beta1", id="alpha before beta"),
        pytest.param("4.0.0-beta1", "4.0.0-rc1", id="beta before candidate"),
        pytest.param("4.0.0-rc2", "4.0.0-rc10", id="numbers, not letters"),
        pytest.param("4.0.0-rc2", "4.0.0", id="candidate before its release"),
        pytest.param("4.0.9", "4.0.10", id="patch numbers, not letters"),
        pytest.param("4.0.10", "4.1", id="a minor release"),
    ],
)
def test_earlier_comes_first(earlier: str, later: str) -> None:
    assert parse(earlier) < parse(later)


@pytest.mark.parametrize(
    ("release", "holds"),
    [
        pytest.param("4.0.9", False, id="before it"),
        pytest.param("4.1.0", True, id="the first"),
        pytest.param("4.1.0-rc1", True, id="a candidate follows the rules of its release"),
        pytest.param("4.1.9", True, id="the last"),
        pytest.param("4.2.0", False, id="the end is outside"),
    ],
)
def test_a_span_holds_from_its_start_to_before_its_end(release: str, holds: bool) -> None:
    assert Span(parse("4.1.0"), parse("4.2.0")).holds(parse(release)) is holds


def test_a_span_without_ends_always_holds() -> None:
    assert all(Span().holds(release) for release in KNOWN)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("4.0.0", "4.0.2", True),
        ("4.0.2", "4.1.0", False),
        ("4.1.0", "4.2.0", True),
        ("4.2.0", "4.2.1", False),
        ("4.2.1", "4.2.2", True),
        ("4.2.2", "4.2.3", False),
        ("4.2.3", "4.2.4", True),
        ("4.2.4", "4.3.0", False),
        ("4.3.0", "4.3.1", False),
    ],
)
def test_which_releases_ship_one_thick_manifest(one: str, other: str, same: bool) -> None:
    assert (manifest_of(parse(one)) == manifest_of(parse(other))) is same
