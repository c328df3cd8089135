"""P04, P62, P63: what the nodes run today, and whether the plan keeps it (ruling 12)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence

from migrator.checks.common import finding, on_nodes, settings_of
from migrator.checks.primary import CHOICE
from migrator.inventory.nodes import nodes_of
from migrator.model.inputs import CniFile
from migrator.model.inventory import Inventory, Target
from migrator.model.plan import Finding, Rule
from migrator.multus.live import Evidence, first_read, is_multus_config, plugin_types
from migrator.multus.primary import auto_mode, by_node, content
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.trees.dig import string
from migrator.trees.variables import has_variables
from migrator.trees.wording import listed

IDLE = Rule(
    id="P62",
    title="The runtime does not call Multus today",
    why="the container runtime takes the first file by name in its directory, and that "
    "is not Multus's: no pod has a network from Multus, whatever its annotation "
    "says. Thick mode writes 00-multus.conf, so each pod that starts after the "
    "migration gets the networks that it names, or fails where one is missing or "
    "forbidden",
    reference="libcni ConfFiles; containerd max_conf_num; entrypoint.sh and cmd/thin_entrypoint, "
    "which copy --multus-conf-file under its own name",
    handling="Reported first; the tables show what pods would get that they do not have today.",
    severity="blocker",
    unmoved="warning",
)
RENAMED = Rule(
    id="P63",
    title="The primary CNI's network gets another name",
    why="host-local keeps the addresses in use below /var/lib/cni/networks/<name>: "
    "under another name it hands them out again while pods on the node still have "
    "them",
    reference="plugins/ipam/host-local/backend/disk; kubevirt#2134",
    handling="Both names are shown where the node files have the file that the delegate "
    "stands for.",
    severity="warning",
    when="before the rollout",
)
RULES = (IDLE, RENAMED)


View = Mapping[str, CniFile]


def findings(intent: Intent) -> Iterable[Finding]:
    for form in intent.forms:
        yield from _idle(form)
        yield from _will_be_idle(form, intent.inventory)
    for form in intent.forms:
        views = by_node(intent.inventory.cni_files, form.install.paths.autoconfig_dir)
        views = {node: views.get(node, {}) for node in form.primary.by_node}
        if _differ(form, intent.target):
            yield _several(form, views)
        else:
            yield from _contradictions(form, views)
            yield from _kept(form, views)
        yield from _renamed(form, views)
        yield from _not_copied(form, intent.inventory, intent.target)


def _idle(form: Thick) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[str]] = {}
    for node, evidence in form.primary.evidence.items():
        if evidence.multus and evidence.copied:  # of one that was not copied: _will_be_idle
            groups.setdefault((evidence.path, evidence.multus), []).append(node)
    for (path, multus), nodes in groups.items():
        evidence = form.primary.evidence[nodes[0]]
        stays = multus.rpartition("/")[2].startswith("00-multus")
        yield finding(
            IDLE,
            document=form.install.daemonset,
            source=evidence.source,
            seen=f"the runtime reads {path} {on_nodes(nodes)}, which sorts before {multus}: Multus "
            "is not active" + (", and would not be in thick mode" if stays else ""),
            remedy=f"make sure that {multus} sorts first, or remove {path}"
            if stays
            else "look at the networks that pods would get, then --allow P62; the same where the "
            "runtime is told to read Multus's file (CRI-O's cni_default_network)",
            manual=True,
        )


def _will_be_idle(form: Thick, inventory: Inventory) -> Iterator[Finding]:
    """The name of the config file sorts after what the nodes have.

    Thin Multus puts its file there whenever it starts, so a copy without it was made before, or
    lacks files. Whichever: the file of the copy sorts first, and another one that is missing would
    sort before Multus's as well.
    """
    install = form.install
    directory, own = install.paths.cni_conf_dir, posixpath.basename(install.config_file)
    groups: dict[str, list[str]] = {}
    for node, view in by_node(inventory.cni_files, directory).items():
        read = first_read(view)
        if install.mode == "thin" and read and read < own and own not in view:
            groups.setdefault(read, []).append(node)
    for read, nodes in groups.items():
        view = by_node(inventory.cni_files, directory)[nodes[0]]
        if is_multus_config(content(view[read])):
            continue
        yield finding(
            IDLE,
            document=install.daemonset,
            source=view[read].source,
            seen=f"thin Multus puts {own} into {directory}, where {read} {on_nodes(nodes)} sorts "
            "before it: the runtime reads the latter, and Multus is not active",
            remedy="look at the networks that pods would get, then --allow P62; the same where the "
            "runtime is told to read Multus's file (CRI-O's cni_default_network)",
            manual=True,
        )


def _pin(form: Thick) -> str:
    """The file that the daemon is told to take: as planned, or as it is where nothing is planned."""
    settings = form.config if form.moves else settings_of(form.install)
    return str(settings.get("multusMasterCNI") or "")


def _takes(form: Thick, view: View) -> str | None:
    """The primary CNI's file of the daemon on a node; "" where it finds none, None where it is no
    file (clusterNetwork may be a NAD) or is filled in later."""
    settings = form.config if form.moves else settings_of(form.install)
    cluster = str(settings.get("clusterNetwork") or "")
    if cluster:
        inside = (n for n in sorted(view) if content(view[n]).get("name") == cluster)
        return cluster.rpartition("/")[2] if "/" in cluster else next(inside, None)
    pin = _pin(form)
    if has_variables(pin):
        return None
    return pin or next(iter(auto_mode(view)), "")


def _differ(form: Thick, target: Target) -> bool:
    """Whether nodes have different primary CNIs; one that the user names is held against each."""
    files = {name for name in form.primary.by_node.values() if name}
    return len(files) > 1 and not target.primary_cni


def _named(file: str, view: View) -> str:
    """``10-calico.conflist (network k8s-pod-network)``."""
    title = string(content(view[file]), "name") if file in view else ""
    return f"{file} (network {title})" if title else file


def _several(form: Thick, views: Mapping[str, View]) -> Finding:
    groups: dict[tuple[str, str], list[str]] = {}
    for node, file in form.primary.by_node.items():
        evidence = form.primary.evidence.get(node)
        by = f", by {evidence.path}" if evidence else ""
        groups.setdefault((_named(file, views[node]) or "no file", by), []).append(node)
    told = "; ".join(f"{on_nodes(nodes)} {what}{by}" for (what, by), nodes in groups.items())
    pin = _pin(form)
    return finding(
        CHOICE,
        document=form.install.daemonset,
        severity="blocker" if form.moves else "warning",
        seen=f"the nodes have different primary CNIs: {told}; "
        + (f"multusMasterCNI is {pin} on all of them" if pin else "no multusMasterCNI fits all"),
        remedy="use a DaemonSet for each kind of node (nodeSelector), each with "
        "--primary-cni; or make the nodes the same. Where each runs its first file by "
        "name, --allow P04 keeps that: without multusMasterCNI the daemon takes it",
        manual=True,
    )


def _contradictions(form: Thick, views: Mapping[str, View]) -> Iterator[Finding]:
    """What the daemon would take is not what the node's own configuration runs."""
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for node, evidence in form.primary.evidence.items():
        view = views.get(node, {})
        taken = _takes(form, view)
        if taken is None or (taken == evidence.file and taken) or not (taken or auto_mode(view)):
            continue
        key = (evidence.path, evidence.network, evidence.file, taken)
        groups.setdefault(key, []).append(node)
    directory = form.install.paths.autoconfig_dir
    for (path, network, file, taken), nodes in groups.items():
        view = views.get(nodes[0], {})
        there = listed(_named(name, view) for name in auto_mode(view)) or "no other"
        runs = f"{file} ({network})" if file else network or "a network without a name"
        idle = form.primary.evidence[nodes[0]].multus
        seen = f"{path} {on_nodes(nodes)} "
        seen += "is what the runtime reads" if idle else f"delegates to {runs}"
        seen += "" if file else f", and no file in {directory} is that: {there}"
        if taken:
            seen += f"; the daemon would take {_named(taken, view)}"
        yield finding(
            CHOICE,
            document=form.install.daemonset,
            source=form.primary.evidence[nodes[0]].source,
            severity="blocker" if form.moves else "warning",
            seen=seen,
            remedy=f"plan with --primary-cni {file}, if it should stay that way"
            if file
            else _without_file(taken),
            manual=True,
        )


def _without_file(taken: str) -> str:
    first = "have the primary CNI that runs write its file again"
    if not taken:
        return f"{first}, or name the file that is to take its place with --primary-cni FILE"
    return f"{first}; or, if {taken} is to take its place, --allow P04 and restart the node's pods"


def _kept(form: Thick, views: Mapping[str, View]) -> Iterator[Finding]:
    """The file that sorts first is another one than what runs: pinned, and told."""
    pin, groups = _pin(form), dict[str, list[str]]()
    for node, evidence in form.primary.evidence.items():
        first = next(iter(auto_mode(views.get(node, {}))), "")
        if evidence.file and evidence.file == pin and first not in ("", pin):
            groups.setdefault(first, []).append(node)
    for first, nodes in groups.items():
        view, evidence = views[nodes[0]], form.primary.evidence[nodes[0]]
        yield finding(
            CHOICE,
            document=form.install.daemonset,
            source=view[first].source,
            severity="info",
            seen=f"{_named(first, view)} sorts before {_named(pin, view)} {on_nodes(nodes)}, and "
            f"{evidence.path} says that the latter runs: multusMasterCNI names it",
            remedy=f"nothing; or remove {first}, if nothing needs it",
        )


def _renamed(form: Thick, views: Mapping[str, View]) -> Iterator[Finding]:
    groups: dict[tuple[str, str, str, bool], list[str]] = {}
    for node, evidence in form.primary.evidence.items():
        file = views.get(node, {}).get(evidence.file)
        inside = string(content(file), "name") if file else ""
        if file and evidence.network and inside not in ("", evidence.network):
            local = _host_local(evidence)
            key = (evidence.network, evidence.file, inside, local)
            groups.setdefault(key, []).append(node)
    for (network, name, inside, local), nodes in groups.items():
        evidence = form.primary.evidence[nodes[0]]
        yield finding(
            RENAMED,
            document=form.install.daemonset,
            source=evidence.source,
            severity="blocker" if local and form.moves else "warning",
            seen=f"{evidence.path} calls the network {network}, and {name} {on_nodes(nodes)} calls "
            f"it {inside}",
            remedy=f'have the primary CNI write "name": "{network}" into {name}; or drain each '
            "node before the daemon starts there, so that no pod keeps an address, and "
            "pass --allow P63",
            manual=True,
        )


def _host_local(evidence: Evidence) -> bool:
    """Whether the delegate's addresses are host-local's, which the name is the folder of."""
    plugins = evidence.delegate.get("plugins")
    parts = plugins if isinstance(plugins, list) else [evidence.delegate]
    kinds = {string(p, "ipam", "type") for p in parts if isinstance(p, Mapping)} - {""}
    return "host-local" in kinds or (not kinds and "flannel" in plugin_types(evidence.delegate))


def _not_copied(form: Thick, inventory: Inventory, target: Target) -> Iterator[Finding]:
    """multusMasterCNI is what some nodes show, and there are others."""
    pin, seen = _pin(form), form.primary.by_node
    missing = _lacking(nodes_of(inventory, form.install), seen)
    stated = [e for e in form.translation.entries if e.kind == "flag" and pin and pin in e.detail]
    if (
        pin
        and form.moves
        and missing
        and pin in seen.values()
        and not (target.primary_cni or stated)
    ):
        yield finding(
            CHOICE,
            document=form.install.daemonset,
            severity="warning",
            seen=f"multusMasterCNI {pin} is what {listed(sorted(seen))} shows; not known of "
            f"{listed(missing)}",
            remedy="copy the CNI directory of these nodes too, or make sure that the file is "
            "there: where it is missing, the daemon exits",
        )


def _lacking(nodes: Sequence[str], seen: Mapping[str, str]) -> list[str]:
    return [] if "" in seen or not seen else [node for node in nodes if node not in seen]
