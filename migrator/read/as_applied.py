"""The kustomization of a folder as Flux or Argo CD changes it before it is built.

Flux writes the fields of its Kustomization into that of the folder (fluxcd/pkg, kustomize/
kustomize_generator.go, WriteFile), Argo CD those of ``source.kustomize`` (argo-cd, util/kustomize/
kustomize.go, Build, with `kustomize edit`). What either has and is not known here is refused.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from migrator.model.errors import MigratorError
from migrator.model.inputs import Document, ObjectRef
from migrator.read.kustomization import REMOTE
from migrator.read.post_renderers import kustomize_fields
from migrator.read.wording import quoted
from migrator.trees.dig import NodePath, mapping, string, strings
from migrator.trees.pods import items

_KUSTOMIZATION: Final = ("kustomize.toolkit.fluxcd.io", "Kustomization")
_APPLICATION: Final = ("argoproj.io", "Application")

_FLUX_NAMES: Final = {
    "targetNamespace": "namespace",
    "namePrefix": "namePrefix",
    "nameSuffix": "nameSuffix",
}
_ARGO_NAMES: Final = {name: name for name in ("namespace", "namePrefix", "nameSuffix")}
_FLUX_MANNERS: Final = frozenset(
    {
        *("interval", "retryInterval", "timeout", "path", "prune", "sourceRef", "wait", "force"),
        *("healthChecks", "healthCheckExprs", "dependsOn", "suspend", "serviceAccountName"),
        *("kubeConfig", "decryption", "deletionPolicy", "postBuild"),
    }
)
"""Fields of a Flux Kustomization that change nothing of what kustomize builds. Variables of ``postBuild``
are put in behind it, and told of as such."""
_FLUX_KNOWN: Final = _FLUX_MANNERS | {
    *_FLUX_NAMES,
    *("components", "patches", "images", "commonMetadata"),
}
_ARGO_KNOWN: Final = frozenset(
    {
        *_ARGO_NAMES,
        *("components", "patches", "images", "commonLabels", "commonAnnotations"),
        *("kubeVersion", "apiVersions"),  # for charts of a kustomization alone
    }
)
_ARGO_KINDS: Final = ("chart", "helm", "directory", "plugin", "ref")
"""What an Argo CD source may be instead of a kustomize root, or beside one."""
_VARIABLE: Final = re.compile(r"\$|\{\{")
_IMAGE: Final = re.compile(
    r"(?:(?P<name>[^=@\s]+)=)?(?P<new>[^=@\s]+?)(?::(?P<tag>[^:/@=\s]+))?(?:@(?P<digest>[^=@\s]+))?"
)
"""`kustomize edit set image`: NAME=NEW:TAG@DIGEST, or IMAGE:TAG, or IMAGE@DIGEST."""


def is_flux(ref: ObjectRef) -> bool:
    """Whether it is a Flux Kustomization, and no Application."""
    return (ref.group, ref.kind) == _KUSTOMIZATION


def is_application(ref: ObjectRef) -> bool:
    return (ref.group, ref.kind) == _APPLICATION


def fields_at(ref: ObjectRef) -> NodePath:
    """Where such an object has what it puts into a kustomization."""
    return ("spec",) if is_flux(ref) else ("spec", "source", "kustomize")


def applied_path(document: Document) -> str:
    """The path of the folder that a Flux Kustomization or an Application of one source has kustomize
    build, as the object names it; "" for what applies none, or one with variables."""
    spec = mapping(document.data, "spec")
    if is_flux(document.ref) and string(spec, "sourceRef", "kind") == "GitRepository":
        path = string(spec, "path") or "."
    elif is_application(document.ref) and not spec.get("sources"):
        source = mapping(spec, "source")
        path = "" if any(source.get(field) for field in _ARGO_KINDS) else string(source, "path")
    else:
        return ""
    return "" if _VARIABLE.search(path) or "\0" in path else path


def as_applied(
    fields: Mapping[str, Any], ref: ObjectRef, tree: Mapping[str, Any]
) -> dict[str, Any]:
    """The ``fields`` of a kustomization with those of the object ``tree`` that applies its folder.

    Errors: MigratorError for what is not put into it here.
    """
    own, flux = mapping(tree, *fields_at(ref)), is_flux(ref)
    known = _FLUX_KNOWN if flux else _ARGO_KNOWN
    if more := next((field for field in own if field not in known and own[field]), ""):
        raise MigratorError(f"it has {more}, which is not built here")
    return _by_flux(fields, own) if flux else _by_argo(fields, own)


def _by_flux(fields: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    added = dict(kustomize_fields(spec))
    made: dict[str, Any] = {**fields, **_named(spec, _FLUX_NAMES)}
    made = _with_lists(made, added.get("patches", ()), _components(spec))
    if images := items(spec, "images"):
        made["images"] = with_images(_list(fields, "images"), images)
    metadata = mapping(spec, "commonMetadata")
    kinds = {"labels": "LabelTransformer", "annotations": "AnnotationsTransformer"}
    if last := [_set_last(kinds[f], f, strings(metadata, f)) for f in kinds if metadata.get(f)]:
        made["transformers"] = [*_list(fields, "transformers"), *last]
    return made


def _set_last(kind: str, field: str, values: Mapping[str, str]) -> str:
    """The controller sets these on what was built (kustomize-controller, build): such a transformer runs
    behind all that kustomize has of its own (api/internal/target/kusttarget.go, runTransformers)."""
    places = [{"path": f"metadata/{field}", "create": True}]
    head = {"apiVersion": "builtin", "kind": kind, "metadata": {"name": "common-metadata"}}
    return f"{json.dumps({**head, field: values, 'fieldSpecs': places})}\n"


def _by_argo(fields: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {**fields, **_named(own, _ARGO_NAMES)}
    for field in ("commonLabels", "commonAnnotations"):
        there, added = mapping(fields, field), mapping(own, field)
        if twice := next((key for key in added if key in there), ""):
            raise MigratorError(f"its {field} have {twice}, which the kustomization has, too")
        if added:
            made[field] = {**there, **added}
    made = _with_lists(made, dict(kustomize_fields(own)).get("patches", ()), _components(own))
    if images := [image_entry(text) for text in _list(own, "images")]:
        entries = with_images(_list(fields, "images"), images)
        made["images"] = sorted(entries, key=lambda entry: string(entry, "name"))
    return made


def _named(own: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    return {name: string(own, field) for field, name in names.items() if string(own, field)}


def _with_lists(
    made: dict[str, Any], patches: Iterable[Any], components: Iterable[str]
) -> dict[str, Any]:
    for field, more in (("patches", [*patches]), ("components", [*components])):
        if more:
            made[field] = [*_list(made, field), *more]
    return made


def _components(own: Mapping[str, Any]) -> list[str]:
    """Errors: MigratorError for one that is no path below the repository, as both take no other."""
    for entry in (entries := _list(own, "components")):
        if (
            not isinstance(entry, str)
            or posixpath.isabs(entry)
            or REMOTE.match(entry)
            or _VARIABLE.search(entry)
        ):
            raise MigratorError(
                f"its component {quoted(str(entry))} is not a path of this repository"
            )
    return entries


def with_images(
    there: Iterable[Mapping[str, Any]], added: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The ``images`` of a kustomization in which one that is added takes the place of that of its name."""
    made = list(there)
    for entry in added:
        name = string(entry, "name")
        place = next((n for n, old in enumerate(made) if string(old, "name") == name), len(made))
        made[place : place + 1] = [entry]
    return made


def image_entry(text: Any) -> dict[str, Any]:
    """The entry of ``images`` that `kustomize edit set image` makes of a text.

    Errors: MigratorError for what takes a part from the entry that is there, or is none.
    """
    match = _IMAGE.fullmatch(text) if isinstance(text, str) else None
    if match is None or "*" in text or "$" in text:
        raise MigratorError(f"its image {quoted(str(text))} is not understood here")
    name, new = match["name"], match["new"]
    entry = {"name": name or new, "newName": new if name else None}
    entry |= {"newTag": match["tag"], "digest": match["digest"]}
    return {field: value for field, value in entry.items() if value}


def image_text(entry: Mapping[str, Any]) -> str:
    """The text of which `image_entry` makes that entry."""
    new, tag, digest = (string(entry, field) for field in ("newName", "newTag", "digest"))
    name = string(entry, "name")
    begin = f"{name}={new}" if new else name
    return f"{begin}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"


def _list(fields: Mapping[str, Any], field: str) -> list[Any]:
    value = fields.get(field)
    return value if isinstance(value, list) else []
