"""How the files beside one are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.gitops.neighbours import begun_as, lists_beside

INDENTED = "a:\n  b:  # why\n    - 1\n    - 2\n"
PLAIN = "a:\n- 1\nb:\n- 2\n"


def beside(folder: Path, **texts: str) -> int:
    """For ``a/b/own.yaml`` of a repository; names have ``_`` for ``/``."""
    (folder / ".git").mkdir()
    for name, text in texts.items():
        path = folder / f"{name.replace('_', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "a/b").mkdir(parents=True, exist_ok=True)
    return lists_beside(folder / "a/b/own.yaml")


@pytest.mark.parametrize(
    ("texts", "column"),
    [
        ({"a_b_x": INDENTED, "y": PLAIN}, 2),
        ({"a_b_x": PLAIN, "y": INDENTED}, 0),
        ({"a_c_x": INDENTED}, 2),
        ({"y": INDENTED}, 2),
        ({"a_b_x": f"{INDENTED}{PLAIN}", "a_b_y": INDENTED}, 0),
        ({"a_b_x": "a: [1, 2]\n"}, 2),
        ({"a_b_x": "{{ template }}:\n{{- if }}\n"}, 2),
        ({"a_b_x": "- a\n- b: 1\n"}, 2),
        ({}, 2),
    ],
    ids=[
        "beside",
        "the nearest",
        "in a folder beside",
        "above",
        "most",
        "flow",
        "template",
        "list",
        "none",
    ],
)
def test_lists_are_indented_as_in_the_nearest_files(
    texts: dict[str, str], column: int, tmp_path: Path
) -> None:
    assert beside(tmp_path, **texts) == column


def test_above_the_repository_nothing_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(PLAIN)
    (tmp_path / "repo").mkdir()
    assert beside(tmp_path / "repo") == 2


@pytest.mark.parametrize("there", [b"---\na: 1\n", b"# x\n\n# y\n---\na: 1\n", b"--- # x\na: 1\n"])
def test_a_new_file_begins_as_the_one_beside_it(there: bytes) -> None:
    assert begun_as("a: 1\n", there) == "---\na: 1\n"
    assert begun_as("# one\n# two\na: 1\n", there) == "# one\n# two\n---\na: 1\n"


@pytest.mark.parametrize("there", [b"a: 1\n---\nb: 1\n", b"", b"----\n", b"# ---\na: 1\n", b"\xff"])
def test_where_that_begins_at_once_so_does_the_new_one(there: bytes) -> None:
    assert begun_as("a: 1\n", there) == "a: 1\n"
