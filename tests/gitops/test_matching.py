"""Which items of two lists are the same ones."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.gitops.align import aligned_items
from migrator.gitops.matching import MOST, Pair, matching

LETTERS = st.lists(st.sampled_from("abc"), max_size=7)
LONG = [str(number) for number in range(600)]


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        pytest.param("abc", "abc", [(0, 0), (1, 1), (2, 2)], id="equal"),
        pytest.param("abc", "axc", [(0, 0), (2, 2)], id="one differs"),
        pytest.param("abc", "ac", [(0, 0), (2, 1)], id="one goes"),
        pytest.param("abca", "xabya", [(0, 1), (1, 2), (3, 4)], id="the longest of several"),
        pytest.param("", "ab", [], id="nothing"),
    ],
)
def test_matching(before: str, after: str, pairs: list[Pair]) -> None:
    assert list(matching(before, after)) == pairs


def longest(before: list[str], after: list[str]) -> int:
    if not before or not after:
        return 0
    if before[0] == after[0]:
        return 1 + longest(before[1:], after[1:])
    return max(longest(before[1:], after), longest(before, after[1:]))


@settings(max_examples=50)
@given(before=LETTERS, after=LETTERS)
def test_it_is_the_longest(before: list[str], after: list[str]) -> None:
    pairs = list(matching(before, after))
    assert all(before[i] == after[j] for i, j in pairs)
    assert pairs == sorted(pairs)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert len(pairs) == longest(before, after)


def test_long_lists_are_matched_by_what_they_hold_once() -> None:
    assert len(LONG) ** 2 > MOST
    moved = [*LONG[1:300], "new", "same", *LONG[300:], "same", LONG[0]]
    pairs = dict(matching([*LONG, "same", "same"], moved))
    assert pairs == {n: n - 1 if n < 300 else n + 1 for n in range(1, 600)}


@pytest.mark.parametrize("seed", range(3))
def test_the_run_of_a_long_shuffled_list_is_the_longest(seed: int) -> None:
    order = random.Random(seed).sample(range(600), 600)  # noqa: S311
    pairs = list(matching(LONG, [str(number) for number in order]))
    lengths: list[int] = []  # of the longest ascending run that ends there
    for place, number in enumerate(order):
        before = (lengths[n] for n in range(place) if order[n] < number)
        lengths.append(1 + max(before, default=0))
    assert pairs == sorted(pairs)
    assert all(order[j] == i for i, j in pairs)
    assert len(pairs) == max(lengths)


def test_long_lists_with_nothing_in_common_are_written_anew() -> None:
    steps = list(aligned_items(LONG, [f"x{n}" for n in range(601)], "args"))
    assert [step.old for step in steps if step.old is not None] == list(range(600))
    assert not any(step.old is not None and step.new is not None for step in steps)
