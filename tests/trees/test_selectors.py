"""Whether a target, a regular expression of strangers, may take a value: told without running it."""

from __future__ import annotations

import pytest

from migrator.trees.selectors import may_match


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("", True),
        ("multus", True),
        ("^multus$", True),
        ("multi", False),
        ("mult", False),
        ("mult.*", True),
        (".*us", True),
        (".*", True),
        ("m.*l.*s", True),
        ("mul.*ultus", False),
        ("m.*x.*s", False),
        ("x.*", False),
        ("kube|multus", True),
        ("kube|flannel", False),
        ("(a+)+$", True),
        ("[", True),
    ],
)
def test_a_field_of_a_target_may_match(pattern: str, taken: bool) -> None:
    assert may_match(pattern, "multus") is taken
