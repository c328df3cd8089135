"""docs/cli.md is what the program itself says of its commands."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from migrator.cli.main import COMMANDS
from tests.cli.test_habits import _twins


def test_the_page_of_commands_is_what_the_program_has(checkout: Path) -> None:
    page = (checkout / "docs" / "cli.md").read_text(encoding="utf-8")
    made = runpy.run_path(str(checkout / ".ci" / "command_line.py"))["page"]()
    assert page == "\n\n".join(made) + "\n", "make docs writes it anew"


def test_it_has_every_command_and_every_variable_of_an_option(checkout: Path) -> None:
    page = (checkout / "docs" / "cli.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"\n## {name}\n" not in page] == []
    assert set(re.findall(r"`(MULTUS_MIGRATOR_\w+)` \|$", page, re.M)) == set(_twins())
