"""Whether the objects of a Multus install have the shape that Kubernetes takes.

What has another one cannot be in a cluster, and nothing can be planned for it: each place is an
error with its line, so that everything behind may rely on the shapes below. Fields that nobody
reads or writes here are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from migrator.model.errors import InputError
from migrator.model.inputs import Document, Problem
from migrator.read.wording import quoted
from migrator.trees import pods
from migrator.trees.paths import format_path
from migrator.trees.variables import has_variables

Shape: TypeAlias = "str | list[Shape] | Mapping[str, Shape]"
"""A kind of scalar, a list of one shape, or a map by key: ``name!`` has to be there and not empty,
``name#`` also to be another one in each item of a list, ``*`` stands for every key. ``{}`` is any
map. Null counts as absent, as in Kubernetes."""

_STRING: Final = "a string"
_BOOLEAN: Final = "true or false"
_INTEGER: Final = "an integer"
_QUANTITY: Final = "a string or a number"
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    _STRING: (str,),
    _BOOLEAN: (bool,),
    _INTEGER: (int,),
    _QUANTITY: (str, int, float),
}

_STRINGS: Final[Shape] = {"*": _STRING}
_METADATA: Final[Mapping[str, Shape]] = {
    "name": _STRING,
    "namespace": _STRING,
    "labels": _STRINGS,
    "annotations": _STRINGS,
    "ownerReferences": [{}],
}
_CONFIG_MAP_SOURCE: Final[Shape] = {
    "name": _STRING,
    "items": [{"key!": _STRING, "path!": _STRING}],
}
_VOLUME: Final[Shape] = {
    "name#": _STRING,
    "hostPath": {"path!": _STRING, "type": _STRING},
    "configMap": _CONFIG_MAP_SOURCE,
    "projected": {"sources": [{"configMap": _CONFIG_MAP_SOURCE}]},
}
_MOUNT: Final[Shape] = {
    "name!": _STRING,
    "mountPath#": _STRING,
    "subPath": _STRING,
    "mountPropagation": _STRING,
    "readOnly": _BOOLEAN,
}
_CONTAINER: Final[Shape] = {
    "name#": _STRING,
    "image": _STRING,
    "imagePullPolicy": _STRING,
    "command": [_STRING],
    "args": [_STRING],
    "env": [{"name!": _STRING, "value": _STRING, "valueFrom": {}}],
    "volumeMounts": [_MOUNT],
    "resources": {"limits": {"*": _QUANTITY}, "requests": {"*": _QUANTITY}},
    "securityContext": {"privileged": _BOOLEAN, "capabilities": {}},
    "terminationMessagePolicy": _STRING,
}
_POD: Final[Shape] = {
    "containers": [_CONTAINER],
    "initContainers": [_CONTAINER],
    "volumes": [_VOLUME],
    "serviceAccountName": _STRING,
    "serviceAccount": _STRING,
    "hostNetwork": _BOOLEAN,
    "hostPID": _BOOLEAN,
    "nodeSelector": _STRINGS,
    "tolerations": [{}],
    "imagePullSecrets": [{"name": _STRING}],
    "priorityClassName": _STRING,
    "terminationGracePeriodSeconds": _INTEGER,
}

_NAMED: Final[Mapping[str, Shape]] = {"metadata!": {**_METADATA, "name!": _STRING}}

DAEMONSET: Final[Shape] = {
    **_NAMED,
    "spec": {
        "selector": {"matchLabels": _STRINGS, "matchExpressions": [{}]},
        "updateStrategy": {"type": _STRING, "rollingUpdate": {}},
        "template": {"metadata": _METADATA, "spec": _POD},
    },
}
UNREAD_DAEMONSET: Final[Shape] = {"spec": {"template": {"spec": {"containers": [{}]}}}}
"""What has to be right before it can be told whether a DaemonSet is Multus."""

_BY_KIND: Final[Mapping[str, Shape]] = {
    "DaemonSet": DAEMONSET,
    "ClusterRole": {
        **_NAMED,
        "rules": [
            {
                "apiGroups": [_STRING],
                "resources": [_STRING],
                "verbs": [_STRING],
                "resourceNames": [_STRING],
            }
        ],
    },
    "ConfigMap": {**_NAMED, "data": _STRINGS},
    "CustomResourceDefinition": {**_NAMED, "spec": {}},
    "NetworkAttachmentDefinition": {"metadata": _METADATA},
}


def shape_of(kind: str) -> Shape:
    """What is read or written of an object that belongs to an install, or of a NAD."""
    return _BY_KIND.get(kind, _NAMED)


def problems(document: Document, shape: Shape) -> Iterator[Problem]:
    """Each place of the object that has another shape; nothing where it is as it has to be."""
    for path, what in _deviations(document.data, shape, ()):
        where = f"{format_path(path)} " if path else ""
        yield Problem(
            source=document.at(path),
            message=f"{quoted(str(document.ref))}: {quoted(where + what)}",
            hint="Kubernetes rejects this object: correct it and plan again",
        )


def lost_mounts(document: Document) -> Iterator[Problem]:
    """The mounts of a DaemonSet whose volume is none of the pod's."""
    pod = pods.pod_spec(document.data)
    names = {str(volume.get("name")) for volume in pods.items(pod, "volumes")}
    for field, number, container in pods.containers(pod):
        for index, mount in enumerate(pods.items(container, "volumeMounts")):
            if str(mount.get("name")) not in names:
                path = (*pods.TEMPLATE, field, number, "volumeMounts", index, "name")
                what = f"is {mount.get('name')}, and the pod has no volume of that name"
                yield Problem(
                    source=document.at(path),
                    message=f"{quoted(str(document.ref))}: {quoted(format_path(path))} {quoted(what)}",
                    hint="Kubernetes rejects this object: add the volume or remove the mount",
                )


def refuse(found: Iterable[Problem]) -> None:
    """Errors: InputError with all problems, where there are any."""
    distinct = tuple(dict.fromkeys(found))
    if distinct:
        raise InputError(distinct)


_Path = tuple["str | int", ...]


def _deviations(value: Any, shape: Shape, path: _Path) -> Iterator[tuple[_Path, str]]:
    if value is None or (isinstance(value, str) and has_variables(value)):
        return  # what a variable is filled in with may be a number, or a list in one line
    if isinstance(shape, str):
        if not _is(value, shape):
            yield path, f"is {_kind(value)} and not {shape}"
    elif isinstance(shape, list):
        yield from _in_list(value, shape[0], path)
    elif isinstance(value, Mapping):
        yield from _in_map(value, shape, path)
    else:
        yield path, f"is {_kind(value)} and not a map"


def _in_list(value: Any, shape: Shape, path: _Path) -> Iterator[tuple[_Path, str]]:
    if not isinstance(value, list):
        yield path, f"is {_kind(value)} and not a list"
        return
    for index, item in enumerate(value):
        if item is None:
            yield (*path, index), "is null"
        else:
            yield from _deviations(item, shape, (*path, index))
    yield from _doubled(value, shape, path)


def _doubled(items: list[Any], shape: Shape, path: _Path) -> Iterator[tuple[_Path, str]]:
    """Items that have the key of an item before them."""
    key = next((k[:-1] for k in shape if k.endswith("#")), "") if isinstance(shape, Mapping) else ""
    values = [item.get(key) if isinstance(item, Mapping) else None for item in items]
    for index, value in enumerate(values) if key else ():
        if isinstance(value, str) and value in values[:index]:
            yield (*path, index), f"has the {key} of another one, {value}"


def _in_map(
    value: Mapping[str, Any], shape: Mapping[str, Shape], path: _Path
) -> Iterator[tuple[_Path, str]]:
    for key, inner in shape.items():
        if key == "*":
            for name, entry in value.items():
                yield from _deviations(entry, inner, (*path, name))
            continue
        name = key.rstrip("!#")
        entry = value.get(name)
        if key != name and entry in (None, ""):
            yield path, f"has no {name}"
        elif entry is not None and not (inner is _STRING and type(entry) is str):
            yield from _deviations(entry, inner, (*path, name))


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and isinstance(value, bool) == (kind == _BOOLEAN)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list):
        return "a list"
    return "a string" if isinstance(value, str) else "a number"
