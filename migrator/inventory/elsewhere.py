"""Objects of Flux, Argo CD, k3s and Gardener that take Multus from a place which is not among the
inputs."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator

from msgspec import Struct

from migrator.inventory.charts import chart_of
from migrator.model.inputs import Document, Reading, Source
from migrator.multus.images import names_multus
from migrator.read.config_maps import config_maps
from migrator.read.releases import releases
from migrator.trees.dig import mapping, maps, string
from migrator.trees.pods import items
from migrator.trees.wording import listed

_FLUX_SOURCES = ("GitRepository", "OCIRepository", "Bucket")
_CHART_SOURCES = {"HelmRepository": "url", "HelmChart": "chart"}
_ARGO = ("Application", "ApplicationSet")
_NAMES = frozenset({"multus", "multus-cni", "kube-multus", "kube-multus-ds"})
"""What an object is called that installs Multus, rather than its networks or what is around it."""


class Elsewhere(Struct, frozen=True, kw_only=True):
    """``what`` is the URL, chart or path, ``url`` the repository that it is in ("" for a path of the
    repository that Flux runs on); ``revision`` is "" where none is said."""

    document: Document
    source: Source
    what: str
    url: str
    revision: str


def find_elsewhere(reading: Reading) -> tuple[Elsewhere, ...]:
    """Those that name Multus, in input order. A path that was read is none, nor is a release that was
    rendered, or whose chart is known (P54 and M21 tell of it)."""
    known = config_maps(reading.documents)
    rendered = {render.release for render in reading.renders}
    charts = {id(document) for document in reading.documents if document.ref in rendered} | {
        id(document)
        for document in reading.documents
        for release in releases(document, known)
        if chart_of(release, reading.documents) is not None
    }
    return tuple(found for d in reading.documents for found in _of(d, reading, charts))


def _of(document: Document, reading: Reading, charts: Collection[int]) -> Iterator[Elsewhere]:
    """``charts`` are the documents (by id) that install a chart which is known."""
    group, kind = document.ref.group, document.ref.kind
    if group == "source.toolkit.fluxcd.io" and kind in _FLUX_SOURCES:
        url = string(document.data, "spec", "url") or string(document.data, "spec", "bucketName")
        if names_multus(url):
            yield _found(document, ("spec", "url"), url, url, _flux_revision(document))
    elif group == "source.toolkit.fluxcd.io" and kind in _CHART_SOURCES and not charts:
        field = _CHART_SOURCES[kind]
        text = string(document.data, "spec", field)
        if names_multus(text):
            version = string(document.data, "spec", "version")
            yield _found(document, ("spec", field), text, text, version)
    elif group == "helm.toolkit.fluxcd.io" and kind == "HelmRelease":
        names = (document.ref.name, string(document.data, "spec", "releaseName"))
        if _NAMES.intersection(names) and id(document) not in charts:
            chart = string(document.data, "spec", "chart", "spec", "chart")
            chart = chart or string(document.data, "spec", "chartRef", "name")
            yield _found(document, ("spec",), f"the chart {chart or 'of nowhere'}", "", "")
    elif group == "kustomize.toolkit.fluxcd.io" and kind == "Kustomization":
        path = string(document.data, "spec", "path")
        named = names_multus(path) or _is_named(document)
        if named and not _was_read(path, reading):
            yield _found(document, ("spec", "path"), path, "", "")
    elif (group, kind) == ("k3s.cattle.io", "Addon"):
        path = string(document.data, "spec", "source")
        if names_multus(path):
            yield _found(document, ("spec", "source"), path, "", "")
    elif (group, kind) == ("resources.gardener.cloud", "ManagedResource"):
        secrets = [string(r, "name") for r in items(mapping(document.data, "spec"), "secretRefs")]
        if names_multus(document.ref.name):
            what = f"Secret {listed(secrets)}" if secrets else "a Secret"
            yield _found(document, ("spec", "secretRefs"), what, "", "")
    elif group == "fleet.cattle.io" and kind == "GitRepo":
        yield from _fleet(document, reading)
    elif group == "argoproj.io" and kind in _ARGO:
        yield from _argo(
            document, reading, named=_is_named(document) and id(document) not in charts
        )


def _is_named(document: Document) -> bool:
    return document.ref.name in _NAMES


def _fleet(document: Document, reading: Reading) -> Iterator[Elsewhere]:
    """Rancher's Fleet applies the folders of a repository, all of it where it names none."""
    spec = mapping(document.data, "spec")
    url, revision = string(spec, "repo"), string(spec, "revision") or string(spec, "branch")
    if names_multus(posixpath.basename(url.rstrip("/"))):
        yield _found(document, ("spec", "repo"), url, url, revision)
        return
    paths = spec.get("paths")
    for path in paths if isinstance(paths, list) else ():
        named = isinstance(path, str) and (names_multus(path) or _is_named(document))
        if named and not _was_read(path, reading):
            yield _found(document, ("spec", "paths"), f"{path} of {url}", url, revision)


def _argo(document: Document, reading: Reading, *, named: bool) -> Iterator[Elsewhere]:
    """Every source of an Application, and of the template of an ApplicationSet."""
    for at, source in maps(document.data.get("spec"), ("spec",)):
        url = string(source, "repoURL")
        if not url:
            continue
        revision = string(source, "targetRevision")
        chart, path = string(source, "chart"), string(source, "path")
        if names_multus(chart):
            yield _found(document, (*at, "chart"), f"chart {chart} of {url}", url, revision)
        elif names_multus(posixpath.basename(url.rstrip("/"))):
            yield _found(document, (*at, "repoURL"), url, url, revision)
        elif chart and named:
            yield _found(document, (*at, "chart"), f"chart {chart} of {url}", url, revision)
        elif (names_multus(path) or (path and named)) and not _was_read(path, reading):
            yield _found(document, (*at, "path"), f"{path} of {url}", url, revision)


def _found(
    document: Document, at: tuple[str | int, ...], what: str, url: str, revision: str
) -> Elsewhere:
    source = document.at(at)
    return Elsewhere(document=document, source=source, what=what, url=url, revision=revision)


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
