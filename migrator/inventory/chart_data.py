"""What charts can say of the objects that they render: the files in ``templates/charts``.

Their schema stands at the top of ``templates/charts/app-template.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, field

from migrator.model.inputs import Render
from migrator.read.yamltext import parse_yaml
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


@cache
def described_charts() -> frozenset[str]:
    """The names of the charts whose values are described."""
    return frozenset(path.stem for path in (templates_dir() / "charts").glob("*.yaml"))


def has_values(render: Render) -> bool:
    """Whether it is known what the values of its chart become, and they are those of one cluster: what
    an ApplicationSet says goes to all that it generates."""
    return render.chart_name in described_charts() and render.release.kind != "ApplicationSet"


@cache
def chart_data(name: str) -> ChartData:
    """The description of one of `described_charts`."""
    text = (templates_dir() / "charts" / f"{name}.yaml").read_text(encoding="utf-8")
    tree = parse_yaml(text, file=f"the chart {name}", line=1).value
    return msgspec.convert(tree, ChartData)
