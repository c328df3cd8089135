"""Which items of two lists are the same ones: the longest common subsequence.

Exact where that is cheap; in long lists by what each holds once (the "patience" of Bram Cohen's
diff), since strangers write the files and nothing here may take for ever.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

MOST: Final = 250_000
"""Pairs of items up to which all are compared: some tenths of a second."""

Pair = tuple[int, int]


def shared(left: Sequence[Any], right: Sequence[Any]) -> int:
    """How many of the first items, or signs of a text, are the same."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def matching(before: Sequence[str], after: Sequence[str]) -> Iterator[Pair]:
    """The indices of equal items, ascending on both sides."""
    head = shared(before, after)
    tail = shared(before[head:][::-1], after[head:][::-1])
    left, right = len(before) - tail, len(after) - tail
    old, new = before[head:left], after[head:right]
    yield from ((n, n) for n in range(head))
    inner = _all(old, new) if len(old) * len(new) <= MOST else _unique(old, new)
    yield from ((head + i, head + j) for i, j in inner)
    yield from ((left + n, right + n) for n in range(tail))


def _all(old: Sequence[str], new: Sequence[str]) -> Iterator[Pair]:
    """The longest common subsequence, by the lengths of those of all ends."""
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        row, below = lengths[i], lengths[i + 1]
        for j in range(len(new) - 1, -1, -1):
            same = old[i] == new[j]
            row[j] = below[j + 1] + 1 if same else max(below[j], row[j + 1])
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            yield i, j
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1


def _unique(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """The longest ascending run of the items that both sides have once."""
    counts = Counter(old), Counter(new)
    places = {item: j for j, item in enumerate(new) if counts[1][item] == 1}
    pairs = [(i, places[x]) for i, x in enumerate(old) if counts[0][x] == 1 and x in places]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        at = bisect_left(ends, j)
        ends[at : at + 1] = [j]
        last[at : at + 1] = [number]
        before.append(last[at - 1] if at else -1)
    run: list[Pair] = []
    number = last[-1] if last else -1
    while number >= 0:
        run.append(pairs[number])
        number = before[number]
    return run[::-1]
