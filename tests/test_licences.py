"""docs/licences.md is what the installed packages say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_page_lists_what_is_installed(checkout: Path) -> None:
    """Another Python may need less, never something else."""
    script = checkout / ".ci" / "licences.py"
    printed = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True
    ).stdout
    page = (checkout / "docs" / "licences.md").read_text(encoding="utf-8")
    missing = set(printed.splitlines()) - set(page.splitlines())
    assert missing == set(), "make docs writes it anew"
    assert "not said" not in page
    assert page.count("\n| ") > 15
