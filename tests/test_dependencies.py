"""docs/dependencies.md has a line for each dependency, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _named(block: str) -> set[str]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(rf"^{block} = \[\n(.*?)^\]", text, re.M | re.S)
    assert found
    return set(re.findall(r'^  "([A-Za-z0-9._-]+)', found[1], re.M))


def test_each_has_a_line() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \|", page, re.M)[1:]
    told = {name.strip() for row in rows for name in re.sub(r"\(.*?\)", "", row).split(",")}
    assert told == _named("dependencies") | _named("kubectl")
