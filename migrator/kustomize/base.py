"""What of an input document goes into base/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from migrator.dump import dump
from migrator.model import MISSING, Document, Path
from migrator.paths import format_path, get, put

SERVER_FIELDS: Final[tuple[Path, ...]] = (
    ("status",),
    ("metadata", "managedFields"),
    ("metadata", "resourceVersion"),
    ("metadata", "uid"),
    ("metadata", "creationTimestamp"),
    ("metadata", "generation"),
    ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
    ("metadata", "annotations", "deprecated.daemonset.template.generation"),
)
"""What the API server writes and no manifest holds (design, ruling 4)."""

AS_IT_IS: Final = frozenset({"standalone", "build"})
"""Forms whose objects are built from the very text that was read."""


def base_text(document: Document) -> str:
    """The document byte for byte where it stands alone, else written anew."""
    if document.form == "standalone":
        return document.text
    return dump(base_object(document, document.data))


def base_object(document: Document, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """``data`` (of this document, as it is or as planned) as it will be built."""
    if document.form not in AS_IT_IS:
        for path in SERVER_FIELDS:
            data = put(data, path, MISSING)
    return data


def stripped(document: Document) -> list[str]:
    """The fields that base/ leaves out, as people write paths."""
    if document.form in AS_IT_IS:
        return []
    return [format_path(p) for p in SERVER_FIELDS if get(document.data, p) is not MISSING]
