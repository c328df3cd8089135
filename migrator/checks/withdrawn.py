"""Ids that no rule has any more. They are never used again, and stay known: a settings file or a
script that names one is told what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WITHDRAWN: Final[Mapping[str, str]] = {
    "M07": (
        "It said that no Multus DaemonSet is in the inputs. That is part of the "
        "verdict now: NOT FOUND (exit 1) where there is no network either, else READY "
        "IF, which names the release that is assumed to run."
    ),
    "P76": (
        "It said that the daemon of v4.0.x changes its own root while a plugin runs. "
        "P67 says so now."
    ),
}
"""Id -> what became of it, in a sentence."""
