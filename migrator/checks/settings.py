"""What a person should know of how the settings were translated to daemon-config.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from migrator.checks.common import finding, main_of, on_nodes, pod_of, settings_of
from migrator.checks.daemon_config import CONFIG_FILE, LOG, STATUS, VERSIONS
from migrator.checks.images import BUSY
from migrator.checks.isolation import RULE as ISOLATION
from migrator.checks.mounts import EMPTY_NADS
from migrator.checks.primary import CHOICE
from migrator.golang.errors import GoError, GoPanic
from migrator.inventory.running import evidence_of
from migrator.model.inventory import Install, Inventory, Target
from migrator.model.plan import Finding, Rule, Severity
from migrator.multus import netconf
from migrator.multus.primary import find_primary
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.thick.translate import Entry
from migrator.trees import pods
from migrator.trees.dig import string
from migrator.trees.variables import has_variables

UNREADABLE = Rule(
    id="P64",
    title="Thin mode's Multus config cannot be read",
    why="its settings, isolation among them, cannot be carried over; Multus rejects it "
    "as it stands, too, so restarting the DaemonSet leaves each node without pod "
    "networks",
    reference="LoadNetConf, pkg/types/conf.go",
    handling="Nothing of it is carried over, and nothing is guessed.",
    severity="blocker",
)
RULES = (UNREADABLE,)
"""The translation names the pitfalls of other files besides."""

_BY_ID: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        EMPTY_NADS,
        CONFIG_FILE,
        CHOICE,
        VERSIONS,
        STATUS,
        LOG,
        ISOLATION,
        BUSY,
        UNREADABLE,
    )
}

_SEVERITIES: Mapping[str, Severity] = {"P17": "info", "P64": "blocker"}
"""Those that are not warnings."""

_REMEDIES: Mapping[str, str] = {
    "P01": "move the files that NADs need to /etc/cni/multus/net.d of the nodes",
    "P12": "nothing, or pass --node-files DIR to use the primary CNI's own version",
    "P13": "nothing: 1.0.0 is written; v4.3.0 can have 1.1.0",
    "P17": "nothing: the mount is added; or drop logFile and use logToStderr",
    "P20": "check the setting, and compare it with what is written",
    "P64": "correct the JSON there and plan again; where something fills it in later, give what is "
    "applied",
    "P25": "make sure that what provided the binary does not remove multus-shim",
}
_OF_PRIMARY = frozenset({"multusMasterCNI", "cniVersion"})
_BY_SCRIPT = (
    "the container's script creates that file: write what it holds on a node into "
    "daemon-config.json"
)


def findings(intent: Intent) -> Iterable[Finding]:
    """The warnings that the translation of flags and keys gave (thick/translate.py). What the
    inputs do not hold is unknown: never more than a warning (ruling 1)."""
    unknown: set[str] = set()
    for form in intent.moving:
        install = form.install
        for entry in form.translation.entries:
            told = _told(entry, form, intent.target) or entry.warning in unknown
            if not entry.warning or told:
                continue
            if entry.name in _OF_PRIMARY and not form.primary.by_node:
                # told once, though each architecture has its DaemonSet
                unknown.add(entry.warning)
            others = _other_primaries(install, intent.inventory, entry)
            if others == {}:
                continue
            severity = _SEVERITIES.get(entry.pitfall, "warning")
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
                error=_words(install) if entry.pitfall == "P64" else "",
                remedy=_remedy(entry, form, intent.inventory, others or {}),
                manual=entry.manual,
            )


def _told(entry: Entry, form: Thick, target: Target) -> bool:
    """What the user decided with --primary-cni, and what the checks of the node files tell."""
    about_file = entry.name == "multusMasterCNI" or (entry.kind == "flag" and entry.primary)
    seen = entry.name == "multusMasterCNI" and form.primary.by_node
    return bool((about_file and target.primary_cni) or seen)


def _words(install: Install) -> str:
    """What Multus says of its config; nothing where another text is applied."""
    text = install.config.text if install.config else ""
    if has_variables(text):
        return ""
    try:
        netconf.load(text, install.release)
    except (GoError, GoPanic) as error:
        return str(error)
    return ""


def _remedy(
    entry: Entry, form: Thick, inventory: Inventory, others: Mapping[str, Sequence[str]]
) -> str:
    """Never the advice to give what was given."""
    install = form.install
    if others:
        return (
            f"--primary-cni {next(iter(others))} keeps what runs; --primary-cni {entry.primary} "
            "takes what the flag says, and changes the network of every pod"
        )
    if entry.pitfall == "P04" and entry.manual and entry.primary is None:
        return (
            f"run mv FILE.old FILE in {install.paths.autoconfig_dir} of every node, "
            "before the rollout"
        )
    if entry.pitfall == "P04":
        directory = install.paths.autoconfig_dir
        return (
            f"copy {directory} of the nodes to DIR{directory}, and pass --node-files DIR; or name the "
            "file with --primary-cni FILE"
        )
    if entry.pitfall == "P12" and form.primary.by_node:
        return "nothing: 0.3.1 works over every primary CNI"
    return _file_to_give(install, inventory) if entry.pitfall == "P02" else _REMEDIES[entry.pitfall]


def _file_to_give(install: Install, inventory: Inventory) -> str:
    """Where the config file of a container comes from, and what can be done to have its keys."""
    if install.wrapper:
        return _BY_SCRIPT
    path = install.config_file or string(settings_of(install), "multusConfigFile")
    found = pods.mount_at(main_of(install), path)
    volume = pods.volume(pod_of(install), str(found[0].get("name"))) if found else {}
    wanted = string(volume, "configMap", "name")
    by_hand = "write its keys into daemon-config.json by hand"
    host = pods.on_host(pod_of(install), main_of(install), path)
    if host:
        return f"take {host} from a node, and {by_hand}"
    if not wanted:
        return f"find out what creates {path} in the container, and {by_hand}"
    for document in inventory.reading.documents:
        ref = document.ref
        same = ref.namespace == install.daemonset.ref.namespace
        if (ref.kind, ref.name, same) == ("ConfigMap", wanted, True):
            return f"write the keys of {path} ({ref}) into daemon-config.json by hand"
    return (
        f"add ConfigMap {wanted} of {install.daemonset.ref.namespace} to the inputs, or {by_hand}"
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
