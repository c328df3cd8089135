"""Helm charts of the inputs that install Multus, and that nobody has rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from migrator.inventory.charts import multus_nodes
from migrator.model.inputs import ChartFile, Source
from migrator.multus.images import names_multus
from migrator.trees.dig import dig, string


class Unrendered(Struct, frozen=True, kw_only=True):
    """``what`` says by what the chart is known to install Multus."""

    chart: ChartFile
    source: Source
    what: str


def find_unrendered(charts: Sequence[ChartFile]) -> tuple[Unrendered, ...]:
    """Each chart at most once, in input order: by a dependency that is a chart of Multus, else by
    an image of Multus in its values."""
    found = (next(_of(chart), None) for chart in charts)
    return tuple(filter(None, found))


def _of(chart: ChartFile) -> Iterator[Unrendered]:
    for entry, source in chart.dependencies:
        name, origin = string(entry, "name"), string(entry, "repository")
        if names_multus(name) and not _switched_off(entry, chart.values):
            at = f" of {origin}" if origin else ""
            version = f" {entry['version']}" if entry.get("version") else ""
            yield Unrendered(chart=chart, source=source, what=f"depends on {name}{version}{at}")
    if multus_nodes(chart.values):
        what = "has an image of Multus in its values.yaml"
        yield Unrendered(chart=chart, source=chart.source, what=what)


def _switched_off(entry: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """The first path of ``condition`` that holds a boolean decides (helm.sh/docs/topics/charts)."""
    for path in string(entry, "condition").split(","):
        said = dig(values, *path.strip().split("."))
        if isinstance(said, bool):
            return not said
    return False
