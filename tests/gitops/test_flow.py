"""Maps and lists between brackets, and JSON files."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.gitops.rewrite import rewritten
from tests.gitops.tools import turned

LINES = "a: [\n  x,  # of x\n  # of z\n  z,\n  w  # of w\n]  # of a\n"


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("a: [x, z]\n", ["x", "w"], "a: [x, w]\n", id="an item changes"),
        pytest.param("a: [x, 'z']\n", ["x", "w"], "a: [x, 'w']\n", id="its quotes stay"),
        pytest.param("a: [x]\n", ["x", "z"], "a: [x, z]\n", id="an item comes"),
        pytest.param("a: [ x ]\n", ["w", "x"], "a: [ w, x ]\n", id="an item comes first"),
        pytest.param("a: [x, z, w]\n", ["x", "w"], "a: [x, w]\n", id="an item goes"),
        pytest.param("a: [ x, z ]\n", ["x"], "a: [ x ]\n", id="the last item goes"),
        pytest.param("a: [x, z]\n", ["z"], "a: [z]\n", id="the first item goes"),
        pytest.param("a: [x, z,]\n", ["x"], "a: [x, ]\n", id="a comma at the end stays"),
        pytest.param("a: [x] # c\n", [], "a: [] # c\n", id="all items go"),
        pytest.param("a: [x, z, w]\n", ["w"], "a: [w]\n", id="two items go"),
        pytest.param('a: ["x"]\n', ["x", "z"], 'a: ["x", "z"]\n', id="quotes of the others"),
        pytest.param("a: [x]\n", ["x", "b,c"], 'a: [x, "b,c"]\n', id="a comma in a string"),
        pytest.param("a: [x]\n", ["x", "l\nm"], 'a: [x, "l\\nm"]\n', id="a line feed"),
        pytest.param("a: [x]\n", ["x", "i:v1"], "a: [x, i:v1]\n", id="a colon in a word"),
        pytest.param("a: [x]\n", ["x", {"b": [1, None]}], "a: [x, {b: [1, null]}]\n", id="a map"),
        pytest.param("a: [b: 1, x]\n", [{"b": 2}, "x"], "a: [b: 2, x]\n", id="a pair"),
        pytest.param("a: [b: 1, x]\n", [{"b": 1, "c": 2}, "x"], "a: [{b: 1, c: 2}, x]\n",
                     id="a pair becomes a map"),
        pytest.param("a: {b: 1}\n", {"b": {"c": 2}}, "a: {b: {c: 2}}\n", id="a map in a map"),
        pytest.param("a: {b: 1, c: 2}\n", {"c": 2}, "a: {c: 2}\n", id="a key goes"),
        pytest.param("a: {b: 'x'}\n", {"b": "x", "c": "z"}, "a: {b: 'x', c: z}\n",
                     id="quotes of a value are no others'"),
        pytest.param("a: {b: 1} # c\n", {}, "a: {} # c\n", id="all keys go"),
        pytest.param("a: {b: 1}\n", {"d": 0, "b": 1, "c": 2}, "a: {d: 0, b: 1, c: 2}\n",
                     id="keys come"),
        pytest.param("a: {b, c: , d: 1}\n", {"b": 1, "c": 2, "d": 1}, "a: {b: 1, c: 2 , d: 1}\n",
                     id="values for null"),
        pytest.param("a: {b-, c}\n", {"b-": 1, "c": None}, "a: {b-: 1, c}\n",
                     id="a value for a key without a colon"),
        pytest.param('a: {"b":1}\n', {"b": "x"}, 'a: {"b":x}\n', id="no blank behind the colon"),
        pytest.param(LINES, ["x", "z", "w", "v"],
                     LINES.replace("  w  # of w\n", "  w,  # of w\n  v\n"), id="a line comes"),
        pytest.param(LINES, ["x", "w"], LINES.replace("  z,\n", ""), id="a line goes"),
        pytest.param(LINES, ["x", "z"], LINES.replace("z,\n  w  # of w\n", "z\n"),
                     id="the last line goes"),
        pytest.param(LINES, ["q", "x", "z", "w"], LINES.replace("  x", "  q,\n  x"),
                     id="a first line comes"),
        pytest.param(LINES, ["x", "z", "v"], LINES.replace("  w", "  v"), id="a line changes"),
        pytest.param(LINES, [], "a: [\n  # of z\n]  # of a\n", id="the comment alone is left"),
    ],
)  # fmt: skip
def test_what_stands_in_brackets_changes_value_by_value(
    before: str, wanted: Any, after: str
) -> None:
    assert turned(before, {"a": wanted}) == after


INDENTED = """\
{
  "a": "x",
  "b": [
    1,
    2
  ],
  "c": {}
}
"""


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param(INDENTED, {"a": "é\n", "b": [1, 2], "c": {}},
                     INDENTED.replace('"x"', '"é\\n"'), id="a string"),
        pytest.param(INDENTED, {"a": "x", "b": [1], "c": {}},
                     INDENTED.replace("1,\n    2\n", "1\n"), id="an item goes"),
        pytest.param(INDENTED, {"a": "x", "b": [1, 2, 3], "c": {}},
                     INDENTED.replace("2\n", "2,\n    3\n"), id="an item comes"),
        pytest.param(INDENTED, {"a": "x", "b": [1, 2], "c": {"d": [True]}},
                     INDENTED.replace("{}", '{\n    "d": [\n      true\n    ]\n  }'),
                     id="something in an empty map"),
        pytest.param(INDENTED, {"b": [1, 2], "c": {}}, INDENTED.replace('  "a": "x",\n', ""),
                     id="a key goes"),
        pytest.param(INDENTED, {"a": "x", "d": None, "b": [1, 2], "c": {}},
                     INDENTED.replace('  "b"', '  "d": null,\n  "b"'), id="a key comes"),
        pytest.param('{"a":1}', {"a": 1, "b": {"c": [2, 3]}}, '{"a":1, "b":{"c":[2, 3]}}',
                     id="all on one line"),
        pytest.param('{"a":1,"d":0}', {"a": 1, "d": 0, "b": [2, 3]}, '{"a":1,"d":0,"b":[2,3]}',
                     id="without blanks"),
        pytest.param('{\n\t"a": 1\n}\n', {"a": 1, "b": {"c": 2}},
                     '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 2\n\t}\n}\n', id="tabs"),
        pytest.param('{\r\n  "a": 1\r\n}', {"a": 1, "b": {"c": 2}},
                     '{\r\n  "a": 1,\r\n  "b": {\r\n    "c": 2\r\n  }\r\n}', id="Windows"),
        pytest.param('{"a": "\\ud83d\\ude00", "b": "\\/"}', {"a": "😀", "b": "x"},
                     '{"a": "\\ud83d\\ude00", "b": "x"}', id="escapes stay"),
    ],
)  # fmt: skip
def test_json_stays_json(before: str, wanted: Any, after: str) -> None:
    assert turned(before, wanted) == after


def test_values_of_json_one_after_another_count_as_documents() -> None:
    text = '{"a": 1}\n{"a": 2}\n[3]\n'
    assert rewritten(text, {1: {"a": 4}, 2: []}, file="f.json") == '{"a": 1}\n{"a": 4}\n[]\n'
