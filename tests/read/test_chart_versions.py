"""Which versions of a chart fit what a release asks for (Masterminds/semver, "Basic Comparisons")."""

from __future__ import annotations

import pytest

from migrator.read.chart_versions import satisfies


@pytest.mark.parametrize(
    ("wanted", "fitting", "others"),
    [
        ("", ["0.1.0", "1.0.0-rc.1"], []),
        ("*", ["0.1.0"], ["1.0.0-rc.1"]),
        ("1.2.3", ["1.2.3", "v1.2.3", "1.2.3+build"], ["1.2.4", "1.2.3-rc.1"]),
        ("v1.2.3", ["1.2.3"], ["1.2.2"]),
        ("1.2.3-rc.1", ["1.2.3-rc.1"], ["1.2.3", "1.2.3-rc.2"]),
        ("1.2.x", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.9"]),
        ("1", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.0"]),
        ("~1.2", ["1.2.7"], ["1.3.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("^0", ["0.5.0"], ["1.0.0"]),
        (">=1.2.0", ["1.2.0", "2.0.0"], ["1.1.9"]),
        (">= 1.2 < 2", ["1.2.0", "1.9.9"], ["2.0.0", "1.1.0"]),
        (">=1.2.0, <1.4.0", ["1.3.9"], ["1.4.0"]),
        (">1.2.0 <=1.3.0", ["1.2.1", "1.3.0"], ["1.2.0", "1.3.1"]),
        ("<1.0.0 || ^2.0.0", ["0.9.0", "2.5.0"], ["1.5.0", "3.0.0"]),
        (">=1.0.0-0", ["1.0.0-rc.1", "1.0.0"], ["0.9.0"]),
        (">1.2", [], ["1.2.0", "1.3.0"]),
        ("1.x.3", [], ["1.2.3"]),
        ("1.2.3 - 1.4.0", [], ["1.3.0"]),
        ("!=1.2.3", [], ["1.2.4"]),
        ("latest", [], ["1.2.3"]),
        ("sha256:0123456789abcdef", [], ["0.1.2"]),
        ("${VERSION}", [], ["1.0.0"]),
    ],
)
def test_versions_that_fit(wanted: str, fitting: list[str], others: list[str]) -> None:
    for version in fitting:
        assert satisfies(version, wanted), version
    for version in others:
        assert not satisfies(version, wanted), version


def test_what_is_no_version_fits_itself_alone() -> None:
    assert satisfies("main", "main")
    assert not satisfies("main", "")
    assert not satisfies("1.2", ">=1.0.0")
