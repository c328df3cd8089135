"""docs/trust.md lists the hostile inputs that ``make trust`` knows, and each ends as it says there."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.cli.tools import migrator
from tests.trust.__main__ import BEFORE, MARKS, TRUST, put
from tests.trust.inputs import HOSTILE
from tests.trust.making import Hostile

NAMES = [hostile.name for hostile in HOSTILE]


def rows(name: str) -> list[list[str]]:
    """The cells of the table between the marks of that name, without its head."""
    begin, end = (mark.format(name) for mark in MARKS)
    text = TRUST.read_text().partition(begin)[2].partition(end)[0]
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in cells] for cells in lines[2:]]


def test_the_table_lists_each_input_with_its_code_and_its_line() -> None:
    listed = rows("inputs")
    assert [(name, code) for name, code, *_ in listed] == [(h.name, str(h.code)) for h in HOSTILE]
    for hostile, cells in zip(HOSTILE, listed, strict=True):
        said = cells[4].strip("`")
        begin = said.removesuffix("...")
        assert (said == "nothing") == (not hostile.said), hostile.name
        assert said.endswith("...") or hostile.said.replace("`", "'") in begin, hostile.name


def test_the_names_are_unique_and_each_was_measured_before() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert list(json.loads(BEFORE.read_text())["inputs"]) == NAMES


def test_no_fault_of_the_table_leaves_a_mixture() -> None:
    listed = rows("faults")
    assert len(listed) > 20
    for call, exchange, _, *found in listed:
        left = [re.match(r"\*\*(.+?)\*\*", cell) for cell in found]
        assert {match[1] for match in left if match} <= {"old", "new"} | (
            set() if exchange else {"absent"}
        ), call


def test_rows_are_put_between_their_marks() -> None:
    begin, end = (mark.format("x") for mark in MARKS)
    once = put(f"a\n{begin}\nold\n{end}\nb\n", "x", ["new"])
    assert once == put(once, "x", ["new"]) == f"a\n{begin}\nnew\n{end}\nb\n"


SMALL = [
    pytest.param(h, marks=pytest.mark.helm if h.helm else (), id=h.name)
    for h in HOSTILE
    if not h.large and h.stdout == "kept"
]


@pytest.mark.slow
@pytest.mark.parametrize("hostile", SMALL)
def test_it_ends_as_it_has_to(tmp_path: Path, hostile: Hostile) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    hostile.make(folder)
    environment = dict(hostile.environment)
    if hostile.tool:
        hostile.install_tool(tmp_path)
        environment["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
    run = migrator(*hostile.arguments, cwd=folder, env=environment)
    assert run.code == hostile.code, run.err
    assert hostile.said in run.err if hostile.said else run.err == ""
    assert hostile.sound(folder)
