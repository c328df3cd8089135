"""The versions of a CRD of apiextensions.k8s.io/v1beta1 in the form that v1 wants.

v1 has per version what v1beta1 had once for all, calls JSONPath jsonPath, and takes a structural
schema only, with a type at each level (kubernetes.io/docs/tasks/extend-kubernetes/
custom-resources/custom-resource-definitions).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.thick.blueprint import fill
from migrator.trees import pods
from migrator.trees.dig import mapping, string

_KEPT = frozenset(
    {
        *("description", "title", "type", "format", "nullable", "default", "enum", "required"),
        *("pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf"),
        *("exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"),
        *("minProperties", "maxProperties", "x-kubernetes-int-or-string"),
        "x-kubernetes-preserve-unknown-fields",
    }
)
"""What a structural schema may say at any level, beside properties and items."""
_UNTYPED = "x-kubernetes-preserve-unknown-fields"


def versions_of(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ``versions`` of a v1 CRD for the ``spec`` of a v1beta1 one; order and names stay."""
    (blueprint,) = fill("crd")["versions"]
    stated = pods.items(spec, "versions")
    if not stated:
        name = string(spec, "version") or blueprint["name"]
        stated = [{"name": name, "served": True, "storage": True}]
    return [_version(spec, version, blueprint) for version in stated]


def _version(
    spec: Mapping[str, Any], version: Mapping[str, Any], blueprint: Mapping[str, Any]
) -> dict[str, Any]:
    own = mapping(mapping(version, "schema") or mapping(spec, "validation"), "openAPIV3Schema")
    wanted = blueprint["schema"]["openAPIV3Schema"]
    columns = pods.items(version, "additionalPrinterColumns") or pods.items(
        spec, "additionalPrinterColumns"
    )
    subresources = mapping(version, "subresources") or mapping(spec, "subresources")
    return {
        **{key: version[key] for key in ("name", "served", "storage") if key in version},
        "schema": {"openAPIV3Schema": _structural(own, wanted)},
        **({"additionalPrinterColumns": [_column(c) for c in columns]} if columns else {}),
        **({"subresources": dict(subresources)} if subresources else {}),
    }


def _column(column: Mapping[str, Any]) -> dict[str, Any]:
    return {("jsonPath" if key == "JSONPath" else key): value for key, value in column.items()}


def _structural(own: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` with the types and fields of ``wanted``, and a type at each level. What stands below
    ``metadata`` is the API server's, and v1 wants nothing said of it."""
    said = {key: value for key, value in {**wanted, **own}.items() if key in _KEPT}
    fields, known = mapping(own, "properties"), mapping(wanted, "properties")
    if fields or known:
        said["properties"] = {
            name: {"type": "object"}
            if name == "metadata"
            else _structural(mapping(fields, name), mapping(known, name))
            for name in {**known, **fields}
        }
        said.setdefault("type", "object")
    for below in ("items", "additionalProperties"):
        if mapping(own, below) and not (below == "additionalProperties" and fields):
            said[below] = _structural(mapping(own, below), {})
            said.setdefault("type", "array" if below == "items" else "object")
    if "type" not in said and "x-kubernetes-int-or-string" not in said:
        said[_UNTYPED] = True
    return said
