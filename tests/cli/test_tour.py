"""The tour of the README is what a run says."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.tools import migrator

ROOT = Path(__file__).parents[2]


def _words(text: str) -> str:
    return " ".join(text.split())


def test_the_tour_of_the_readme_is_true(tmp_path: Path) -> None:
    """But for the line of the proof, which names the tool that is there."""
    (tour,) = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    folder, command, *shown = tour.splitlines()
    assert command == "$ multus-migrator plan manifests --node-files nodes -o overlay"
    run = migrator(
        *command.split()[2:-1],
        str(tmp_path / "overlay"),
        "--no-verify",
        cwd=ROOT / folder.removeprefix("$ cd "),
    )
    said = _words(run.out.replace(str(tmp_path / "overlay"), "overlay"))
    text = "\n".join(line for line in shown if not line.startswith("$ "))
    for part in re.sub(r"Verified: .*?\.\n\n", "...\n", text, flags=re.S).split("...\n"):
        assert _words(part) in said
