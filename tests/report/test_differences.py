"""Maps are compared here and lists without identity by deepdiff: together as deepdiff does alone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from migrator.report import differences

_PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from(["", "a", "1"]))
_KEYS = st.sampled_from(["name", "type", "__x", "plugins", "resources", "env"])
_TREES = st.recursive(
    _PLAIN,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(_KEYS, below, max_size=4),
    max_leaves=14,
)


@given(_TREES, _TREES)
def test_every_place_is_one_that_deepdiff_finds(before: Any, after: Any) -> None:
    old, new = differences._identified(before, ""), differences._identified(after, "")
    alone = set(differences._by_deepdiff(old, new))
    assert set(differences._places(old, new, ())) == alone


def test_numbers_are_told_apart_as_they_are_written() -> None:
    assert list(differences.leaves({"a": 1}, {"a": 1.0}, "")) == [(("a",), 1, 1.0)]
    assert list(differences.leaves({"a": [1]}, {"a": [1.0]}, "")) == [(("a",), [1], [1.0])]
    assert list(differences.leaves({"a": True}, {"a": 1}, "")) == [(("a",), True, 1)]
