"""What a person should know of how the settings were translated to daemon-config.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from migrator.checks.common import finding, on_nodes
from migrator.checks.daemon_config import CONFIG_FILE, LOG, STATUS, VERSIONS
from migrator.checks.images import BUSY
from migrator.checks.isolation import RULE as ISOLATION
from migrator.checks.mounts import EMPTY_NADS
from migrator.checks.primary import CHOICE
from migrator.inventory.running import evidence_of
from migrator.model.inventory import Install, Inventory
from migrator.model.plan import Finding, Rule, Severity
from migrator.multus.primary import find_primary
from migrator.thick.intent import Intent
from migrator.thick.translate import Entry

RULES: tuple[Rule, ...] = ()
"""The translation names the pitfalls of other files."""

_BY_ID: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (EMPTY_NADS, CONFIG_FILE, CHOICE, VERSIONS, STATUS, LOG, ISOLATION, BUSY)
}

_REMEDIES: Mapping[str, str] = {
    "P01": "move the files that NADs need to /etc/cni/multus/net.d of the nodes",
    "P02": "add the ConfigMap with that file to the inputs, or write its keys into "
    "daemon-config.json by hand",
    "P04": "copy the CNI directory of the nodes and pass --node-files DIR, or --primary-cni FILE",
    "P12": "nothing, or pass --node-files DIR to have the primary CNI's own version",
    "P13": "nothing: 1.0.0 is written; v4.3.0 can have 1.1.0",
    "P17": "nothing: the mount is added; or drop logFile and use logToStderr",
    "P20": "read the setting again, and compare it with what is written",
    "P25": "see that what provided the binary does not remove multus-shim",
}


def findings(intent: Intent) -> Iterable[Finding]:
    """The warnings that the translation of flags and keys gave (thick/translate.py). What the
    inputs do not hold is unknown: never more than a warning (ruling 1)."""
    for form in intent.moving:
        install = form.install
        for entry in form.translation.entries:
            told = entry.name == "multusMasterCNI" and (
                intent.target.primary_cni or form.primary.by_node
            )
            if not entry.warning or told:
                continue
            others = _other_primaries(install, intent.inventory, entry)
            if others == {}:
                continue
            severity: Severity = "info" if entry.pitfall == "P17" else "warning"
            seen = f"{entry.name}: {entry.warning}"
            if others:
                severity = "blocker"
                seen += "; today it is " + "; ".join(
                    f"{name} {on_nodes(nodes)}" for name, nodes in others.items()
                )
            yield finding(
                _BY_ID[entry.pitfall],
                document=install.daemonset,
                source=entry.source,
                severity=severity,
                seen=seen,
                remedy=_REMEDIES[entry.pitfall],
                manual=entry.manual,
            )


def _other_primaries(
    install: Install, inventory: Inventory, entry: Entry
) -> dict[str, list[str]] | None:
    """For a flag that thin v4.0.x ignored: {the file that was used instead: its nodes}, where the
    node files tell; {} where it is the same file; None for every other entry."""
    if entry.kind != "flag" or entry.primary is None or install.mode != "thin":
        return None
    directory = install.paths.autoconfig_dir
    known = [n for n, d in inventory.reading.node_files.directories if d == directory]
    if not known:
        return None
    evidence = evidence_of(install, inventory.cni_files)
    by_node = find_primary(inventory.cni_files, directory).by_node
    others: dict[str, list[str]] = {}
    for node in sorted(known):
        # what a node says itself is held against the plan in checks/today.py
        if node not in evidence and by_node.get(node, "") not in ("", entry.primary):
            others.setdefault(by_node[node], []).append(node)
    return others
