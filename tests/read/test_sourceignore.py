"""What ``spec.ignore`` of a Flux source leaves out, file by file (fluxcd/pkg, sourceignore/gitignore)."""

from __future__ import annotations

import time

import pytest

from migrator.model.errors import MigratorError
from migrator.read.sourceignore import is_left_out, is_named, patterns

THIN = "deployments/multus-daemonset.yml"
THICK = "deployments/multus-daemonset-thick.yml"
E2E = "e2e/multus-daemonset.yml"


def left(ignore: str) -> set[str]:
    """Those of three files that are still there."""
    among = patterns(ignore)
    return {file for file in (THIN, THICK, E2E) if not is_left_out(file, among)}


@pytest.mark.parametrize(
    ("ignore", "kept"),
    [
        ("", {THIN, THICK, E2E}),
        ("# all of it\n\n  \n", {THIN, THICK, E2E}),
        ("/*", set()),
        ("*", set()),
        ("/deployments", {E2E}),
        ("deployments/", {E2E}),
        ("multus-daemonset.yml", {THICK}),
        ("multus-daemonset.yml/", {THIN, THICK, E2E}),
        ("/multus-daemonset.yml", {THIN, THICK, E2E}),
        ("deployments/multus-daemonset.yml/", {THICK, E2E, THIN}),
        ("/*\n!/deployments/multus-daemonset-thick.yml", {THICK}),
        ("/*\r\n!/deployments/multus-daemonset-thick.yml\r\n", {THICK}),
        ("/*\n!/deployments\n/deployments/*\n!/deployments/multus-daemonset.yml\n", {THIN}),
        ("!/deployments/multus-daemonset.yml\n/*", set()),
        ("/*\n!multus-daemonset.yml  ", {THIN, E2E}),
        ("/*\n!/*/multus-daemonset.yml", {THIN, E2E}),
        ("/*\n!/**/multus-daemonset.yml", {THIN, E2E}),
        ("/*\n!deployments/**", {THIN, THICK}),
        ("/*\n!/**/deployments/multus-daemonset-?hick.yml", {THICK}),
        ("/*\n!/de**/multus-daemonset.yml", set()),
        ("/*\n!/**/nowhere/*", set()),
        ("/*\n!/deployments/multus-daemonset.yml/more", set()),
    ],
)
def test_the_last_pattern_that_matches_a_file_decides(ignore: str, kept: set[str]) -> None:
    assert left(ignore) == kept


@pytest.mark.parametrize("line", ["!/deployments/[a-z]*", "a\\*", "]"])
def test_what_is_not_understood_is_said(line: str) -> None:
    with pytest.raises(MigratorError, match="not understood"):
        patterns(f"/*\n{line}\n")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("abc", "a*"), ("abc", "*c"), ("abc", "a*b*c*"), ("abc", "???"), ("", "**")],
)
def test_a_name_is_one_of_its_pattern(name: str, pattern: str) -> None:
    assert is_named(name, pattern)


@pytest.mark.parametrize(
    ("name", "pattern"), [("abc", "b*"), ("abc", "*b"), ("abc", "??"), ("abc", ""), ("aab", "a*c")]
)
def test_a_name_is_none_of_another_pattern(name: str, pattern: str) -> None:
    assert not is_named(name, pattern)


def test_more_patterns_than_files_are_refused() -> None:
    with pytest.raises(MigratorError, match="more than 1000 patterns"):
        patterns("/a\n" * 1001)
    assert left("/*\n" * 1000) == set()


def test_many_stars_take_no_time() -> None:
    begun = time.monotonic()
    assert not is_named("a" * 200, "*?" * 60 + "*b")
    assert time.monotonic() - begun < 1
