from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from migrator.trees import dump as dumps
from migrator.trees.dump import dump

CONFIG = '{\n  "cniVersion": "0.3.1",\n  "name": "macvlan"\n}'


def read_as_1_1(text: str) -> Any:
    return yaml.safe_load(text)


def read_as_1_2(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("yes", id="1.1 boolean"),
        pytest.param("Off", id="1.1 boolean, capital"),
        pytest.param("y", id="1.1 boolean of one letter, true to kustomize in a JSON6902 patch"),
        pytest.param("12:30:45", id="1.1 sexagesimal"),
        pytest.param("1:20.5", id="1.1 sexagesimal float"),
        pytest.param("0644", id="1.1 octal"),
        pytest.param("0o644", id="1.2 octal"),
        pytest.param("0b11", id="binary"),
        pytest.param("1_000", id="1.1 number"),
        pytest.param("1e3", id="1.2 float"),
        pytest.param("2001-01-01", id="1.1 date"),
        pytest.param("2001-12-14t21:59:43.10-05:00", id="1.1 timestamp"),
        pytest.param("2001-12-14 21:59:43.10 Z", id="1.1 timestamp with blanks"),
        pytest.param("=", id="1.1 default value"),
        pytest.param("<<", id="1.1 merge"),
        pytest.param("~", id="null"),
        pytest.param("", id="empty"),
        pytest.param("null", id="null word"),
        pytest.param(".inf", id="infinity"),
        pytest.param("4.2.4", id="a version, for the eye"),
    ],
)
def test_a_string_that_a_reader_would_change_is_quoted(text: str) -> None:
    assert dump({"k": text}) == f'k: "{text}"\n'


@pytest.mark.parametrize(
    "text",
    ["thin", "v4.2.4-thick", "100m", "50Mi", "/opt/cni/bin", "kube-multus", "a.b/c", "-d", "--x"],
)
def test_a_plain_string_stays_plain(text: str) -> None:
    assert dump({"k": text}) == f"k: {text}\n"


def test_a_key_that_a_reader_would_change_is_quoted() -> None:
    assert dump({"on": 1, "10": 2}) == '"on": 1\n"10": 2\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(CONFIG, "|-", id="no line feed at the end"),
        pytest.param(CONFIG + "\n", "|\n", id="one line feed at the end"),
        pytest.param("a\n\n  b\n", "|\n", id="empty line and indentation within"),
        pytest.param("tab\n\tb", "|-", id="tab in a line"),
        pytest.param("a\n\n", '"', id="two line feeds at the end"),
        pytest.param(" a\nb", '"', id="indented first line"),
        pytest.param("\ta\nb", '"', id="first line that begins with a tab"),
        pytest.param("\na", '"', id="empty first line"),
        pytest.param("a \nb", '"', id="a line that ends in a blank"),
        pytest.param("a\r\nb", '"', id="carriage return"),
        pytest.param("a\n\x07", '"', id="control character"),
        pytest.param("a\n\x85b", '"', id="next line"),
        pytest.param("\n", '"', id="nothing but a line feed"),
    ],
)
def test_several_lines_are_a_literal_block_where_every_reader_agrees(
    text: str, expected: str
) -> None:
    written = dump({"k": text})
    assert written.startswith(f"k: {expected}")
    assert read_as_1_1(written) == read_as_1_2(written) == {"k": text}
    assert yaml.load(written, yaml.CSafeLoader) == {"k": text}


def test_nothing_is_folded() -> None:
    text = "word " * 4000 + "end"
    assert dump({"k": text}).count("\n") == 1


def test_null_and_empties_are_written_out() -> None:
    assert dump({"args": None, "m": {}, "l": []}) == "args: null\nm: {}\nl: []\n"


def test_keys_keep_their_order() -> None:
    assert dump({"b": 1, "a": 2}) == "b: 1\na: 2\n"


def test_comments_stand_above_what_they_explain() -> None:
    tree = {"spec": {"containers": [{"name": "m", "args": None}, {"name": "other"}]}}
    written = dump(
        tree,
        header=["head"],
        comments={
            ("spec", "containers", 0): ["first"],
            ("spec", "containers", 0, "args"): ["why", "where"],
            ("spec", "containers", 1): ["second"],
        },
    )
    assert written == (
        "# head\nspec:\n  containers:\n  # first\n  - name: m\n    # why\n    # where\n"
        "    args: null\n  # second\n  - name: other\n"
    )


@pytest.mark.parametrize("nasty", ["a\nb: c", "a\r- b", "\x85b: c", "a\u2028b: c", "\x1b[31m"])
def test_a_comment_cannot_leave_its_line(nasty: str) -> None:
    written = dump({"a": {"k": 1}}, header=[nasty], comments={("a", "k"): [nasty]})
    assert read_as_1_1(written) == read_as_1_2(written) == {"a": {"k": 1}}
    assert "\x1b" not in written


_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.text("0123456789:._-+eExobyYnNtT \n\t\"'#&*!%@`{}[],?|>~=<", max_size=6)
)
_trees = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abyn01:.-# \n", max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(tree=st.dictionaries(st.text(min_size=1, max_size=6), _trees, max_size=4))
@example(tree={"k": "\ufeff"})
@example(tree={"k": "a\n\u2029b"})
@example(tree={"k": 1e16, "l": 1e-7, "m": -0.0})
@example(tree={"k" * 300: "x"})
def test_every_tree_reads_back_the_same_under_1_1_and_1_2(tree: dict[str, Any]) -> None:
    written = dump(tree)
    assert read_as_1_1(written) == tree
    assert read_as_1_2(written) == tree


_MARKS = st.text(st.sampled_from(" \n\t#:-?'\"{}[],&*!|>%@`~ab0.=<\\eyn\u00e9\x07"), max_size=8)
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _MARKS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_MARKS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.lists(_ANY, max_size=3) | st.dictionaries(_MARKS, _ANY, max_size=3))
@example(["it's", "'", '"', "- a", "a: b", "a\nb", " a\nb", "x #y", "0o7"])
def test_both_libraries_write_the_same_text(tree: Any) -> None:
    """``dump`` takes the quick one where it can, also for comments anywhere."""
    assert dump(tree) == dumps._with_ruamel(tree, {})
    for place in (*_places(tree, ()), ()):
        comments = {place: ["why", "P01"]} if place else {at: ["x"] for at in _places(tree, ())}
        assert dump(tree, comments=comments) == dumps._with_ruamel(tree, comments)


def _places(tree: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield (*path, key)
            yield from _places(value, (*path, key))
