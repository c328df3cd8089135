"""Pitfalls of the move that no check looks for: every plan cures them, whatever the inputs show."""

from __future__ import annotations

from migrator.model.plan import Rule

RULES = (
    Rule(
        id="P38",
        title="The grace period is shorter than the daemon's shutdown",
        why="daemons after v4.3.0 wait 10 seconds after SIGTERM, and upstream's manifests "
        "up to v4.3.0 allow 10 in all; every plan raises the period, so there is "
        "nothing left for a check to find",
        reference="cmd/multus-daemon/main.go after v4.3.0 (47ca9dfd9)",
        handling="A grace period below 30 seconds is raised (S10).",
    ),
)
