"""Kustomize roots below a folder that was read as plain files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from migrator.model.errors import InputError
from migrator.model.inputs import NestedRoot
from migrator.read.files import KUSTOMIZATION_NAMES, shown
from migrator.read.kustomization import Kustomization, closure, load, real_files, transforms
from migrator.read.streams import Stream


def nested_roots(streams: Sequence[Stream]) -> tuple[NestedRoot, ...]:
    """The roots that no other of them builds on and that change what they build, in input order.

    A Component is none: it is part of the roots that list it.
    """
    found = roots_of(streams)
    reached = {id(root): frozenset(real_files(root)) for root in found}
    names = {s.real: s.name for s in streams if s.path is not None}
    builders = Counter(chain.from_iterable(reached.values()))
    return tuple(
        NestedRoot(
            path=shown(root.path.parent),
            files=frozenset(names[path] for path in reached[id(root)] if path in names),
            namespace=_namespace(root),
            transforms=fields,
        )
        for root in found
        if not _is_below(root, reached[id(root)], builders)
        and (fields := tuple(dict.fromkeys(_fields(root))))
    )


def roots_of(streams: Sequence[Stream]) -> list[Kustomization]:
    """The kustomizations among the files, but for Components."""
    return [root for stream in streams for root in _root(stream)]


def _root(stream: Stream) -> Iterator[Kustomization]:
    if stream.path is not None and stream.path.name in KUSTOMIZATION_NAMES:
        try:
            root = load(stream.path, stream.data)
        except InputError:  # reported where it matters
            return
        if root.fields and root.fields.get("kind") != "Component":
            yield root


def _is_below(root: Kustomization, own: frozenset[str], builders: Mapping[str, int]) -> bool:
    """Whether another root builds on it: ``builders`` has how many build each file, it among them if the
    file is one of its ``own``."""
    path = os.path.realpath(root.path)
    return builders.get(path, 0) > (path in own)


def _namespace(root: Kustomization) -> str:
    """The outermost one that it or what it builds on sets."""
    said = (str(member.fields.get("namespace") or "") for member in closure(root))
    return next(filter(None, said), "")


def _fields(root: Kustomization) -> Iterator[str]:
    """The fields of it, and of what it builds on, that change objects."""
    for member in closure(root):
        yield from (field for field, _ in transforms(member))
