"""The chart behind a release: its name, where it comes from, and its version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from migrator.model.inputs import Document
from migrator.read.namespaces import effective_namespace
from migrator.read.releases import Release
from migrator.trees.dig import mapping, string


class ChartSource(Struct, frozen=True, kw_only=True):
    """Where a chart comes from: its own name, where it lies, and its version ("" if unknown)."""

    name: str
    url: str
    version: str

    @property
    def remote(self) -> tuple[str, str] | None:
        """What helm calls the chart, and the repository that has it ("" for a registry); None where
        it lies in neither."""
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
            name=_last(text), url=string(node, "repo") or text, version=string(node, "version")
        )
    text = string(node, "chart") or string(node, "path")
    return ChartSource(
        name=_last(text), url=string(node, "repoURL"), version=string(node, "targetRevision")
    )


def _flux(
    document: Document, node: Mapping[str, object], documents: Sequence[Document]
) -> ChartSource:
    reference = mapping(node, "chartRef")
    if reference:
        kind, name = string(reference, "kind"), string(reference, "name")
        spec = _named(documents, document, kind, name, string(reference, "namespace"))
        text = string(spec, "url") or string(spec, "chart") or name
        version = string(spec, "ref", "tag") or string(spec, "version")
        return ChartSource(name=_last(text), url=text, version=version)
    spec = mapping(node, "chart", "spec")
    origin = mapping(spec, "sourceRef")
    kind, name = string(origin, "kind"), string(origin, "name")
    found = _named(documents, document, kind, name, string(origin, "namespace"))
    return ChartSource(
        name=_last(string(spec, "chart")),
        url=string(found, "url") or name,
        version=string(spec, "version"),
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
