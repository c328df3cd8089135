"""Lines end at 80 in a file in which they did before, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from migrator.gitops.rewrite import rewritten
from migrator.trees.laid_out import EXEMPT

WORD = f"/{'x' * 78}"
LONG = f"# {'long line ' * 9}\n"
PATCH = f"# Guard of A b: {'why ' * 30}\n- op: test\n  path: {WORD}\n"


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param("a: x\n", {"a": WORD}, f"a: >-\n  {WORD}\n", id="a word"),
        pytest.param("a: 'x'  # y\n", {"a": WORD}, f"a: >-  # y\n  {WORD}\n", id="in quotes"),
        pytest.param("a: x  # y\n", {"a": "x" * 75}, f"a: >-  # y\n  {'x' * 75}\n", id="a comment"),
        pytest.param("a:\n- x\n", {"a": ["x", WORD]}, f"a:\n- x\n- {WORD}\n", id="an item"),
        pytest.param("a: [x]\n", {"a": ["x", WORD]}, f"a:\n  - x\n  - {WORD}\n", id="brackets"),
        pytest.param("a: [x]\n", {"a": ["x", "z"]}, "a: [x, z]\n", id="short brackets"),
        pytest.param("image: x\n", {"image": WORD}, f"image: {WORD}{EXEMPT}\n", id="an image"),
        pytest.param(
            "a: 1\n", {"a": 1, "image": WORD}, f"a: 1\nimage: {WORD}{EXEMPT}\n", id="a new image"
        ),
        pytest.param(f"{LONG}a: x\n", {"a": WORD}, f"{LONG}a: {WORD}\n", id="long as it was"),
        pytest.param(
            f"{LONG}a: [x]\n", {"a": ["x", WORD]}, f"{LONG}a: [x, {WORD}]\n", id="long brackets"
        ),
        pytest.param('{"a": "x"}\n', {"a": WORD}, f'{{"a": "{WORD}"}}\n', id="JSON has no folds"),
    ],
)
def test_lines_end_where_they_did(before: str, wanted: Any, after: str) -> None:
    assert rewritten(before, {0: wanted}, file="app.yaml") == after
    assert yaml.safe_load(after) == wanted


@pytest.mark.parametrize(("above", "widest"), [("", 80), (LONG, 110)])
def test_a_patch_of_ours_is_as_wide_as_its_file(above: str, widest: int) -> None:
    tree = {"spec": {"patches": [{"patch": PATCH}]}}
    after = rewritten(f"{above}spec:\n  patches: []\n", {0: tree}, file="app.yaml")
    (patch,) = yaml.safe_load(after)["spec"]["patches"]
    assert yaml.safe_load(patch["patch"]) == yaml.safe_load(PATCH)
    lines = [line for line in after.splitlines()[len(above.splitlines()) :] if WORD not in line]
    assert 70 < max(map(len, lines)) <= widest
    assert rewritten(after, {0: yaml.safe_load(after)}, file="app.yaml") == after


def test_a_patch_of_others_is_left_alone() -> None:
    theirs = PATCH.replace("# Guard", "# guard")
    after = rewritten("a: 1\n", {0: {"a": 1, "patch": theirs}}, file="app.yaml")
    assert yaml.safe_load(after)["patch"] == theirs
