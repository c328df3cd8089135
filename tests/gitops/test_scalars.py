"""One value becomes another: quotes, comments, block scalars, long text."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gitops.tools import turned


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("a: x\n", "z", "a: z\n", id="plain stays plain"),
        pytest.param("a: 'x'\n", "y", "a: 'y'\n", id="single quotes stay"),
        pytest.param('a: "x"\n', "y", 'a: "y"\n', id="double quotes stay"),
        pytest.param("a: 'x'\n", "it's", "a: 'it''s'\n", id="a quote in single quotes"),
        pytest.param("a: 'x'\n", "\t", 'a: "\\t"\n', id="what single quotes cannot show"),
        pytest.param('a: "x"\n', "l\nm\n", 'a: "l\\nm\\n"\n', id="double quotes hold line feeds"),
        pytest.param("a: 'x'\n", "l\nm", "a: |-\n  l\n  m\n", id="single quotes do not"),
        pytest.param("a: x\n", "1", 'a: "1"\n', id="a string that looks like a number"),
        pytest.param("a: x\n", "yes", 'a: "yes"\n', id="a string that YAML 1.1 takes for true"),
        pytest.param("a: '1'\n", 1, "a: 1\n", id="a number loses the quotes"),
        pytest.param("a: 1\n", 1.0, "a: 1.0\n", id="the type changes"),
        pytest.param("a: 0644\n", 0o600, "a: 384\n", id="an octal number"),
        pytest.param("a: yes\n", True, "a: true\n", id="yes is a string to Kubernetes"),
        pytest.param("a: 'x'\n", None, "a: null\n", id="null"),
        pytest.param("a: !!str 1\n", "2", 'a: "2"\n', id="a tag goes with its value"),
        pytest.param("a:    x    # why\n", "z", "a:    z    # why\n", id="blanks and comment stay"),
        pytest.param("a:\tx\t# why\n", "z", "a:\tz\t# why\n", id="tabs stay"),
        pytest.param("a:\n  x  # why\n", "z", "a:\n  z  # why\n", id="on its own line"),
        pytest.param("a:  # why\n", "x", "a: x  # why\n", id="null with a comment"),
        pytest.param("a:", "x", "a: x", id="null that ends the file"),
        pytest.param("a: x # why\n", "l\nm\n", "a: | # why\n  l\n  m\n", id="a comment behind |"),
        pytest.param("a: 5 # why\n", {"b": 1}, "a: # why\n  b: 1\n", id="a map with a comment"),
        pytest.param("a: {} # why\n", {"b": 1}, "a: # why\n  b: 1\n", id="the empty map"),
        pytest.param("a: [] # why\n", ["b"], "a: # why\n  - b\n", id="the empty list"),
        pytest.param("a:\n  b: 1\n", 5, "a: 5\n", id="a map becomes a number"),
        pytest.param(
            "a: # why\n  b: 1 # b\n", "x", "a: x # why\n", id="the comment on its first line"
        ),
        pytest.param("a:\n- b\n", {"c": 1}, "a:\n  c: 1\n", id="a list becomes a map"),
        pytest.param("a: x\n", [], "a: []\n", id="a scalar becomes an empty list"),
        pytest.param(
            'a: v1 # {"$imagepolicy": "n:p"}\n',
            "v2",
            'a: v2 # {"$imagepolicy": "n:p"}\n',
            id="the marker of an image policy",
        ),
        pytest.param(
            "# renovate: datasource=docker\na: v1\n",
            "v2",
            "# renovate: datasource=docker\na: v2\n",
            id="the comment of Renovate",
        ),
    ],
)
def test_a_value_becomes_another(before: str, wanted: Any, after: str) -> None:
    assert turned(before, {"a": wanted}) == after


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("|\n  l\n  m\n", "l\nn\n", "|\n  l\n  n\n", id="one line"),
        pytest.param("|\n      l\n", "m\n", "|\n      m\n", id="its indentation"),
        pytest.param("|  # why\n  l\n", "m\n", "|  # why\n  m\n", id="the comment of its header"),
        pytest.param("|\n  l\n", "m", "|-\n  m\n", id="no line feed at the end"),
        pytest.param("|-\n  l\n", "m\n", "|\n  m\n", id="a line feed at the end"),
        pytest.param("|\n  l\n", "m\n\n", "|+\n  m\n\n", id="two line feeds at the end"),
        pytest.param("|+\n  l\n", "m\n", "|+\n  m\n", id="what keeps all line feeds"),
        pytest.param("|+\n  l\n\n", "l\n", "|+\n  l\n", id="one line feed less"),
        pytest.param(
            "|\n  l\n", "  m\nn\n", "|2\n    m\n  n\n", id="a first line that is indented"
        ),
        pytest.param("|2-\n    l\n", "  m", "|2-\n    m\n", id="its indicators"),
        pytest.param("|\n  l\n\n  m\n", "l\n\nn\n", "|\n  l\n\n  n\n", id="a blank line"),
        pytest.param(
            "|\n  l\n  \n  m\n", "l\n\nn\n", "|\n  l\n  \n  n\n", id="blanks of a blank line"
        ),
        pytest.param("|\n  l  \n  m\n", "l  \nn\n", "|\n  l  \n  n\n", id="blanks that end a line"),
        pytest.param("|\n  l\n", "\tm\n", "|\n  \tm\n", id="a tab"),
        pytest.param("|\n  l\n", "", '""\n', id="nothing"),
        pytest.param("|\n  l\n", "a\x07\n", '"a\\a\\n"\n', id="what no block can hold"),
        pytest.param("|\n  l\n", 5, "5\n", id="a number"),
        pytest.param("|\n", "m\n", "|\n  m\n", id="an empty one"),
        pytest.param(">\n  l\n  m\n", "l n\n", ">\n  l n\n", id="folded text stays folded"),
        pytest.param(">-\n  l\n", "m\nn", "|-\n  m\n  n\n", id="unless lines matter"),
    ],
)
def test_a_block_scalar_becomes_another(before: str, wanted: Any, after: str) -> None:
    text = "a: {}\n\n# about b\nb: 1\n"
    wanted = {"a": wanted, "b": 1}
    if "+" in before + after:  # it takes blank lines for its own
        text = "a: {}b: 1\n"
    assert turned(text.replace("{}\n", before, 1).replace("{}", before), wanted) == text.replace(
        "{}\n", after, 1
    ).replace("{}", after)


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("x y\n  z  # c\n", "x y w", "x y\n  w  # c\n", id="plain"),
        pytest.param("'{ \"a\":\n  1,\n  \"b\": 2 }'\n", '{ "a": 1, "b": 3 }',
                     "'{ \"a\":\n  1,\n  \"b\": 3 }'\n", id="JSON in single quotes"),
        pytest.param('"x\\\n  y \\u00e9 z"\n', "xy é w", '"xy é w"\n', id="an escaped line break"),
        pytest.param('"\\u00e9 x"\n', "é y", '"\\u00e9 y"\n', id="escapes"),
        pytest.param('"\\t\\/ x"\n', "\t/ z", '"\\t\\/ z"\n', id="escapes of one sign"),
        pytest.param("'x\n\n  y'\n", "x\nz", "'x\n\n  z'\n", id="a line feed"),
        pytest.param("x\n  y\n", "x y: z", "'x y: z'\n", id="what cannot be plain any more"),
        pytest.param("x\n  y\n", "q", "q\n", id="nothing of it is left"),
        pytest.param("'ab\n  ab'\n", "ab", "'ab'\n", id="a part of it is left"),
    ],
)  # fmt: skip
def test_a_long_scalar_keeps_its_other_lines(before: str, wanted: str, after: str) -> None:
    assert turned(f"a: {before}b: 1\n", {"a": wanted, "b": 1}) == f"a: {after}b: 1\n"
