"""What libyaml reads is what the reader in Python reads: the same values of the same types, on the
same lines; what it leaves to that reader is rare."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from migrator.model.errors import InputError
from migrator.read import fastyaml, yamltext
from migrator.read.chunks import split
from migrator.read.tree import Parsed
from tests import corpus

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def pure(text: str) -> Parsed | None:
    """What the reader in Python makes of it, None where it refuses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fastyaml, "parse", lambda _text, _line: None)
        try:
            return yamltext.parse_yaml(text, file="x.yaml", line=3)
        except InputError:
            return None


def fast(text: str) -> Parsed | None:
    return None if yamltext._CONTROL.search(text) else fastyaml.parse(text, 3)


def documents(folder: Path) -> list[str]:
    files = [
        p
        for p in sorted(folder.rglob("*"))
        if p.suffix in (".yaml", ".yml", ".json") and SAMPLES / "gitops" not in p.parents
    ]
    chunks = [chunk.data for path in files for chunk in split(path.read_bytes())]
    return [data.decode("utf-8", "replace") for data in chunks]


def same(text: str) -> bool:
    """Whether libyaml read it, which then has to be right."""
    found = fast(text)
    if found is not None:
        assert repr(found) == repr(pure(text))  # 1, 1.0 and True are equal, their texts are not
    return found is not None


def test_every_document_of_the_samples() -> None:
    read = [same(text) for text in documents(SAMPLES)]
    assert len(read) > 60
    assert sum(read) > 0.97 * len(read)


@pytest.mark.corpus
@pytest.mark.xdist_group("corpus")
def test_every_real_document() -> None:
    read = [same(text) for text in documents(Path(corpus.ROOT))]
    assert sum(read) > 0.97 * len(read)


LEFT = {
    "an alias of nothing": "a: *x\n",
    "an alias of what holds it": "a: &x [*x]\n",
    "an alias for a key": "a: &x b\n*x : 1\n",
    "an anchor of a key": "&x a: 1\n",
    "an anchor of nothing": "a: &x\nb: 1\n",
    "an anchor of an empty item": "- &x\n- 1\n",
    "an alias of a merge": "a: &x {b: 1}\nc:\n  <<: *x\n",
    "many aliases": f"a: &x [{'1, ' * 500}]\n" + "".join(f"b{n}: *x\n" for n in range(99)),
    "a tag": "a: !!str 1\n",
    "a tag of a map": "!!map {a: 1}\n",
    "a merge key": "<<: {a: 1}\n",
    "a key twice": "a: 1\na: 2\n",
    "a key that is null": "~: 1\n",
    "a key that is a map": "{a: 1}: 2\n",
    "not a number": "a: .nan\n",
    "a line break of YAML 1.1": "a: b\x85c: d\n",
    "a carriage return alone": "a: 1\rb: 2\n",
    "a directive": "%YAML 1.1\n---\na: 1\n",
    "a block of text that is all": "|\n#\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "an empty item": "a:\n-\n- 1\n",
    "a pair without braces": 'a: ["b", "c":]\n',
    "too deep": "[" * 120 + "]" * 120,
    "broken": "a: [1\n",
    "half a surrogate": 'a: "\\ud800"\n',
}


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_the_other_reader_judges(text: str) -> None:
    assert fast(text) is None


READ = {
    "an alias of a scalar": "a: &x 1\nb: *x\n",
    "an alias of a map": "a: &x {b: 1}\nc: *x\nd: [*x, *x]\n",
    "an alias of a list": "- &x\n  - 1\n- *x\n",
    "aliases of aliases": "a: &x [b]\nc: &y [*x, *x]\nd: &z {e: *y}\nf: *z\n",
    "an anchor alone": "a: &x {b: 1}\n",
    "an anchor of all": "&x\na: 1\n",
    "an anchor twice": "a: &x 1\nb: &x two\nc: *x\n",
    "an anchor of a text": "a: &x |\n  text\nb: *x\n",
    "an anchor of an empty text": "a: &x ''\nb: *x\n",
    "an anchor on the line before": "a: &x\n  b\nc:\n- &y\n  d\n- *x\n- *y\n",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_aliases_are_read(text: str) -> None:
    assert same(text)


@pytest.mark.parametrize("most", ["2", "3", "40", "45"])
def test_too_many_aliases_are_what_the_other_reader_says(
    most: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MULTUS_MIGRATOR_MAX_ALIAS_VALUES", most)
    same("a: &x [b]\nc: &y [*x, *x]\nd: [*y, *y]\n")
    same(f"a: &x {'b' * 3000}\nc: &y [*x, *x]\nd: [{'*y, ' * 5}]\n")


PIECES = st.sampled_from(
    ["&a ", "*a", "&b\n", "*b ", "a", "b: 1", "- ", "  ", "\n", "\n  ", "\n- ", ": ", "'", '"', "{", "}", "[", "]", ", ", "#", " # c",
     "|\n", ">-\n", "|2\n", "? ", "-", "\t", "é", "\\", "\r\n", "0x1f", "1_000", "null", "yes", "~", ".5",
     "2024-01-01", "12:30", "*", "&", "!", "%", "@", "key:", "---\n", "...\n", "\ufeff", "<<: "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join))
@example("---")
@example("a: |\n  x\n\n b\n")
@example("a:\n  - b:\n  - c\n")
@example("a: 'x\n\n  y'\n")
@example("|\n#")
@example("- >\n#")
def test_any_document(text: str) -> None:
    same(text)


@given(st.sampled_from(documents(SAMPLES)), st.integers(0, 400), st.integers(0, 6), PIECES)
def test_a_sample_with_one_place_changed(text: str, at: int, gone: int, piece: str) -> None:
    at = at % (len(text) + 1)
    same(text[:at] + piece + text[at + gone :])
