"""``python -m migrator.catalogue`` writes docs/rules.md to standard output, and with ``json``
templates/rules.json."""

from __future__ import annotations

import sys

from migrator.catalogue.explained import rules_json
from migrator.catalogue.pages import markdown

if __name__ == "__main__":
    sys.stdout.write(rules_json() if sys.argv[1:] == ["json"] else markdown())
