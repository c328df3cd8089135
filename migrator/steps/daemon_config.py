"""Writes daemon-config.json, and restarts the daemon when it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from migrator.model.inputs import MISSING, Document, ObjectRef
from migrator.model.plan import Change, Rule
from migrator.multus.defaults import CONFIG_KEY
from migrator.steps.common import change
from migrator.thick.form import Thick, config_text
from migrator.thick.intent import Intent
from migrator.trees.embedded import json_or_text
from migrator.trees.paths import get

RULE = Rule(
    id="S12",
    title="Move the settings to daemon-config.json",
    why="the daemon takes no flags: each thin flag and each key of a hand-written "
    "config becomes a key of its config, is dropped with a reason, or is reported "
    "as unrecognised (P02, P20)",
    reference="pkg/server/config/generator.go, pkg/types/conf.go v4.0.0 to v4.3.0",
)

CHECKSUM = "multus-migrator/daemon-config-sha256"
"""The daemon reads its config once: the annotation makes a rollout of each change."""


def changes(intent: Intent) -> Iterable[Change]:
    """The ConfigMap (new, or its key) and the checksum on the pod template."""
    documents = intent.inventory.reading.documents
    written: set[ObjectRef] = set()
    for form in intent.moving:
        install = form.install
        if install.mode == "thick" and (
            install.daemon_config is None or install.daemon_config.error
        ):
            continue
        text = _text(form)
        ref = ObjectRef(
            group="",
            kind="ConfigMap",
            namespace=install.daemonset.ref.namespace,
            name=form.config_map,
        )
        if ref not in written:
            yield from _config_map(form, ref, text, documents)
            written.add(ref)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        path = ("spec", "template", "metadata", "annotations", CHECKSUM)
        reason = "the daemon reads its config only at start"
        yield from _annotation(install.daemonset, path, digest, reason)


def _text(form: Thick) -> str:
    """The ConfigMap's text; a config that says the same already stays as it is written."""
    own = form.install.daemon_config
    if own is not None:
        present = (own.document.data.get("data") or {}).get(own.key, "")
        if own.data == form.config:
            return str(present)
    return config_text(form.config)


def _config_map(
    form: Thick, ref: ObjectRef, text: str, documents: Iterable[Document]
) -> Iterable[Change]:
    own = form.install.daemon_config
    key = own.key if own else CONFIG_KEY
    reason = "the settings of the thin flags and config, as daemon-config keys"
    present = next((d for d in documents if d.ref == ref), None)
    if present is not None:
        before = (present.data.get("data") or {}).get(key, MISSING)
        if before is MISSING or json_or_text(str(before)) != json_or_text(text):
            adds = own is not None and _adds_only(own.data, form.config)
            yield from change(present, ("data", key), text, reason, RULE, hardening=adds)
        return
    metadata = {"name": ref.name, **({"namespace": ref.namespace} if ref.namespace else {})}
    yield Change(
        object=ref,
        path=(),
        before=MISSING,
        after={
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {**metadata, "labels": {"app": "multus", "tier": "node"}},
            "data": {CONFIG_KEY: text},
        },
        reason=reason,
        rule=RULE.id,
        source=form.install.daemonset.source,
    )


def _adds_only(own: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether a running daemon's config keeps all that it says: what it lacks has defaults, and what
    they do is a finding."""
    return all(key in config and config[key] == value for key, value in own.items())


def _annotation(
    document: Document, path: tuple[str, ...], digest: str, reason: str
) -> Iterable[Change]:
    """One annotation; its parents are created where they are missing."""
    for depth in range(len(path) - 1, 0, -1):
        present = get(document.data, path[:depth])
        if present is not MISSING and present is not None:
            value: object = digest
            for name in reversed(path[depth + 1 :]):
                value = {name: value}
            at = path[: depth + 1]
            yield from change(document, at, value, reason, RULE, hardening=True)
            return
