"""Gives the daemon the rights that it uses: it lists and watches pods and NADs."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.plan import Change, Rule
from migrator.steps.common import change
from migrator.thick.intent import Intent
from migrator.thick.rights import completed, lacking_rights

RULE = Rule(
    id="S11",
    title="Give the ClusterRole what the daemon's informers need",
    why="without list and watch on pods and NADs, every ADD (the call that connects a "
    "pod) waits on an empty cache (P34)",
    reference="pkg/server/server.go v4.1.0; multus-cni#1185, #1186",
)


def changes(intent: Intent) -> Iterable[Change]:
    """The complete rule list of one role (a strategic merge patch replaces it whole: K4)."""
    done: set[str] = set()
    for form in intent.moving:
        lacking = lacking_rights(form.install)
        if not lacking:
            continue
        role = form.install.cluster_roles[0]
        if role.ref.name in done:
            continue
        done.add(role.ref.name)
        rules = completed(role.data.get("rules") or [], lacking)
        reason = "the daemon's informers list and watch pods and NADs (P34)"
        yield from change(role, ("rules",), rules, reason, RULE)
