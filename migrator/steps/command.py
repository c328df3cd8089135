"""Starts multus-daemon in place of the thin entrypoint."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.inputs import MISSING
from migrator.model.plan import Change, Rule
from migrator.steps.common import change, main_path
from migrator.thick.intent import Intent

RULE = Rule(
    id="S03",
    title="Run multus-daemon, without the thin entrypoint's args",
    why="the daemon accepts only -config and -version: any thin flag left in args "
    "makes it exit with code 2 (P05)",
    reference="cmd/multus-daemon/main.go v4.0.0 to v4.3.0",
)


def changes(intent: Intent) -> Iterable[Change]:
    """command and args of the main container; a thick install's own -config stays."""
    for form in intent.moving:
        if form.install.mode == "thick":
            continue
        document, path = form.install.daemonset, main_path(form.install)
        command = form.pod["containers"][0]["command"]
        reason = "the daemon replaces the thin entrypoint"
        yield from change(document, (*path, "command"), command, reason, RULE)
        reason = "the settings are in daemon-config.json; the daemon refuses thin flags (P05)"
        yield from change(document, (*path, "args"), MISSING, reason, RULE)
