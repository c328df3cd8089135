"""P96, P97: secrets that OUT holds in clear, because what is applied is never redacted."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import finding
from migrator.inventory.install_documents import install_documents
from migrator.model.inputs import CniFile
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent
from migrator.thick.nad_strategy import Choice
from migrator.trees.paths import format_path
from migrator.trees.redact import secret_places
from migrator.trees.wording import listed

FROM_NODE = Rule(
    id="P96",
    title="A secret of a node's file would be written into manifests",
    why="the file is on the nodes, where only root reads it; as spec.config or in a "
    "ConfigMap it is in Git, and whoever may read NADs or ConfigMaps in the "
    "cluster sees it",
    reference="design: what is applied is never redacted",
    handling="Reports show the keys but no value. With --allow the secret is written as it is.",
    severity="blocker",
)
IN_CLEAR = Rule(
    id="P97",
    title="A secret is in clear text in what is applied",
    why="base/, component/ and rollback/ hold what the manifests hold, or the migrated "
    "install would not be the same; reports hide the value, but these files do not",
    reference="design: what is applied is never redacted",
    handling="Reported with object and key, without the value.",
    severity="warning",
)
RULES = (FROM_NODE, IN_CLEAR)


def findings(intent: Intent) -> Iterable[Finding]:
    """NADs whose config comes from a node's file, then the objects of installs that move."""
    for choice in intent.networks:
        yield from _from_node(choice, intent.inventory.reading.node_files.files)
    if not intent.moving:
        return
    for document in install_documents(intent.inventory):
        places = list(secret_places(document.data)) if document.ref.kind != "Secret" else []
        if places:
            yield finding(
                IN_CLEAR,
                document=document,
                source=document.at(places[0]),
                seen=f"{document.ref} has one in {listed(map(format_path, places))}",
                remedy="keep it in a Secret that the container reads (secretKeyRef, or a mounted "
                "file), or encrypt what you commit; if others could read it, change it",
            )


def _from_node(choice: Choice, on_nodes: tuple[CniFile, ...]) -> Iterable[Finding]:
    """A file that a ConfigMap of the inputs holds is in Git already."""
    written = choice.strategy in ("explicit", "configmap") and not choice.refused
    for file in choice.files if written else ():
        places = list(secret_places(file.content))
        if places and file in on_nodes:
            nad = choice.nad
            yield finding(
                FROM_NODE,
                document=nad.document,
                source=file.source,
                seen=f"{nad.namespace}/{nad.name} would get {_keys(places)} of "
                f"{file.directory}/{file.name}",
                remedy="choose mount for this NAD in multus-migrator.toml, so that the daemon reads "
                "the file on the node; or, where the plugin can, have the file name another "
                "file that holds the secret",
            )


def _keys(places: Iterable[tuple[str | int, ...]]) -> str:
    """``password and ipam.token``; a text that is no JSON has no keys."""
    return listed(dict.fromkeys(format_path(place) or "a secret" for place in places))
