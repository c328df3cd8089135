"""The variables of Flux's postBuild and of envsubst."""

from __future__ import annotations

import pytest

from migrator.trees.variables import has_variables, masked, variables


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${A}/x:${B:=v1}", ("${A}", "${B:=v1}")),
        ("${A:=a/b:c@d} ${A:=a/b:c@d}", ("${A:=a/b:c@d}",)),
        ("${A:=${B}}", ("${A:=${B}}",)),
        ("${A/x/y}${A:0:3}${A^^}", ("${A/x/y}", "${A:0:3}", "${A^^}")),
        ("$${A}", ()),
        ("$A $(A) ${} ${1} {{ a }}", ()),
        ("", ()),
    ],
)
def test_variables(text: str, found: tuple[str, ...]) -> None:
    assert variables(text) == found
    assert has_variables(text) is bool(found)


def test_what_is_masked_keeps_its_length() -> None:
    assert masked("${A:=b/c}/d:${E}") == "xxxxxxxxx/d:xxxx"
