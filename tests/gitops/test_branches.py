"""What the branch of an INPUT is called: always the same, and never that of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.gitops.branches import slug


def test_a_plain_path_is_its_own_slug() -> None:
    for path in ("deploy", "clusters/alder", "a/b/c", "k8s"):
        assert slug(path) == path.replace("/", "-")


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("clusters-alder", "clusters-alder-"),
        ("infra/Multus", "infra-multus-"),
        ("infra/multus.yaml", "infra-multus-"),
        ("infra/v1.2/multus", "infra-v1-2-multus-"),
        (".", "root-"),
        ("日本", "root-"),
        ("a" * 200, "a" * 51 + "-"),
        ("../x", "x-"),
        ("\udcff", "root-"),
    ],
)
def test_where_something_was_lost_a_digest_says_which_path_it_was(path: str, begins: str) -> None:
    found = slug(path)
    assert found.startswith(begins)
    assert len(found.removeprefix(begins)) == 8
    assert len(found) <= 60


@given(st.sets(st.text("ab/-. A", max_size=8), min_size=2))
def test_two_paths_never_have_one_slug(paths: set[str]) -> None:
    named = {path: slug(path) for path in paths - {"."}}
    assert len({*named.values()}) == len(named)
