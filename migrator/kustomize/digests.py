"""The digests of plan.json: of a file's bytes, and of an object whatever way it is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from migrator.trees.paths import LIST_KEYS, ORDERED, keyed

_OF_THE_TOOLS: Final = (
    "config.kubernetes.io/",
    "internal.config.kubernetes.io/",
    "kustomize.config.k8s.io/",
)
"""Annotations that kustomize keeps its own books in, and takes out of what it builds."""


def sha256(data: bytes) -> str:
    """The digest of a file as plan.json holds it."""
    return hashlib.sha256(data).hexdigest()


def object_digest(data: Mapping[str, Any]) -> str:
    """The digest of an object as it means: the same for its document and for the build of it.

    Of its canonical JSON: keys in order, no blanks, the items of named lists whose order means
    nothing by their names, and without what a build leaves out (null, the annotations of
    kustomize, annotations that are empty, an empty namespace).
    """
    text = json.dumps(
        _canonical(_as_built(data)), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return sha256(text.encode("utf-8", "surrogatepass"))


def _as_built(data: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = data.get("metadata")
    if not isinstance(metadata, Mapping):
        return data
    metadata = {**metadata, "namespace": metadata.get("namespace") or None}
    annotations = metadata.get("annotations")
    if isinstance(annotations, Mapping):
        kept = {k: v for k, v in annotations.items() if not str(k).startswith(_OF_THE_TOOLS)}
        metadata["annotations"] = kept or None
    return {**data, "metadata": metadata}


def _canonical(value: Any, field: str = "") -> Any:
    """``field`` is the key that a list stands under."""
    if isinstance(value, Mapping):
        return {str(k): _canonical(v, str(k)) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        items = keyed(value, LIST_KEYS[field]) if field in LIST_KEYS else None
        if items is not None and field not in ORDERED:
            return [_canonical(items[name]) for name in sorted(items)]
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 1e3 is built as 1000
    return value
