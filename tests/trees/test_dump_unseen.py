"""What is written shows every character that it holds: none hides, none turns a line round."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML

from migrator.trees.dump import dump

UNSEEN = ["\u202e", "\u2066", "\u200b", "\u200f", "\xad", "\x85", "\x9b", "\u2028", "\ufeff",
          "\u061c", "\U000e0041", "\x7f"]  # fmt: skip


@pytest.mark.parametrize("char", UNSEEN, ids=ascii)
def test_it_is_escaped_and_read_back(char: str) -> None:
    texts = [f"a{char}b", char, f"l1\nl2{char}\n", f'"{char}\\', f"# {char}"]
    tree = {"list": texts, f"key{char}": {"x": f"--name={char}"}}
    text = dump(tree, header=[f"about {char}"], comments={("list",): [f"why {char}"]})
    assert char not in text
    assert YAML(typ="safe", pure=True).load(text) == tree


def test_letters_of_other_scripts_stay_as_they_are() -> None:
    text = dump({"a": "Überprüfung", "b": "网络", "c": "שלום"})
    assert re.findall(r": (.+)", text) == ["Überprüfung", "网络", "שלום"]
