"""Items that kustomize drops from an object as soon as it patches it.

A strategic merge patch, even one that says nothing about the list, keeps only the last of the
items that share a merge key (seen in kustomize 5.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.kustomize.merge import pod_path
from migrator.model.errors import MigratorError
from migrator.model.inputs import MISSING, Document
from migrator.trees.paths import format_path, get

_POD: Final[Mapping[str, tuple[str, ...]]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
}
_CONTAINER: Final[Mapping[str, tuple[str, ...]]] = {
    "env": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "ports": ("containerPort", "protocol"),
}


def refuse_doubled(document: Document) -> None:
    """Errors: MigratorError with the line of the first item that a patch would drop."""
    for path in _doubled(document.data):
        raise MigratorError(
            f"{document.ref}: {format_path(path)} stands there a second time, and kustomize would "
            "silently drop one of the two",
            source=document.at(path),
            hint="remove one of them and plan again",
        )


def _doubled(data: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    pod = pod_path(str(data.get("apiVersion")), str(data.get("kind")))
    if pod is None:
        return
    for field, keys in _POD.items():
        yield from _in_list(data, (*pod, field), keys)
    for parent in ("containers", "initContainers"):
        containers = get(data, (*pod, parent))
        for index in range(len(containers) if isinstance(containers, list) else 0):
            for field, keys in _CONTAINER.items():
                yield from _in_list(data, (*pod, parent, index, field), keys)


def _in_list(
    data: Mapping[str, Any], path: tuple[str | int, ...], keys: tuple[str, ...]
) -> Iterator[tuple[str | int, ...]]:
    items = get(data, path)
    seen: list[tuple[Any, ...]] = []
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, Mapping):
            name = tuple(item.get(key, MISSING) for key in keys)
            if name in seen and name[0] is not MISSING:
                yield (*path, index)
            seen.append(name)
