"""P07: directories of plugins that the runtime told thin Multus, and that nobody tells the daemon."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import daemons, finding
from migrator.checks.mounts import search_dirs
from migrator.model.inventory import Inventory, State
from migrator.model.plan import Finding, Rule
from migrator.trees.wording import listed

RULE = Rule(
    id="P07",
    title="Plugins in a directory that the daemon does not search",
    why="thin Multus inherits the runtime's CNI_PATH; the daemon searches binDir and its own "
    "CNI_PATH only, which is /opt/cni/bin where nothing is said",
    reference="multus-cni#1413, #739, #1038, #621; longhorn#11222",
    handling="binDir names the directory, CNI_PATH a second one (S06, S08, S12).",
    severity="blocker",
)
RULES = (RULE,)

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
                remedy="binDir, a second directory in env CNI_PATH, and each mounted at its own path",
            )
    for install in daemons(state):
        searched = search_dirs(install)
        if install.paths.bin_dir not in searched:
            yield finding(
                RULE,
                document=install.daemonset,
                seen=f"the shim is installed into {install.paths.bin_dir}, and the daemon searches "
                f"{listed(searched)}",
                error=f'failed to find plugin "macvlan" in path [{" ".join(searched)}]',
                remedy=f'"binDir": "{install.paths.bin_dir}"',
            )
        yield from _neighbours(state.inventory, searched)


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
                remedy=f"env CNI_PATH={':'.join([*searched, directory])} on Multus's container, and "
                f"a hostPath volume of {directory} mounted at {directory}",
            )
