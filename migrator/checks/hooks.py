"""M09: probes and lifecycle hooks of the Multus container."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.checks.common import container_at, finding, main_of
from migrator.model.inventory import Install
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent
from migrator.trees.dig import dig

RULE = Rule(
    id="M09",
    title="A probe or hook was written for thin mode",
    why="it stays as it is, and the commands or paths that it uses may not be in the daemon's "
    "container: a liveness probe that fails restarts the daemon again and again",
    reference="deployments/ of multus-cni have none",
    severity="warning",
)
RULES = (RULE,)

_HOOKS = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


def findings(intent: Intent) -> Iterable[Finding]:
    for install in intent.inventory.installs:
        yield from _hooks(install)


def _hooks(install: Install) -> Iterable[Finding]:
    main = main_of(install)
    for field in _HOOKS:
        if field in main and install.mode == "thin":
            yield finding(
                RULE,
                document=install.daemonset,
                source=container_at(install, field),
                seen=f"{field}: {_summary(main[field])}",
                remedy="take it out of the manifest, or see that it works in the daemon's "
                "container; a probe that fits is httpGet on metricsPort, if that is set",
                manual=True,
            )


def _summary(value: Any) -> str:
    for handler in (value, *value.values()) if isinstance(value, Mapping) else ():
        command = dig(handler, "exec", "command")
        if isinstance(command, list):
            return " ".join(map(str, command))
    return ", ".join(value) if isinstance(value, Mapping) else str(value)
