"""Helm values that stand in objects: Flux, the k3s Helm controller, Argo CD, Istio's operators.

A chart is not rendered here. Its values still tell where an agent writes, which provider Istio
uses, and which networks a release's pods ask for (in Flux repositories the annotation stands
nowhere else).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from migrator.model.errors import InputError
from migrator.model.inputs import Document
from migrator.read.config_maps import ConfigMaps, config_data
from migrator.read.namespaces import DEFAULT, effective_namespace
from migrator.read.streams import parse_text
from migrator.trees.dig import NodePath, dig, mapping, string
from migrator.trees.pods import items

_FLUX = ("helm.toolkit.fluxcd.io", "HelmRelease")
_K3S = (("helm.cattle.io", "HelmChart"), ("helm.cattle.io", "HelmChartConfig"))
_ARGO = (("argoproj.io", "Application"), ("argoproj.io", "ApplicationSet"))
_OPERATORS = (
    ("install.istio.io", "IstioOperator"),
    ("sailoperator.io", "Istio"),
    ("sailoperator.io", "IstioCNI"),
    ("operator.istio.io", "Istio"),
)

Values = tuple[NodePath, Mapping[str, Any]]
"""Where a set of values stands, and the set."""


class Release(Struct, frozen=True, kw_only=True):
    """One chart that an object installs, with all its values merged as Helm would.

    ``root`` is what describes it, ``path`` where the first of its values stands; ``chart`` is the
    bare name, "" if unknown ("cni", "istiod", "cilium", also for rke2-cilium).
    """

    document: Document
    root: NodePath
    path: NodePath
    chart: str
    values: Mapping[str, Any]


def helm_values(document: Document, known: ConfigMaps | None = None) -> Iterator[Values]:
    """(path, values) of every set of values in the object, none for other kinds.

    ``path`` is where the values stand: a map, or a string that holds YAML (``valuesContent``,
    Argo CD's ``values``); text that is no YAML map is passed over. Single values
    (``spec.set``, ``helm.parameters``) are unfolded from their dotted names. ``valuesFrom`` of a
    HelmRelease is followed into the ConfigMaps of ``known``.
    """
    for _, place in _releases_at(document):
        yield from _values_at(document, place, known or {})


def releases(document: Document, known: ConfigMaps | None = None) -> Iterator[Release]:
    """The releases of the object, also those without values."""
    for root, place in _releases_at(document):
        found = list(_values_at(document, place, known or {}))
        merged: Mapping[str, Any] = {}
        for _, values in found:
            merged = merge(merged, values)
        path = found[0][0] if found else place
        chart = _chart(document, root)
        yield Release(document=document, root=root, path=path, chart=chart, values=merged)


def release_namespace(document: Document) -> str:
    """The namespace that a release's objects land in.

    Flux and the k3s Helm controller: ``targetNamespace``, else that of the object itself (k3s:
    helm-controller, pkg/controllers/chart/chart.go, whatever its documentation says of "default").
    Argo CD: the destination's.
    """
    kind = _kind(document)
    if kind == _FLUX or kind in _K3S:
        return string(document.data, "spec", "targetNamespace") or effective_namespace(document)
    if kind in _ARGO:
        spec = _argo_spec(document)
        return string(document.data, *spec, "destination", "namespace") or DEFAULT
    return effective_namespace(document)


def release_name(release: Release) -> str:
    """What helm calls the release. Flux: ``releaseName``, else the HelmRelease's name behind its
    ``targetNamespace`` (helm-controller, GetReleaseName). Argo CD: the ``helm.releaseName`` of this
    source, else the Application's, which an ApplicationSet has in its template. The k3s Helm
    controller: the HelmChart's."""
    document = release.document
    name = document.ref.name
    if _kind(document) == _FLUX:
        into = string(document.data, "spec", "targetNamespace")
        return string(document.data, "spec", "releaseName") or (f"{into}-{name}" if into else name)
    if _kind(document) in _ARGO:
        if document.ref.kind == "ApplicationSet":
            name = string(document.data, "spec", "template", "metadata", "name")
        return string(document.data, *release.root, "helm", "releaseName") or name
    return name


def yaml_map(text: str) -> Mapping[str, Any]:
    """The map that a YAML text holds; {} where it holds none, or is no YAML."""
    try:
        parsed, _ = parse_text(text, file="", line=1)
    except InputError:
        return {}
    value = parsed[0].value if parsed else None
    return value if isinstance(value, Mapping) else {}


def _kind(document: Document) -> tuple[str, str]:
    return document.ref.group, document.ref.kind


def _releases_at(document: Document) -> Iterator[tuple[NodePath, NodePath]]:
    """(what describes the release, where its values stand) for each release of the object."""
    kind = _kind(document)
    if kind == _FLUX or kind in _OPERATORS:
        yield ("spec",), ("spec", "values")
    elif kind in _K3S:
        yield ("spec",), ("spec", "valuesContent")
    elif kind in _ARGO:
        spec = _argo_spec(document)
        if mapping(document.data, *spec, "source"):
            yield (*spec, "source"), (*spec, "source", "helm")
        sources = dig(document.data, *spec, "sources")
        for index in range(len(sources) if isinstance(sources, list) else 0):
            yield (*spec, "sources", index), (*spec, "sources", index, "helm")


def _argo_spec(document: Document) -> NodePath:
    return ("spec",) if document.ref.kind == "Application" else ("spec", "template", "spec")


def _values_at(document: Document, place: NodePath, known: ConfigMaps) -> Iterator[Values]:
    """The sets of values of one release, the one that wins last."""
    data = document.data
    if _kind(document) == _FLUX:
        yield from _values_from(document, known)
    if place[-1] == "values":
        yield from _if_any(place, mapping(data, *place))
    elif place[-1] == "valuesContent":
        yield from _if_any(place, yaml_map(string(data, *place)))
        yield from _if_any(("spec", "set"), unfolded(mapping(data, "spec", "set")))
    else:
        yield from _if_any((*place, "values"), yaml_map(string(data, *place, "values")))
        yield from _if_any((*place, "valuesObject"), mapping(data, *place, "valuesObject"))
        listed = items(mapping(data, *place), "parameters")
        named = {string(p, "name"): p.get("value") for p in listed if string(p, "name")}
        yield from _if_any((*place, "parameters"), unfolded(named))


def _values_from(document: Document, known: ConfigMaps) -> Iterator[Values]:
    for index, source in enumerate(items(mapping(document.data, "spec"), "valuesFrom")):
        if source.get("kind") == "ConfigMap":
            data = config_data(known, effective_namespace(document), string(source, "name"))
            text = data.get(string(source, "valuesKey") or "values.yaml", "")
            yield from _if_any(("spec", "valuesFrom", index), yaml_map(text))


def _if_any(path: NodePath, values: Mapping[str, Any]) -> Iterator[Values]:
    if values:
        yield path, values


def _chart(document: Document, root: NodePath) -> str:
    """The chart's bare name: no version, no folder, no vendor prefix."""
    node = mapping(document.data, *root)
    name = ""
    if _kind(document) == _FLUX:
        name = string(node, "chart", "spec", "chart") or string(node, "chartRef", "name")
    elif document.ref.kind == "HelmChartConfig":
        name = document.ref.name
    elif _kind(document) not in _OPERATORS:
        name = string(node, "chart") or string(node, "path")
    return name.rstrip("/").rsplit("/", 1)[-1].removeprefix("rke2-")


def unfolded(named: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values by their dotted names, as ``helm --set`` takes them, as the maps that they stand for."""
    values: dict[str, Any] = {}
    for name, value in named.items():
        put(values, name, value)
    return values


def put(values: dict[str, Any], name: str, value: Any) -> None:
    """Sets a value by its dotted name, in the maps that are there."""
    _insert(values, _steps(name), value)


def _steps(name: str) -> list[str]:
    r"""``a.b\.c`` is [a, b.c] in helm --set."""
    return [step.replace("\0", ".") for step in name.replace("\\.", "\0").split(".")]


def _insert(values: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        child = values.get(step)
        if not isinstance(child, dict):
            child = values[step] = {}
        values = child
    values[steps[-1]] = value


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Maps are merged, everything else is replaced."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged
