"""P77, P78: values that Flux or envsubst fills in when the manifests are applied."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from migrator.checks.common import finding, installer_of, main_of, pod_of
from migrator.model.inputs import Document, Source
from migrator.model.inventory import Install, Inventory, Workload
from migrator.model.plan import Finding, Rule
from migrator.thick.form import Thick
from migrator.thick.intent import Intent
from migrator.trees import pods
from migrator.trees.dig import NodePath, mapping, string
from migrator.trees.variables import variables
from migrator.trees.wording import listed

LATER = Rule(
    id="P77",
    title="A value is only known when the manifests are applied",
    why="Flux's postBuild and envsubst fill in variables after this plan, and what "
    "SOPS encrypted is decrypted then: a path, a version or JSON that contains one "
    "is not a mistake, but it cannot be judged",
    reference="fluxcd.io/flux/components/kustomize/kustomizations, post build variable substitution",
    handling="Where the value is kept, it is kept as it is written.",
    severity="warning",
)
UNUSED = Rule(
    id="P78",
    title="A variable of Multus's image is no longer used",
    why="the plan writes the tag of the thick image in its place: whoever sets the "
    "variable, and any tool that updates it, no longer changes anything",
    reference="fluxcd.io/flux/components/kustomize/kustomizations, post build variable substitution",
    handling="A variable for the registry is kept (S04).",
    severity="warning",
)
RULES = (LATER, UNUSED)

_REMEDY = (
    "check what it is set to; to have it judged, plan what is applied: `kustomize "
    "build DIR | flux envsubst | multus-migrator plan -`"
)
Place = tuple[str, "Source | NodePath", str]
"""What a text is called, its line or where in its object it stands, and the text."""


def findings(intent: Intent) -> Iterable[Finding]:
    """One finding for each object with what it holds, then the images that are written anew."""
    inventory = intent.inventory
    for document, places in _objects(inventory):
        found = [(name, source, variables(text)) for name, source, text in places]
        told = [(name, source, named) for name, source, named in found if named]
        if told:
            yield finding(
                LATER,
                document=document,
                source=_line(document, told[0][1]),
                seen=f"{document.ref}: "
                + "; ".join(f"{listed(named)} in {name}" for name, _, named in told),
                remedy=_REMEDY,
            )
    yield from _of_renders(inventory)
    for form in intent.moving:
        yield from _unused(form)


def _of_renders(inventory: Inventory) -> Iterable[Finding]:
    """Charts that were rendered without values which nobody can read here, or with variables in them."""
    for render in inventory.reading.renders:
        if render.unknown:
            yield finding(
                LATER,
                source=render.source,
                seen=f"{render.release} was rendered without {listed(render.unknown)}",
                remedy="make sure that nothing in it changes what Multus does; to have it judged: "
                f"--rendered {render.release.name}=FILE, with what helm renders with it",
            )

    refs = {render.release: render for render in inventory.reading.renders if render.chart}
    for document in inventory.reading.documents:
        named = variables(json.dumps(document.data, default=str)) if document.ref in refs else ()
        if named:
            yield finding(
                LATER,
                document=document,
                source=document.source,
                seen=f"{document.ref} was rendered with {listed(named)} as it is written there",
                remedy="make sure that nothing of Multus depends on it; to have it judged: --rendered "
                f"{document.ref.name}=FILE, with what helm renders for the values it is set to",
            )


def _objects(inventory: Inventory) -> Iterator[tuple[Document, list[Place]]]:
    for install in inventory.installs:
        yield install.daemonset, [*_named(install.daemonset), *_of_install(install)]
        for config in (install.config, install.daemon_config):
            if config is not None:
                yield config.document, [(config.key, config.source, config.text)]
    for nad in inventory.nads:
        spec = ("spec.config", ("spec", "config"), nad.config or "")
        yield nad.document, [*_named(nad.document), spec]
    asked: dict[int, list[Workload]] = {}
    for workload in inventory.workloads:
        asked.setdefault(id(workload.document), []).append(workload)
    for workloads in asked.values():
        yield workloads[0].document, [place for w in workloads for place in _of_workload(w)]


def _named(document: Document) -> Iterator[Place]:
    for field in ("name", "namespace"):
        path = ("metadata", field)
        yield f"its {field}", path, string(document.data, *path)


def _line(document: Document, place: Source | NodePath) -> Source:
    return place if isinstance(place, Source) else document.at(place)


def _of_install(install: Install) -> Iterator[Place]:
    """What the rules read: images, flags, and where directories of the node are mounted."""
    document, pod = install.daemonset, pod_of(install)
    for field, index, container in pods.containers(pod):
        if container in (main_of(install), installer_of(install)):
            at = (*pods.TEMPLATE, field, index)
            name = string(container, "name")
            yield f"the image of {name}", document.at((*at, "image")), string(container, "image")
            for number, mount in enumerate(pods.items(container, "volumeMounts")):
                source = document.at((*at, "volumeMounts", number))
                yield f"a mountPath of {name}", source, string(mount, "mountPath")
    for flag in () if install.wrapper else install.flags:
        yield f"--{flag.name}", flag.source, flag.value
    for index, volume in enumerate(pods.items(pod, "volumes")):
        path = string(mapping(volume, "hostPath"), "path")
        source = document.at((*pods.TEMPLATE, "volumes", index))
        yield f"the hostPath of {string(volume, 'name')}", source, path


def _of_workload(workload: Workload) -> Iterator[Place]:
    for text in (workload.networks, workload.default_network):
        yield "its networks annotation", workload.source, text or ""


def _unused(form: Thick) -> Iterable[Finding]:
    document = form.install.daemonset
    old = [string(c, "image") for c in (main_of(form.install), installer_of(form.install))]
    gone = [name for name in variables(" ".join(old)) if name not in variables(form.image)]
    if gone and form.image:
        yield finding(
            UNUSED,
            document=document,
            seen=f"{document.ref} has {form.image} in place of {listed(dict.fromkeys(old))}, so "
            f"{listed(gone)} is no longer used there",
            remedy=f"remove {listed(gone)} where it is set, or write the variable into the image "
            "again and set it to a thick tag in the same commit",
        )
