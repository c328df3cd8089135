"""M13: the directory that thin Multus always searched beside the one it is installed in."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import finding
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent
from migrator.trees.variables import has_variables

RULE = Rule(
    id="M13",
    title="Plugins in /opt/cni/bin are no longer found",
    why="thin Multus searched its default binDir, /opt/cni/bin, and the runtime's "
    "directories; the daemon searches only the directory in which its shim is "
    "installed",
    reference="pkg/multus/multus.go confAdd; pkg/types/conf.go",
    severity="warning",
)
RULES = (RULE,)

_DEFAULT = "/opt/cni/bin"


def findings(intent: Intent) -> Iterable[Finding]:
    """Thin installs whose binary is elsewhere and that say no binDir of their own."""
    for install in intent.inventory.installs:
        said = any(flag.name == "additional-bin-dir" and flag.value for flag in install.flags)
        said = said or bool(install.config and install.config.data.get("binDir"))
        directory = install.paths.bin_dir
        known = not has_variables(directory)
        if install.mode == "thin" and known and directory != _DEFAULT and not said:
            yield finding(
                RULE,
                document=install.daemonset,
                seen=f"Multus is installed in {directory}",
                error=f'failed to find plugin "macvlan" in path [{directory}]',
                remedy=f"check whether the nodes have plugins in {_DEFAULT} that are not in "
                f"{directory}; if so, copy them, or mount {_DEFAULT} at its own path and "
                f"set env CNI_PATH={directory}:{_DEFAULT} on Multus's container",
            )
