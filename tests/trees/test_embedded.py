"""JSON in strings: what Go takes, and nothing that cannot be followed or written again."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from migrator.trees.embedded import decoder, json_map, lines_of, loads, too_deep


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("[" + "{}," * 200 + "{}]", [{}] * 201, id="wide, not deep"),
        pytest.param("1e308", 1e308, id="a number that float64 holds"),
        pytest.param(r'"\ud83d\ude00"', "\U0001f600", id="a surrogate pair"),
        pytest.param(r'"\ud83d"', "\ufffd", id="its first half"),
        pytest.param(r'"\ude00\uD83D\uDE00"', "\ufffd\U0001f600", id="its second half, then both"),
        pytest.param(r'"\\ud83d"', r"\ud83d", id="a backslash, and no escape"),
        pytest.param(r'"\\\ud83d"', "\\\ufffd", id="a backslash, then half a pair"),
    ],
)
def test_reads(text: str, value: Any) -> None:
    assert loads(text) == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 101 + "]" * 101, id="too many levels"),
        pytest.param("[" * 100_000, id="far too many levels"),
        pytest.param("NaN", id="NaN"),
        pytest.param('{"a": -Infinity}', id="Infinity"),
        pytest.param("1e309", id="a number that no float64 holds"),
        pytest.param("9" * 5000, id="an endless integer"),
        pytest.param("{", id="broken"),
        pytest.param("", id="empty"),
    ],
)
def test_refuses_with_a_value_error_only(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(text)
    assert json_map(text) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            '{"a": 1,}',
            "invalid character '}' looking for beginning of object key string",
            id="a comma too many",
        ),
        pytest.param(
            "{'a': 1}",
            "invalid character '\\'' looking for beginning of object key string",
            id="single quotes",
        ),
        pytest.param('{"a": 1', "unexpected end of JSON input", id="the end is missing"),
        pytest.param("NaN", "invalid character 'N' looking for beginning of value", id="NaN"),
        pytest.param(
            "1e309",
            "json: cannot unmarshal number 1e309 into Go value of type float64",
            id="a number that no float64 holds",
        ),
    ],
)
def test_says_what_multus_would_log(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        loads(text)


def test_a_hundred_levels_are_not_too_deep() -> None:
    assert not too_deep("[" * 100 + "]" * 100)
    assert loads('{"a":' * 99 + "{}" + "}" * 99).keys() == {"a"}


def test_pairs_may_be_made_into_something_else() -> None:
    assert loads('{"a": 1, "a": 2}', decoder(list)) == [("a", 1), ("a", 2)]


@pytest.mark.parametrize(
    ("text", "value"), [('{"a": 1}', {"a": 1}), ("[1]", {}), ("null", {}), ('"a"', {})]
)
def test_map(text: str, value: Any) -> None:
    assert json_map(text) == value


def test_a_long_value_stands_below_its_key() -> None:
    tree = {"a": {"b": "x" * 70, "c": [1]}, 'd": "e': "y"}
    text = lines_of(tree, 2)
    assert json.loads(text) == tree
    assert text.splitlines()[2:4] == ['    "b":', f'      "{"x" * 70}",']
    assert text.count("\n") == 10
    assert text.endswith("}\n")
