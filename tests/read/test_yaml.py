"""What YAML text becomes; the values are those that kubectl 1.32 prints for the same text."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.model.errors import InputError
from migrator.read.tree import LineMap
from migrator.read.yamltext import parse_yaml
from migrator.tools.bounds import DEPTH


def value(text: str) -> Any:
    result = parse_yaml(text, file="f.yaml", line=1)
    assert result.problems == ()
    return result.value


def complaints(text: str) -> list[str]:
    """What is wrong with a text, as ``line: message``."""
    try:
        problems = parse_yaml(text, file="f.yaml", line=1).problems
    except InputError as error:
        problems = error.problems
    assert all(problem.hint for problem in problems)
    return [f"{problem.source.line}: {problem.message}" for problem in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: b\t\nc:\td\n", {"a": "b", "c": "d"}, id="tabs behind key and value"),
        pytest.param("a: x\ty\t# c\n", {"a": "x\ty"}, id="a tab within a value"),
        pytest.param("a: x\n  \t\nb: 2\n", {"a": "x", "b": 2}, id="a tab on a blank line"),
        pytest.param("a: [1,\n\t2]\n", {"a": [1, 2]}, id="a tab in brackets"),
        pytest.param("a: |\t\n  x\ty\n", {"a": "x\ty\n"}, id="tabs around a block scalar"),
        pytest.param("a: |\n  \n\n    x\n", {"a": "\n\nx\n"}, id="a block that begins blank"),
        pytest.param("a: x\r\nb:\r\n- y\r\n", {"a": "x", "b": ["y"]}, id="CRLF"),
        pytest.param("a: |\r\n  x\r\n  y\r\n", {"a": "x\ny\n"}, id="CRLF in a block scalar"),
        pytest.param("a: x y\n  z\n\n  w\n", {"a": "x y z\nw"}, id="a folded plain scalar"),
        pytest.param("a: 'x\n- b'\n", {"a": "x - b"}, id="a quoted scalar at column 0"),
        pytest.param("a: {b:1}\n", {"a": {"b:1": None}}, id="no blank behind the colon"),
        pytest.param("a: '5'\nb: !!str 5\nc: ! 5\n", {"a": "5", "b": "5", "c": "5"}, id="strings"),
        pytest.param("a: !!int '5'\nb: !!float 5\n", {"a": 5, "b": 5}, id="tags of JSON's types"),
        pytest.param("a: !!binary aGVsbG8=\n", {"a": "hello"}, id="binary is its text"),
        pytest.param("a: !!timestamp 2001-01-01\n", {"a": "2001-01-01"}, id="timestamps are text"),
        pytest.param("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}, id="alias"),
        pytest.param("a: &k n\n*k : 2\n", {"a": "n", "n": 2}, id="alias as a key"),
        pytest.param("1: x\n1.50: y\nTrue: z\n", {"1": "x", "1.50": "y", "True": "z"}, id="keys"),
        pytest.param("? a\n: b\n", {"a": "b"}, id="explicit key"),
        pytest.param("a: ${B}\nb: $C-{{D}}\n", {"a": "${B}", "b": "$C-{{D}}"}, id="placeholders"),
        pytest.param("a: '{{ x }}'\n", {"a": "{{ x }}"}, id="template marks in quotes"),
        pytest.param("a: |\n  {{ x }}\n", {"a": "{{ x }}\n"}, id="template marks in a block"),
        pytest.param('a: "\\x00"\n', {"a": "\0"}, id="an escaped NUL is a character"),
        pytest.param("", None, id="empty"),
        pytest.param("# c\n", None, id="a comment"),
        pytest.param("- a\n", ["a"], id="a list"),
    ],
)
def test_values(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: &x {q: 1}\nb:\n  <<: *x\n  r: 2\n", {"q": 1, "r": 2}, id="one map"),
        pytest.param("a: &x {q: 1}\nb:\n  q: 2\n  <<: *x\n", {"q": 2}, id="own keys win"),
        pytest.param("b:\n  <<: [{q: 1}, {q: 2, r: 3}]\n", {"q": 1, "r": 3}, id="the first wins"),
        pytest.param("b:\n  '<<': {q: 1}\n", {"<<": {"q": 1}}, id="quoted it is a key"),
    ],
)
def test_merge_keys(text: str, expected: Any) -> None:
    assert value(text)["b"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "a: 1\nb: 2\na: 3\n",
            ["3: key 'a' is given twice in one map (first on line 1)"],
            id="duplicate key",
        ),
        pytest.param(
            "a: 1\na: '{{ x }}'\n",
            ["2: key 'a' is given twice in one map (first on line 1)"],
            id="template marks in quotes are not to blame",
        ),
        pytest.param(
            "1: x\n'1': y\n",
            ["2: key '1' is given twice in one map (first on line 1)"],
            id="duplicate once it is JSON",
        ),
        pytest.param(
            "b: x\na: !!python/object/apply:os.system [id]\n",
            ["2: the tag !!python/object/apply:os.system is unknown to Kubernetes"],
            id="a Python tag",
        ),
        pytest.param("a: !Ref x\n", ["1: the tag !Ref is unknown to Kubernetes"], id="a tag"),
        pytest.param("a: !!int x\n", ["1: x is tagged !!int but is none"], id="a false tag"),
        pytest.param("a: !!bool 1\n", ["1: 1 is tagged !!bool but is none"], id="1 is no boolean"),
        pytest.param(
            "a: !!int true\n", ["1: true is tagged !!int but is none"], id="nor is true 1"
        ),
        pytest.param("\na: .nan\n", ["2: .nan is not a number that Kubernetes can hold"], id="NaN"),
        pytest.param(
            "a: -.inf\n", ["1: -.inf is not a number that Kubernetes can hold"], id="infinity"
        ),
        pytest.param("a: *x\n", ["1: alias *x has no anchor before it"], id="alias of nothing"),
        pytest.param("a: &x [*x]\n", ["1: alias *x has no anchor before it"], id="alias of itself"),
        pytest.param("? [a]\n: b\n", ["1: a key is not a string"], id="a list as a key"),
        pytest.param("~: x\n", ["1: a key is null"], id="null as a key"),
        pytest.param("a:\n  <<: 5\n", ["2: a merge key << takes a map"], id="merge of a number"),
        pytest.param(
            'a: "\\ud800"\n',
            ["1: half of a surrogate pair (\\ud800 to \\udfff) in double quotes"],
            id="half a surrogate pair",
        ),
        pytest.param(
            "a: !!binary /w==\n",
            ["1: a !!binary value is not base64 of UTF-8 text"],
            id="binary that is no text",
        ),
    ],
)
def test_yaml_that_is_no_data_of_kubernetes(text: str, expected: list[str]) -> None:
    assert complaints(text) == expected


_TEMPLATE = "an unrendered template ({{ }} or {% %}), not a manifest"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: {{ .Values.x }}\n", f"1: {_TEMPLATE}", id="an action as a value"),
        pytest.param("a: {{ .x }}-y\n", f"1: {_TEMPLATE}", id="an action within a value"),
        pytest.param("x: y\n{{- if .x }}\na: 1\n", f"2: {_TEMPLATE}", id="an action of its own"),
        pytest.param("x:\n{% if x %}\n  y: 1\n", f"2: {_TEMPLATE}", id="Jinja"),
        pytest.param("a:\n  - {{ toYaml . }}\nb: [\n", f"2: {_TEMPLATE}", id="breaks further down"),
        pytest.param("a: {{ .x }}\n  b: 1\n", f"1: {_TEMPLATE}", id="breaks on the next line"),
        pytest.param("a:\n\tb: 1\n", "2: a tab indents a line", id="tab"),
        pytest.param("a: x\n\t\nb: 2\n", "2: a tab indents a line", id="tab on a blank line"),
        pytest.param(
            "a: 'x\nb: 1\n",
            "2: broken YAML: found unexpected end of stream while scanning a quoted scalar"
            " that begins on line 1",
            id="open quote",
        ),
        pytest.param(
            "a: b: c\n", "1: broken YAML: mapping values are not allowed here", id="colon"
        ),
        pytest.param(
            "a: @x\n",
            "1: broken YAML: found character '@' that cannot start any token",
            id="at sign",
        ),
        pytest.param(
            "v: '{{ x }}'\nx: y\nb: c: d\n",
            "3: broken YAML: mapping values are not allowed here",
            id="template marks in quotes are not to blame",
        ),
        pytest.param("a: x\0\n", "1: a NUL byte is not allowed in YAML", id="NUL"),
        pytest.param(
            "\n# \x1b[31m\n", "2: a control character '\\x1b' is not allowed in YAML", id="escape"
        ),
        pytest.param(
            'a: "\\UFFFFFFFF"\n',
            "1: broken YAML: an escape in double quotes is not a Unicode character",
            id="beyond Unicode",
        ),
    ],
)
def test_text_that_is_no_yaml(text: str, expected: str) -> None:
    assert complaints(text) == [expected]


def test_nesting_has_a_limit() -> None:
    assert value("[" * DEPTH + "]" * DEPTH) is not None
    too_deep = [f"1: more than {DEPTH} levels of nesting"]
    for levels in (DEPTH + 1, 100_000):
        assert complaints("[" * levels) == too_deep
    assert complaints("- " * (DEPTH + 1) + "x") == too_deep


@pytest.mark.parametrize(
    "merge", [pytest.param(False, id="lists"), pytest.param(True, id="merges")]
)
def test_alias_bombs_are_stopped_before_they_expand(merge: bool) -> None:
    lines = ["a0: &a0 {x: 1, y: 2}"]
    for n in range(1, 30):
        if merge:
            lines.append(f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: *a{n - 1}}}")
        else:
            lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]")
    [complaint] = complaints("\n".join(lines))
    assert complaint.endswith("its aliases expand to more than 100000 values")


def test_lines_of_keys_items_and_aliases() -> None:
    text = "# c\na: &x\n- one\n- b: two\n  c:\n    d: |\n      long\n      text\ne: *x\n"
    lines = parse_yaml(text, file="f.yaml", line=11).lines
    found = LineMap(lines)
    assert found[()] == 12
    assert found[("a",)] == 12
    assert found[("a", 0)] == 13
    assert found[("a", 1, "b")] == 14
    assert found[("a", 1, "c", "d")] == 16
    assert found[("e",)] == 19
    assert found[("e", 1, "c")] == 15, "what an alias stands for is where the anchor is"
    assert len(found) == len(list(found)) == 13
    for missing in [("z",), ("a", 2), ("a", -1), ("a", "b"), ("a", 0, "x"), (0,)]:
        assert missing not in found
