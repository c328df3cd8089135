"""What checks share: building a Finding from a rule, and reading the installs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrator.model.inputs import Document, ObjectRef, Source
from migrator.model.inventory import Install, State
from migrator.model.plan import Finding, Rule, Severity
from migrator.trees import pods
from migrator.trees.variables import has_variables
from migrator.trees.wording import listed


def finding(
    rule: Rule,
    *,
    seen: str,
    remedy: str,
    document: Document | None = None,
    object: ObjectRef | None = None,  # noqa: A002  # the field's name
    source: Source | None = None,
    severity: Severity | None = None,
    error: str = "",
    manual: bool = False,
) -> Finding:
    """A Finding of ``rule``; where it stands comes from the document unless said otherwise."""
    return Finding(
        id=rule.id,
        severity=severity or rule.severity,
        title=rule.title,
        seen=seen,
        why=rule.why,
        remedy=remedy,
        reference=rule.reference,
        error=error,
        object=object or (document.ref if document else None),
        source=source or (document.source if document else None),
        manual=manual,
        lasting=rule.lasting,
    )


def daemons(state: State) -> Iterator[Install]:
    """The installs that run multus-daemon; one that is newer than the target is left alone."""
    for install in state.inventory.installs:
        if install.mode == "thick" and not install.release > state.daemon:
            yield install


def pod_of(install: Install) -> Mapping[str, Any]:
    return pods.pod_spec(install.daemonset.data)


def main_of(install: Install) -> Mapping[str, Any]:
    """The container that runs Multus."""
    return pods.container(pod_of(install), install.container)


def installer_of(install: Install) -> Mapping[str, Any]:
    """The init container that installs the binary, {} where there is none."""
    return pods.container(pod_of(install), install.installer, "initContainers")


def container_at(install: Install, *rest: str | int) -> Source:
    """The line of a field of the Multus container."""
    containers = pods.items(pod_of(install), "containers")
    names = [str(c.get("name")) for c in containers]
    index = names.index(install.container)
    return install.daemonset.at((*pods.TEMPLATE, "containers", index, *rest))


def settings_of(install: Install) -> Mapping[str, Any]:
    """daemon-config.json as far as it is known: {} where it is not in the inputs, and without the
    settings that a variable stands for (see ``is_filled_in_later``)."""
    data = install.daemon_config.data if install.daemon_config else {}
    return {key: value for key, value in data.items() if not _is_variable(value)}


def is_filled_in_later(install: Install, key: str) -> bool:
    """Whether daemon-config.json says something for ``key`` that nobody can read yet (P77)."""
    data = install.daemon_config.data if install.daemon_config else {}
    return _is_variable(data.get(key))


def _is_variable(value: Any) -> bool:
    return isinstance(value, str) and has_variables(value)


def on_nodes(nodes: Sequence[str]) -> str:
    """``on node-1, node-2``; one set of files that stands for all nodes has no name."""
    return f"on {listed(nodes)}" if any(nodes) else "on the nodes"
