"""P07, P75: directories of plugins that the daemon does not search, or whose links lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migrator.checks.common import daemons, finding, main_of, on_nodes, pod_of
from migrator.checks.mounts import search_dirs
from migrator.inventory.distributions import platforms_of
from migrator.model.inventory import Install, Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.model.release import Release
from migrator.multus.platforms import Platform, is_of_image, link_trees
from migrator.thick.form import targets_in
from migrator.trees import pods
from migrator.trees.wording import listed

RULE = Rule(
    id="P07",
    title="Plugins are in a directory that the daemon does not search",
    why="thin Multus inherits the runtime's CNI_PATH; the daemon searches only binDir "
    "and its own CNI_PATH, which is /opt/cni/bin unless it is set",
    reference="multus-cni#1413, #739, #1038, #621; longhorn#11222",
    handling="binDir names the directory, and CNI_PATH a second one (S06, S08, S12).",
    severity="blocker",
)
LINKS = Rule(
    id="P75",
    title="Plugins are links to files that the daemon does not see",
    why="since v4.1.0 the daemon looks a plugin up in its container, where a link "
    "whose target is not mounted leads nowhere: k3s fills data/cni with absolute "
    "links into data/<hash>/bin, NixOS /opt/cni/bin with links into /nix/store; "
    "elsewhere the links in --node-files show it",
    reference="k3s#10929, k3s PR#10868; containernetworking/cni pkg/invoke/find.go FindInPath",
    since=Release(4, 1, 0),
    handling="The tree that holds the targets is mounted at its own path, read-only (S06).",
    severity="blocker",
)
RULES = (RULE, LINKS)

_DEFAULT = "/opt/cni/bin"


def findings(state: State) -> Iterable[Finding]:
    """Thin installs whose directories a thick manifest as shipped would miss; daemons that do not
    search where the shim or a neighbour's plugin is installed."""
    for install in state.inventory.installs:
        said = [flag.value for flag in install.flags if flag.name == "additional-bin-dir"]
        own = install.config.data.get("binDir") if install.config else None
        dirs = [install.paths.bin_dir, *said, *([own] if isinstance(own, str) else [])]
        other = [d for d in dirs if d and d != _DEFAULT]
        if install.mode == "thin" and other:
            yield finding(
                RULE,
                document=install.daemonset,
                seen=f"plugins are in {listed(other)}",
                error='failed to find plugin "macvlan" in path [/opt/cni/bin]',
                remedy="name it in binDir, a second directory in env CNI_PATH, and mount each at its "
                "own path",
            )
    seen = platforms_of(state.inventory)
    for install in daemons(state):
        yield from _links(install, seen, state.inventory)
        searched = search_dirs(install)
        if install.paths.bin_dir not in searched:
            yield finding(
                RULE,
                document=install.daemonset,
                seen=f"the shim is installed into {install.paths.bin_dir}, and the daemon searches "
                f"{listed(searched)}",
                error=f'failed to find plugin "macvlan" in path [{" ".join(searched)}]',
                remedy=f'set "binDir": "{install.paths.bin_dir}"',
            )
        yield from _neighbours(state.inventory, searched)


def _links(install: Install, seen: Sequence[Platform], inventory: Inventory) -> Iterable[Finding]:
    searched = search_dirs(install)
    links = inventory.reading.node_files.links
    for inside in searched:
        directory = pods.on_host(pod_of(install), main_of(install), inside) or inside
        for tree in link_trees(directory, seen, targets_in(directory, links)):
            if pods.on_host(pod_of(install), main_of(install), tree) == tree:
                continue
            shown = [x for x in links if x.directory == directory and pods.below(x.target, tree)]
            plugins = listed(dict.fromkeys(link.name for link in shown)) or "plugins"
            on = f" {on_nodes(sorted({link.node for link in shown}))}" if shown else ""
            remedy = f"add a hostPath volume of {tree}, mounted read-only at {tree}"
            if is_of_image(tree):
                remedy = (
                    f"put the plugins themselves into {directory} in place of the links: mounting "
                )
                remedy += f"{tree} would hide the programs of the image"
            yield finding(
                LINKS,
                document=install.daemonset,
                source=shown[0].source if shown else None,
                severity="warning" if is_of_image(tree) else None,
                seen=f"{plugins} in {directory}{on} "
                + ("is a link" if len(shown) == 1 else "are links")
                + f" into {tree}, which is not mounted",
                error=f'failed to find plugin "{shown[0].name if shown else "flannel"}" in path '
                f"[{' '.join(searched)}]",
                remedy=remedy,
                manual=is_of_image(tree),
            )


def _neighbours(inventory: Inventory, searched: list[str]) -> Iterable[Finding]:
    """Whether the plugin is called through Multus is not known: a warning."""
    for neighbour in inventory.neighbours:
        directory = neighbour.facts.get("bin_dir", "")
        if neighbour.document is not None and directory and directory not in searched:
            yield finding(
                RULE,
                document=neighbour.document,
                source=neighbour.source,
                severity="warning",
                seen=f"{neighbour.kind} is installed into {directory}, and the daemon searches "
                f"{listed(searched)}",
                error=f'failed to find plugin "{neighbour.kind}" in path [{" ".join(searched)}]',
                remedy=f"set env CNI_PATH={':'.join([*searched, directory])} on Multus's container, "
                f"and add a hostPath volume of {directory} mounted at {directory}",
            )
