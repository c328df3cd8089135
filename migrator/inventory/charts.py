"""The charts that install Multus, told apart by what they are, never by what a release is called.

What each can do was read in the charts and rendered: rke2-multus, bjw-s and home-operations
multus, app-template, angelnu multus, and the chart of multus-cni itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from migrator.model.inputs import Document
from migrator.multus.images import is_multus, parse_image
from migrator.multus.releases import find, parse
from migrator.read.chart_sources import ChartSource, chart_source
from migrator.read.config_maps import config_maps
from migrator.read.releases import Release, releases
from migrator.trees.dig import NodePath, mapping, maps, scalar, string


class Chart(Enum):
    """A chart that installs Multus."""

    RKE2 = "rke2-multus"
    APP_TEMPLATE = "app-template"
    THIN_ONLY = "multus, which has thin mode only"
    ANGELNU = "angelnu's multus"
    UNKNOWN = "multus"
    GENERAL = "a general chart"
    FOLDER = "a folder of a Git repository"


_THICK_SINCE = parse("4.0.1")
"""angelnu's chart runs multus-daemon since then, and has no other mode."""
_THIN_ONLY = ("bjw-s", "home-operations", "k8snetworkplumbingwg")
_FOLDER_NAMES = ("multus", "multus-cni")


def chart_of(release: Release, documents: Sequence[Document]) -> Chart | None:
    """Which chart of Multus a release installs; None where it is no Multus."""
    source = chart_source(release, documents)
    runs_it = any(True for _ in multus_nodes(release.values))
    if source.name == "rke2-multus":
        return Chart.RKE2
    if source.name == "app-template" or (runs_it and mapping(release.values, "controllers")):
        return Chart.APP_TEMPLATE if runs_it else None
    if source.name in _FOLDER_NAMES:
        if "angelnu" in source.url:
            return Chart.ANGELNU
        nested = mapping(release.values, "multus", "image")
        if nested or any(owner in source.url for owner in _THIN_ONLY):
            return Chart.THIN_ONLY
        return Chart.FOLDER if _is_folder(release) else Chart.UNKNOWN
    return Chart.GENERAL if runs_it else None


def thin_releases(documents: Sequence[Document]) -> Iterator[tuple[Release, Chart]]:
    """The releases that install Multus in thin mode, or in one that nobody knows, in input order."""
    known = config_maps(documents)
    for document in documents:
        for release in releases(document, known):
            chart = chart_of(release, documents)
            if chart is not None and not is_thick(release, chart, chart_source(release, documents)):
                yield release, chart


def is_thick(release: Release, chart: Chart, source: ChartSource) -> bool:
    """Whether the release runs multus-daemon, as far as its values and version say."""
    values = release.values
    if chart is Chart.ANGELNU:
        version = find(source.version)
        return version is not None and version >= _THICK_SINCE
    if mapping(values, "thickPlugin").get("enabled") is True:
        return True
    for path in multus_nodes(values):
        node = mapping(values, *path)
        image = node.get("image")
        tag = scalar(image, "tag") if isinstance(image, Mapping) else str(image or "")
        command = node.get("command")
        daemon = isinstance(command, list) and any("multus-daemon" in str(w) for w in command)
        if "-thick" in tag or "_thick" in tag or daemon:
            return True
    return False


def installing(documents: Sequence[Document]) -> Iterator[tuple[Release, Chart, bool]]:
    """Each release that installs Multus, its chart, and whether it runs thick mode already."""
    known = config_maps(documents)
    for document in documents:
        for release in releases(document, known):
            chart = chart_of(release, documents)
            if chart is not None:
                yield release, chart, is_thick(release, chart, chart_source(release, documents))


def multus_nodes(values: Mapping[str, object]) -> list[NodePath]:
    """Where the values hold an ``image`` of Multus itself: {repository, tag}, or text."""
    return [path for path, node in maps(values) if _runs_multus(node)]


def _is_folder(release: Release) -> bool:
    """An Argo CD source with a path and nothing for Helm: manifests, or a kustomization."""
    node = mapping(release.document.data, *release.root)
    argo = release.document.ref.group == "argoproj.io"
    return argo and not string(node, "chart") and not mapping(node, "helm")


def _runs_multus(node: Mapping[str, object]) -> bool:
    image = node.get("image")
    text = image if isinstance(image, str) else string(image, "repository")
    return bool(text) and is_multus(parse_image(text))
