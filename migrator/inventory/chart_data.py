"""What charts can say of the objects that they render: the files in ``templates/charts``.

Their schema stands at the top of ``templates/charts/app-template.yaml``, and for charts that have a
thick mode of their own at the top of ``templates/charts/rke2-multus.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, field

from migrator.model.inputs import Render
from migrator.model.plan import Change
from migrator.read.releases import merge, yaml_map
from migrator.read.yamltext import parse_yaml
from migrator.trees.paths import get
from migrator.trees.pods import TEMPLATE, clean
from migrator.trees.resources import templates_dir


class Described(Struct, frozen=True, forbid_unknown_fields=True):
    """How the values describe the objects of one kind. Fields and values are dotted paths."""

    entries: str
    same: Mapping[str, str]
    only: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)
    containers: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)


class ContainerData(Struct, frozen=True, forbid_unknown_fields=True):
    """How the values describe a container."""

    fields: Mapping[str, str]
    image: str
    env: str
    after: str


class VolumeData(Struct, frozen=True, forbid_unknown_fields=True):
    """How the values describe a volume and its mounts."""

    type: str
    sources: Mapping[str, Mapping[str, str]]
    everywhere: str
    each: str
    mount: Mapping[str, str]


class ChartData(Struct, frozen=True, forbid_unknown_fields=True):
    """What the values of a chart become."""

    chart: str
    reference: str
    objects: Mapping[str, Described]
    container: ContainerData
    volume: VolumeData


class ThickData(Struct, frozen=True, forbid_unknown_fields=True):
    """How values switch on the thick mode that a chart has. Values are dotted paths."""

    values: Mapping[str, Any]
    image: str
    config: str
    registry: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)


class SwitchedChart(Struct, frozen=True, forbid_unknown_fields=True):
    """A chart that has a thick mode of its own."""

    chart: str
    reference: str
    thick: ThickData
    repository: str = ""


@cache
def described_charts() -> frozenset[str]:
    """The names of the charts whose values are described."""
    return frozenset(path.stem for path in (templates_dir() / "charts").glob("*.yaml"))


def has_values(render: Render) -> bool:
    """Whether it is known what the values of its chart become, or how they switch its thick mode on, and
    they are those of one cluster: what an ApplicationSet says goes to all that it generates."""
    if render.chart_name not in described_charts() or render.release.kind == "ApplicationSet":
        return False
    return not elsewhere_of(render)


def elsewhere_of(render: Render) -> tuple[str, ...]:
    """What `elsewhere` says of all values that went into a render."""
    if thick_data(render.chart_name) is None:
        return ()
    return elsewhere(render.chart_name, render_values(render))


def thick_data(name: str) -> ThickData | None:
    """How the values of a chart switch its thick mode on, None for a chart of which that is not known."""
    data = _data(name) if name in described_charts() else None
    return data.thick if isinstance(data, SwitchedChart) else None


def repository_of(name: str) -> str:
    """Where helm finds a chart whose release need not say it, "" for others."""
    data = _data(name) if name in described_charts() else None
    return data.repository if isinstance(data, SwitchedChart) else ""


def has_value(data: ThickData, change: Change) -> bool:
    """Whether the values of a chart that is in thick mode say what a change makes: an image, a setting of the
    daemon, or a field of its container."""
    if change.object.kind == "ConfigMap":
        return True
    field = next((part for part in change.path[len(TEMPLATE) + 2 :] if isinstance(part, str)), "")
    return field == "image" or field in data.fields


def elsewhere(name: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The values (``config.confDir: /var/...``) that name directories of the host other than those which the
    thick mode of the chart has."""
    data = thick_data(name)
    if data is None:
        return ()
    said = {path: get(values, tuple(path.split("."))) for path in data.paths}
    return tuple(
        f"{path}: {there}"
        for path, there in said.items()
        if isinstance(there, str) and there and clean(there) != data.paths[path]
    )


def render_values(render: Render) -> Mapping[str, Any]:
    """What helm makes of all sets of values of a release, the chart's own defaults among them."""
    found = yaml_map(render.defaults)
    for each in render.values:
        found = merge(found, each.values)
    return found


def chart_data(name: str) -> ChartData:
    """The description of one of `described_charts` whose values describe objects. Errors: KeyError."""
    data = _data(name)
    if isinstance(data, ChartData):
        return data
    raise KeyError(name)


@cache
def _data(name: str) -> ChartData | SwitchedChart:
    text = (templates_dir() / "charts" / f"{name}.yaml").read_text(encoding="utf-8")
    tree = parse_yaml(text, file=f"the chart {name}", line=1).value
    if isinstance(tree, Mapping) and "thick" in tree:
        return msgspec.convert(tree, SwitchedChart)
    return msgspec.convert(tree, ChartData)
