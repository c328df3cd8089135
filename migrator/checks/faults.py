"""P67: what a release of the daemon itself does wrong, whatever the manifests say."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.checks.common import daemons, finding
from migrator.model.inventory import State
from migrator.model.plan import Finding, Rule
from migrator.multus.releases import parse

CHROOT = Rule(
    id="P67",
    title="The daemon of v4.0 changes its root while other requests run",
    why="before v4.1.0 the whole process changes its root directory for each plugin "
    "that it runs, so that concurrent requests now and then do not find their "
    "plugins, configs or network namespaces",
    reference="multus-cni#1072; PR#1161; pkg/server/exec_chroot.go v4.0.2 (ChrootMutex), v4.1.0 "
    "(SysProcAttr.Chroot)",
    handling="Reported for targets before v4.1.0; since then only the plugin that is "
    "started changes its root.",
    until=parse("4.1.0"),
    severity="warning",
)
RULES = (CHROOT,)


def findings(state: State) -> Iterable[Finding]:
    for install in daemons(state):
        yield finding(
            CHROOT,
            document=install.daemonset,
            seen=f"{install.daemonset.ref} is to run v{state.daemon}",
            error="no such file or directory",
            remedy="plan with --target 4.1.4 or later: from v4.1.0 on other requests are not "
            "affected",
        )
