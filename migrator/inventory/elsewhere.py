"""Objects of Flux, Argo CD, k3s and Gardener that take Multus from a place which is not among the
inputs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from migrator.model.inputs import Document, Reading, Source
from migrator.multus.images import names_multus
from migrator.trees.dig import mapping, maps, string
from migrator.trees.pods import items
from migrator.trees.wording import listed

_FLUX_SOURCES = ("GitRepository", "OCIRepository", "Bucket")
_ARGO = ("Application", "ApplicationSet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """``what`` is the URL, chart or path; ``revision`` is "" where none is said."""

    document: Document
    source: Source
    what: str
    revision: str


def find_elsewhere(reading: Reading) -> tuple[Elsewhere, ...]:
    """Those that name Multus, in input order. A path that was read is none."""
    return tuple(found for document in reading.documents for found in _of(document, reading))


def _of(document: Document, reading: Reading) -> Iterator[Elsewhere]:
    group, kind = document.ref.group, document.ref.kind
    if group == "source.toolkit.fluxcd.io" and kind in _FLUX_SOURCES:
        url = string(document.data, "spec", "url") or string(document.data, "spec", "bucketName")
        if names_multus(url):
            yield _found(document, ("spec", "url"), url, _flux_revision(document))
    elif group == "kustomize.toolkit.fluxcd.io" and kind == "Kustomization":
        path = string(document.data, "spec", "path")
        if names_multus(path) and not _was_read(path, reading):
            yield _found(document, ("spec", "path"), path, "")
    elif (group, kind) == ("k3s.cattle.io", "Addon"):
        path = string(document.data, "spec", "source")
        if names_multus(path):
            yield _found(document, ("spec", "source"), path, "")
    elif (group, kind) == ("resources.gardener.cloud", "ManagedResource"):
        secrets = [string(r, "name") for r in items(mapping(document.data, "spec"), "secretRefs")]
        if names_multus(document.ref.name):
            what = f"Secret {listed(secrets)}" if secrets else "a Secret"
            yield _found(document, ("spec", "secretRefs"), what, "")
    elif group == "argoproj.io" and kind in _ARGO:
        yield from _argo(document, reading)


def _argo(document: Document, reading: Reading) -> Iterator[Elsewhere]:
    """Every source of an Application, and of the template of an ApplicationSet."""
    for at, source in maps(document.data.get("spec"), ("spec",)):
        url = string(source, "repoURL")
        if not url:
            continue
        revision = string(source, "targetRevision")
        chart, path = string(source, "chart"), string(source, "path")
        if names_multus(chart):
            yield _found(document, (*at, "chart"), f"chart {chart} of {url}", revision)
        elif names_multus(posixpath.basename(url.rstrip("/"))):
            yield _found(document, (*at, "repoURL"), url, revision)
        elif names_multus(path) and not _was_read(path, reading):
            yield _found(document, (*at, "path"), f"{path} of {url}", revision)


def _found(document: Document, at: tuple[str | int, ...], what: str, revision: str) -> Elsewhere:
    return Elsewhere(document=document, source=document.at(at), what=what, revision=revision)


def _flux_revision(document: Document) -> str:
    fields = ("tag", "semver", "branch", "commit", "name", "digest")
    return next(filter(None, (string(document.data, "spec", "ref", f) for f in fields)), "")


def lies_in(folder: str, file: str, reading: Reading) -> bool:
    """Whether a file of the inputs lies in a folder as Flux and Argo CD call it, from the root of
    the repository on, wherever that was checked out and the program was called."""
    inside = posixpath.normpath(folder.strip("/") or ".")
    places = (f"/{file}", f"{reading.folders.get(file, '')}/")
    return inside == "." or any(f"/{inside}/" in place for place in places)


def _was_read(path: str, reading: Reading) -> bool:
    names = (*(file.name for file in reading.inputs), *reading.folders)
    return any(lies_in(path, name, reading) for name in names)
