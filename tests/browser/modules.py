"""Files of the npm packages in package.json: installed by ``npm ci`` in this folder."""

from __future__ import annotations

from pathlib import Path

from tests.needs import give_up

MODULES = Path(__file__).parent / "node_modules"
AXE = MODULES / "axe-core/axe.min.js"
SARIF = MODULES / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def read(file: Path) -> str:
    """The text of one of these files. Without it a test is skipped, or fails in CI."""
    if not file.is_file():
        give_up(f"{file.name} is not installed (npm ci --prefix tests/browser)")
    return file.read_text(encoding="utf-8")
