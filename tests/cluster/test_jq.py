"""A jq that stays answers as one that has just started, and leaves to that what is no plain answer."""

from __future__ import annotations

import json
from typing import Final

import pytest

from tests.cluster.jq import KEPT, Filter, fresh, jq
from tests.cluster.test_pods import ANSWERS, SILENT, WEIRD, program, weird

PODS: Final = [json.dumps({"items": [weird(a, s, None) for s in ANSWERS for a in some]})
               for some in (WEIRD[:5], WEIRD[5:], [])]  # fmt: skip
TEXTS: Final = ['{"a": "x\\ny\\u0000\\"\u00e9", "b": [1, 2.50]}', '{\n"a": null,\n"b": []}\n', "{}"]
FILTERS: Final = [
    (("-c", f"{program()}{SILENT}"), PODS),
    (('.a // "" # what is there', "-r"), TEXTS),
    (('def f: .b; .a = $x | .a, (f[]? | . * $n), "last"', "--arg", "x", "] [\n", "--argjson", "n", " 3 "), TEXTS),
]  # fmt: skip
ODD: Final = [  # no value, several values, values that the filter or jq does not take
    "", "  ", "1 2", "1, 2", '{"a": "x", "b": 1} {"a": "y"}', '{"a": "x", "b": 1}, {}', "{", "]", "}",
    '{"a": "x", "b": "y"}', '"a"', "[1]", "nan", "NaN", "[" * 300 + "]" * 300,
]  # fmt: skip


@pytest.mark.parametrize(("words", "inputs"), FILTERS)
def test_it_says_what_a_fresh_one_says(words: tuple[str, ...], inputs: list[str]) -> None:
    jq(words, "{}")
    for text in inputs:
        jq.cache_clear()
        done = fresh(words, text)
        assert jq(words, text) == (done.returncode, done.stdout, done.stderr), text
        assert done.returncode == 0


@pytest.mark.parametrize("text", ODD)
def test_it_leaves_what_is_odd_to_a_fresh_one_and_answers_again(text: str) -> None:
    asked = Filter(".a | ., (. + $v), if $w then .b else . end", (), ("v", "w"))
    KEPT.taken.add(asked)
    assert KEPT.answer(asked, ['"y"', "1"], text) is None
    assert KEPT.answer(asked, ['"y"', "null"], '{"a": "x"}') == '"x"\n"xy"\n"x"\n'


def test_one_process_takes_any_value_of_a_variable() -> None:
    before = len(KEPT.staying)
    for value in ("a", "", 'b " c', "\n\u00e9"):
        words = ("-r", "--arg", "v", value, "--argjson", "w", json.dumps([value]), "[.x, $v, $w]")
        done = fresh(words, '{"x": 1}')
        assert jq(words, '{"x": 1}') == (0, done.stdout, "")
    assert len(KEPT.staying) == before + 1


@pytest.mark.parametrize("value", ["", "x", "1 2", "1, 2"])
def test_a_variable_that_is_no_json_is_an_error(value: str) -> None:
    good = ("--argjson", "v", "1", "(. + $v) * 2")
    jq(good, "0")
    assert jq(good, "1") == (0, "4\n", "")
    done = fresh(("--argjson", "v", value, good[3]), "1")
    assert jq(("--argjson", "v", value, good[3]), "1") == (done.returncode, "", done.stderr)


@pytest.mark.parametrize("words", [("-s", "-c", "."), ("-c", "[., input]"), (".[",)])
def test_what_looks_at_more_than_one_value_is_always_fresh(words: tuple[str, ...]) -> None:
    for text in ("1 2", "3 4"):
        done = fresh(words, text)
        assert jq(words, text) == (done.returncode, done.stdout, done.stderr)
    assert not any(asked.text in words for asked in KEPT.staying)


def test_several_filters_are_a_fault_of_a_test() -> None:
    assert jq((".a", ".b"), "{}")[0] == 70
    assert jq(("--slurp", "."), "{}")[0] == 70
