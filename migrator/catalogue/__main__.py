"""``python -m migrator.catalogue`` writes docs/rules.md to standard output."""

from __future__ import annotations

import sys

from migrator.catalogue.pages import markdown

if __name__ == "__main__":
    sys.stdout.write(markdown())
