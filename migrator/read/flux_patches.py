"""Patches of Flux Kustomizations that change a HelmRelease before its chart is rendered."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from migrator.model.errors import InputError
from migrator.model.inputs import Document, ObjectRef
from migrator.read.namespaces import effective_namespace
from migrator.read.streams import parse_text
from migrator.trees.dig import mapping, string
from migrator.trees.selectors import may_match

GROUP: Final = "kustomize.toolkit.fluxcd.io"

_MANNERS: Final = frozenset(
    (
        *("interval", "timeout", "suspend", "dependsOn", "maxHistory", "serviceAccountName"),
        *("install", "upgrade", "rollback", "uninstall", "test", "driftDetection"),
    )
)
"""Fields of a HelmRelease that change nothing of what its chart renders."""


def patching(release: ObjectRef, folder: Path, objects: Iterable[Document]) -> Iterator[str]:
    """The Flux Kustomizations of ``objects`` that apply ``folder`` and patch more of the release than
    how helm goes about it, in words."""
    for document in objects:
        if (document.ref.group, document.ref.kind) != (GROUP, "Kustomization"):
            continue
        spec = mapping(document.data, "spec")
        inside = posixpath.normpath(string(spec, "path").strip("/") or ".")
        if inside != "." and f"/{inside}/" not in f"{folder.as_posix()}/":
            continue
        patches = spec.get("patches")
        if isinstance(patches, list) and any(_changes(patch, release) for patch in patches):
            yield f"the patches of Kustomization {effective_namespace(document)}/{document.ref.name}"


def _changes(patch: Any, release: ObjectRef) -> bool:
    target, tree = mapping(patch, "target"), _parsed(string(patch, "patch"))
    named = (string(tree, "kind"), string(tree, "metadata", "name"))
    if not (_selects(target, release) if target else named == (release.kind, release.name)):
        return False
    if isinstance(tree, list):  # JSON6902
        paths = [string(step, "path").split("/")[1:3] for step in tree]
        return any(path[:1] == ["spec"] and not set(path[1:]) & _MANNERS for path in paths)
    return not mapping(tree, "spec").keys() <= _MANNERS


def _selects(target: Mapping[str, Any], release: ObjectRef) -> bool:
    return all(
        may_match(string(target, field), value)
        for field, value in (("kind", release.kind), ("name", release.name))
    )


def _parsed(text: str) -> Any:
    """The map or list of a patch, None where it is none."""
    try:
        parsed, _ = parse_text(text, file="", line=1)
    except InputError:
        return None
    return parsed[0].value if parsed else None
