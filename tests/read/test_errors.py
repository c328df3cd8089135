"""Bad inputs: one clear line each, with file:line, what it is and what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from migrator.read.jsontext import parse_json
from migrator.read.wording import broken_json
from migrator.tools.bounds import FILE
from tests.read.support import nad, read, refused, write

OBJECT = "apiVersion: v1\nkind: Namespace\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(OBJECT + "a: [1\nb: 2\n", "4: broken YAML", id="broken YAML"),
        pytest.param(OBJECT + "a: 'x\n", "3: broken YAML", id="open quote"),
        pytest.param(OBJECT + "a:\n\tb: 1\n", "4: a tab indents a line", id="tab"),
        pytest.param(OBJECT + "a: 1\na: 2\n", "4: key 'a' is given twice", id="duplicate key"),
        pytest.param(OBJECT + "a: {{ .x }}\n", "3: an unrendered template", id="Helm template"),
        pytest.param(OBJECT + "{% if a %}\n", "3: an unrendered template", id="Jinja template"),
        pytest.param(OBJECT + "a: !!python/name:os.system\n", "3: the tag !!python", id="tag"),
        pytest.param(OBJECT + "a: .nan\n", "3: .nan is not a number", id="NaN"),
        pytest.param(OBJECT + "a: *b\n", "3: alias *b has no anchor", id="alias"),
        pytest.param(OBJECT + "a: " + "[" * 5000, "3: more than 100 levels", id="deep nesting"),
        pytest.param(OBJECT + "a: x\0\n", "3: a NUL byte", id="NUL"),
        pytest.param(OBJECT + "a: \x07\n", "3: a control character", id="control character"),
        pytest.param(
            (OBJECT + "a: ").encode() + b"\xe9\n",
            "3: not UTF-8: byte 0xe9 at offset 34",
            id="Latin-1",
        ),
        pytest.param(OBJECT.encode("utf-16"), "1: the file is UTF-16", id="UTF-16"),
        pytest.param(OBJECT.encode("utf-32"), "1: the file is UTF-32", id="UTF-32"),
        pytest.param(OBJECT.encode("utf-16-le"), "1: a NUL byte", id="UTF-16 without a mark"),
        pytest.param('{"kind": "Namespace", "apiVersion" "v1"}', "1: broken", id="broken JSON"),
        pytest.param(
            '{"kind": "Namespace", "apiVersion": "v1", "a": NaN}', "1: NaN", id="JSON NaN"
        ),
        pytest.param(
            '{"kind": "Namespace", "apiVersion": "v1",\n"a": 1, "a": 2}',
            "2: key 'a' is given twice",
            id="duplicate key in JSON",
        ),
    ],
)
def test_bad_documents(tmp_path: Path, data: str | bytes, expected: str) -> None:
    """The bad document is the second of its file: lines and offsets are those of the file."""
    path = write(tmp_path, {"bad.yaml": data}) / "bad.yaml"
    [line] = refused(path)
    assert line.startswith(f"{path}:{expected}")
    assert "; " in line, "a hint"
    assert line.isprintable()
    if isinstance(data, str) and not data.startswith("{"):
        write(tmp_path, {"bad.yaml": f"a: 1\n---\n{data}"})
        number, _, message = expected.partition(":")
        assert refused(path)[0].startswith(f"{path}:{int(number) + 2}:{message}")


def test_json_is_blamed_as_json_only_where_it_is_called_so(tmp_path: Path) -> None:
    text = '{"kind": "Namespace",\n "apiVersion": "v1" "multus": 1}'
    write(tmp_path, {"a.json": text})
    assert refused(tmp_path)[0].startswith(
        f"{tmp_path}/a.json:2: broken JSON: "
        "invalid character '\"' after object key:value pair (column 21)"
    )
    (tmp_path / "a.json").rename(tmp_path / "a.yaml")
    assert refused(tmp_path)[0].startswith(f"{tmp_path}/a.yaml:2: broken YAML: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": multus}', "invalid character 'm' looking for beginning of value (column 7)"),
        (
            '{"a": "multus",}',
            "invalid character '}' looking for beginning of object key string (column 16)",
        ),
        ('{"a": "multus\\x"}', "invalid character 'x' in string escape code (column 14)"),
        ('{"a": "multus', "unexpected end of JSON input (column 7)"),
        (
            '{"a": "multus"} {"b": 01}',
            "invalid character '1' after object key:value pair (column 24)",
        ),
    ],
)
def test_broken_json_is_told_in_the_words_of_go(text: str, words: str) -> None:
    """CPython's own change from release to release, and kubectl speaks Go."""
    with pytest.raises(json.JSONDecodeError) as refusal:
        parse_json(text, file="a.json", line=1)
    problem = broken_json(refusal.value, file="a.json", line=1)
    assert problem.message == f"broken JSON: {words}"


def test_offsets_count_the_byte_order_mark(tmp_path: Path) -> None:
    """The comment is no part of the document, but of the file that base/ would keep."""
    write(tmp_path, {"a.yaml": b"\xef\xbb\xbf# \xe9\n---\n" + nad().encode()})
    assert refused(tmp_path)[0].startswith(
        f"{tmp_path}/a.yaml:1: not UTF-8: byte 0xe9 at offset 5; "
    )


def test_a_template_of_json_is_a_template(tmp_path: Path) -> None:
    text = '{"kind": "Namespace", "apiVersion": "v1",\n"multus": {{ x | tojson }}}'
    write(tmp_path, {"a.json": text})
    assert refused(tmp_path)[0].startswith(f"{tmp_path}/a.json:2: an unrendered template")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a.yaml": OBJECT + "multus: [", "b.yaml": OBJECT + "multus: x\0", "c.yaml": nad()},
    )
    lines = refused(tmp_path, tmp_path / "missing", node_files=tmp_path / "nowhere")
    assert [line.partition(": ")[0].removeprefix(f"{tmp_path}/") for line in lines] == [
        "missing",
        "nowhere",
        "a.yaml:3",
        "b.yaml:3",
    ]


@pytest.mark.parametrize("keep_going", [False, True])
def test_a_missing_input_is_never_passed_over(tmp_path: Path, keep_going: bool) -> None:
    [line] = refused(tmp_path / "no.yaml", keep_going=keep_going)
    assert line.startswith(f"{tmp_path}/no.yaml: no such file or folder; ")


@pytest.mark.parametrize("keep_going", [False, True])
def test_a_folder_without_any_yaml(tmp_path: Path, keep_going: bool) -> None:
    write(tmp_path, {"README.md": "multus", ".git/x.yaml": nad()})
    [line] = refused(tmp_path, keep_going=keep_going)
    assert line.startswith(f"{tmp_path}:1: the folder holds no .yaml, .yml or .json file; ")


def test_a_folder_with_nothing_that_matters_is_no_error(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": "a: 1\n"})
    assert read(tmp_path).documents == ()


def test_empty_standard_input(tmp_path: Path) -> None:
    [line] = refused("-", stdin=b" \n")
    assert line == "-:1: standard input is empty; did the command before the pipe fail?"


def test_an_empty_name(tmp_path: Path) -> None:
    assert refused("")[0].startswith("INPUT: '' is not the name of a file; ")


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_names_that_no_file_can_have(name: str) -> None:
    [line] = refused(name)
    assert "; " in line


def test_what_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE.variable, "1")
    write(tmp_path, {"a.yaml": nad(), "b.yaml": b"x" * (2**20 + 1)})
    assert refused(tmp_path)[0].startswith(f"{tmp_path}/b.yaml:1: larger than 1 MiB; ")
    assert refused("-", stdin=b"x" * (2**20 + 1))[0].startswith("-:1: larger than 1 MiB; ")
    assert len(read(tmp_path, keep_going=True).documents) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_no_permission(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": nad(), "b.yaml": nad("b"), "c/d.yaml": nad("d")})
    (tmp_path / "b.yaml").chmod(0)
    (tmp_path / "c").chmod(0)
    try:
        lines = refused(tmp_path)
    finally:
        (tmp_path / "c").chmod(0o700)
    assert [line.partition("; ")[0] for line in lines] == [
        f"{tmp_path}/b.yaml:1: cannot be read: Permission denied",
        f"{tmp_path}/c:1: cannot be read: Permission denied",
    ]


def test_what_the_system_refuses_to_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.yaml": nad(), "b.yaml": nad("b")})
    opened = os.open

    def denied(path: Path, flags: int) -> int:
        if Path(path).name == "b.yaml":
            raise PermissionError(13, "Permission denied")
        return opened(path, flags)

    monkeypatch.setattr(os, "open", denied)
    [line] = refused(tmp_path)
    assert line.startswith(f"{tmp_path}/b.yaml:1: cannot be read: Permission denied; ")
    assert len(read(tmp_path, keep_going=True).problems) == 1


def test_names_of_files_cannot_forge_lines(tmp_path: Path) -> None:
    write(tmp_path, {"a\n\x1b[2J.yaml": OBJECT + "multus: ["})
    (tmp_path / os.fsdecode(b"\xff.yaml")).write_text(OBJECT + "multus: [")
    lines = refused(tmp_path)
    assert lines[0].startswith(f"{tmp_path}/a\\n\\x1b[2J.yaml:3: broken YAML")
    assert lines[1].startswith(f"{tmp_path}/\\xff.yaml:3: broken YAML")


def test_text_of_the_input_cannot_forge_lines(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.yaml": OBJECT + '"\\u001b[2J\\nx": 1\n"\\e[2J\\nx": 2\n'}) / "a.yaml"
    [line] = refused(path)
    assert line.isprintable()
