from __future__ import annotations

from typing import Any

import pytest

from migrator.model.inputs import MISSING
from migrator.report.diff import Field
from migrator.report.values import diff_lines, lines


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("/opt/cni/bin", ["/opt/cni/bin"]),
        ("ghcr.io/a/b:v1-thick", ["ghcr.io/a/b:v1-thick"]),
        ("true", ['"true"']),
        (True, ["true"]),
        ("128", ['"128"']),
        (128, ["128"]),
        ("", ['""']),
        (None, ["null"]),
        ("null", ['"null"']),
        (" a", ['" a"']),
        ("a\nb\n", ["a", "b"]),
        ([], ["[]"]),
        ({}, ["{}"]),
        (["--a", 1, True], ['["--a", 1, true]']),
        (["--" + "a" * 40, "--" + "b" * 40, "2"], ["--" + "a" * 40, "--" + "b" * 40, '"2"']),
        ({"a": {"b": 1}}, ["a:", "  b: 1"]),
        ([{"a": 1}], ["- a: 1"]),
    ],
)
def test_a_value_shows_what_it_is_and_of_which_type(value: Any, shown: list[str]) -> None:
    assert lines(value) == shown


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a", "b", ["- a", "+ b"]),
        (MISSING, "b", ["+ b"]),
        ("a", MISSING, ["- a"]),
        (None, MISSING, ["- null"]),
        ("a\nb", "a\nb\n", ['- "a\\nb"', '+ "a\\nb\\n"']),
        ("a \nb", "a\nb", ['- "a \\nb"', '+ "a\\nb"']),
    ],
    ids=["changed", "added", "removed", "null is a value", "a line feed more", "a blank less"],
)
def test_sides_of_a_difference(before: Any, after: Any, shown: list[str]) -> None:
    assert diff_lines(Field(path="x", before=before, after=after)) == shown
