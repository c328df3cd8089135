"""CNI files that ConfigMaps hold, where it is certain which host file they become."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from migrator.inventory.agents import containers, words
from migrator.inventory.templates import PodTemplate, pod_templates
from migrator.model.inputs import CniFile, Document
from migrator.read.config_maps import ConfigMaps, config_maps
from migrator.trees import pods
from migrator.trees.dig import string

_EXTENSIONS = (".conf", ".conflist", ".json")
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_PLACEHOLDER = "__"
_ACTIVE = frozenset("$`*?[;|<>(){}\n\\")
"""What makes a shell do more than run the words as they stand."""


class _Key(Struct, frozen=True, kw_only=True):
    """A ConfigMap key that a container sees as a file."""

    config_map: Document
    key: str
    text: str


def find_config_map_files(
    documents: Sequence[Document], daemonsets: Sequence[Document]
) -> tuple[CniFile, ...]:
    """The CNI files that the pods of ``daemonsets`` copy from a ConfigMap to their host.

    One shape is certain: a container whose command is ``cp``, from a mounted ConfigMap to a
    hostPath mount, as flannel does (``cp -f /etc/kube-flannel/cni-conf.json
    /etc/cni/net.d/10-flannel.conflist``); a shell with nothing but such ``cp`` calls is the same.
    Left out are texts that the installer changes on the way (``__PLACEHOLDER__``: Calico,
    Linkerd, Kuma), files of other names than .conf, .conflist, .json, and the hand-written
    config of Multus itself, which its entrypoint copies under a rule of its own.

    ``node`` is "": the file is the same on all nodes that the DaemonSet runs on. The source is
    the ConfigMap's key. Input order; a file that two containers write comes once.
    """
    known = config_maps(documents)
    found: dict[tuple[str, str], CniFile] = {}
    for document in daemonsets:
        for template in pod_templates(document):
            for file in _copied(template, known):
                found.setdefault((file.directory, file.name), file)
    return tuple(found.values())


def _copied(template: PodTemplate, known: ConfigMaps) -> Iterator[CniFile]:
    for container in containers(template):
        for source, destination in _copies(words(container)):
            held = _key_at(template, container, source, known)
            target = _host_file(template, container, source, destination)
            if held is None or not target.endswith(_EXTENSIONS) or _PLACEHOLDER in held.text:
                continue
            directory, name = posixpath.split(target)
            yield CniFile(
                node="",
                directory=directory,
                name=name,
                content=held.text,
                source=held.config_map.at(("data", held.key)),
            )


def _copies(line: list[str]) -> Iterator[tuple[str, str]]:
    """(source, destination) of each ``cp``, none where the command does anything else."""
    if line and posixpath.basename(line[0]) in _SHELLS:
        yield from _scripted(line)
    else:
        yield from _cp(line)


def _scripted(line: list[str]) -> Iterator[tuple[str, str]]:
    flags, script = line[1:-1], line[-1].strip()
    if not flags or any(not flag.startswith("-") for flag in flags) or "c" not in flags[-1]:
        return
    calls = [_words(call) for call in script.split("&&")]
    copies = [list(_cp(call)) for call in calls]
    if all(copies):
        for copy in copies:
            yield from copy


def _words(call: str) -> list[str]:
    if not _ACTIVE.isdisjoint(call.strip()):
        return []
    try:
        return shlex.split(call)
    except ValueError:
        return []


def _cp(line: list[str]) -> Iterator[tuple[str, str]]:
    if not line or posixpath.basename(line[0]) != "cp":
        return
    paths = [word for word in line[1:] if not word.startswith("-")]
    options = [word for word in line[1:] if word.startswith("-") and word != "--"]
    if len(paths) == 2 and not any("t" in o or "S" in o or "=" in o for o in options):
        yield paths[0], paths[1]


def _key_at(
    template: PodTemplate, container: Mapping[str, Any], path: str, known: ConfigMaps
) -> _Key | None:
    """The ConfigMap key that the container sees as ``path``."""
    found = pods.mount_at(container, pods.clean(path))
    if found is None:
        return None
    mount, rest = found
    file = posixpath.join(string(mount, "subPath"), rest) if rest else string(mount, "subPath")
    volume = pods.volume(template.spec, string(mount, "name"))
    for source in _config_map_sources(volume):
        config_map = known.get((template.namespace, string(source, "name")))
        listed = {string(i, "path"): string(i, "key") for i in pods.items(source, "items")}
        key = listed.get(file, "") if listed else file
        text = string(config_map.data, "data", key) if config_map else ""
        if config_map and text:
            return _Key(config_map=config_map, key=key, text=text)
    return None


def _config_map_sources(volume: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    single = volume.get("configMap")
    if isinstance(single, Mapping):
        yield single
    projected = volume.get("projected")
    if isinstance(projected, Mapping):
        for source in pods.items(projected, "sources"):
            part = source.get("configMap")
            if isinstance(part, Mapping):
                yield part


def _host_file(
    template: PodTemplate, container: Mapping[str, Any], source: str, destination: str
) -> str:
    """The host path that the copy becomes; into a directory it keeps its name."""
    mount_points = {
        pods.clean(string(m, "mountPath")) for m in pods.items(container, "volumeMounts")
    }
    path = pods.clean(destination)
    if destination.endswith("/") or path in mount_points:
        path = posixpath.join(path, posixpath.basename(source))
    return pods.on_host(template.spec, container, path)
