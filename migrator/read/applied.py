"""Upstream's own manifests, as a Flux Kustomization or an Argo CD Application of the inputs applies them.

Flux takes the files that its GitRepository leaves, and puts fields of the Kustomization over them
(fluxcd/pkg, kustomize/kustomize_generator.go); Argo CD takes the files of a folder that its ``directory``
includes (argo-cd, reposerver/repository, findManifests).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from migrator.model.errors import MigratorError
from migrator.model.inputs import Document
from migrator.read import sourceignore, upstream
from migrator.read.namespaces import effective_namespace
from migrator.read.post_renderers import ROOT, kustomize_fields
from migrator.read.renders import BuildFiles
from migrator.read.streams import parse_documents
from migrator.read.wording import quoted
from migrator.trees.dig import mapping, string, strings
from migrator.trees.wording import listed

KUSTOMIZATION: Final = ("kustomize.toolkit.fluxcd.io", "Kustomization")
APPLICATION: Final = ("argoproj.io", "Application")
_REPOSITORY: Final = ("source.toolkit.fluxcd.io", "GitRepository")
_GIVEN: Final = "upstream.yaml"

_KUSTOMIZE: Final = ("kustomize", "helm", "plugin")
"""What an Argo CD source may be instead of a folder of manifests: upstream has nothing of these there."""
_REFUSED: Final = ("components", "buildMetadata")
_ODD: Final = re.compile(r"[\[\]\\!^]")
_ALTERNATIVES: Final = re.compile(r"\{([^{}]*)\}")


class Applied(Struct, frozen=True, kw_only=True):
    """``document`` applies what is ``taken`` of upstream's repository; ``repository`` is the GitRepository
    that says which files these are, None where the object itself does."""

    document: Document
    repository: Document | None
    taken: upstream.Taken


def repositories(documents: Iterable[Document]) -> Sequence[Document]:
    """The GitRepositories among them, which are few."""
    return [d for d in documents if (d.ref.group, d.ref.kind) == _REPOSITORY]


def takes_upstream(document: Document, documents: Sequence[Document]) -> bool:
    """Whether an object applies something of upstream's repository; ``documents`` have its sources."""
    return _origin(document, documents) is not None


def repository_of(document: Document, documents: Sequence[Document]) -> Document | None:
    """The GitRepository through which it does so, None without."""
    found = _origin(document, documents)
    return found[0] if found else None


def applied(document: Document, documents: Sequence[Document]) -> Applied | None:
    """What an object applies of upstream's repository, None where that is nothing.

    Errors: MigratorError where it cannot be told which files these are, or what is made of them.
    """
    found = _origin(document, documents)
    if found is None:
        return None
    repository, source = found
    if repository is None:
        return Applied(document=document, repository=None, taken=_argo(source))
    spec = mapping(document.data, "spec")
    if field := next((field for field in _REFUSED if spec.get(field)), ""):
        raise MigratorError(f"it has {field}, which cannot be built here over upstream's manifests")
    return Applied(document=document, repository=repository, taken=_flux(spec, source))


def rendered(found: Applied, build: BuildFiles, given: str = "") -> str:
    """What is applied, built from upstream's manifests, which ``build`` downloads where their text is not
    ``given``. Errors: those of ``build``; MigratorError for a text of the other mode."""
    if given:
        _refuse_other_mode(found, given)
    resources = [_GIVEN] if given else [*found.taken.urls]
    root = {**ROOT, "resources": resources, **_fields(found)}
    files = {_GIVEN: given} if given else {}
    return build({**files, "kustomization.yaml": json.dumps(root)})


def _refuse_other_mode(found: Applied, given: str) -> None:
    """Errors: MigratorError for the thick manifest in place of a thin one, and the reverse. Text that has no
    DaemonSet is told of as any that holds no Multus."""
    documents, _ = parse_documents(given.encode(), _GIVEN)
    modes = {upstream.runs_daemon(d.data) for d in documents if d.ref.kind == "DaemonSet"}
    taken = {upstream.is_thick(file) for file in found.taken.files}
    if modes and modes != taken:
        mode = "thick" if True in modes else "thin"
        message = f"what was given runs {mode} mode, and it takes {listed(found.taken.files)}"
        raise MigratorError(
            message, hint="give that manifest, of the release that the source names"
        )


def _origin(
    document: Document, documents: Sequence[Document]
) -> tuple[Document | None, Mapping[str, Any]] | None:
    """(the GitRepository, its spec) of a Flux Kustomization, (None, the source) of an Application that
    has one, where that is upstream's."""
    kind = (document.ref.group, document.ref.kind)
    spec = mapping(document.data, "spec")
    if kind == APPLICATION:
        source = mapping(spec, "source")
        return (None, source) if upstream.is_upstream(string(source, "repoURL")) else None
    if kind != KUSTOMIZATION:
        return None
    repository = next(repositories_of(document, mapping(spec, "sourceRef"), documents), None)
    source = mapping(repository.data, "spec") if repository else {}
    return (repository, source) if upstream.is_upstream(string(source, "url")) else None


def repositories_of(
    document: Document, reference: Mapping[str, Any], documents: Sequence[Document]
) -> Iterator[Document]:
    """The GitRepositories that a reference may mean: those in its namespace, or else those whose
    namespace is not known."""
    if reference.get("kind") != _REPOSITORY[1]:
        return
    wanted = string(reference, "namespace") or effective_namespace(document)
    named = [
        each
        for each in documents
        if (each.ref.group, each.ref.kind) == _REPOSITORY
        and each.ref.name == string(reference, "name")
    ]
    yield from (each for each in named if effective_namespace(each) == wanted)
    yield from (each for each in named if not each.placed and not each.ref.namespace)


def _flux(spec: Mapping[str, Any], source: Mapping[str, Any]) -> upstream.Taken:
    if source.get("include") or source.get("sparseCheckout"):
        raise MigratorError(
            "its GitRepository has include or sparseCheckout, which is not read here"
        )
    inside = upstream.folder(string(spec, "path"))
    among = sourceignore.patterns(string(source, "ignore"))
    for pattern in among:
        if pattern.takes_back and not any(
            sourceignore.matches(pattern, file) for file in upstream.KNOWN
        ):
            what = quoted("/".join(pattern.parts))
            raise MigratorError(f"its ignore takes back {what}, which is not a manifest known here")
    files = upstream.kept(inside, lambda file: not sourceignore.is_left_out(file, among))
    return upstream.Taken(upstream.revision(_reference(mapping(source, "ref"))), files)


def _reference(ref: Mapping[str, Any]) -> str:
    """The one that wins (source-controller, GitRepositoryRef). Errors: MigratorError for a range of
    versions."""
    if not string(ref, "commit") and not string(ref, "name") and string(ref, "semver"):
        raise MigratorError(f"it takes the newest of {quoted(string(ref, 'semver'))}: name a tag")
    return next(filter(None, (string(ref, f) for f in ("commit", "name", "tag", "branch"))), "")


def _argo(source: Mapping[str, Any]) -> upstream.Taken:
    if field := next((field for field in _KUSTOMIZE if source.get(field)), ""):
        raise MigratorError(f"it has {field}, and upstream has plain manifests")
    inside, directory = upstream.folder(string(source, "path")), mapping(source, "directory")
    if directory.get("jsonnet"):
        raise MigratorError("it has directory.jsonnet, which is not read here")
    included, excluded = (_glob(string(directory, field)) for field in ("include", "exclude"))

    def is_kept(file: str) -> bool:
        below = file.removeprefix(f"{inside}/" if inside else "")
        if "/" in below and directory.get("recurse") is not True:
            return False
        return (included is None or included(below)) and not (excluded and excluded(below))

    files = upstream.kept(inside, is_kept)
    return upstream.Taken(upstream.revision(string(source, "targetRevision")), files)


def _glob(text: str) -> Callable[[str], bool] | None:
    """A pattern of Argo CD, in which ``*`` takes slashes too, and ``{a,b}`` stands for either; None for
    none. Errors: MigratorError for one that is not understood here."""
    if not text:
        return None
    within = _ALTERNATIVES.search(text)
    more = _ALTERNATIVES.sub("", text, count=1)
    if _ODD.search(text) or "{" in more or "}" in more:
        raise MigratorError(f"its directory has {quoted(text)}, which is not understood here")
    if within is None:
        wanted = [text]
    else:
        wanted = [text[: within.start()] + o + text[within.end() :] for o in within[1].split(",")]
    return lambda file: any(sourceignore.is_named(file, each) for each in wanted)


def _fields(found: Applied) -> dict[str, Any]:
    """The fields of a kustomization that Flux makes of those of the object. Its ``commonMetadata`` comes
    after all others (kustomize-controller, apply), and takes the place of what is there."""
    if found.repository is None:
        return {}
    spec = mapping(found.document.data, "spec")
    fields = dict(kustomize_fields(spec))
    names = {"targetNamespace": "namespace", "namePrefix": "namePrefix", "nameSuffix": "nameSuffix"}
    fields |= {name: string(spec, field) for field, name in names.items() if string(spec, field)}
    common = mapping(spec, "commonMetadata")
    metadata = {field: strings(common, field) for field in ("labels", "annotations")}
    if any(metadata.values()):
        tree = {"apiVersion": "v1", "kind": "Any", "metadata": {"name": "any", **metadata}}
        patch = {"target": {"name": ".*"}, "patch": f"{json.dumps(tree)}\n"}
        fields["patches"] = [*fields.get("patches", ()), patch]
    return fields
