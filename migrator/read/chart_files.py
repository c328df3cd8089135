"""The chart of a release where it lies among the user's own files: by its path, or vendored."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from migrator.model.errors import InputError
from migrator.read.chart_sources import ChartSource
from migrator.read.files import read_bytes
from migrator.read.releases import Release
from migrator.read.streams import parse_text
from migrator.trees.dig import mapping, scalar, string

_EXACT: Final = re.compile(r"v?(\d+\.\d+\.\d+(?:[-+][\w.+-]*)?)")
_PATHS: Final = ("GitRepository", "Bucket")
"""Flux's sources that hold folders, in which a chart is named by its path."""


class Around(NamedTuple):
    """Where a release stands: the folder of its file or of the root that builds it, and the one
    that holds all of the user's files: the root of the Git repository, else the INPUT. Both are
    absolute, with links followed."""

    beside: Path
    top: Path


def chart_on_disk(release: Release, source: ChartSource, around: Around) -> Path | None:
    """The folder of the chart, or its ``.tgz``; None where it is not among the user's files.

    A chart of a repository counts where its name is that of the release, and its version, where the
    release states a whole one.
    """
    path = chart_path(release)
    places = [around.top / path.lstrip("/")] if path else _vendored(source, around)
    for place in places:
        real = Path(os.path.realpath(place))
        if real.is_relative_to(around.top) and (_is_packed(real) or _is(real, source, path)):
            return place
    return None


def chart_path(release: Release) -> str:
    """The path that names the chart within a repository of files, "" where it has a name."""
    document = release.document
    node = mapping(document.data, *release.root)
    if document.ref.kind == "HelmRelease":
        spec = mapping(node, "chart", "spec")
        named = string(spec, "sourceRef", "kind") not in _PATHS
        return "" if named else string(spec, "chart")
    if document.ref.group == "argoproj.io":
        return "" if string(node, "chart") else string(node, "path")
    return ""


def _vendored(source: ChartSource, around: Around) -> Iterator[Path]:
    """Where people and tools keep charts: helm pull, kustomize's ``charts/``."""
    if not source.name or source.name in (".", ".."):
        return
    exact = _EXACT.fullmatch(source.version)
    dashed = f"{source.name}-{source.version}" if exact else ""
    folder = around.beside
    for base in (folder, *(p for p in folder.parents if p.is_relative_to(around.top))):
        yield base / "charts" / source.name
        if dashed:
            yield base / "charts" / dashed / source.name
            yield base / "charts" / dashed
            yield base / "charts" / f"{dashed}.tgz"
            yield base / f"{dashed}.tgz"


def _is_packed(path: Path) -> bool:
    return path.suffix == ".tgz" and path.is_file()


def _is(folder: Path, source: ChartSource, path: str) -> bool:
    """Whether it is a chart, and the one that is meant, if it was not named by its path."""
    chart = folder / "Chart.yaml"
    if not chart.is_file():
        return False
    if path:
        return True
    try:
        parsed, _ = parse_text(read_bytes(chart).decode("utf-8", "replace"), file="", line=1)
    except InputError:
        return False
    value = parsed[0].value if parsed else None
    name, version = (string(value, "name"), scalar(value, "version")) if value else ("", "")
    exact = _EXACT.fullmatch(source.version)
    return name == source.name and (exact is None or exact[1] == version.removeprefix("v"))
