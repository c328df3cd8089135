"""The networks that every pod gets by Multus's own configuration, today and after the move.

clusterNetwork or the first delegate is the pod's primary network; further delegates and
defaultNetworks come with it (pods of systemNamespaces go without the latter).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from migrator.inventory.running import Running
from migrator.model.inputs import Document
from migrator.model.plan import (
    EVERY_POD,
    Attachment,
    Difference,
    Failure,
    Resolution,
    Verdict,
)
from migrator.model.release import Release
from migrator.multus import cluster, pod
from migrator.multus.delegate import Delegate
from migrator.multus.lookup import Installed
from migrator.multus.netconf import Configured
from migrator.plan.verdicts import verdict_of
from migrator.trees.dig import string
from migrator.trees.embedded import json_map

CLUSTER = "the cluster network"


class Multus(Struct, frozen=True, kw_only=True):
    """Multus on a node. ``running`` is None where the inputs hold no install."""

    installed: Installed
    running: Running | None


class Group(Struct, frozen=True, kw_only=True):
    """Nodes that see the same files ("" stands for all of them)."""

    nodes: tuple[str, ...]
    before: Multus
    after: Multus

    @property
    def runs(self) -> bool:
        return self.before.running is not None and self.after.running is not None


class Given(Struct, frozen=True, kw_only=True):
    """A network of every pod: how reports call it, what it resolves to, and whether Multus takes
    that for a list of plugins (a config may hold ``type`` and ``plugins``); None where it is none.
    ``cni_version`` is what the plugins are given, "" where none is run.
    """

    label: str
    resolution: Resolution
    is_list: bool | None = None
    cni_version: str = ""


NOBODY = Resolution(error="no pod gets it", failure=Failure.NOT_FOUND)
"""What a network resolves to where nobody asks for it."""


def of_every_pod(daemonset: Document, groups: Sequence[Group]) -> Iterator[Attachment]:
    """One Attachment for each network and group of nodes, the cluster network first."""
    for group in groups:
        before, after = networks(group.before), networks(group.after)
        for name in dict.fromkeys((*before, *after)):
            given = [side.get(name) for side in (before, after)]
            left, right = (side.resolution if side else NOBODY for side in given)
            verdict, reason, difference = _judged(left, right, group.before.running)
            if verdict == "equal" and left.config:
                verdict, reason, difference = _as_run([side for side in given if side])
            yield Attachment(
                workload=daemonset.ref,
                source=daemonset.source,
                network=next(side.label for side in reversed(given) if side),
                origin=EVERY_POD,
                nodes=group.nodes,
                before=left,
                after=right,
                verdict=verdict,
                reason=reason,
                difference=difference,
            )


def _as_run(sides: Sequence[Given]) -> Judgement:
    """The judgement on one config that both sides run: what of it is run, and in which version."""
    if len({side.is_list for side in sides} - {None}) > 1:
        return "changed", _OTHER_KIND, Difference.CONFIG
    versions = [side.cni_version for side in sides if side.is_list is not None]
    if len(set(versions)) > 1:
        return "changed", other_version(*versions), Difference.CNI_VERSION
    return "equal", "", None


def other_version(before: str, after: str) -> str:
    """cniVersions counts for some releases only."""
    return f"the plugins get cniVersion {before or 'none'} today, {after or 'none'} in thick mode"


_OTHER_KIND = (
    "the config has both type and plugins: one of the two runs today, the other in thick mode"
)
Judgement = tuple[Verdict, str, "Difference | None"]


def _judged(before: Resolution, after: Resolution, today: Running | None) -> Judgement:
    if today is not None and today.is_idle and before is NOBODY:
        return first_given(after)
    if before is NOBODY and not after.error:
        return "changed", "no pod gets it today, and every pod would", Difference.CONFIG
    verdict, reason = verdict_of(before, after, same_directory=True, found=True)
    if verdict != "changed":
        return verdict, reason, None
    copied = today.evidence if today is not None and today.copies else None
    if copied is not None and copied.is_copy_of(after.config):
        return verdict, "the file has changed since Multus copied it", Difference.COPY
    return verdict, reason, Difference.CONFIG


def first_given(after: Resolution) -> Judgement:
    """The judgement on a network that Multus would give, where the runtime does not call it."""
    if after.unknown:
        return "unknown", after.unknown, None
    if after.error:
        return "broken", after.error, None
    return "changed", "no pod gets it today: the runtime does not call Multus", Difference.NEW


def networks(multus: Multus) -> Mapping[str, Given]:
    """The networks in the order in which Multus attaches them, by the name inside their config: a
    delegate and the NAD that takes its place have the same."""
    runs = multus.running
    if runs is None:
        return {}
    if runs.is_idle and runs.evidence:
        return {CLUSTER: _cluster(Resolution(config=json.dumps(runs.evidence.delegate)))}
    if runs.conf is None:
        return {CLUSTER: _cluster(Resolution(error=runs.error, failure=Failure.CONFIG))}
    conf, found = runs.conf, dict[str, Given]()
    release = multus.installed.release
    if runs.unknown:
        found[CLUSTER] = _cluster(Resolution(unknown=runs.unknown))
    elif conf.cluster_network:
        answer = cluster.resolve(multus.installed, conf.cluster_network, True)
        found[CLUSTER] = _given(CLUSTER, answer.resolution, answer.delegate, release)
    else:
        found[CLUSTER] = _configured(CLUSTER, conf.delegates[0], release)
    for index, one in enumerate(conf.delegates[1:], start=1):
        title = _title(one.config) or f"delegates[{index}]"
        found[title] = _configured(title, one, release)
    for name in conf.live_default_networks:
        answer = cluster.resolve(multus.installed, name, False)
        is_nad = (conf.multus_namespace, name) in multus.installed.nads
        label = f"{conf.multus_namespace}/{name}" if is_nad else name
        title = _title(answer.resolution.config) or name
        found[title] = _given(label, answer.resolution, answer.delegate, release)
    return found


def _configured(label: str, one: Configured, release: Release) -> Given:
    return _given(label, Resolution(config=one.config), one.delegate, release)


def _given(label: str, found: Resolution, delegate: Delegate | None, release: Release) -> Given:
    """A network as it is run, with what libcni says of it at ADD."""
    resolution, version = pod.run(found, delegate, release)
    kind = delegate.is_list if delegate else None
    return Given(label=label, resolution=resolution, is_list=kind, cni_version=version)


def _cluster(resolution: Resolution) -> Given:
    return Given(label=CLUSTER, resolution=resolution)


def _title(config: str) -> str:
    return string(json_map(config), "name")
