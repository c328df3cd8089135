"""What each workload gets from each network, today and after the move (promise 1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from migrator.inventory.confdir import conf_dir_of, main_install, views
from migrator.model.inventory import Inventory, Mode, State, Workload
from migrator.model.plan import Attachment, Difference, Failure, Resolution, Verdict
from migrator.model.release import Release
from migrator.multus import pod
from migrator.multus.lookup import Installed, Unknown
from migrator.multus.nad import ConfDir
from migrator.multus.pod import PodNetwork
from migrator.thick.intent import Intent
from migrator.trees.embedded import json_or_text
from migrator.trees.paths import same

NOT_IN_INPUTS = "the NAD is not in the inputs"
_ORIGIN = {"network": "", "default-network": "default-network"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One side of the comparison: Multus as it runs, and each node's conf dir."""

    release: Release
    mode: Mode
    settings: Mapping[str, Any]
    nads: Mapping[tuple[str, str], str | None]
    directory: str
    seen: Mapping[str, ConfDir | None]


def attachments(intent: Intent, after: State) -> tuple[Attachment, ...]:
    """One Attachment for each workload, network and group of nodes with the same answer.

    ``after`` is the planned build. Pure; order is that of the workloads.
    """
    before = intent.before.inventory
    old, new = _today(intent), _planned(after, before)
    groups = _node_groups(old, new)
    found: list[Attachment] = []
    for workload in before.workloads:
        found.extend(_of_workload(workload, old, new, groups))
    return tuple(found)


def _today(intent: Intent) -> _Side:
    state = intent.before
    form = next(iter(intent.forms), None)
    thin = form is not None and form.install.mode == "thin"
    return _side(
        state,
        settings=form.translation.keys if form and thin else _settings(state.inventory),
        directory=conf_dir_of(state.inventory),
    )


def _planned(state: State, today: Inventory) -> _Side:
    """After the move. Where the DaemonSet is in other files, the directory is what it is today."""
    install = main_install(state.inventory)
    return _side(
        state,
        settings=_settings(state.inventory),
        directory=conf_dir_of(state.inventory if install else today),
    )


def _side(state: State, *, settings: Mapping[str, Any], directory: str) -> _Side:
    return _Side(
        release=state.release,
        mode=state.mode,
        settings=settings,
        nads={(n.namespace, n.name): n.config for n in state.inventory.nads},
        directory=directory,
        seen=views(state.inventory),
    )


def _settings(inventory: Inventory) -> Mapping[str, Any]:
    install = main_install(inventory)
    return install.daemon_config.data if install and install.daemon_config else {}


def _node_groups(
    old: _Side, new: _Side
) -> tuple[tuple[tuple[str, ...], Installed, Installed], ...]:
    """Nodes that see the same files, with Multus as it is there before and after."""
    groups: dict[str, list[str]] = {}
    for node in old.seen:
        key = json.dumps([_key(old.seen[node]), _key(new.seen.get(node))])
        groups.setdefault(key, []).append(node)
    return tuple(
        (tuple(n for n in nodes if n), _installed(old, nodes[0]), _installed(new, nodes[0]))
        for nodes in groups.values()
    )


def _key(directory: ConfDir | None) -> Any:
    files = directory.files if directory else None
    return [directory is None, None if files is None else sorted(files.items())]


def _installed(side: _Side, node: str) -> Installed:
    directory = side.seen.get(node)
    settings = side.settings
    system = settings.get("systemNamespaces")
    place = f"{side.directory} of {node or 'the nodes'} was not given (--node-files)"
    return Installed(
        release=side.release,
        mode=side.mode,
        files=Unknown(reason=place) if directory is None else directory.files,
        nads=side.nads,
        conf_dir=directory.path if directory else side.directory,
        namespace_isolation=settings.get("namespaceIsolation") is True,
        global_namespaces=str(settings.get("globalNamespaces") or ""),
        multus_namespace=str(settings.get("multusNamespace") or "kube-system"),
        system_namespaces=tuple(system) if isinstance(system, list) else ("kube-system",),
    )


def _of_workload(
    workload: Workload,
    old: _Side,
    new: _Side,
    groups: Iterable[tuple[tuple[str, ...], Installed, Installed]],
) -> Iterator[Attachment]:
    rows: dict[tuple[Any, ...], list[tuple[str, ...]]] = {}
    for nodes, before, after in groups:
        one, other = _networks(before, workload), _networks(after, workload)
        for index, (left, right) in enumerate(zip(one, other, strict=False)):
            rows.setdefault((index, _label(left), left, right), []).append(nodes)
    for (_, label, left, right), nodes_of in rows.items():
        today, then = _known(left), _known(right)
        verdict, reason = _verdict(today, then, old.directory == new.directory, left.found)
        difference = Difference.CONFIG if verdict == "changed" else None
        if verdict in ("equal", "unknown") and left.requests != right.requests:
            verdict, reason = "changed", _requested(left, right)
            difference = Difference.REQUESTS
        elif verdict == "equal" and left.cni_version != right.cni_version:
            verdict, reason = "changed", _versions(left, right)
            difference = Difference.CNI_VERSION
        yield Attachment(
            workload=workload.document.ref,
            source=workload.source,
            network=label,
            origin=_ORIGIN.get(left.role) or workload.origin,
            nodes=tuple(sorted(node for group in nodes_of for node in group)),
            before=today,
            after=then,
            verdict=verdict,
            reason=reason,
            difference=difference,
        )


def _networks(installed: Installed, workload: Workload) -> tuple[PodNetwork, ...]:
    return pod.resolve(installed, workload.namespace, workload.networks, workload.default_network)


def _label(network: PodNetwork) -> str:
    if not network.name and not network.namespace:
        return "(the annotation)"
    interface = f"@{network.interface}" if network.interface else ""
    return f"{network.namespace}/{network.name}{interface}"


def _known(network: PodNetwork) -> Resolution:
    """A NAD that is not in the inputs may be in the cluster: unknown, not an error."""
    isolated = network.resolution.failure is Failure.ISOLATION
    if network.name and not network.found and not isolated:
        return Resolution(unknown=NOT_IN_INPUTS)
    return network.resolution


def _verdict(
    before: Resolution, after: Resolution, same_directory: bool, found: bool
) -> tuple[Verdict, str]:
    if before.unknown or after.unknown:
        if before.unknown == after.unknown and found and same_directory:
            return "equal", f"the same directory of the node is read; {before.unknown}"
        return "unknown", after.unknown or before.unknown
    if before.error and after.error:
        return "still-broken", "no pod gets it today either"
    if before.error:
        return "cured", f"today: {before.error}"
    if after.error:
        return "broken", after.error
    if _same(before.config, after.config):
        return "equal", ""
    return "changed", "the configuration is not the same"


def _requested(before: PodNetwork, after: PodNetwork) -> str:
    """What the annotation asks for that one of the two releases reads over."""
    differing = dict([*set(before.requests) ^ set(after.requests)])
    old, new = dict(before.requests), dict(after.requests)
    return "; ".join(
        f"{key} is {old.get(key, 'not read')} today, {new.get(key, 'not read')} in thick mode"
        for key in sorted(differing)
    )


def _versions(before: PodNetwork, after: PodNetwork) -> str:
    """cniVersions counts for some releases only."""
    old, new = before.cni_version or "none", after.cni_version or "none"
    return f"the plugins get cniVersion {old} today, {new} in thick mode"


def _same(one: str, other: str) -> bool:
    return same(json_or_text(one), json_or_text(other))
