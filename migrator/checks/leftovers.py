"""P28, P39, P40, P42: what earlier installs left on the nodes, and when it may go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migrator.checks.common import finding, on_nodes
from migrator.checks.primary import NESTED
from migrator.inventory.leftovers import Kind, When, leftovers
from migrator.model.inputs import Source
from migrator.model.inventory import Install, Inventory
from migrator.model.plan import Finding, Rule
from migrator.multus import nodefile, releases
from migrator.multus.primary import cni_version, content
from migrator.thick.form import Thick
from migrator.thick.intent import Intent

EMPTY = Rule(
    id="P28",
    title="00-multus.conf is empty",
    why="the runtime cannot load it, and the node is not ready; this happens when the "
    "primary CNI's file is gone for a moment while Multus writes its own",
    reference="multus-cni#1155; GenerateConfig, pkg/server/config/manager.go",
    handling="Reported where a node file shows it.",
    severity="warning",
    when="before the rollout",
)
STALE = Rule(
    id="P39",
    title="Thin mode's config takes over when the daemon stops",
    why="the daemon writes 00-multus.conf and removes it when it stops: the "
    "00-multus.conflist of v4 thin, or a config of another name, is then the first "
    "file, and calls thin Multus with an expired token",
    reference="cmd/thin_entrypoint v4.0.0 to v4.3.0, pkg/server/config/manager.go",
    handling="Reported for each file that a node has, or that v4 thin is known to write; the "
    "runbook removes it once the daemon runs.",
    severity="warning",
    when="after the rollout",
)
KEEP = Rule(
    id="P40",
    title="CRI-O deletes old pods with thin Multus",
    why="it keeps the config with which a pod was made, and calls that plugin to "
    "delete the pod: the thin binary and its kubeconfig are needed until those "
    "pods are gone",
    reference="cluster-network-addons-operator PR#1253, #621; ocicni PR#86",
    handling="The thin binary and its kubeconfig are never removed by a patch; the runbook says "
    "when they may go.",
    severity="info",
    when="after the rollout",
)
BACK = Rule(
    id="P42",
    title="A shim without its daemon blocks pod deletion",
    why="after an uninstall or a rollback, the runtime goes on calling multus-shim "
    "until 00-multus.conf is replaced",
    reference="multus-cni#1105, #1146, #1429, #461",
    handling="The runbook has the order of the way back: on each drained node "
    "00-multus.conf is removed, then the old pod returns; the shim is removed when "
    "no pod of thick mode is left there.",
    severity="warning",
    when="before the rollout",
)
RULES = (EMPTY, STALE, KEEP, BACK)


def findings(intent: Intent) -> Iterable[Finding]:
    for left in leftovers(intent.inventory):
        if left.kind is Kind.EMPTY:
            yield finding(
                EMPTY,
                source=left.source,
                seen=f"{left.path} {on_nodes(left.nodes)}",
                error="cni plugin not initialized",
                remedy=f"{left.remedy} there, and delete the Multus pod of the node",
                manual=True,
            )
        elif left.when is When.DAEMON_RUNS:
            yield _stale(left.path, left.nodes, left.remedy, left.source)
    for form in intent.forms:
        yield from _will_be_stale(form.install, intent)
        yield from _copied_config(form, intent.inventory)
        yield from _crio(form.install)
    yield from _went_back(intent.inventory.installs, intent.inventory)


def _stale(path: str, nodes: Sequence[str], command: str, source: Source) -> Finding:
    return finding(
        STALE,
        source=source,
        seen=f"{path} {on_nodes(nodes)}",
        error="error waiting for pod: Unauthorized",
        remedy=f"{command} on each of these nodes once its daemon has written 00-multus.conf, not "
        "before: until then it is what gives pods their networks",
        manual=True,
    )


def _will_be_stale(install: Install, intent: Intent) -> Iterable[Finding]:
    """v4 thin writes a .conflist where the primary CNI says 1.0.0; no node file has told so."""
    stops = releases.STOPS_CLEANLY.holds(intent.target.release)
    if install.mode != "thin" or install.entrypoint != "pflag" or not stops:
        return
    inventory = intent.inventory
    directory = install.paths.cni_conf_dir
    if any(d == directory for _, d in inventory.reading.node_files.directories):
        return
    for file in inventory.cni_files:
        version = content(file).get("cniVersion")
        ours = file.directory == install.paths.autoconfig_dir and isinstance(version, str)
        if ours and cni_version(str(version)) >= (1, 0, 0):
            path = f"{directory}/00-multus.conflist"
            yield _stale(path, ("",), nodefile.remove(path, (directory,)), file.source)
            return


def _copied_config(form: Thick, inventory: Inventory) -> Iterable[Finding]:
    """Thin mode copies its config file to every node under its own name; node files tell more."""
    install = form.install
    name = install.config_file.rsplit("/", 1)[-1]
    directory = install.paths.cni_conf_dir
    copied = any(d == directory for _, d in inventory.reading.node_files.directories)
    if install.mode != "thin" or not name or name.startswith("00-multus") or copied:
        return
    command = nodefile.remove(f"{directory}/{name}", (directory,))
    if form.config.get("multusMasterCNI"):
        yield _stale(f"{directory}/{name}", ("",), command, install.daemonset.source)
        return
    yield finding(
        NESTED,
        document=install.daemonset,
        severity="warning",
        seen=f"thin Multus puts {name} into {directory} on every node",
        error="interface name eth0 already exists",
        remedy=f"name the primary CNI with --primary-cni FILE; and {command} on each node once its "
        "daemon has written 00-multus.conf",
        manual=True,
    )


def _crio(install: Install) -> Iterable[Finding]:
    by_flag = next((f for f in install.flags if f.name == "restart-crio"), None)
    if install.mode == "thin" and (by_flag or install.paths.bin_dir == "/usr/libexec/cni"):
        yield finding(
            KEEP,
            document=install.daemonset,
            source=by_flag.source if by_flag else None,
            seen=by_flag.raw if by_flag else f"plugins are in {install.paths.bin_dir}",
            remedy=f"leave {install.paths.bin_dir}/multus and "
            f"{install.paths.cni_conf_dir}/multus.d/multus.kubeconfig on the nodes until "
            "every pod from thin mode is gone",
        )


def _went_back(installs: Sequence[Install], inventory: Inventory) -> Iterable[Finding]:
    """The inputs are thin, and a node has the shim's config."""
    if not installs or any(install.mode == "thick" for install in installs):
        return
    shims = [
        f
        for f in inventory.reading.node_files.files
        if f.directory in {i.paths.cni_conf_dir for i in installs}
        and content(f).get("type") == "multus-shim"
    ]
    if shims:
        nodes = [f.node for f in shims]
        path = f"{shims[0].directory}/{shims[0].name}"
        yield finding(
            BACK,
            source=shims[0].source,
            seen=f"{path} {on_nodes(nodes)} calls the shim, but the manifests are thin",
            error='plugin type="multus-shim" name="multus-cni-network" failed (delete): ... dial '
            "unix /run/multus/multus.sock: connect: connection refused",
            remedy=f"{nodefile.remove(path, (shims[0].directory,))} there and delete the thin Multus pod of the node, or give the "
            "manifests that are applied",
            manual=True,
        )
