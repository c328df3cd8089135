"""encoding/json without types. Every expectation here was checked against Go's own decoder."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.golang import jsontext as gojson
from migrator.golang.errors import GoError


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "unexpected end of JSON input", id="nothing"),
        pytest.param(" \n", "unexpected end of JSON input", id="white space"),
        pytest.param("{", "unexpected end of JSON input", id="object not closed"),
        pytest.param('{"a"', "unexpected end of JSON input", id="no colon at the end"),
        pytest.param('"a', "unexpected end of JSON input", id="string not closed"),
        pytest.param("\ufeff{}", "invalid character 'ï' looking for beginning of value", id="BOM"),
        pytest.param("é", "invalid character 'Ã' looking for beginning of value", id="UTF-8"),
        pytest.param("\u0080", "invalid character 'Â' looking for beginning of value", id="C1"),
        pytest.param(
            "\udc80", r"invalid character '\u0080' looking for beginning of value", id="not UTF-8"
        ),
        pytest.param("'a'", r"invalid character '\'' looking for beginning of value", id="single"),
        pytest.param("\0", r"invalid character '\x00' looking for beginning of value", id="NUL"),
        pytest.param("\x7f", r"invalid character '\x7f' looking for beginning of value", id="DEL"),
        pytest.param("[1,]", "invalid character ']' looking for beginning of value", id="comma"),
        pytest.param(
            '{"a":1,}', "invalid character '}' looking for beginning of object key string", id="}"
        ),
        pytest.param(
            "{a:1}", "invalid character 'a' looking for beginning of object key string", id="bare"
        ),
        pytest.param('{"a" 1}', "invalid character '1' after object key", id="no colon"),
        pytest.param('{"a":1 "b"}', "invalid character '\"' after object key:value pair", id="no,"),
        pytest.param("[1 2]", "invalid character '2' after array element", id="no comma"),
        pytest.param("{}{}", "invalid character '{' after top-level value", id="two documents"),
        pytest.param("1 x", "invalid character 'x' after top-level value", id="rest"),
        pytest.param('"a\nb"', r"invalid character '\n' in string literal", id="newline"),
        pytest.param(r'"\q"', "invalid character 'q' in string escape code", id="escape"),
        pytest.param('"\\', "invalid character ' ' in string escape code", id="escape at the end"),
        pytest.param(
            r'"\u12g4"', r"invalid character 'g' in \u hexadecimal character escape", id="hex"
        ),
        pytest.param("tru", "invalid character ' ' in literal true (expecting 'e')", id="tru"),
        pytest.param("nan", "invalid character 'a' in literal null (expecting 'u')", id="nan"),
        pytest.param("-", "invalid character ' ' in numeric literal", id="minus"),
        pytest.param("-a", "invalid character 'a' in numeric literal", id="minus a"),
        pytest.param("01", "invalid character '1' after top-level value", id="leading zero"),
        pytest.param("+1", "invalid character '+' looking for beginning of value", id="plus"),
        pytest.param(
            "1.", "invalid character ' ' after decimal point in numeric literal", id="point"
        ),
        pytest.param("[1.5.2]", "invalid character '.' after array element", id="two points"),
        pytest.param("1e", "invalid character ' ' in exponent of numeric literal", id="exponent"),
        pytest.param("1e+x", "invalid character 'x' in exponent of numeric literal", id="sign"),
        pytest.param("[" * 10_001, "invalid character '[' exceeded max depth", id="10,001 levels"),
    ],
)
def test_names_the_first_fault_as_go_does(text: str, error: str) -> None:
    with pytest.raises(GoError) as raised:
        gojson.parse(text)
    assert str(raised.value) == error


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param(' { "b" : 1 , "a" : [ ] } ', '{"a":[],"b":1}', id="keys sorted, no space"),
        pytest.param('{"a":1,"a":2}', '{"a":2}', id="the last of equal keys"),
        pytest.param('"<&>\u2028"', r'"\u003c\u0026\u003e\u2028"', id="HTML escaped"),
        pytest.param(r'"\u003c\/"', r'"\u003c/"', id="a slash is not"),
        pytest.param(r'"\b\f\n\r\t\u0001"', r'"\b\f\n\r\t\u0001"', id="control characters"),
        pytest.param(r'"\ud83d\ude00é"', '"😀é"', id="surrogate pair joined"),
        pytest.param(r'"\ud800A\udc00"', '"\ufffdA\ufffd"', id="lone surrogates replaced"),
        pytest.param('"\udcff"', '"\ufffd"', id="a byte that is not UTF-8 replaced"),
        pytest.param("[1500.0,1e3,-0]", "[1500,1000,-0]", id="floats that are whole"),
        pytest.param("[1e21,1e20]", "[1e+21,100000000000000000000]", id="exponent from 1e21"),
        pytest.param("[0.000001,1e-7]", "[0.000001,1e-7]", id="exponent below 1e-6"),
        pytest.param("12345678901234567890", "12345678901234567000", id="precision of a float64"),
        pytest.param("[true,false,null]", "[true,false,null]", id="literals"),
        pytest.param("[" * 10_000 + "]" * 10_000, "[" * 10_000 + "]" * 10_000, id="10,000 levels"),
    ],
)
def test_writes_what_it_read_as_go_does(text: str, written: str) -> None:
    assert gojson.marshal(gojson.parse(text)) == written


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(TREES)
def test_reads_every_document_that_python_writes(tree: object) -> None:
    assert json.loads(gojson.marshal(gojson.parse(json.dumps(tree)))) == tree


@given(st.text())
def test_never_raises_anything_but_gos_error(text: str) -> None:
    try:
        value = gojson.parse(text)
    except GoError:
        return
    assert gojson.marshal(gojson.parse(gojson.marshal(value))) == gojson.marshal(value)


def test_the_line_of_the_first_fault() -> None:
    assert gojson.fault_line('{"a": 1,\n "b": 2,\n}') == 3
    assert gojson.fault_line('{"a": 1') == 1
    assert gojson.fault_line('{"a": 1}\n') == 0


_PIECES = st.sampled_from(
    [
        *'{}[],:"\\',
        "\\u00e9",
        "\\ud83d",
        "\\/",
        "\\n",
        '"a"',
        '"A":',
        "1",
        "-0",
        "1E400",
        "0.10",
        "01",
        "true",
        "null",
        "NaN",
        "-Infinity",
        " ",
        "\n",
        "\x1f",
        "é",
        "\ud800",
        "{" * 600,
        '{"a":1,"a":[]}',
    ]
)


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_pythons_decoder_reads_as_the_scanner_does(text: str) -> None:
    """The same value with the same pairs and literals, or the same error."""

    def told(read: Callable[[], gojson.Value]) -> str:
        try:
            return _all_of(read())
        except GoError as error:
            return f"error: {error}"

    assert told(lambda: gojson.parse(text)) == told(lambda: gojson._parse(gojson._Reader(text)))


def _all_of(value: gojson.Value) -> str:
    if isinstance(value, gojson.Object):
        assert dict(value.pairs) == value
        return f"{{{[(key, _all_of(item)) for key, item in value.pairs]}}}"
    if isinstance(value, list):
        return f"[{[_all_of(item) for item in value]}]"
    literal = value.literal if isinstance(value, gojson.Number) else ""
    return f"{type(value).__name__} {value!r} {literal}"
