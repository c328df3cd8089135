from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.read.chunks import chunks_at, is_one, numbered, split


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        pytest.param(b"a: 1\n", [(b"a: 1\n", 1)], id="no marker"),
        pytest.param(b"---\na: 1\n", [(b"a: 1\n", 2)], id="one marker"),
        pytest.param(b"a: 1\n---\nb: 2\n", [(b"a: 1\n", 1), (b"b: 2\n", 3)], id="two documents"),
        pytest.param(b"a: 1\r\n---\r\nb: 2\r\n", [(b"a: 1\r\n", 1), (b"b: 2\r\n", 3)], id="CRLF"),
        pytest.param(b"a: 1\r---\rb: 2\r", [(b"a: 1\r", 1), (b"b: 2\r", 3)], id="CR alone"),
        pytest.param(b"---\n---\n\n---\na: 1\n---\n", [(b"a: 1\n", 5)], id="stray markers"),
        pytest.param(b"# x\n---\na: 1\n---\n  # y\n", [(b"a: 1\n", 3)], id="comments alone"),
        pytest.param(b"---   # why\na: 1\n", [(b"a: 1\n", 2)], id="comment behind the marker"),
        pytest.param(b"--- \t\na: 1\n", [(b"a: 1\n", 2)], id="blanks behind the marker"),
        pytest.param(b"--- {a: 1}\n", [(b"--- {a: 1}\n", 1)], id="content behind the marker"),
        pytest.param(b"a: 1\n...\n---\nb: 2\n", [(b"a: 1\n", 1), (b"b: 2\n", 4)], id="end marker"),
        pytest.param(b"a: 1\n...\nb: 2\n", [(b"a: 1\n", 1), (b"b: 2\n", 3)], id="end marker alone"),
        pytest.param(b"%YAML 1.2\n---\na: 1\n", [(b"a: 1\n", 3)], id="directive"),
        pytest.param(
            b"a: 1\n...\n# x\n%YAML 1.2\n---\nb: 2\n",
            [(b"a: 1\n", 1), (b"b: 2\n", 6)],
            id="directive in the middle",
        ),
        pytest.param(b"%x\na: 1\n", [(b"%x\na: 1\n", 1)], id="no directive without a marker"),
        pytest.param(b"\xef\xbb\xbfa: 1\n", [(b"a: 1\n", 1)], id="byte order mark"),
        pytest.param(
            b"a: 1\n\xef\xbb\xbf---\nb: 2\n",
            [(b"a: 1\n", 1), (b"b: 2\n", 3)],
            id="byte order mark between joined files",
        ),
        pytest.param(
            b"\xef\xbb\xbf---\na: 1\n", [(b"a: 1\n", 2)], id="byte order mark and a marker"
        ),
        pytest.param(
            b"a: 1\nx\xef\xbb\xbf---\n",
            [(b"a: 1\nx\xef\xbb\xbf---\n", 1)],
            id="byte order mark within a line",
        ),
        pytest.param(b"a: 1\nb ---\n", [(b"a: 1\nb ---\n", 1)], id="within a line"),
        pytest.param(b"a: |\n  ---\n  b\n", [(b"a: |\n  ---\n  b\n", 1)], id="in a block scalar"),
        pytest.param(b"----\na: 1\n", [(b"----\na: 1\n", 1)], id="four dashes"),
        pytest.param(b"---a: 1\n", [(b"---a: 1\n", 1)], id="no blank behind it"),
        pytest.param(b" ---\n", [(b" ---\n", 1)], id="indented"),
        pytest.param(b"", [], id="empty"),
        pytest.param(b"\n\n  \n", [], id="blank"),
    ],
)
def test_split(stream: bytes, expected: list[tuple[bytes, int]]) -> None:
    assert [(chunk.data, chunk.line) for chunk in split(stream)] == expected


@given(st.lists(st.sampled_from([b"a: 1\n", b"---\n", b"...\n", b"# c\n", b"\r\n", b"--- x\n"])))
def test_each_chunk_stands_where_it_says(lines: list[bytes]) -> None:
    stream = b"".join(lines)
    for chunk in split(stream):
        assert stream[chunk.offset :].startswith(chunk.data)
        assert chunk.line == 1 + stream.count(b"\n", 0, chunk.offset)
    found = b"".join(chunk.data for chunk in split(stream))
    assert found.count(b"a: 1") == stream.count(b"a: 1")


_LINES = (b"a: 1\n", b"---\n", b"...\n", b"# c\n", b"\r\n", b"\r", b"--- x\n", b"%YAML 1.2\n", b"\xef\xbb\xbf",
          b"-", b".", b"\xbf", b" ")  # fmt: skip
_streams = st.lists(st.sampled_from(_LINES), max_size=20).map(b"".join)


@given(_streams, st.lists(st.integers(0, 60), max_size=4))
def test_the_documents_around_places_are_those_of_the_split(
    stream: bytes, places: list[int]
) -> None:
    every = split(stream)
    found = list(chunks_at(stream, sorted(places)))
    assert [chunk for chunk in every if chunk in found] == found, "in order, each once"
    for chunk in every:
        if any(chunk.offset <= place < chunk.offset + len(chunk.data) for place in places):
            assert chunk in found


@given(_streams)
def test_whether_there_is_a_second_document(stream: bytes) -> None:
    assert is_one(stream) is (len(split(stream)) < 2)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"# x\n---\na: 1\n", [(b"a: 1\n", 3)], id="a comment before the first"),
        pytest.param(b"---\n---\na: 1\n", [(b"", 2), (b"a: 1\n", 3)], id="an empty one"),
        pytest.param(
            b"a: 1\n---\n# x\n", [(b"a: 1\n", 1), (b"# x\n", 3)], id="a comment as the last"
        ),
        pytest.param(b"a: 1\n...\n# x\n", [(b"a: 1\n", 1)], id="a comment behind the end"),
        pytest.param(b"%YAML 1.2\n---\na: 1\n", [(b"a: 1\n", 3)], id="a directive"),
        pytest.param(b"a: 1\n...\n---\n", [(b"a: 1\n", 1), (b"", 4)], id="one after an end"),
    ],
)
def test_the_documents_as_yaml_counts_them(
    stream: bytes, expected: list[tuple[bytes, int]]
) -> None:
    assert [(chunk.data, chunk.line) for chunk in numbered(stream)] == expected
