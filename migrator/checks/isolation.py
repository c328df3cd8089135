"""P20: namespace isolation and default networks, which must not be lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.checks.common import finding
from migrator.model.inputs import Source
from migrator.model.inventory import Install
from migrator.model.plan import Finding, Rule
from migrator.multus import releases
from migrator.multus.flags import is_true
from migrator.thick.intent import Intent

RULE = Rule(
    id="P20",
    title="Isolation and default networks must be carried over",
    why="a setting that is lost opens namespaces to each other's networks, or takes "
    "networks away from every pod, without an error",
    reference="docs/configuration.md of multus-cni",
    handling="Always carried over, and shown as a line for the security review (S12, S14).",
    severity="warning",
)
RULES = (RULE,)

_KEYS = ("namespaceIsolation", "globalNamespaces", "defaultNetworks", "systemNamespaces")
_FLAGS = {"namespace-isolation": "namespaceIsolation", "global-namespaces": "globalNamespaces"}


def findings(intent: Intent) -> Iterable[Finding]:
    """A line for the security review of each thin install that has such a setting."""
    for form in intent.forms:
        install = form.install
        said = _said(install) if install.mode == "thin" else {}
        if not said:
            continue
        config = form.config
        lost = [key for key in said if key not in config]
        yield finding(
            RULE,
            document=install.daemonset,
            source=next(iter(said.values())),
            severity="blocker" if lost else "info",
            seen="; ".join(f"{key} ({source})" for key, source in said.items()),
            remedy=f"lost: {', '.join(lost)}; put it into daemon-config.json"
            if lost
            else _kept(config),
        )
        yield from _relaxed(install, said, config)


def _said(install: Install) -> Mapping[str, Source]:
    """The settings that differ from the default, and where they stand."""
    said: dict[str, Source] = {}
    for flag in install.flags:
        key = _FLAGS.get(flag.name, "")
        isolation = key == "namespaceIsolation"
        if key and (
            is_true(install.entrypoint, flag.name, flag.value) if isolation else flag.value
        ):
            said[key] = flag.source
    if install.config is not None:
        said.update({k: install.config.source for k in _KEYS if install.config.data.get(k)})
    return said


def _kept(config: Mapping[str, Any]) -> str:
    kept = ", ".join(f"{key}: {config[key]}" for key in _KEYS if key in config)
    return f"nothing: daemon-config.json has {kept}"


def _relaxed(
    install: Install, said: Mapping[str, Source], config: Mapping[str, Any]
) -> Iterable[Finding]:
    """Before v3.4.2 isolation did not exempt the namespace default; now it does."""
    strict = not releases.ISOLATION_ALLOWS_DEFAULT.holds(install.release)
    if strict and "namespaceIsolation" in said and not config.get("globalNamespaces"):
        yield finding(
            RULE,
            document=install.daemonset,
            source=said["namespaceIsolation"],
            seen=f"in v{install.release}, isolation covers the namespace default too; v4 lets "
            "every pod use the NADs there",
            remedy='to keep it as strict, set "globalNamespaces" to a namespace that does not '
            "exist",
            manual=True,
        )
