"""A dump of a cluster, ``kubectl get ... -o yaml``, as objects that can be found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from migrator.inventory import wellformed
from migrator.inventory.wellformed import Shape
from migrator.model.errors import InputError
from migrator.model.inputs import Document, ObjectRef, Problem
from migrator.read.barren import nothing_in
from migrator.read.streams import Stream, read_stream
from migrator.read.wording import quoted
from migrator.trees.dig import string

_STRING: Final = "a string"
_METADATA: Final[Mapping[str, Shape]] = {
    "name!": _STRING,
    "namespace": _STRING,
    "labels": {"*": _STRING},
    "annotations": {"*": _STRING},
    "ownerReferences": [{"kind": _STRING, "name": _STRING}],
    "creationTimestamp": _STRING,
    "deletionTimestamp": _STRING,
}
_POD: Final[Shape] = {
    "metadata!": _METADATA,
    "spec!": {"nodeName": _STRING, "hostNetwork": "true or false", "containers": [{}]},
    "status": {
        "phase": _STRING,
        "startTime": _STRING,
        "conditions": [{"type": _STRING, "status": _STRING}],
    },
}
_NODE: Final[Shape] = {"metadata!": _METADATA, "spec": {"taints": [{"key": _STRING}]}}
_STARTS: Final = (("status", "startTime"), ("metadata", "creationTimestamp"))
_HINT: Final = "take the dump from the API server again: kubectl get ... -o yaml"

Key = tuple[str, str]
"""(group, kind); DaemonSets of extensions are those of apps."""


class Dump(Struct, frozen=True, kw_only=True):
    """The objects of a dump: by kind and identity, and by kind and name alone."""

    file: str
    exact: Mapping[tuple[Key, str, str], Document]
    named: Mapping[tuple[Key, str], tuple[Document, ...]]
    kinds: frozenset[Key]
    pods: tuple[Document, ...]
    nodes: tuple[Document, ...]

    def has(self, ref: ObjectRef) -> bool:
        """Whether there is any object of that kind."""
        return key_of(ref) in self.kinds

    def find(self, ref: ObjectRef) -> Document | None:
        """The live object. One without a namespace lands where the context says, so that the only
        one of its name is it."""
        found = self.exact.get((key_of(ref), ref.namespace, ref.name))
        if found is None and not ref.namespace:
            others = self.named.get((key_of(ref), ref.name), ())
            found = others[0] if len(others) == 1 else None
        return found


def key_of(ref: ObjectRef) -> Key:
    """Where the dump has the objects of its kind."""
    moved = ref.group == "extensions" and ref.kind == "DaemonSet"
    return ("apps" if moved else ref.group), ref.kind


def read_dump(data: bytes, name: str, planned: Iterable[ObjectRef]) -> Dump:
    """A dump as YAML or JSON: a List, or several documents.

    Errors: InputError, with one problem, where it cannot be read, an object is in it twice, or an
    object of the plan, a Pod or a Node is not what an API server gives.
    """
    stream = Stream(name=name, data=data, named=True)
    content = read_stream(stream, everything=True)
    if barren := nothing_in(stream) if not content.documents else None:
        raise InputError((barren,))
    _refuse(content.problems)
    _refuse(_twice(content.documents))
    named: dict[tuple[Key, str], list[Document]] = {}
    for document in content.documents:
        named.setdefault((key_of(document.ref), document.ref.name), []).append(document)
    dump = Dump(
        file=name,
        exact={(key_of(d.ref), d.ref.namespace, d.ref.name): d for d in content.documents},
        named={key: tuple(found) for key, found in named.items()},
        kinds=frozenset(key for key, _ in named),
        pods=_of(content.documents, "Pod"),
        nodes=_of(content.documents, "Node"),
    )
    _refuse(_odd(dump, planned))
    return dump


def moment(pod: Document) -> datetime | None:
    """When the kubelet began with a pod, else when it was made; None where neither is told."""
    text = started(pod)
    return _moment(text) if text else None


def started(pod: Document) -> str:
    """The same as the dump writes it, "" where it does not."""
    return next((text for path in _STARTS if (text := string(pod.data, *path))), "")


def is_over(pod: Document) -> bool:
    """Whether a pod has ended for good."""
    return string(pod.data, "status", "phase") in ("Succeeded", "Failed")


def _moment(text: str) -> datetime:
    """Errors: ValueError where it is no point in time (RFC 3339, as metav1.Time is written)."""
    found = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found


def _of(documents: Iterable[Document], kind: str) -> tuple[Document, ...]:
    return tuple(d for d in documents if (d.ref.group, d.ref.kind) == ("", kind))


def _refuse(problems: Iterable[Problem]) -> None:
    """Errors: InputError with the first problem, which says how many more there are."""
    found = tuple(problems)
    if not found:
        return
    first, more = found[0], len(found) - 1
    if more:
        first = replace(first, message=f"{first.message} (and {more} more of these)")
    raise InputError((first,))


def _twice(documents: Iterable[Document]) -> Iterator[Problem]:
    first: dict[tuple[Key, str, str], Document] = {}
    for document in documents:
        ref = document.ref
        other = first.setdefault((key_of(ref), ref.namespace, ref.name), document)
        if ref.name and other is not document:
            message = f"{quoted(str(ref))} is also in {other.source}"
            hint = "give one dump, of one moment"
            yield Problem(source=document.source, message=message, hint=hint)


def _odd(dump: Dump, planned: Iterable[ObjectRef]) -> Iterator[Problem]:
    ours = {id(d): d for d in map(dump.find, planned) if d is not None}
    found = [p for d in ours.values() for p in wellformed.problems(d, _shape(d))]
    found += [p for d in dump.pods for p in wellformed.problems(d, _POD)]
    found += [p for d in dump.nodes for p in wellformed.problems(d, _NODE)]
    yield from (replace(problem, hint=_HINT) for problem in found)
    if not found:
        yield from (problem for pod in dump.pods for problem in _dates(pod))


def _shape(document: Document) -> Shape:
    return wellformed.shape_of(document.ref.kind)


def _dates(pod: Document) -> Iterator[Problem]:
    for path in _STARTS:
        text = string(pod.data, *path)
        try:
            if text:
                _moment(text)
        except ValueError:
            message = f"{quoted(str(pod.ref))}: {'.'.join(path)} is not a date: {quoted(text)}"
            yield Problem(source=pod.at(path), message=message, hint=_HINT)
