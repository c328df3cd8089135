from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.model.errors import InputError
from migrator.read.jsontext import parse_json
from migrator.read.tree import LineMap
from migrator.tools.bounds import DEPTH

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda tree: st.lists(tree) | st.dictionaries(st.text(), tree),
    max_leaves=20,
)


def test_lines() -> None:
    text = '\n{\n\t"a": [\n1,\n{"b": 2}\n]\n}\n{"c":\n3}'
    first, second = parse_json(text, file="f.json", line=5)
    lines = LineMap(first.lines)
    assert lines[()] == 6
    assert lines[("a",)] == 7
    assert lines[("a", 0)] == 8
    assert lines[("a", 1, "b")] == 9
    assert second.value == {"c": 3}
    assert dict(LineMap(second.lines)) == {(): 12, ("c",): 12}


@given(_json, st.sampled_from([None, 0, 1, "\t"]), st.booleans())
def test_agrees_with_the_standard_library(value: object, indent: str | None, ascii_: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_)
    [parsed] = parse_json(text, file="f.json", line=1)
    assert parsed.value == value
    assert parsed.problems == ()


@given(st.text('{}[]",:01e-. \n\ttrufalsn\\'))
def test_takes_what_the_standard_library_takes(text: str) -> None:
    try:
        expected = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    parsed = parse_json(text, file="f.json", line=1)
    if not parsed[0].problems and "." not in text and "e" not in text:
        assert [item.value for item in parsed] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            '{"a": 1,\n"a": 2}',
            ["2: key 'a' is given twice in one map (first on line 1)"],
            id="duplicate key",
        ),
        pytest.param(
            "[1e999]", ["1: 1e999 is not a number that Kubernetes can hold"], id="infinite"
        ),
    ],
)
def test_what_json_allows_and_kubernetes_does_not(text: str, expected: list[str]) -> None:
    [parsed] = parse_json(text, file="f.json", line=1)
    assert [f"{p.source.line}: {p.message}" for p in parsed.problems] == expected


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_takes_for_json(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} is not JSON") as caught:
        parse_json(f'{{"a":\n{name}}}', file="f.json", line=1)
    assert caught.value.source is not None
    assert caught.value.source.line == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"a" 1}',
        '{"a": 1,}',
        "[1 2]",
        "[1,]",
        "{a: 1}",
        '{"a": }',
        '{"a": 1',
        "[",
        '"x',
        "{} x",
        "01",
    ],
)
def test_no_json(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        parse_json(text, file="f.json", line=1)


def test_numbers_and_characters_as_go_has_them() -> None:
    text = '[123456789012345678901234567890, 1.0, "\\ud83d\\ude00", "\\ud800x", "\\/"]'
    [parsed] = parse_json(text, file="f.json", line=1)
    assert parsed.value == [1.2345678901234568e29, 1.0, "\U0001f600", "\ufffdx", "/"]
    assert isinstance(parsed.value[0], float)
    assert math.isfinite(parsed.value[0])


def test_nesting_has_a_limit() -> None:
    parse_json("[" * DEPTH + "]" * DEPTH, file="f.json", line=1)
    for text in ("[" * 100_000, '{"a":' * 100_000):
        with pytest.raises(InputError, match="levels of nesting"):
            parse_json(text, file="f.json", line=1)
