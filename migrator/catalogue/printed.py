"""The pages of the rules as they are printed: a file that is read, so that ``explain`` answers at
once. `explained` makes it."""

from __future__ import annotations

import json
from typing import NamedTuple

from migrator.trees.resources import templates_dir


class Printed(NamedTuple):
    """``label`` is what the page says of a step or check, "" for another page: its severity, and when a
    person acts on it. ``page`` is what ``explain`` prints."""

    id: str
    label: str
    title: str
    page: str

    @property
    def severity(self) -> str:
        return self.label.partition(", ")[0]

    @property
    def when(self) -> str:
        """ "" where it decides whether to move at all."""
        return self.label.partition(", ")[2]


def printed() -> dict[str, Printed]:
    """Every page by its id, in the order of the rules; those that were withdrawn last."""
    text = (templates_dir() / "rules.json").read_text(encoding="utf-8")
    return {entry["id"]: Printed(**entry) for entry in json.loads(text)}
