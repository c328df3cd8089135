"""Random trees in random styles, turned into other random trees."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.gitops.edits import alike
from migrator.gitops.refusals import Reason, Refused
from migrator.gitops.rewrite import rewritten
from migrator.read.streams import parse_text
from tests.gitops.styles import Writer

KEYS = st.sampled_from(["a", "b", "name", "args", "env", "volumeMounts", "y", "1", "a b", "a: #"])
TEXTS = st.sampled_from(
    (
        *("", "x", "x y", "it's", "true", "1", "- a", "#c", "a: b", "a #b", "{a}", "a,b", "\t"),
        *("l\nm\n", "l\nm", "l\n\nm\n", " l\nm\n", "l\n\n", "\n", "l \nm", "\u2028", "é😀"),
        *("--flag=1", "--flag=2", "some words in a row", "some more words in a row", "other words"),
    )
)
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.just(1.5) | TEXTS
TREES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=20,
)
MAPS = st.dictionaries(KEYS, TREES, min_size=1, max_size=5)
SEEDS = st.integers(0, 2**32)


def mutated(tree: Any, rng: random.Random, spare: Any) -> Any:
    """The tree with some of its parts left out, doubled, or replaced."""
    roll = rng.random()
    if roll < 0.08:
        return spare
    if isinstance(tree, dict):
        new = {k: mutated(v, rng, spare) for k, v in tree.items() if rng.random() > 0.1}
        return {**new, "new": spare} if rng.random() < 0.2 else new
    if isinstance(tree, str) and rng.random() < 0.2:
        return tree.replace("words", "very new words")
    if isinstance(tree, list):
        items = [mutated(item, rng, spare) for item in tree if rng.random() > 0.15]
        if rng.random() < 0.3:
            items.insert(rng.randint(0, len(items)), spare)
        return items
    return tree


def read(text: str) -> Any:
    ((parsed,), _) = parse_text(text, file="f.yaml", line=1)
    assert not parsed.problems
    return parsed.value


@settings(max_examples=150)
@given(tree=MAPS, spare=TREES, seed=SEEDS)
def test_the_text_reads_as_wanted_or_is_refused(tree: Any, spare: Any, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    text = Writer(rng).text(tree)
    tree = read(text)
    wanted = {k: mutated(v, rng, spare) for k, v in tree.items() if rng.random() > 0.1}
    try:
        new = rewritten(text, {0: wanted}, file="f.yaml")
    except Refused as refused:
        assert refused.reason in (Reason.ANCHOR_GONE,), (text, wanted)
        return
    assert alike(read(new), wanted)
    assert rewritten(new, {0: wanted}, file="f.yaml") == new


@settings(max_examples=60)
@given(tree=MAPS, seed=SEEDS)
def test_what_is_there_already_changes_nothing(tree: Any, seed: int) -> None:
    text = Writer(random.Random(seed)).text(tree)  # noqa: S311
    tree = read(text)
    assert rewritten(text, {0: tree}, file="f.yaml") == text


@settings(max_examples=100)
@given(tree=MAPS, spare=TREES, seed=SEEDS)
def test_the_lines_of_what_stays_are_unchanged(tree: Any, spare: Any, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    text = Writer(rng).text(tree)
    tree = read(text)
    key = rng.choice(list(tree))
    wanted = {**tree, key: mutated(tree[key], rng, spare)}
    try:
        new = rewritten(text, {0: wanted}, file="f.yaml")
    except Refused:
        return
    ((parsed,), _) = parse_text(text, file="f.yaml", line=1)
    first = [parsed.lines.child(k) for k in tree]
    lines = [*text.split("\n"), ""]
    starts = [tree_.line - 1 for tree_ in first if tree_ is not None]
    at = list(tree).index(key)
    stop = starts[at + 1] if at + 1 < len(starts) else len(lines)
    result = new.split("\n")
    assert result[: starts[at]] == lines[: starts[at]]
    rest = lines[stop:-1]
    if "*" not in text:
        assert not rest or result[-len(rest) :] == rest


@settings(max_examples=60)
@given(tree=MAPS, spare=TREES, seed=SEEDS, indent=st.sampled_from((None, 0, 2, "\t")))
def test_json_becomes_other_json(tree: Any, spare: Any, seed: int, indent: Any) -> None:
    rng = random.Random(seed)  # noqa: S311
    text = json.dumps(tree, indent=indent, ensure_ascii=rng.random() < 0.5) + rng.choice(("", "\n"))
    wanted = {key: mutated(value, rng, spare) for key, value in tree.items() if rng.random() > 0.1}
    new = rewritten(text, {0: wanted}, file="f.json")
    assert alike(json.loads(new), wanted)
    assert new.endswith("\n") == text.endswith("\n")
    assert rewritten(text, {0: tree}, file="f.json") == text
