"""Which directories of the nodes hold CNI files, and which of them a pod can look at unchanged."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from msgspec import Struct

from migrator.inventory.distributions import platform_of
from migrator.inventory.install import find_installs
from migrator.model.inputs import Document
from migrator.model.inventory import Install
from migrator.multus.defaults import CONF_DIR
from migrator.multus.nodefile import is_cni_directory
from migrator.multus.platforms import PLATFORMS, Platform, link_tree, of_path
from migrator.trees import pods
from migrator.trees.dig import string

_USUAL: Final = Platform(id="", name="")
"""A node whose distribution nothing tells has the usual directories."""
_TREES: Final = frozenset(tree for platform in PLATFORMS for _, tree in platform.links)
_NO_DIRECTORY: Final = frozenset(
    {"File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice"}
)  # types of a hostPath volume


class Directories(Struct, frozen=True, kw_only=True):
    """Absolute host paths, sorted. ``all`` are those to read; ``mounts`` have to be there on each node
    that runs Multus, and hold ``mounted``, the part of ``all`` that a pod can read without making any
    of them. ``refused`` are those of the installs that are none of CNI: they are not read at all."""

    all: tuple[str, ...]
    mounted: tuple[str, ...]
    mounts: tuple[str, ...]
    refused: tuple[str, ...]


def directories(documents: Sequence[Document], nodes: Sequence[Document]) -> Directories:
    """Those of the distributions that ``nodes`` (Node objects) show, and those that the Multus
    DaemonSets among ``documents`` mount or name, also in the ConfigMaps that are there, too.

    Errors: InputError for a DaemonSet that is not what Kubernetes takes.
    """
    installs = find_installs(documents)
    named = {path for install in installs for path in _named(install)}
    platforms = _platforms(nodes, named)
    own = {path for platform in platforms for path in _of(platform)}
    wanted = {pods.clean(path) for path in named | own | {CONF_DIR} if path}
    read = {path for path in wanted if may_be_read(path)}
    sure = {path for install in installs for path in _volumes(install)}
    if not installs:
        sure = {path for platform in platforms for path in _kept(platform)}
    nearest = {path: _nearest(path, sure) for path in read}
    mounts = {place for place in nearest.values() if place}
    return Directories(
        all=tuple(sorted(read)),
        mounted=tuple(sorted(path for path, place in nearest.items() if place)),
        mounts=tuple(sorted(path for path in mounts if not _is_in(path, mounts - {path}))),
        refused=tuple(sorted(wanted - read)),
    )


def may_be_read(path: str) -> bool:
    """Whether CNI keeps files there, so that an install cannot have others read; a mount path may
    hold no colon (validateVolumeMounts of Kubernetes)."""
    return is_cni_directory(path) and path.count("/") > 1 and ":" not in path


def _platforms(nodes: Sequence[Document], named: Collection[str]) -> set[Platform]:
    """Where Node objects do not tell, the directories of the installs do."""
    by_path = {platform for path in named if (platform := of_path(path))}
    seen = [platform_of(node.ref.kind, node.data) for node in nodes]
    told = {platform for platform in seen if platform}
    return told if told and all(seen) else told | (by_path or {_USUAL})


def _of(platform: Platform) -> tuple[str, ...]:
    return (*platform.conf_dirs, *platform.bin_dirs)


def _kept(platform: Platform) -> Iterator[str]:
    """Those that each of its releases has: in place of both of k3s's, the tree that holds them."""
    trees = [tree for _, tree in platform.links]
    for path in _of(platform):
        yield next((tree for tree in trees if pods.below(path, tree) is not None), path)


def _named(install: Install) -> Iterator[str]:
    paths = install.paths
    yield from (paths.cni_conf_dir, paths.autoconfig_dir, paths.bin_dir)
    settings = install.daemon_config if install.mode == "thick" else install.config
    if install.mode == "thin":  # the daemon's are paths in its container
        yield from (f.value for f in install.flags if f.name == "additional-bin-dir")
        yield string(settings.data if settings else {}, "binDir")
    yield paths.conf_dir


def _volumes(install: Install) -> Iterator[str]:
    """The directories that Multus's own pods mount: the runtime has made them where they run."""
    for volume in pods.items(pods.pod_spec(install.daemonset.data), "volumes"):
        if string(volume, "hostPath", "type") not in _NO_DIRECTORY:
            yield pods.host_path(volume)


def _nearest(path: str, sure: Collection[str]) -> str:
    """The directory itself or the nearest above it that is one of CNI and has to be there, "" where
    none does. What is above a directory that is there is there, too."""
    place = path
    while place != "/":
        fits = place in _TREES or place == link_tree(path, ()) or may_be_read(place)
        if fits and any(pods.below(other, place) is not None for other in sure):
            return place
        place = posixpath.dirname(place)
    return ""


def _is_in(path: str, others: Collection[str]) -> bool:
    return any(pods.below(path, other) is not None for other in others)
