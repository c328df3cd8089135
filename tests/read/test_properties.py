"""Whatever the bytes: an InputError or a Reading; and one meaning however it is spelt."""

from __future__ import annotations

import io
import json
import textwrap
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.model.errors import InputError
from migrator.model.inputs import Document
from migrator.read.reading import read_inputs
from migrator.read.streams import parse_documents
from tests.read.support import nad, parsed

_PIECES = (
    "apiVersion: v1\nkind: Namespace\n", "multus", "---\n", "...\n", "- ", ": ", "? ", "&a ", "*a",
    "<<: *a\n", "!!str ", "!x ", "!!binary ", "|\n", ">-\n", "'", '"', "\\", "\\U99999999", "\\ud800",
    "%YAML 1.2\n", "{{ .x }}", "{% if %}", "{", "}", "[", "]", ",", "#", "\t", "\r", "\n", "  ",
    "\0", "\ufeff", "\x85", "\u2028", ".nan", "1e999", "NaN", '{"apiVersion": "v1", "kind": "Pod"',
)  # fmt: skip
_mixtures = st.lists(
    st.sampled_from(_PIECES).map(str.encode) | st.binary(max_size=3), max_size=25
).map(b"".join)


@given(_mixtures | st.binary())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_arbitrary_bytes_never_raise_anything_but_an_input_error(data: bytes) -> None:
    try:
        read_inputs(["-"], stdin=io.BytesIO(data), node_files=None, build=None, keep_going=False)
    except InputError as error:
        assert error.lines()
        assert all(line.isprintable() and "\n" not in line for line in error.lines())
    documents, problems = parse_documents(data, "f.yaml")
    last = 1 + data.count(b"\n") + data.count(b"\r")
    for problem in problems:
        assert 1 <= problem.source.line <= last
    for document in documents:
        assert 1 <= document.source.line <= last
        assert all(1 <= line <= last for line in document.lines.values())
        json.dumps(document.data).encode()


_keys = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12
)
# Line breaks of YAML 1.1 alone: no writer and reader agree on them within quotes.
_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029"),
    max_size=20,
)
_trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _texts,
    lambda tree: st.lists(tree, max_size=3) | st.dictionaries(_keys, tree, max_size=3),
    max_leaves=12,
)
_objects = st.fixed_dictionaries(
    {
        "apiVersion": st.just("v1"),
        "kind": st.just("Pod"),
        "metadata": st.fixed_dictionaries({"name": st.just("multus")}),
        "spec": _trees,
    }
)


def _data(text: str) -> list[Any]:
    return [document.data for document in parsed(text)]


@given(_objects, st.integers(2, 8), st.booleans())
def test_json_lists_and_streams_mean_the_same(value: Any, indent: int, escape: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escape)
    assert _data(text) == [value]
    many = {"apiVersion": "v1", "kind": "List", "items": [value, value]}
    assert _data(json.dumps(many, ensure_ascii=escape)) == [value, value]
    assert _data(f"{text}\n{text}") == [value, value]
    assert _data(f"---\n{text}\n---\n{text}\n") == [value, value]


@given(
    _objects,
    st.sampled_from(["'", '"', "|", ">"]),
    st.integers(2, 8),
    st.integers(10, 200),
    st.booleans(),
    st.booleans(),
)
def test_yaml_means_the_same_in_any_layout(
    value: Any, style: str, indent: int, width: int, flow: bool, unicode: bool
) -> None:
    """Quoted strings only: plain ones are another matter in YAML 1.1 (test_scalars)."""
    text = yaml.dump(
        _quoted(value, style),
        Dumper=_Dumper,
        default_flow_style=flow,
        indent=indent,
        width=width,
        allow_unicode=unicode,
    )
    assert _data(text) == [value]
    assert _data(text.replace("\n", "\r\n")) == [value]
    item = textwrap.indent(text, "  ").replace("  ", "- ", 1)
    if not flow:
        assert _data(f"apiVersion: v1\nkind: List\nitems:\n{item}") == [value]


class _Text(str):
    __slots__ = ("style",)
    style: str


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _scalar(dumper: yaml.SafeDumper, text: _Text) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=text.style)


_Dumper.add_representer(_Text, _scalar)


def _quoted(tree: Any, style: str) -> Any:
    if isinstance(tree, dict):
        return {_quoted(key, '"'): _quoted(value, style) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_quoted(item, style) for item in tree]
    if isinstance(tree, str):
        text = _Text(tree)
        text.style = style
        return text
    return tree


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True), st.data())
def test_each_document_of_a_stream_is_read_as_if_alone(
    names: list[str], data: st.DataObject
) -> None:
    between = st.sampled_from(["---\n", "---\n# c\n", "--- # c\n---\n", "...\n---\n", "---\n\n"])
    stream = data.draw(between).join(f"# {name}\n{nad(name)}" for name in names)
    documents = parsed(stream)
    assert [d.ref.name for d in documents] == names
    for document in documents:
        [alone] = parsed(document.text)
        assert alone.data == document.data
        assert _shifted(alone) == _shifted(document)
        assert stream.splitlines()[document.source.line - 1].startswith("apiVersion")


def _shifted(document: Document) -> dict[Any, int]:
    return {path: line - document.source.line for path, line in document.lines.items()}


@given(_objects)
def test_lines_point_at_what_they_say(value: Any) -> None:
    text = yaml.dump(_quoted(value, '"'), Dumper=_Dumper, width=10**6)
    lines = text.splitlines()
    [document] = parsed(text)
    for path, line in document.lines.items():
        if path and isinstance(path[-1], str) and path[-1].isascii():
            assert json.dumps(path[-1]) in lines[line - 1] or len(path[-1]) > 100
