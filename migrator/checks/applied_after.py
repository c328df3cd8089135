"""M19: what a Flux Kustomization or an Argo CD Application does to the build, after our component."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from migrator.checks.common import finding
from migrator.inventory.elsewhere import lies_in
from migrator.model.inputs import Document
from migrator.model.inventory import Install
from migrator.model.plan import Finding, Rule
from migrator.multus.images import parse_image
from migrator.thick.intent import Intent
from migrator.trees import pods
from migrator.trees.dig import NodePath, mapping, maps, string
from migrator.trees.wording import listed

AFTER = Rule(
    id="M19",
    title="Flux or Argo CD changes the build afterwards",
    why="the controller applies its own images, patches and namespace to what "
    "kustomize built: it would put the thin image or the thin arguments back under "
    "the daemon's command",
    reference="fluxcd.io/flux/components/kustomize; argo-cd.readthedocs.io, kustomize",
    severity="warning",
)
RULES = (AFTER,)

_PATCHES: Final = ("patches", "patchesStrategicMerge", "patchesJson6902")
_NAMES: Final = ("namePrefix", "nameSuffix")


def findings(intent: Intent) -> Iterable[Finding]:
    """A finding for each field of such an object that reaches a Multus DaemonSet. What a chart made
    is applied by helm: such an object has to do with the release alone."""
    reading = intent.inventory.reading
    by_helm = {render.name for render in reading.renders}
    installs = [i for i in intent.inventory.installs if i.daemonset.source.file not in by_helm]
    for document in reading.documents:
        for at, fields, path in _kustomizations(document):
            for install in installs:
                if lies_in(path, install.daemonset.source.file, reading):
                    yield from _about(document, at, fields, install, intent)


def _kustomizations(document: Document) -> Iterator[tuple[NodePath, Mapping[str, Any], str]]:
    """(where its fields stand, the fields, the folder that it builds)."""
    group, kind = document.ref.group, document.ref.kind
    if group == "kustomize.toolkit.fluxcd.io" and kind == "Kustomization":
        spec = mapping(document.data, "spec")
        yield ("spec",), spec, string(spec, "path")
    elif group == "argoproj.io" and kind in ("Application", "ApplicationSet"):
        for at, source in maps(document.data.get("spec"), ("spec",)):
            fields = mapping(source, "kustomize")
            if fields and string(source, "repoURL"):
                yield (*at, "kustomize"), fields, string(source, "path")


def _about(
    document: Document,
    at: NodePath,
    fields: Mapping[str, Any],
    install: Install,
    intent: Intent,
) -> Iterator[Finding]:
    for field, told, remedy in _reaching(fields, install, intent):
        yield finding(
            AFTER,
            document=document,
            source=document.at((*at, field)),
            seen=f"{'.'.join(map(str, (*at, field)))} of {document.ref} {told}",
            remedy=remedy,
            manual=True,
        )


def _reaching(
    fields: Mapping[str, Any], install: Install, intent: Intent
) -> Iterator[tuple[str, str, str]]:
    """(field, what it does, what to do) of each field that reaches the DaemonSet.

    commonMetadata is none: it sets labels and annotations of objects, never of a pod template or a
    selector. What postBuild fills in, P77 names.
    """
    name = install.daemonset.ref.name
    for image in _images(fields, install):
        thick = f"v{intent.target.release}-thick"
        yield (
            "images",
            f"sets the image {image} of {name}, and will do so to the daemon",
            f"remove that entry, or set it to {thick}, in the commit that changes the path",
        )
    for field in _PATCHES:
        if any(_may_reach(patch, install) for patch in _list(fields, field)):
            yield (
                field,
                f"patches DaemonSet {name}, and will do so after the migration",
                (
                    "remove from it what is meant for thin mode (args, image, command), in the "
                    "commit that changes the path; what should stay in thick mode belongs in the "
                    "plan: put it into the manifests and plan again"
                ),
            )
    yield from _components(fields, name)
    yield from _renaming(fields, install)


def _renaming(fields: Mapping[str, Any], install: Install) -> Iterator[tuple[str, str, str]]:
    """As ``_reaching``: what gives the DaemonSet another namespace or name."""
    name = install.daemonset.ref.name
    namespace = string(fields, "targetNamespace") or string(fields, "namespace")
    if namespace and namespace != install.daemonset.ref.namespace:
        yield (
            "targetNamespace" if "targetNamespace" in fields else "namespace",
            (
                f"puts {name} into the namespace {namespace}, and the plan is for "
                f"{install.daemonset.ref.namespace or 'none'}"
            ),
            (
                f"write namespace: {namespace} into the manifests, or into a kustomization that is "
                "given as input, and plan again"
            ),
        )
    for field in _NAMES:
        if string(fields, field):
            yield (
                field,
                f"gives {name} another name ({string(fields, field)})",
                "write it into a kustomization that is given as input, and plan again",
            )


def _components(fields: Mapping[str, Any], name: str) -> Iterator[tuple[str, str, str]]:
    """Both controllers append theirs to what the kustomization lists. They were not read: what they
    change is not known."""
    added = [path for path in _list(fields, "components") if isinstance(path, str)]
    if added:
        yield (
            "components",
            (f"adds {listed(added)} after the component of the plan, and may change {name} again"),
            (
                "list them in a kustomization that is given as input, and plan again; or make "
                f"sure that none of them touches DaemonSet {name}"
            ),
        )


def _images(fields: Mapping[str, Any], install: Install) -> Iterator[str]:
    """The entries of ``images`` that match an image of the DaemonSet: Flux writes maps, Argo CD
    ``[name=]repository:tag``."""
    pod = pods.pod_spec(install.daemonset.data)
    used = {parse_image(string(c, "image")).repository for _, _, c in pods.containers(pod)}
    for entry in _list(fields, "images"):
        if isinstance(entry, str):
            name = entry.partition("=")[0] if "=" in entry else parse_image(entry).repository
            shown = entry
        else:
            name = string(entry, "name")
            shown = ":".join(filter(None, (string(entry, "newName") or name, _tag(entry))))
        if name in used:
            yield shown


def _tag(entry: Any) -> str:
    return string(entry, "digest") or string(entry, "newTag")


def _may_reach(patch: Any, install: Install) -> bool:
    """Whether a patch is of the DaemonSet, or of every object."""
    ref = install.daemonset.ref
    target = mapping(patch, "target")
    if target:
        kind, name = string(target, "kind"), string(target, "name")
        return kind in ("", ref.kind) and name in ("", ".*", ref.name)
    text = patch if isinstance(patch, str) else string(patch, "patch")
    if text:
        return f"kind: {ref.kind}" in text and ref.name in text
    return string(patch, "kind") == ref.kind and string(patch, "metadata", "name") == ref.name


def _list(fields: Mapping[str, Any], field: str) -> list[Any]:
    value = fields.get(field)
    return value if isinstance(value, list) else []
