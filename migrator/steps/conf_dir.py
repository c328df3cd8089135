"""Mounts the directory in which NADs without spec.config are looked up."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.model.inputs import MISSING, ItemKey
from migrator.model.plan import Change, Rule
from migrator.multus.defaults import CONF_DIR
from migrator.steps.common import POD, change
from migrator.steps.mounts import CONF_DIR_VOLUMES, add_mount, canonical
from migrator.thick.intent import Intent
from migrator.trees.paths import get

RULE = Rule(
    id="S07",
    title="Mount the conf dir of NADs without spec.config",
    why="the daemon looks these NADs up inside its container: v4.0.x in another "
    "directory, v4.1.0 to v4.2.0 in one that nothing mounts (P01)",
    reference="multus-cni#1238, #971, #1424",
)


def changes(intent: Intent) -> Iterable[Change]:
    """Volume and mount of the conf dir. confDir itself is a key of daemon-config.json (S12)."""
    unneeded = all(nad.config for nad in intent.inventory.nads)
    for form in intent.moving:
        document = form.install.daemonset
        host = form.install.paths.conf_dir or CONF_DIR
        projected = any(v["name"] == "multus-conf-files" for v in form.pod["volumes"])
        place = "ConfigMaps, one per network plugin" if projected else f"{host} of the node"
        reason = f"NADs without spec.config are read from {place} (P01)"
        for volume in form.pod["volumes"]:
            if canonical(form, volume["name"]) in CONF_DIR_VOLUMES:
                path = (*POD, "volumes", ItemKey("name", volume["name"]))
                if get(document.data, path) is MISSING:
                    yield from change(document, path, volume, reason, RULE, hardening=unneeded)
        for mount in form.pod["containers"][0]["volumeMounts"]:
            if canonical(form, mount["name"]) in CONF_DIR_VOLUMES:
                yield from add_mount(form, mount, reason, RULE, hardening=unneeded)
