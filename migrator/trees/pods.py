"""Reading a pod template: its containers, volumes, and what host path stands behind a path."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrator.trees.dig import MAP

TEMPLATE = ("spec", "template", "spec")


def pod_spec(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The pod spec of a DaemonSet ({} where it has none)."""
    node: Any = data
    for key in TEMPLATE:
        node = node.get(key) if isinstance(node, MAP) else None
    return node if isinstance(node, MAP) else {}


def items(parent: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The maps of a list field; [] where it is absent or null."""
    value = parent.get(key)
    if not isinstance(value, list) and (not isinstance(value, Sequence) or isinstance(value, str)):
        return []
    return [item for item in value if isinstance(item, MAP)]


def words(container: Mapping[str, Any], key: str) -> list[str]:
    """command or args as a list of strings."""
    value = container.get(key)
    if isinstance(value, str):
        return [value]
    return [str(word) for word in value] if isinstance(value, Sequence) else []


def containers(pod: Mapping[str, Any]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """(field, index, container) of containers, then of initContainers."""
    for field in ("containers", "initContainers"):
        for index, container in enumerate(items(pod, field)):
            yield field, index, container


def container(pod: Mapping[str, Any], name: str, field: str = "containers") -> Mapping[str, Any]:
    """The container of that name, {} where there is none."""
    return next((c for c in items(pod, field) if str(c.get("name")) == name), {})


def below(path: str, directory: str) -> str | None:
    """The rest of ``path`` in ``directory``, "" for the directory itself, None elsewhere."""
    inside = path == directory or path.startswith(directory.rstrip("/") + "/")
    return path[len(directory) :].lstrip("/") if inside else None


def without_var_run(path: str) -> str:
    """/var/run is a link to /run on every distribution that has both."""
    rest = below(clean(path), "/var/run")
    return clean(path) if rest is None else clean(f"/run/{rest}")


def clean(path: str) -> str:
    """A path without a trailing slash and doubled slashes ("/" stays)."""
    if path.startswith("/") and not path.endswith("/") and "//" not in path and "/." not in path:
        return path  # as nearly all are: what follows is slow
    return posixpath.normpath(path) if path else path


def volume(pod: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next((v for v in items(pod, "volumes") if v.get("name") == name), {})


def host_path(vol: Mapping[str, Any]) -> str:
    """The cleaned hostPath of a volume, "" for every other kind of volume."""
    source = vol.get("hostPath")
    path = source.get("path", "") if isinstance(source, MAP) else ""
    return clean(path) if isinstance(path, str) else ""


def mount_at(container: Mapping[str, Any], path: str) -> tuple[Mapping[str, Any], str] | None:
    """The mount that holds ``path`` (longest mountPath wins) and the rest of the path."""
    best: tuple[Mapping[str, Any], str] | None = None
    best_length = -1
    for mount in items(container, "volumeMounts"):
        point = clean(str(mount.get("mountPath", "")))
        rest = below(path, point)
        if point and rest is not None and len(point) > best_length:
            best, best_length = (mount, rest), len(point)
    return best


def on_host(pod: Mapping[str, Any], container: Mapping[str, Any], path: str) -> str:
    """The host path that a container path is ("" where no hostPath volume gives it)."""
    found = mount_at(container, clean(path))
    if found is None:
        return ""
    mount, rest = found
    base = host_path(volume(pod, str(mount.get("name", ""))))
    if not base:
        return ""
    sub = str(mount.get("subPath") or "")
    return posixpath.join(base, *(part for part in (sub, rest) if part))


def outlives_taints(pod: Mapping[str, Any]) -> bool:
    """Whether a pod stays on a node that gets a NoExecute taint, whatever its key."""
    return any(
        toleration.get("operator") == "Exists"
        and not toleration.get("key")
        and toleration.get("effect") in (None, "", "NoExecute")
        for toleration in items(pod, "tolerations")
        if toleration.get("tolerationSeconds") is None
    )
