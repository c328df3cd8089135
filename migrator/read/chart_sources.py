"""The chart behind a release: its name, where it comes from, and its version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from migrator.model.inputs import Document
from migrator.read.namespaces import effective_namespace
from migrator.read.releases import Release
from migrator.trees.dig import mapping, string

_GIT: Final = "GitRepository"
_PATHS: Final = (_GIT, "Bucket")
"""Flux's sources that hold folders, in which a chart is named by its path."""


class ChartSource(Struct, frozen=True, kw_only=True):
    """Where a chart comes from: its own name, where it lies, and its version ("" if unknown).

    ``path`` is what names it within a repository of files, "" where it has a name, and ``git`` the URL
    of that, where it is one of Git and known. ``known`` is False where the release leaves all of that to
    an object that the inputs do not hold, or holds the chart itself.
    """

    name: str
    url: str
    version: str
    path: str = ""
    known: bool = True
    git: str = ""

    @property
    def remote(self) -> tuple[str, str] | None:
        """What helm calls the chart, and the repository that has it ("" for a registry); None where
        it lies in neither, as in a repository of files."""
        if self.path:
            return None
        url = self.url.rstrip("/")
        if self.name and url.startswith("oci://"):
            return (url if url.endswith(f"/{self.name}") else f"{url}/{self.name}"), ""
        return (self.name, self.url) if self.name and url.startswith("https://") else None


def chart_source(release: Release, documents: Sequence[Document]) -> ChartSource:
    """The chart behind a HelmRelease's chart or chartRef, a HelmChart, an Argo CD source."""
    document = release.document
    node = mapping(document.data, *release.root)
    if document.ref.kind == "HelmRelease":
        return _flux(document, node, documents)
    if document.ref.kind in ("HelmChart", "HelmChartConfig"):
        text = string(node, "chart") or document.ref.name
        return ChartSource(
            name=_last(text),
            url=string(node, "repo") or text,
            version=string(node, "version"),
            known="chartContent" not in node,
        )
    path, url = argo_path(node), string(node, "repoURL")
    return ChartSource(
        name=_last(string(node, "chart") or path),
        url=url,
        version=string(node, "targetRevision"),
        path=path,
        git=url if path else "",
    )


def argo_path(source: Mapping[str, object]) -> str:
    """The path that names the chart of an Argo CD source, "" where it has a name."""
    return "" if string(source, "chart") else string(source, "path")


def _flux(
    document: Document, node: Mapping[str, object], documents: Sequence[Document]
) -> ChartSource:
    reference = mapping(node, "chartRef")
    if not reference:
        return _of_chart(document, mapping(node, "chart", "spec"), documents)
    kind, name = string(reference, "kind"), string(reference, "name")
    spec = _named(documents, document, kind, name, string(reference, "namespace"))
    if string(spec, "chart"):
        return _of_chart(document, spec, documents)
    text = string(spec, "url") or name
    stated = (string(spec, "ref", field) for field in ("digest", "semver", "tag"))
    version = next(filter(None, stated), "")
    return ChartSource(name=_last(text), url=text, version=version, known=bool(spec))


def _of_chart(
    document: Document, spec: Mapping[str, object], documents: Sequence[Document]
) -> ChartSource:
    """What the spec of a HelmChart says, which a HelmRelease may hold itself."""
    origin = mapping(spec, "sourceRef")
    kind, name = string(origin, "kind"), string(origin, "name")
    found = _named(documents, document, kind, name, string(origin, "namespace"))
    chart = string(spec, "chart")
    return ChartSource(
        name=_last(chart),
        url=string(found, "url") or name,
        version=string(spec, "version"),
        path=chart if kind in _PATHS else "",
        git=string(found, "url") if kind == _GIT else "",
    )


def _named(
    documents: Sequence[Document], near: Document, kind: str, name: str, namespace: str
) -> Mapping[str, object]:
    """The spec of a Flux source, {} where the inputs do not hold it."""
    wanted = namespace or effective_namespace(near)
    for document in documents:
        ref = document.ref
        same = (ref.kind, ref.name) == (kind, name) and "source.toolkit" in ref.group
        if same and effective_namespace(document) == wanted:
            return mapping(document.data, "spec")
    return {}


def _last(text: str) -> str:
    return text.rstrip("/").rsplit("/", 1)[-1].removesuffix(".tgz")
