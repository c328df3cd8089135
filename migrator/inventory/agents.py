"""What an agent's DaemonSet says: its images, its environment, the host directories it mounts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from migrator.inventory.templates import PodTemplate
from migrator.multus.images import parse_image
from migrator.read.config_maps import ConfigMaps, config_data
from migrator.trees import pods
from migrator.trees.dig import scalar, string

Facts = dict[str, str]


def containers(template: PodTemplate) -> Iterator[Mapping[str, Any]]:
    """Containers first, then init containers."""
    for _, _, container in pods.containers(template.spec):
        yield container


def images(template: PodTemplate) -> set[str]:
    """Each image's name with and without what stands before it: {"calico/node", "node"}."""
    found = set()
    for container in containers(template):
        parts = parse_image(string(container, "image")).repository.split("/")
        found |= {parts[-1], "/".join(parts[-2:])}
    return found


def words(container: Mapping[str, Any]) -> list[str]:
    """Command and args as one list."""
    return pods.words(container, "command") + pods.words(container, "args")


def environment(template: PodTemplate, known: ConfigMaps) -> Facts:
    """The environment of all containers, ConfigMap references resolved where the inputs hold
    the ConfigMap; what cannot be resolved is left out."""
    found: Facts = {}
    for container in containers(template):
        for source in pods.items(container, "envFrom"):
            prefix, name = string(source, "prefix"), string(source, "configMapRef", "name")
            data = config_data(known, template.namespace, name)
            found.update({prefix + key: value for key, value in data.items()})
        for entry in pods.items(container, "env"):
            value = _value(entry, template.namespace, known)
            if value is not None:
                found[string(entry, "name")] = value
    return found


def host_dir(template: PodTemplate, path: str) -> str:
    """The host directory behind a container path, "" if no container mounts it there."""
    for container in containers(template):
        found = pods.on_host(template.spec, container, path)
        if found:
            return found
    return ""


def mounted_dir(template: PodTemplate, suffixes: tuple[str, ...]) -> str:
    """The host directory of the first hostPath mount whose path on either side ends so."""
    for container in containers(template):
        for mount in pods.items(container, "volumeMounts"):
            path = pods.clean(string(mount, "mountPath"))
            host = pods.on_host(template.spec, container, path) if path else ""
            if host and (host.endswith(suffixes) or path.endswith(suffixes)):
                return host
    return ""


def cni_dirs(template: PodTemplate) -> Facts:
    """``conf_dir`` and ``bin_dir``: the host directories of CNI that the pod mounts, if any."""
    return without_blanks(
        {
            "conf_dir": mounted_dir(template, ("/net.d", "/cni-network")),
            "bin_dir": mounted_dir(template, ("/cni/bin", "/usr/libexec/cni", "/data/cni")),
        }
    )


def without_blanks(facts: Mapping[str, str]) -> Facts:
    """Facts are only what is known."""
    return {key: value for key, value in facts.items() if value}


def join(directory: str, *names: str) -> str:
    """A host path below ``directory``, "" where that is not known."""
    return posixpath.join(directory, *names) if directory else ""


def _value(entry: Mapping[str, Any], namespace: str, known: ConfigMaps) -> str | None:
    if "value" in entry:
        return scalar(entry, "value")
    name = string(entry, "valueFrom", "configMapKeyRef", "name")
    key = string(entry, "valueFrom", "configMapKeyRef", "key")
    return config_data(known, namespace, name).get(key)
