"""What the pictures of a node in the HTML report show, as data.

Where things are drawn and which words stand there is in templates/report/html/node.svg.j2.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from migrator.inventory.running import stated_primary
from migrator.model.inventory import Install, Mode
from migrator.model.plan import Plan
from migrator.model.release import Release
from migrator.multus.defaults import CONF_DIR
from migrator.trees import pods

State = Literal["kept", "new", "gone"]


class Mount(Struct, frozen=True, kw_only=True):
    """``source`` is a host directory, or what else a volume holds (``ConfigMap a``)."""

    source: str
    inside: str
    state: State


class Container(Struct, frozen=True, kw_only=True):
    """A container and its mounts; ``image`` is "" where it has none."""

    name: str
    image: str
    mounts: tuple[Mount, ...]


class Node(Struct, frozen=True, kw_only=True):
    """One node with Multus. All paths are of the host, except ``inside`` ones.

    ``runtime_conf`` is what the container runtime reads, ``binary`` what it then runs, ``socket``
    how the shim reaches the daemon ("" for thin). ``settings`` names the ConfigMap that holds
    Multus's own settings ("" where they are flags). ``conf_source`` is where NADs without
    spec.config are read, as the host has it ("" where nothing is mounted there), and
    ``conf_inside`` as Multus sees it. ``primary`` is the file of the primary CNI where it is
    pinned, else the directory whose first file it is ("" where the settings hold it themselves).
    """

    mode: Mode
    release: str
    main: Container
    installer: Container | None
    runtime_conf: str
    binary: str
    bin_dir: str
    socket: str
    settings: str
    primary: str
    conf_source: str
    conf_inside: str
    chroot: str


class Picture(Struct, frozen=True, kw_only=True):
    """A node before and after the move; ``daemonsets`` are those that this picture shows."""

    daemonsets: tuple[str, ...]
    before: Node
    after: Node | None

    @property
    def mounts(self) -> tuple[tuple[str, Mount], ...]:
        """(container, mount) of both sides, what is gone after what stays."""
        containers = [*_both(self.before, self.after, "main")]
        containers += _both(self.before, self.after, "installer")
        return tuple((name, mount) for name, mounts in containers for mount in mounts)


def pictures(plan: Plan) -> tuple[Picture, ...]:
    """One for each install; installs whose nodes look the same share one."""
    migrated = {i.daemonset.ref: i for i in plan.after.inventory.installs}
    drawn: dict[tuple[Node, Node | None], list[str]] = {}
    for install in plan.before.inventory.installs:
        after = migrated.get(install.daemonset.ref)
        pair = _compared(
            _node(install, install.release),
            _node(after, _release_after(after, plan)) if after else None,
        )
        drawn.setdefault(pair, []).append(str(install.daemonset.ref))
    return tuple(
        Picture(daemonsets=tuple(names), before=before, after=after)
        for (before, after), names in drawn.items()
    )


def _release_after(install: Install, plan: Plan) -> Release:
    """The image tells the release where it can; else it is the target's."""
    return install.release if install.confidence == "certain" else plan.target.release


def _node(install: Install, release: Release) -> Node:
    pod = pods.pod_spec(install.daemonset.data)
    main = pods.container(pod, install.container)
    installer = pods.container(pod, install.installer, "initContainers") or None
    paths, thick = install.paths, install.mode == "thick"
    config = install.daemon_config.data if install.daemon_config else {}
    hand = install.daemon_config or install.config
    stated = config.get("confDir")
    inside = stated if isinstance(stated, str) and stated else CONF_DIR
    inside = pods.clean(inside) if thick else paths.conf_dir
    return Node(
        mode=install.mode,
        release=str(release),
        main=_container(pod, main),
        installer=_container(pod, installer) if installer is not None else None,
        runtime_conf=posixpath.join(paths.cni_conf_dir, _runtime_file(install)),
        binary=posixpath.join(paths.bin_dir, "multus-shim" if thick else "multus"),
        bin_dir=paths.bin_dir,
        socket=_socket(config) if thick else "",
        settings=f"ConfigMap {hand.document.ref.name}" if hand else "",
        primary=_primary(install, config),
        conf_source=_behind(pod, main, inside) if thick else paths.conf_dir,
        conf_inside=inside,
        chroot=next(_insides(pod, main, "/"), ""),
    )


def _runtime_file(install: Install) -> str:
    """A hand-written file keeps its name. thin_entrypoint writes a list for cniVersion 1.0.0; every
    other one is 00-multus.conf (cmd/thin_entrypoint v4.0.0 to v4.3.0)."""
    if install.mode == "thin" and install.config_file:
        return install.config_file.rsplit("/", 1)[-1]
    version = next((f.value for f in reversed(install.flags) if f.name == "cni-version"), "")
    as_list = install.entrypoint == "pflag" and version == "1.0.0"
    return "00-multus.conflist" if as_list else "00-multus.conf"


def _primary(install: Install, config: Mapping[str, Any]) -> str:
    if install.mode == "thin" and install.config_file:
        return ""
    return posixpath.join(install.paths.autoconfig_dir, stated_primary(install)).rstrip("/")


def _socket(config: Mapping[str, Any]) -> str:
    """The shim's end of the socket, a host path (pkg/server/api/shim.go v4.0.0)."""
    directory = config.get("daemonSocketDir")
    return posixpath.join(directory if isinstance(directory, str) else "/run/multus", "multus.sock")


def _container(pod: Mapping[str, Any], container: Mapping[str, Any]) -> Container:
    mounts = (
        Mount(
            source=_source(pods.volume(pod, str(mount.get("name", "")))),
            inside=pods.clean(str(mount.get("mountPath", ""))),
            state="kept",
        )
        for mount in pods.items(container, "volumeMounts")
    )
    return Container(
        name=str(container.get("name", "")),
        image=str(container.get("image") or ""),
        mounts=tuple(dict.fromkeys(mounts)),
    )


def _source(volume: Mapping[str, Any]) -> str:
    """A host directory, or the kind and name of what else the volume holds."""
    path = pods.host_path(volume)
    if path:
        return path
    named = _named(volume)
    if named:
        return named
    parts = [_named(part) for part in pods.items(volume.get("projected") or {}, "sources")]
    if any(parts):
        return ", ".join(part for part in parts if part)
    return next((key for key in volume if key != "name"), "")


def _named(volume: Mapping[str, Any]) -> str:
    for key, kind, field in (
        ("configMap", "ConfigMap", "name"),
        ("secret", "Secret", "secretName"),
    ):
        source = volume.get(key)
        if isinstance(source, Mapping):
            return f"{kind} {source.get(field) or source.get('name') or ''}"
    return ""


def _behind(pod: Mapping[str, Any], container: Mapping[str, Any], path: str) -> str:
    """What stands behind a path of the container; "" where nothing is mounted there."""
    host = pods.on_host(pod, container, path)
    found = pods.mount_at(container, pods.clean(path))
    if host or found is None:
        return host
    return _source(pods.volume(pod, str(found[0].get("name", ""))))


def _insides(pod: Mapping[str, Any], container: Mapping[str, Any], host: str) -> Iterator[str]:
    for mount in pods.items(container, "volumeMounts"):
        if pods.host_path(pods.volume(pod, str(mount.get("name", "")))) == host:
            yield pods.clean(str(mount.get("mountPath", "")))


def _compared(before: Node, after: Node | None) -> tuple[Node, Node | None]:
    """Both sides, each mount marked by whether the other side has it too."""
    if after is None:
        return before, None
    return _marked(before, after, "gone"), _marked(after, before, "new")


def _marked(node: Node, other: Node, alone: State) -> Node:
    return replace(
        node,
        main=_marked_container(node.main, other.main, alone),
        installer=_marked_container(node.installer, other.installer, alone)
        if node.installer
        else None,
    )


def _marked_container(one: Container, other: Container | None, alone: State) -> Container:
    there = {(m.source, m.inside) for m in other.mounts} if other else set()
    mounts = (m if (m.source, m.inside) in there else replace(m, state=alone) for m in one.mounts)
    return replace(one, mounts=tuple(mounts))


def _both(
    before: Node, after: Node | None, field: Literal["main", "installer"]
) -> list[tuple[str, Sequence[Mount]]]:
    sides = [getattr(node, field) for node in (before, after) if node is not None]
    containers = [side for side in sides if side is not None]
    if not containers:
        return []
    mounts = dict.fromkeys(
        mount for container in reversed(containers) for mount in container.mounts
    )
    return [(containers[-1].name, tuple(mounts))]
