"""What Flux does to the output of a chart before it is applied: the ``postRenderers`` of a HelmRelease.

Each is a kustomize build of its own over what the one before made (helm-controller,
internal/postrender; fluxcd.io/flux/components/helm/helmreleases).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from migrator.model.errors import MigratorError
from migrator.model.inputs import Document
from migrator.read.renders import BuildFiles
from migrator.trees.dig import mapping
from migrator.trees.pods import items

_RENDER: Final = "render.yaml"
ROOT: Final = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


def post_rendered(text: str, release: Document, build: BuildFiles) -> str:
    """``text`` with the post-renderers of the HelmRelease run over it, in their order.

    Errors: MigratorError for one that is no kustomization, and those of ``build``.
    """
    for index, entry in enumerate(items(mapping(release.data, "spec"), "postRenderers")):
        kustomize = entry.get("kustomize")
        if not isinstance(kustomize, Mapping):
            where = release.at(("spec", "postRenderers", index))
            raise MigratorError("a post-renderer without kustomize is not known", source=where)
        root = {**ROOT, "resources": [_RENDER], **dict(kustomize_fields(kustomize))}
        text = build({_RENDER: text, "kustomization.yaml": json.dumps(root)})
    return text


def kustomize_fields(kustomize: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Those that Flux knows, of a post-renderer or of its Kustomization. Each patch is given as a text of more than one line, so that none is
    taken for the name of a file."""
    merges = [{"patch": entry} for entry in _list(kustomize, "patchesStrategicMerge")]
    entries = [*merges, *items(kustomize, "patches"), *items(kustomize, "patchesJson6902")]
    patches = [{"patch": _text(entry.get("patch")), **_target(entry)} for entry in entries]
    if patches:
        yield "patches", patches
    if images := _list(kustomize, "images"):
        yield "images", images


def _text(patch: Any) -> str:
    return f"{patch if isinstance(patch, str) else json.dumps(patch)}\n"


def _target(entry: Mapping[str, Any]) -> dict[str, Any]:
    target = mapping(entry, "target")
    return {"target": target} if target else {}


def _list(kustomize: Mapping[str, Any], field: str) -> list[Any]:
    value = kustomize.get(field)
    return value if isinstance(value, list) else []
