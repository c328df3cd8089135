"""The chart of a release where it lies among the user's own files: by its path, or vendored."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from migrator.model.errors import InputError, MigratorError
from migrator.read.chart_sources import ChartSource
from migrator.read.chart_versions import satisfies
from migrator.read.files import read_bytes
from migrator.read.streams import parse_text
from migrator.trees.dig import scalar, string

_EXACT: Final = re.compile(r"v?(\d+\.\d+\.\d+(?:[-+][\w.+-]*)?)")


class Around(NamedTuple):
    """Where a release stands: the folder of its file or of the root that builds it, and the one
    that holds all of the user's files: the root of the Git repository, else the INPUT. Both are
    absolute, with links followed. ``remotes`` are those of the repository, as `repository_of_url`
    writes them."""

    beside: Path
    top: Path
    remotes: frozenset[str] = frozenset()


def chart_on_disk(source: ChartSource, around: Around) -> Path | None:
    """The folder of the chart, or its ``.tgz``; None where it is not among the user's files.

    A chart of a repository counts where its name is that of the release, and its version is one that
    the release asks for.
    """
    places = [around.top / source.path.lstrip("/")] if source.path else _vendored(source, around)
    for place in places:
        real = _real(place)
        if real and real.is_relative_to(around.top) and (_is_packed(real) or _is(real, source)):
            return place
    return None


def below(around: Around, name: str) -> Path | None:
    """The file of that name below ``around.top``, None where none is there.

    Errors: MigratorError where the name leads out.
    """
    real = _real(around.top / name.lstrip("/"))
    if real is None:
        return None
    if not real.is_relative_to(around.top):
        raise MigratorError(f"{name} leads out of the repository")
    return real if os.path.isfile(real) else None  # noqa: PTH113  # False also for a name too long


def _real(place: Path) -> Path | None:
    """A path with links followed, None for what is no path anywhere."""
    try:
        return Path(os.path.realpath(place))
    except ValueError:  # it holds a NUL
        return None


def _vendored(source: ChartSource, around: Around) -> Iterator[Path]:
    """Where people and tools keep charts: helm pull, kustomize's ``charts/``."""
    if not source.known or not source.name or source.name in (".", ".."):
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
    return path.suffix == ".tgz" and os.path.isfile(path)  # noqa: PTH113  # as above


def chart_name(chart: Path, source: ChartSource) -> str:
    """What a chart calls itself in its Chart.yaml; for one that has none, what its release calls it."""
    return (_packed_about(chart) if chart.is_file() else _about(chart / "Chart.yaml"))[
        0
    ] or source.name


def _packed_about(chart: Path) -> tuple[str, str]:
    from migrator.tools.charts import ChartCopy  # few inputs have a packed chart

    try:
        return _told(ChartCopy(chart).about())
    except MigratorError:  # InputError too: whoever renders it is told
        return "", ""


def _about(file: Path) -> tuple[str, str]:
    """Name and version that a Chart.yaml has, "" where it has none."""
    try:
        return _told(read_bytes(file))
    except InputError:
        return "", ""


def _told(data: bytes) -> tuple[str, str]:
    """As `_about`. Errors: InputError for what is no YAML."""
    parsed, _ = parse_text(data.decode("utf-8", "replace"), file="", line=1)
    value = parsed[0].value if parsed else None
    return (string(value, "name"), scalar(value, "version")) if value else ("", "")


def _is(folder: Path, source: ChartSource) -> bool:
    """Whether it is a chart, and the one that is meant, if it was not named by its path."""
    chart = folder / "Chart.yaml"
    if not os.path.isfile(chart):  # noqa: PTH113  # as above
        return False
    if source.path:
        return True
    name, version = _about(chart)
    return name == source.name and satisfies(version, source.version)
