"""Documents of a stream, line ends, marks; and what cannot be rewritten at all."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.gitops.refusals import Reason, Refused
from migrator.gitops.rewrite import rewritten
from tests.gitops.tools import turned

STREAM = (
    "# head\n---\n# of none\n---\na: 1 # a\n...\n# between\n--- {b: 2}\n--- # c\nc: |\n  x\n---\n"
)


@pytest.mark.parametrize(
    ("number", "wanted", "after"),
    [
        pytest.param(1, {"a": 2}, STREAM.replace("1", "2"), id="between markers"),
        pytest.param(1, {"a": 1, "z": 2}, STREAM.replace("# a\n", "# a\nz: 2\n"), id="a new key"),
        pytest.param(2, {"b": 3, "c": []}, STREAM.replace("2}", "3, c: []}"),
                     id="on the line of the marker"),
        pytest.param(2, ["x"], STREAM.replace("{b: 2}", "[x]"),
                     id="another kind on the line of the marker"),
        pytest.param(3, {"c": "z"}, STREAM.replace("|\n  x", "|-\n  z"), id="behind a comment"),
    ],
)  # fmt: skip
def test_a_document_of_a_stream(number: int, wanted: Any, after: str) -> None:
    assert turned(STREAM, wanted, number) == after


def test_several_documents_at_once() -> None:
    new = rewritten(STREAM, {3: {"c": "z\n"}, 1: {"a": 5}}, file="app.yaml")
    assert new == STREAM.replace("1", "5").replace("  x", "  z")


def test_a_document_that_nobody_can_read_is_left_alone() -> None:
    text = "a: [\n---\nb: 1\n---\n{{ if x }}\n"
    assert turned(text, {"b": 2}, 1) == text.replace("1", "2")


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("a: 1\r\nb:\r\n- x\r\n", {"a": 1, "b": ["x", {"c": "l\nm\n"}]},
                     "a: 1\r\nb:\r\n- x\r\n- c: |\r\n    l\r\n    m\r\n", id="Windows"),
        pytest.param("a: |\r\n  x\r\n  z\r\n", {"a": "x\nw\n"}, "a: |\r\n  x\r\n  w\r\n",
                     id="a block scalar of Windows"),
        pytest.param("a: 1", {"a": 1, "b": 2}, "a: 1\nb: 2", id="no end of the last line"),
        pytest.param("a: 1\r\nb: 2", {"a": 1}, "a: 1", id="the last line goes, without its end"),
        pytest.param("a: |\n  x", {"a": "x", "b": 1}, "a: |-\n  x\nb: 1",
                     id="a block scalar without the end of its line"),
        pytest.param("a: |\n  x", {"a": "z\n"}, "a: |\n  z\n", id="a line feed that is a value"),
        pytest.param("a: 1\nb: |\n  x\nc: 1", {"a": 1, "b": "x\n"}, "a: 1\nb: |\n  x\n",
                     id="a line feed that becomes one"),
        pytest.param("\ufeffa: 1\nb: 2\n", {"a": 3, "b": 2}, "\ufeffa: 3\nb: 2\n",
                     id="a byte order mark"),
        pytest.param("%YAML 1.2\n---\na: 1\n", {"a": 2}, "%YAML 1.2\n---\na: 2\n", id="a directive"),
        pytest.param("a: é😀 # \u00a0\nb: 'ü' # ß\n", {"a": "é😀", "b": "x"},
                     "a: é😀 # \u00a0\nb: 'x' # ß\n", id="signs beyond ASCII"),
        pytest.param('a: "\u2028" # c\nb: 1 # c\n', {"a": "\u2028", "b": 2, "c": 3},
                     'a: "\u2028" # c\nb: 2 # c\nc: 3\n', id="a line separator in quotes"),
        pytest.param("a: 1 # c\x85\nb: 2\n", {"a": 3, "b": 2}, "a: 3 # c\x85\nb: 2\n",
                     id="another end of a line in a comment"),
        pytest.param("a: 1\rb: 2\r", {"a": 1, "b": 3}, "a: 1\rb: 3\r", id="carriage returns"),
        pytest.param("#\tc\na:\n#\t- x\n  - z # \t\n", {"a": ["z", "w"]},
                     "#\tc\na:\n#\t- x\n  - z # \t\n  - w\n", id="tabs in comments"),
        pytest.param("a:   \n  b: 1   \n", {"a": {"b": 1, "c": 2}}, "a:   \n  b: 1   \n  c: 2\n",
                     id="blanks at the end of lines"),
    ],
)  # fmt: skip
def test_what_is_no_value_stays_byte_for_byte(before: str, wanted: Any, after: str) -> None:
    assert turned(before, wanted) == after


@pytest.mark.parametrize(
    ("before", "number", "wanted", "reason", "line"),
    [
        pytest.param("a: 1\n", 1, {}, Reason.NO_DOCUMENT, 1, id="no such document"),
        pytest.param("", 0, {"a": 1}, Reason.NO_DOCUMENT, 1, id="an empty file"),
        pytest.param("a: 1\n---\n# b\n", 1, {"a": 1}, Reason.EMPTY, 3, id="an empty document"),
        pytest.param("a: 1\n---\nb: [\n", 1, {"b": []}, Reason.UNREADABLE, 3, id="broken YAML"),
        pytest.param("a: 1\nb: 2\na: 3\n", 0, {"a": 1}, Reason.UNREADABLE, 3, id="a key twice"),
        pytest.param("a: {{ .x }}\n", 0, {"a": 1}, Reason.UNREADABLE, 1, id="a template"),
        pytest.param("a: !env x\n", 0, {"a": 1}, Reason.UNREADABLE, 1, id="an unknown tag"),
        pytest.param("b: 1\n? a\n: 1\n", 0, {"b": 1, "a": 2}, Reason.COMPLEX_KEY, 2,
                     id="the value of a key behind ?"),
        pytest.param("b: 1\n? a\n: 1\n", 0, {"a": 1}, Reason.COMPLEX_KEY, 1,
                     id="a key beside one behind ?"),
        pytest.param("a: 1\n", 0, {"a": float("nan")}, Reason.NOT_EQUAL, 1,
                     id="what Kubernetes cannot hold"),
    ],
)  # fmt: skip
def test_what_is_refused(before: str, number: int, wanted: Any, reason: Reason, line: int) -> None:
    with pytest.raises(Refused) as caught:
        turned(before, wanted, number)
    assert caught.value.reason is reason
    assert str(caught.value.source) == f"app.yaml:{line}"
    (said,) = caught.value.lines()
    assert said.startswith(f"app.yaml:{line}: ")
    assert "{what}" not in said


def test_a_value_below_a_map_with_a_key_behind_a_question_mark() -> None:
    assert turned("b: 1\n? a\n: 1\n", {"b": 2, "a": 1}) == "b: 2\n? a\n: 1\n"
