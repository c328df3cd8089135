"""What of an input document goes into base/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from migrator.model.inputs import MISSING, Document, Path
from migrator.trees.laid_out import page
from migrator.trees.paths import format_path, get, put

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

_FOLDED: Final = re.compile(r">[-+0-9]*[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_FOLDED_HEADER: Final = ("Written anew: kustomize changes a folded text (>) of the original.",)


def base_text(document: Document) -> str:
    """The document byte for byte where that builds to the same object, else written anew."""
    if is_verbatim(document):
        return document.text
    header = _FOLDED_HEADER if document.form == "standalone" else ()
    return page(base_object(document, document.data), header=header)


def is_verbatim(document: Document) -> bool:
    """Whether base/ has the document byte for byte.

    kustomize 5.5 writes a folded text (``>``) with indented lines, or with empty lines that are
    kept at its end, with a line feed too many: a shell script or a config would be another one.
    """
    if document.form != "standalone":
        return False
    return not (_FOLDED.search(document.text) and _has_fragile_text(document.data))


def _has_fragile_text(tree: Any) -> bool:
    if isinstance(tree, Mapping):
        return any(map(_has_fragile_text, tree.values()))
    if isinstance(tree, list):
        return any(map(_has_fragile_text, tree))
    return isinstance(tree, str) and bool(re.search(r"\n[ \t]|\n\n\Z", tree))


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
