"""JSON and comments that read as what they are, whatever an input holds."""

from __future__ import annotations

import json
import unicodedata

import pytest

from migrator.report.formats import Reports
from migrator.report.writer import ALONE
from migrator.trees.dump import dump
from migrator.trees.unseen import json_text
from tests.report.hostile import TEXTS
from tests.report.poison import poisoned
from tests.report.test_log_commands import COMMANDS, OBEYED

HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
ALL = [*TEXTS.values(), *COMMANDS, "\U000e0041", "\x7f"]


def _shown(text: str) -> bool:
    return not any(unicodedata.category(c) in HIDDEN for c in text.replace("\n", ""))


@pytest.mark.parametrize("text", [*ALL, "\ud800"])
def test_json_hides_nothing_and_keeps_the_value(text: str) -> None:
    tree = {"a": [text], text: {"b": "Größe 網"}}
    written = json_text(tree)
    assert json.loads(written) == tree
    assert _shown(written) and not OBEYED.search(written)
    assert "Größe 網" in written


@pytest.mark.parametrize(
    "tree",
    [
        {"a": {"b": [1, 2.5, {"c": [[]]}], "d": {}}, "e": (), "f": ("x", None)},
        [True, False, None, 0, -1, 1e300, "", "Größe", 'a "quoted" \\ line\n'],
        {2: "two", 1.5: "more", True: "yes", None: "none"},
        "text",
        [],
    ],
    ids=["nested and empty", "scalars", "keys that are no text", "one text", "nothing"],
)
def test_it_is_laid_out_as_python_does(tree: object) -> None:
    assert json_text(tree) == json.dumps(tree, ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("text", ALL)
@pytest.mark.parametrize("name", ["json", "sarif"])
def test_no_json_of_a_plan_does(name: str, text: str) -> None:
    written = Reports(poisoned(text)).rendered(name, ALONE)
    assert _shown(written) and not OBEYED.search(written)


@pytest.mark.parametrize("text", ALL)
def test_a_comment_of_a_patch_neither_hides_nor_commands(text: str) -> None:
    written = dump({"a": {"b": 1}}, header=[text], comments={("a", "b"): [text]})
    assert _shown(written) and not OBEYED.search(written)
