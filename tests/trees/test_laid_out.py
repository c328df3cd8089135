"""YAML as it is committed: it reads the same, and yamllint as it comes has nothing against it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from yamllint import linter
from yamllint.config import YamlLintConfig

from migrator.trees.dump import dump
from migrator.trees.laid_out import EXEMPT, is_too_long, neat, page

DEFAULT = YamlLintConfig("extends: default")
LONG = "/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation/or/longer"
WORDS = "a sentence of many words " * 6


def complaints(text: str) -> list[str]:
    return [
        f"{each.line}: {each.rule}" for each in linter.run(text, DEFAULT) if each.level == "error"
    ]


@pytest.mark.parametrize(
    ("tree", "wanted"),
    [
        pytest.param({"a": [1, {"b": ["c"]}]}, "a:\n  - 1\n  - b:\n      - c\n", id="lists"),
        pytest.param([[1, 2], {"a": [3]}], "- - 1\n  - 2\n- a:\n    - 3\n", id="lists of lists"),
        pytest.param(
            {"a": {"b": [1]}, "c": 2}, "a:\n  b:\n    - 1\nc: 2\n", id="what comes behind"
        ),
        pytest.param({"a": ["b\nc"]}, "a:\n  - |-\n    b\n    c\n", id="a literal block"),
        pytest.param({"a": LONG}, f"a: >-\n  {LONG}\n", id="a long word"),
        pytest.param({"a": [LONG]}, f"a:\n  - {LONG}\n", id="alone behind a dash"),
        pytest.param(
            {"a": [{"b": WORDS.strip()}]},
            "a:\n  - b: >-\n"
            "      a sentence of many words a sentence of many words a sentence of many words\n"
            "      a sentence of many words a sentence of many words a sentence of many words\n",
            id="words",
        ),
        pytest.param(
            {"a": f"  {'x' * 40} {'y' * 40}  "},
            f'a: "\\\n  \\  {"x" * 40} \\\n  {"y" * 40}  "\n',
            id="blanks at its ends",
        ),
        pytest.param({"image": LONG}, f"image: {LONG}{EXEMPT}\n", id="an image"),
    ],
)
def test_lists_stand_to_the_right_and_lines_end(tree: Any, wanted: str) -> None:
    text = page(tree)
    assert text == wanted
    assert yaml.safe_load(text) == tree
    assert complaints(text) == []


def test_comments_are_broken_between_words_where_they_stand() -> None:
    text = page({"a": [1]}, header=[WORDS], comments={("a", 0): [f"{LONG} {WORDS}"]})
    assert [line for line in text.splitlines() if line.lstrip()[:2] != "# "] == ["a:", "  - 1"]
    assert text.splitlines()[-4] == f"  # {LONG}"
    assert max(map(len, text.splitlines())) <= len(LONG) + 4
    assert complaints(text) == []


def test_a_command_in_a_comment_goes_on_behind_a_backslash() -> None:
    lines = page({"a": 1}, header=[f"kubectl {WORDS}"]).splitlines()[:-1]
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert " ".join(line.removeprefix("# ").removesuffix(" \\") for line in lines).split() == [
        *("kubectl", *WORDS.split())
    ]


def test_within_a_text_no_comment_speaks_to_a_linter() -> None:
    assert neat(f"image: {LONG}\n", within=True) == f"image: >-\n  {LONG}\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"a: |\n  {WORDS.strip()}\n", id="a line of a text"),
        pytest.param(f'a: "\\x24{{A}} {WORDS}"\n', id="what nobody may fill in"),
        pytest.param("? |-\n  a\n  b\n: - 1\n", id="a key of two lines"),
    ],
)
def test_it_is_left_alone(text: str) -> None:
    assert neat(text) == text


def test_without_a_width_values_stay_on_their_line() -> None:
    text = dump({"a": [{"b": WORDS}]}, header=[WORDS])
    *comments, key, item = neat(text, lists=0, width=None).splitlines()
    assert [len(line) <= 98 for line in comments] == [True, True]
    assert [key, item] == text.splitlines()[-2:]


@pytest.mark.parametrize(
    ("line", "long"),
    [
        ("x" * 90, False),
        (f"    - {'x' * 90}", False),
        (f"## {'x' * 90}", False),
        (f"- - {'x' * 90}", True),
        (f"a: {'x' * 90}", True),
        (f"a: {'x' * 77}", False),
        (f"a: {'x' * 78}", True),
    ],
)
def test_a_line_is_too_long_as_yamllint_says(line: str, long: bool) -> None:
    assert is_too_long(line) is long
    told = {str(each.rule) for each in linter.run(f"{line}\n", DEFAULT)}
    assert ("line-length" in told) is long


TEXTS = st.text(st.sampled_from(" aé\t\n\x07\"'#:-|>\\%{[$?&*!"), max_size=30) | st.sampled_from(
    [LONG, WORDS, WORDS.strip(), f"{LONG}\n{LONG}", "a  b " * 30, "null", "0x1", "\ta\nb"]
)
TREES = st.recursive(
    TEXTS | st.integers() | st.none() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab-/: '\"#", min_size=1, max_size=9), inner, max_size=3)
    ),
    max_leaves=9,
)


@given(TREES, st.sampled_from([0, 2]), st.sampled_from([None, 40, 80]))
def test_whatever_it_is_it_reads_the_same(tree: Any, lists: int, width: int | None) -> None:
    text = neat(dump({"k": tree}), lists=lists, width=width)
    assert yaml.load(text, yaml.CSafeLoader) == {"k": tree}
    assert yaml.safe_load(text) == {"k": tree}
