"""Puts the DaemonSets into the stage of a rollout that was asked for."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.plan import Change, Rule
from migrator.thick.intent import Intent
from migrator.thick.stages import RULE_ID, is_staged, stage_changes

RULE = Rule(
    id=RULE_ID,
    title="Roll out in two stages",
    why="with its own update strategy, a DaemonSet moves the whole fleet at once, and "
    "pods that start in the meantime lack their networks (P26)",
    reference="kubernetes.io/docs/tasks/manage-daemon/update-daemon-set",
)


def changes(intent: Intent) -> Iterable[Change]:
    """With --stage 1, OnDelete for each DaemonSet that moves; with --stage 2, its own strategy for those
    and for each that stands at stage one."""
    stage = intent.target.stage
    if stage is None:
        return
    for form in intent.forms:
        document = form.install.daemonset
        if form.moves or (stage == 2 and is_staged(document.data)):
            yield from stage_changes(document, stage)
