"""The namespace that a kustomization or a Flux Kustomization above gives to the files it builds."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from migrator.model.errors import InputError
from migrator.model.inputs import Document
from migrator.read.chunks import split
from migrator.read.documents import group_of, is_object
from migrator.read.files import KUSTOMIZATION_NAMES
from migrator.read.kustomization import Kustomization, closure, load, resource_files
from migrator.read.streams import Stream, decode, parse_text

_FLUX: Final = "kustomize.toolkit.fluxcd.io"


def placements(streams: Sequence[Stream]) -> Mapping[str, str]:
    """Real path of a file -> the namespace in which its objects land, whatever they say.

    Where one kustomization builds on another, the outer one decides, and Flux after both. A file
    that two of them put into different namespaces is left as it is.
    """
    reached = [
        (namespace, frozenset(_files(kustomization)))
        for kustomization in _kustomizations(streams)
        if isinstance(namespace := kustomization.fields.get("namespace"), str) and namespace
    ]
    return {
        **{path: namespace for path, namespace in _outermost(reached) if namespace},
        **dict(_by_flux(streams)),
    }


def placed(documents: Sequence[Document], places: Mapping[str, str]) -> tuple[Document, ...]:
    """The documents, with the namespaces that are given to their files."""
    if not places:
        return tuple(documents)
    return tuple(replace(d, placed=places.get(d.source.file, "")) for d in documents)


def _kustomizations(streams: Sequence[Stream]) -> Iterator[Kustomization]:
    for stream in streams:
        if stream.path is not None and stream.path.name in KUSTOMIZATION_NAMES:
            try:
                yield load(stream.path, stream.data)
            except InputError:  # reported where it matters
                continue


def _files(kustomization: Kustomization) -> Iterator[str]:
    for member in closure(kustomization):
        yield os.path.realpath(member.path)
        yield from (os.path.realpath(path) for path in resource_files(member))


def _outermost(reached: Sequence[tuple[str, frozenset[str]]]) -> Iterator[tuple[str, str]]:
    """(file, namespace); "" where two that do not build on one another disagree."""
    for path in sorted({path for _, files in reached for path in files}):
        above = [(namespace, files) for namespace, files in reached if path in files]
        outer = [n for n, files in above if not any(files < other for _, other in above)]
        yield path, outer[0] if len(set(outer)) == 1 else ""


def _by_flux(streams: Sequence[Stream]) -> Iterator[tuple[str, str]]:
    for folder, namespace in sorted(set(_flux_targets(streams))):
        inside = posixpath.normpath(folder.strip("/") or ".")
        for stream in streams:
            if stream.path is not None:
                parent = Path(stream.real).parent.as_posix()
                if inside == "." or f"/{inside}/" in f"{parent}/":
                    yield stream.real, namespace


def _flux_targets(streams: Sequence[Stream]) -> Iterator[tuple[str, str]]:
    """(spec.path, spec.targetNamespace) of each Flux Kustomization of the inputs."""
    for stream in streams:
        if b"targetNamespace" in stream.data and _FLUX.encode() in stream.data:
            for value in _objects(stream):
                spec = value.get("spec")
                if group_of(value["apiVersion"]) == _FLUX and isinstance(spec, dict):
                    path, namespace = spec.get("path", "."), spec.get("targetNamespace")
                    if isinstance(path, str) and isinstance(namespace, str) and namespace:
                        yield path, namespace


def _objects(stream: Stream) -> Iterator[dict[str, Any]]:
    for chunk in split(stream.data):
        try:
            text = decode(chunk.data, file=stream.name)
            parsed, _ = parse_text(text, file=stream.name, line=chunk.line)
        except InputError:  # reported where it matters
            continue
        yield from (item.value for item in parsed if is_object(item.value))
