"""P19: others that read multus.kubeconfig, which thick mode no longer writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrator.checks.common import finding, on_nodes
from migrator.inventory.install_documents import install_documents
from migrator.inventory.made_by import LAST_APPLIED
from migrator.inventory.words import may_hold
from migrator.model.inputs import CniFile, Document
from migrator.model.inventory import Inventory
from migrator.model.plan import Finding, Rule
from migrator.multus.primary import content, is_multus_config
from migrator.thick.intent import Intent
from migrator.trees.dig import NodePath
from migrator.trees.wording import listed

RULE = Rule(
    id="P19",
    title="Another component uses multus.kubeconfig",
    why="the daemon uses its own service account and never writes the file again: the "
    "token of the last thin pod stays in it and expires within an hour to a year, "
    "and whatever reads it then fails",
    reference="spidernet-io/spiderpool#2182, longhorn#11222",
    handling="Reported with file and line. The daemon ignores its own kubeconfig key, so "
    "that key is dropped with a reason.",
    severity="warning",
)
RULES = (RULE,)

_FILE = "multus.d/multus.kubeconfig"
_OWN = re.compile(r'"type"\s*:\s*"multus(-shim)?"')
"""A Multus config of its own names it too."""


def findings(intent: Intent) -> Iterable[Finding]:
    """Documents other than Multus's own, then CNI files other than Multus's own."""
    if not intent.inventory.installs and not intent.inventory.nads:
        return
    ours = {document.ref for document in install_documents(intent.inventory)}
    for document in intent.inventory.reading.documents:
        if not may_hold(document, _FILE):
            continue
        where = next(_mentions(document.data), None)
        if where is not None and document.ref not in ours and not _is_release(document):
            yield _finding(document, where)
    yield from _files(intent.inventory)


def _finding(document: Document, where: NodePath) -> Finding:
    return finding(
        RULE,
        document=document,
        source=document.at(where),
        seen=f"{document.ref} names {_FILE}",
        error="Unauthorized",
        remedy="give it a kubeconfig and a service account of its own; until then keep the "
        "file and renew its token by hand",
        manual=True,
    )


def _is_release(document: Document) -> bool:
    """Values of a chart that installs Multus are Multus's own (P54)."""
    return document.ref.group in ("helm.toolkit.fluxcd.io", "helm.cattle.io", "argoproj.io")


def _mentions(value: Any, path: NodePath = ()) -> Iterator[NodePath]:
    if isinstance(value, str):
        if _FILE in value and not _OWN.search(value):
            yield path
    elif isinstance(value, Mapping):
        for key, child in value.items():
            if key != LAST_APPLIED:  # the object once more, with its quotes escaped
                yield from _mentions(child, (*path, str(key)))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _mentions(child, (*path, index))


def _files(inventory: Inventory) -> Iterable[Finding]:
    found: dict[str, list[CniFile]] = {}
    for file in inventory.reading.node_files.files:
        own = file.name.startswith("00-multus") or is_multus_config(content(file))
        if _FILE in file.content and not own and not file.name.endswith(".kubeconfig"):
            found.setdefault(f"{file.directory}/{file.name}", []).append(file)
    if found:
        first = next(iter(found.values()))
        yield finding(
            RULE,
            source=first[0].source,
            seen=f"{listed(found)} {on_nodes([f.node for f in first])} names {_FILE}",
            error="Unauthorized",
            remedy="have the plugin's owner write a kubeconfig of its own",
            manual=True,
        )
