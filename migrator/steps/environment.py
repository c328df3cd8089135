"""Tells the daemon which node it runs on, and where plugins are."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.inputs import MISSING, ItemKey
from migrator.model.plan import Change, Rule
from migrator.steps.common import change, main_path
from migrator.thick.intent import Intent
from migrator.trees.dig import string
from migrator.trees.paths import get

RULE = Rule(
    id="S08",
    title="Set MULTUS_NODE_NAME",
    why="without it the daemon of v4.1.0 and later watches the pods of the whole cluster (P35)",
    reference="pkg/server/server.go newPodInformer v4.1.0",
)


def changes(intent: Intent) -> Iterable[Change]:
    """Environment variables that the blueprint has and the container lacks. Directories that thin
    Multus searched come before those of a CNI_PATH that is there, which only a daemon reads."""
    for form in intent.moving:
        document = form.install.daemonset
        for variable in form.pod["containers"][0]["env"]:
            path = (*main_path(form.install), "env", ItemKey("name", variable["name"]))
            present = get(document.data, path)
            reason = "the daemon watches only the pods of its own node (P35)"
            if variable["name"] == "CNI_PATH":
                reason = "plugins are in two directories, and binDir names only one (P07)"
                own = "" if present is MISSING else string(present, "value")
                dirs = dict.fromkeys(filter(None, f"{variable['value']}:{own}".split(":")))
                variable = {**variable, "value": ":".join(dirs)}
            elif present is not MISSING:
                continue
            yield from change(document, path, variable, reason, RULE)
