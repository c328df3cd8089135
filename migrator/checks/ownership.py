"""P54, P68, P69: who would revert the patches, where the result belongs, and who owns the CRD."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from migrator.checks.common import finding
from migrator.inventory.elsewhere import lies_in
from migrator.inventory.install_documents import CRD
from migrator.inventory.operators import (
    AppliedBy,
    Applier,
    applied_by,
    owner_name,
    owner_of,
    release_of_chart,
)
from migrator.model.inputs import Document, Reading
from migrator.model.inventory import Install, Owner
from migrator.model.plan import Finding, Rule
from migrator.read.upstream import is_moving
from migrator.thick.intent import Intent
from migrator.trees.dig import dig, string, strings
from migrator.trees.wording import listed

RULE = Rule(
    id="P54",
    title="An operator or a chart owns Multus",
    why="its owner reverts every patch at its next reconciliation or upgrade",
    reference="each platform's own documentation",
    handling="Blocks the plan and names the owner's own switch, where there is one; for a "
    "Flux HelmRelease also the postRenderers that keep the chart. Where edit can "
    "write into the release, it is a warning; what the chart's thick mode lacks, "
    "and nothing can add, is a note.",
    severity="blocker",
)
APPLIED = Rule(
    id="P68",
    title="Multus or one of its networks is applied from elsewhere",
    why="what is applied by hand is reverted at the next reconciliation: the result "
    "belongs where the objects come from",
    reference="argo-cd.readthedocs.io, resource tracking; fluxcd.io/flux/components/kustomize; "
    "docs.k3s.io/installation/packaged-components",
    handling="Names the Application, Kustomization or Addon.",
    severity="warning",
)
DEFINITION = Rule(
    id="P69",
    title="The CRD of the networks belongs to a Helm release",
    why="if the release is removed, or its chart replaced by one without the CRD, Helm "
    "deletes the CRD, and with it every NetworkAttachmentDefinition of the cluster",
    reference="helm.sh/docs/howto/charts_tips_and_tricks, helm.sh/resource-policy; multus-cni#461",
    handling="The release is named; the CRD is part of every build that has it in its input.",
    severity="warning",
)
RULES = (RULE, APPLIED, DEFINITION)

_SWITCH: Mapping[Owner, str] = {
    Owner.OPENSHIFT: (
        "the cluster network operator owns it, and has run Multus in thick mode since "
        "OpenShift 4.14: upgrade the platform"
    ),
    Owner.CNAO: "the cluster network addons operator owns it, and has no switch for the mode: its "
    "release decides; upgrade to one that ships Multus in thick mode",
    Owner.NVIDIA: (
        "secondaryNetwork.multus of the NicClusterPolicy creates it, and NVIDIA's "
        "operator has no setting for thick mode: ask its maintainers, or remove "
        "secondaryNetwork.multus from the NicClusterPolicy and install the result "
        "yourself"
    ),
    Owner.RKE2: "set thickPlugin.enabled: true and manifests.configMap: true in the values of the "
    "rke2-multus chart, which are its HelmChartConfig on RKE2 (v1.31.11, v1.32.7, v1.33.3 and later); a "
    "pinned image goes to thickPlugin.image, and what config.cni_conf says to config.daemon_conf; with that "
    "object as INPUT, in place of this DaemonSet, and the chart beside it multus-migrator edit writes them",
    Owner.HELM: "change the chart's values, or run this tool on the rendered chart (helm template) and use "
    "OUT as a post-renderer, with --allow P54",
    Owner.GARDENER: (
        "the resource manager of Gardener applies it from a ManagedResource: change "
        "what creates that (the extension, or the shoot's manifest), or ask whoever "
        "runs the landscape"
    ),
    Owner.ADDON_MANAGER: "the addon manager owns it: change the addon, or set its mode label to EnsureExists",
    Owner.CONTROLLER: (
        "a controller creates it: change the object that the controller reads, and ask "
        "its owner for thick mode"
    ),
}
_TO_SEE = (
    "; give its DaemonSet as well (kubectl get ds -A -o yaml) to see which mode runs: thick mode needs "
    "nothing"
)
_RKE2_ELSEWHERE = (
    "do not set thickPlugin.enabled: the thick template of the rke2-multus chart mounts /etc/cni/net.d "
    "and /opt/cni/bin whatever the values say, and a runtime that reads {directory} never sees "
    "Multus; patch what the chart renders with OUT, with --allow P54"
)
_MICROSHIFT_BIN = "/run/cni/bin"
"""plugin_dirs of MicroShift's CRI-O, and of no OpenShift (its assets/components/multus)."""
_MICROSHIFT = (
    "leave it thin: MicroShift stays thin on purpose, restores its own manifest at "
    "each start, and has no switch for the mode"
)
_APPLIED: Mapping[Applier, str] = {
    Applier.ARGO: "commit the result to the source of Application {name}: with --stage 1 first, under which "
    "no node moves by itself; without it, turn its automatic sync off until that is done",
    Applier.FLUX: "commit the result to the path of Kustomization {name}: with --stage 1 first, under which "
    "no node moves by itself; without it, suspend it until that is done (flux suspend kustomization)",
    Applier.ADDON: (
        "replace the file in server/manifests of each server node "
        "(/var/lib/rancher/k3s or /var/lib/rancher/rke2) with the build of the result: "
        "Addon {name} is applied from it at each start"
    ),
}
_UPSTREAM: Mapping[str, str] = {
    "Kustomization": "multus-migrator edit --fetch writes the change into the GitRepository (its tag, and what "
    "it leaves out) and into spec.patches of the Kustomization, and proves that; applied beside it, OUT "
    "would be reverted",
    "Application": "commit OUT to a repository of yours, and point the source of the Application to it: a "
    "folder of plain manifests has no place for patches",
}
"""What holds the change, by the kind of what applies upstream's manifests."""
_COMPONENTS: Mapping[str, str] = {
    "Kustomization": "spec.components",
    "Application": "spec.source.kustomize.components",
}
_MOVES = "; name the tag of a release, so that what is applied is what was planned"
_OBJECTS: Mapping[tuple[str, str], tuple[Owner, str]] = {
    ("NetworkAddonsConfig", "networkaddonsoperator.network.kubevirt.io"): (Owner.CNAO, "multus"),
    ("NicClusterPolicy", "mellanox.com"): (Owner.NVIDIA, "secondaryNetwork.multus"),
}
"""Objects of which an operator makes Multus: (who, the field that asks for it)."""


def findings(intent: Intent) -> Iterable[Finding]:
    """For each install that would change, each object that makes one, and the CRD."""
    renders = intent.inventory.reading.renders
    rendered = {render.name for render in renders if not render.folder}
    for form in intent.moving:
        if form.install.daemonset.source.file not in rendered:  # of its release charts.py tells
            yield from _owned(form.install)
    yield from _upstream(intent)
    yield from _shared(intent)
    yield from _networks(intent)
    documents = intent.inventory.reading.documents
    for document in documents:
        yield from _operator(document, alone=not intent.inventory.installs)
        if document.ref.kind == "CustomResourceDefinition" and document.ref.name == CRD:
            yield from _definition(document)
        for form in intent.moving:
            yield from _argo_path(document, form.install, intent.inventory.reading)


def _owned(install: Install) -> Iterable[Finding]:
    document = install.daemonset
    if install.owner:
        name = owner_name(document)
        yield finding(
            RULE,
            document=document,
            seen=f"{document.ref} belongs to: {install.owner.value}"
            + (f", {name}" if name else ""),
            remedy=_switch(install, install.owner),
            manual=True,
        )
    applied = applied_by(document)
    if applied and not install.owner:
        yield _applied(document, applied, "its labels and annotations say so")


def _upstream(intent: Intent) -> Iterable[Finding]:
    """The installs that somebody applies from upstream's own manifests."""
    files = {form.install.daemonset.source.file for form in intent.moving}
    for render in intent.inventory.reading.renders:
        if not render.manifests or render.name not in files:
            continue
        moves = any(map(is_moving, render.manifests))
        yield finding(
            APPLIED,
            source=render.source,
            seen=f"{render.release} applies upstream's own manifest, {listed(render.manifests)}"
            + (
                ", which may be another one tomorrow: the plan is for what it is today"
                if moves
                else ""
            ),
            remedy=_UPSTREAM[render.release.kind] + (_MOVES if moves else ""),
            manual=True,
        )


def _shared(intent: Intent) -> Iterable[Finding]:
    """The installs of a root that is no INPUT, which what applies it brought in."""
    files = {form.install.daemonset.source.file for form in intent.moving}
    for render in intent.inventory.reading.renders:
        if render.folder and render.name in files:
            yield finding(
                APPLIED,
                source=render.source,
                seen=f"{render.release} applies {render.folder}, which others may apply, too",
                remedy="multus-migrator edit writes a component and one line into "
                f"{_COMPONENTS[render.release.kind]} of {render.release}, so that nothing else changes; "
                "applied beside it, OUT would be reverted",
                manual=True,
            )


def _networks(intent: Intent) -> Iterable[Finding]:
    """NADs whose config is written out, applied by another tool than Multus is: one finding for
    each tool, at its first NAD."""
    known = {applied_by(form.install.daemonset) for form in intent.moving}
    groups: dict[AppliedBy, list[Document]] = {}
    for choice in intent.networks:
        applied = applied_by(choice.nad.document)
        written = choice.strategy == "explicit" and not choice.refused
        if applied and written and applied not in known and not owner_of(choice.nad.document):
            groups.setdefault(applied, []).append(choice.nad.document)
    for applied, documents in groups.items():
        names = listed(f"{d.ref.namespace}/{d.ref.name}" for d in documents)
        yield _applied(documents[0], applied, f"the labels and annotations of {names} say so")


def _switch(install: Install, owner: Owner) -> str:
    directory = install.paths.cni_conf_dir
    if owner is Owner.RKE2 and directory != "/etc/cni/net.d":
        return _RKE2_ELSEWHERE.format(directory=directory)
    if owner is Owner.OPENSHIFT and install.paths.bin_dir == _MICROSHIFT_BIN:
        return _MICROSHIFT
    return _SWITCH[owner]


def _applied(document: Document, applied: AppliedBy, why: str) -> Finding:
    return finding(
        APPLIED,
        document=document,
        seen=f"{document.ref} is applied by {applied.applier.value} {applied.name}: {why}",
        remedy=_APPLIED[applied.applier].format(name=applied.name),
        manual=True,
    )


def _argo_path(document: Document, install: Install, reading: Reading) -> Iterable[Finding]:
    """An Application whose source.path is the folder that the install was read from."""
    if (document.ref.kind, document.ref.group) != ("Application", "argoproj.io"):
        return
    path = string(document.data, "spec", "source", "path").strip("/")
    if path in ("", ".") or not lies_in(path, install.daemonset.source.file, reading):
        return
    yield finding(
        APPLIED,
        document=document,
        source=document.at(("spec", "source", "path")),
        seen=f"Application {document.ref.name} applies {path}, which holds {install.daemonset.ref}",
        remedy="commit the result to that repository, and point spec.source.path to it",
        manual=True,
    )


def _definition(document: Document) -> Iterable[Finding]:
    release = release_of_chart(document)
    kept = strings(document.data, "metadata", "annotations").get("helm.sh/resource-policy")
    if release and kept != "keep" and owner_of(document) is not Owner.OPENSHIFT:
        yield finding(
            DEFINITION,
            document=document,
            seen=f"{document.ref} belongs to: {owner_name(document)}",
            remedy=f"save all networks first (kubectl get net-attach-def -A -o yaml), and do not "
            f"remove release {release} unless its chart gives the CRD the annotation "
            "helm.sh/resource-policy: keep",
            manual=True,
        )


def _operator(document: Document, *, alone: bool) -> Iterable[Finding]:
    """What is made is judged where it is in the inputs; CNAO's mode is that of its release."""
    known = _OBJECTS.get((document.ref.kind, document.ref.group))
    if known is None:
        return
    owner, path = known
    steps = ("spec", *path.split("."))
    if dig(document.data, *steps) is not None:
        yield finding(
            RULE,
            document=document,
            source=document.at(steps),
            severity="warning" if owner is Owner.CNAO and not alone else None,
            seen=f"{document.ref} has an operator install Multus"
            + (", and its DaemonSet is not in the inputs" if alone else ""),
            remedy=_SWITCH[owner] + (_TO_SEE if alone and owner is Owner.CNAO else ""),
            manual=True,
        )
