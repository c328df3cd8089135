"""What each workload gets from each network, today and after the move (promise 1)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from migrator.inventory.confdir import conf_dir_of, main_install, views
from migrator.inventory.running import primary_files, running
from migrator.model.inventory import State, Workload
from migrator.model.plan import Attachment, Difference, Failure, Resolution
from migrator.model.release import Release
from migrator.multus import pod
from migrator.multus.lookup import Installed, Known, Unknown
from migrator.multus.nad import ConfDir
from migrator.multus.netconf import NetConf
from migrator.multus.pod import PodNetwork
from migrator.plan.every_pod import (
    NOBODY,
    Group,
    Multus,
    first_given,
    of_every_pod,
    other_version,
)
from migrator.plan.verdicts import verdict_of
from migrator.trees.variables import variables
from migrator.trees.wording import listed

NOT_IN_INPUTS = "the NAD is not in the inputs"
_ORIGIN = {"network": "", "default-network": "default-network"}


class _Side(Struct, frozen=True, kw_only=True):
    """One side of the comparison: Multus as it runs, and each node's conf dir."""

    state: State
    nads: Mapping[tuple[str, str], str | None]
    directory: str
    seen: Mapping[str, ConfDir | None]
    known: Known | None


class Comparison:
    """What one State gives, held against what the other gives: in a plan the build that is planned,
    and what a release gives that may run today. What ``after`` gives to a pod is resolved once."""

    def __init__(self, before: State, after: State, *, runs: bool = False) -> None:
        """``runs`` says that the nodes' own configuration is evidence of ``after``, too."""
        self.before = before
        self.old = _side(before, conf_dir_of(before.inventory))
        # where the DaemonSet is in other files, the directory is what it is today
        shown = after if main_install(after.inventory) else before
        self.new = _side(after, conf_dir_of(shown.inventory))
        self.nodes = _node_groups(self.old, self.new)
        self.after = [_multus(self.new, nodes[0], today=runs) for nodes in self.nodes]
        self.given: dict[_Request, tuple[PodNetwork, ...]] = {}

    def rows(self, release: Release) -> tuple[Attachment, ...]:
        """What changes where ``release`` runs today: one Attachment for each workload, network and
        group of nodes with the same answer, in the order of the workloads; before them what every
        pod gets by Multus's own configuration."""
        today = self.under(release)
        found = list(today.of_every_pod())
        for workload in self.before.inventory.workloads:
            found.extend(today.of(workload))
        return tuple(found)

    def under(self, release: Release) -> Today:
        """The comparison where ``release`` runs today."""
        # of many releases nothing is kept: it would be as much for each
        known = self.old.known if release == self.before.release else None
        old = replace(self.old, state=replace(self.before, release=release), known=known)
        groups = tuple(
            Group(
                nodes=tuple(n for n in nodes if n),
                before=_multus(old, nodes[0], today=True),
                after=after,
            )
            for nodes, after in zip(self.nodes, self.after, strict=True)
        )
        return Today(comparison=self, groups=groups)

    def networks(self, installed: Installed, workload: Workload) -> tuple[PodNetwork, ...]:
        """What the planned build gives to the pods of a workload."""
        key = (installed, workload.namespace, workload.networks, workload.default_network)
        if key not in self.given:
            self.given[key] = _networks(installed, workload)
        return self.given[key]


class Today(Struct, frozen=True, kw_only=True):
    """A Comparison with one release as the one that runs today; ``groups`` are those of nodes."""

    comparison: Comparison
    groups: tuple[Group, ...]

    def of_every_pod(self) -> Iterator[Attachment]:
        """The rows of Multus's own configuration."""
        install = main_install(self.comparison.before.inventory)
        if install is not None:
            yield from of_every_pod(install.daemonset, [g for g in self.groups if g.runs])

    def of(self, workload: Workload, then: Workload | None = None) -> Iterator[Attachment]:
        """The rows of a workload; ``then`` is what it asks for after, where that is not the same."""
        return _of_workload(workload, self.comparison, self.groups, then or workload)

    def gives(self, workload: Workload) -> tuple[object, ...]:
        """All that its rows depend on beside the planned build: the same for two releases means
        that the rows are the same too."""
        return tuple(
            (
                [_telling(network) for network in _networks(group.before.installed, workload)],
                group.before.running is not None and group.before.running.is_idle,
            )
            for group in self.groups
        )


def _telling(network: PodNetwork) -> tuple[object, ...]:
    """Of a network all that a row is made of."""
    return (
        network.role,
        _label(network),
        network.found,
        network.resolution,
        network.requests,
        network.cni_version,
    )


_Request = tuple[Installed, str, "str | None", "str | None"]


def _side(state: State, directory: str) -> _Side:
    return _Side(
        state=state,
        nads={(n.namespace, n.name): n.config for n in state.inventory.nads},
        directory=directory,
        seen=views(state.inventory),
        known=Known(),
    )


def _node_groups(old: _Side, new: _Side) -> list[list[str]]:
    """The names of nodes that see the same files, "" for all of them."""
    groups: dict[str, list[str]] = {}
    for node in old.seen:
        key = json.dumps(
            [_key(old.seen[node]), _key(new.seen.get(node)), _primary(old, node), _live(old, node)],
        )
        groups.setdefault(key, []).append(node)
    return list(groups.values())


def _key(directory: ConfDir | None) -> Any:
    files = directory.files if directory else None
    return [directory is None, None if files is None else sorted(files.items())]


def _primary(side: _Side, node: str) -> Any:
    """The files of the primary CNI's directory, by which nodes differ too."""
    install = main_install(side.state.inventory)
    files = primary_files(install, side.state.inventory, node) if install else None
    return None if files is None else sorted(files.items())


def _live(side: _Side, node: str) -> Any:
    """The files of the runtime's directory, where that is not the primary CNI's."""
    install = main_install(side.state.inventory)
    directory = install.paths.cni_conf_dir if install else ""
    files = side.state.inventory.cni_files
    return sorted(
        (f.name, f.content) for f in files if f.directory == directory and f.node in (node, "")
    )


def _multus(side: _Side, node: str, *, today: bool) -> Multus:
    """Multus on a node; without an install in the inputs it has the defaults."""
    install = main_install(side.state.inventory)
    if install is None:
        return Multus(installed=_installed(side, node, None, {}), running=None)
    runs = running(install, side.state.inventory, node, side.state.release, today=today)
    return Multus(installed=_installed(side, node, runs.conf, runs.files), running=runs)


def _installed(side: _Side, node: str, conf: NetConf | None, paths: Mapping[str, str]) -> Installed:
    directory = side.seen.get(node)
    place = f"{side.directory} of {node or 'the nodes'} was not given (--node-files)"
    found = Installed(
        release=side.state.release,
        mode=side.state.mode,
        files=Unknown(reason=place) if directory is None else directory.files,
        nads=side.nads,
        conf_dir=directory.path if directory else side.directory,
        paths=paths,
        known=side.known,
    )
    if conf is None:
        return found
    return replace(
        found,
        namespace_isolation=conf.namespace_isolation,
        global_namespaces=conf.global_namespaces,
        multus_namespace=conf.multus_namespace,
        system_namespaces=conf.system_namespaces,
    )


def _of_workload(
    workload: Workload, comparison: Comparison, groups: Iterable[Group], asks: Workload
) -> Iterator[Attachment]:
    old, new = comparison.old, comparison.new
    rows: dict[tuple[Any, ...], list[tuple[str, ...]]] = {}
    for group in groups:
        nodes = group.nodes
        one = _networks(group.before.installed, workload)
        other = comparison.networks(group.after.installed, asks)
        runs, stays = group.before.running, group.after.running
        # of what no node is given before and after, it is what Multus would give that differs
        idle = runs is not None and runs.is_idle and not (stays is not None and stays.is_idle)
        pairs = zip(one, other, strict=False) if asks is workload else _paired(one, other)
        for index, (left, right) in enumerate(pairs):
            rows.setdefault((index, _label(left), left, right, idle), []).append(nodes)
    for (_, label, left, right, idle), nodes_of in rows.items():
        today, then, found = _known(left), _known(right), left.found
        later = _filled_in_later(workload, old, left, right)
        later = later or _filled_in_later(asks, new, left, right)
        if later:
            today = then = Resolution(unknown=later, failure=Failure.VARIABLE)
            found = False
        verdict, reason = verdict_of(today, then, old.directory == new.directory, found)
        difference = Difference.CONFIG if verdict == "changed" else None
        if idle:
            today = NOBODY
            verdict, reason, difference = first_given(then)
        elif verdict == "unknown" and then.failure is Failure.ANNOTATION and not today.error:
            verdict, reason = "broken", then.error
        elif verdict in ("equal", "unknown") and _asked_for_another(left, right):
            verdict, reason = "changed", _requested(left, right)
            difference = Difference.REQUESTS
        elif verdict == "equal" and left.cni_version != right.cni_version:
            verdict, reason = "changed", other_version(left.cni_version, right.cni_version)
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


def _paired(
    one: Sequence[PodNetwork], other: Sequence[PodNetwork]
) -> Iterator[tuple[PodNetwork, PodNetwork]]:
    """The networks of two annotations by role and name; what one of them does not ask for, nobody
    gets there."""
    old, new = _by_name(one), _by_name(other)
    for key in dict.fromkeys((*old, *new)):
        left, right = old.get(key) or _unasked(new[key]), new.get(key) or _unasked(old[key])
        yield left, right


def _by_name(networks: Sequence[PodNetwork]) -> Mapping[tuple[str, str, int], PodNetwork]:
    """One network may be asked for several times."""
    found: dict[tuple[str, str, int], PodNetwork] = {}
    times: Counter[tuple[str, str]] = Counter()
    for network in networks:
        key = (network.role, _label(network))
        found[(*key, times[key])] = network
        times[key] += 1
    return found


def _unasked(network: PodNetwork) -> PodNetwork:
    return replace(
        network, found=True, resolution=NOBODY, selection=None, delegate=None, cni_version=""
    )


def _networks(installed: Installed, workload: Workload) -> tuple[PodNetwork, ...]:
    return pod.resolve(installed, workload.namespace, workload.networks, workload.default_network)


def _label(network: PodNetwork) -> str:
    if not network.name and not network.namespace:
        return "(the annotation)"
    interface = f"@{network.interface}" if network.interface else ""
    return f"{network.namespace}/{network.name}{interface}"


def _filled_in_later(workload: Workload, side: _Side, *networks: PodNetwork) -> str:
    """Why a network that does not load as it is written may do so when it is applied."""
    if not any(network.resolution.error for network in networks):
        return ""
    asked = (workload.networks, workload.default_network)
    configs = (side.nads.get((n.namespace, n.name)) for n in networks)
    named = variables(" ".join(filter(None, (*asked, *configs))))
    return f"{listed(named)} is filled in when it is applied" if named else ""


def _known(network: PodNetwork) -> Resolution:
    """A NAD that is not in the inputs may be in the cluster: unknown, not an error."""
    isolated = network.resolution.failure is Failure.ISOLATION
    impossible = "/" in network.name  # no object can have such a name
    if network.name and not network.found and not isolated and not impossible:
        return Resolution(unknown=NOT_IN_INPUTS)
    return network.resolution


def _asked_for_another(before: PodNetwork, after: PodNetwork) -> bool:
    """Whether both releases read the annotation, and not the same in it."""
    failed = Failure.ANNOTATION in (before.resolution.failure, after.resolution.failure)
    return not failed and before.requests != after.requests


def _requested(before: PodNetwork, after: PodNetwork) -> str:
    """What the annotation asks for that one of the two releases reads over."""
    differing = dict([*set(before.requests) ^ set(after.requests)])
    old, new = dict(before.requests), dict(after.requests)
    return "; ".join(
        f"{key} is {old.get(key, 'not read')} today, {new.get(key, 'not read')} in thick mode"
        for key in sorted(differing)
    )
