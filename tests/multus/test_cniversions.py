"""Which version of CNI a list with cniVersions has, by the release that reads it."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.golang.errors import GoError
from migrator.multus import cniversions
from migrator.multus.releases import parse

FAILED = "error parsing configuration list:"


def of_list(versions: Any, version: str, release: str) -> str:
    return cniversions.of_list({"cniVersions": versions}, version, parse(release))


@pytest.mark.parametrize("release", ["4.1.0", "4.2.0", "4.3.0"])
@pytest.mark.parametrize(
    ("versions", "version", "highest"),
    [
        (["0.3.1", "1.0.0"], "0.4.0", "1.0.0"),
        (["0.3.1"], "0.4.0", "0.4.0"),
        (["0.3.1", "9.0.0"], "0.2.0", "0.3.1"),
        (["0.3.1", "1.1.0"], "", "1.1.0"),
        ([], "0.3.1", "0.3.1"),
        ([], "", ""),
        (["9.0.0"], "", ""),
        (["9.0.0"], "8.0.0", "8.0.0"),
    ],
    ids=[
        "of the list",
        "its own counts too",
        "above the specification none counts",
        "the specification's own",
        "an empty list",
        "nothing",
        "none is known",
        "neither is its own",
    ],
)
def test_the_highest_version_that_is_known(
    versions: list[str], version: str, highest: str, release: str
) -> None:
    assert of_list(versions, version, release) == highest


@pytest.mark.parametrize("release", ["3.9.3", "4.0.2"])
def test_older_releases_do_not_read_the_list(release: str) -> None:
    assert of_list(["1.0.0"], "0.3.1", release) == "0.3.1"


def test_a_list_without_the_key_has_its_own_version() -> None:
    assert cniversions.of_list({}, "9.9", parse("4.3.0")) == "9.9"


@pytest.mark.parametrize(
    ("versions", "version", "release", "error"),
    [
        ("1.0.0", "", "4.2.0", "invalid type for cniVersions: []interface {}"),
        ("1.0.0", "", "4.1.0", "invalid type for cniVersions: []interface {}"),
        (["1.0.0", 5], "", "4.2.0", "invalid type for cniVersions index 1: float64"),
        (["1.0.0", 5], "", "4.1.0", "invalid type for cniVersions index 1: float64"),
        (["1.0.0", "x"], "", "4.2.0", "invalid cniVersions entry x at index 1: "),
        (["1.0.0", "x"], "", "4.1.0", "invalid cniVersions entry <nil> at index 1: "),
        (["1.0.0"], "x", "4.2.0", "invalid cniVersion x: "),
        (["1.0.0"], "x", "4.1.0", "invalid cniVersion <nil>: "),
    ],
)
def test_what_is_no_version(versions: Any, version: str, release: str, error: str) -> None:
    with pytest.raises(GoError) as raised:
        of_list(versions, version, release)
    assert str(raised.value).startswith(f"{FAILED} {error}")


@pytest.mark.parametrize(
    ("version", "release", "is_known"),
    [
        ("", "3.1", True),
        ("0.1.0", "3.1", True),
        ("0.2.0", "3.1", True),
        ("0.3.0", "3.1", True),
        ("0.3.1", "3.1", True),
        ("0.4.0", "3.1", True),
        ("1.0.0", "3.9.3", False),
        ("1.0.0", "4.0.0", True),
        ("1.1.0", "4.0.2", False),
        ("1.1.0", "4.1.0", True),
        ("2.0.0", "4.3.0", False),
    ],
)
def test_versions_whose_results_can_be_read(version: str, release: str, is_known: bool) -> None:
    assert cniversions.known(version, parse(release)) is is_known
