"""The walks of docs/architecture.md lead through places that are there, upwards."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.test_architecture import PACKAGE, ROOMS

TEXT = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
PLACE = re.compile(r"^\d+\. `([a-z_]+)/([a-z_/]+\.py)` `([a-z_]+)`", re.MULTILINE)
WALKS = {
    title: PLACE.findall(body)
    for title, body in re.findall(r"^### (.*?)\n(.*?)(?=^### |\Z)", TEXT, re.MULTILINE | re.DOTALL)
}


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.parametrize("title", WALKS)
def test_every_place_of_a_walk_is_there(title: str) -> None:
    assert WALKS[title]
    for room, module, function in WALKS[title]:
        assert function in _functions(PACKAGE / room / module), (room, module, function)


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_comes_to_no_room_twice(title: str) -> None:
    rooms = [room for room, _, _ in WALKS[title]]
    visits = [room for index, room in enumerate(rooms) if index == 0 or rooms[index - 1] != room]
    assert len(visits) == len(set(visits))


def test_three_things_are_walked() -> None:
    assert len(WALKS) == 3


def test_the_table_of_rooms_is_the_house() -> None:
    named = re.findall(r"^\| `([a-z]+)/` \|", TEXT, re.MULTILINE)
    assert sorted(named) == sorted(ROOMS)
