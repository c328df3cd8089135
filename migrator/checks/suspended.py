"""P79, P81: a release or a Flux Kustomization that applies nothing now, or to another cluster."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping

from migrator.checks.common import finding
from migrator.inventory.charts import installing
from migrator.inventory.elsewhere import lies_in
from migrator.model.inputs import Document, ObjectRef, Reading
from migrator.model.plan import Finding, Rule
from migrator.read.namespaces import effective_namespace
from migrator.read.renders import file_of
from migrator.thick.intent import Intent
from migrator.trees.dig import mapping, string

SUSPENDED = Rule(
    id="P79",
    title="What applies Multus is suspended",
    why="nothing of it is applied until it is resumed: what runs may be older than "
    "what was read, and the change takes effect only with the next resume",
    reference="fluxcd.io/flux/components/helm/helmreleases and kustomize/kustomizations, spec.suspend",
    handling="Names the object and its line; the plan is made from what Git says.",
    severity="warning",
)
ELSEWHERE = Rule(
    id="P81",
    title="What applies Multus applies it to another cluster",
    why="spec.kubeConfig names the cluster that gets it; networks, workloads and node files of the "
    "cluster that Flux runs in say nothing about that one",
    reference="fluxcd.io/flux/components/helm/helmreleases and kustomize/kustomizations, "
    "spec.kubeConfig",
    handling="Names the object and the Secret or ConfigMap that leads to the other cluster.",
    severity="warning",
)
RULES = (SUSPENDED, ELSEWHERE)

_APPLYING = (
    ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"),
)


def findings(intent: Intent) -> Iterable[Finding]:
    """For each HelmRelease of Multus, and each Kustomization that applies the folder of one, of an
    install or of a network."""
    reading = intent.inventory.reading
    found = [(d, told) for d in reading.documents if (told := tuple(_about(d)))]
    if not found:
        return
    files = {part.source.file for part in _parts(intent)}
    releases = {render.release for render in reading.renders if render.name in files}
    releases |= {release.document.ref for release, _, _ in installing(reading.documents)}
    files |= {d.source.file for d in reading.documents if d.ref in releases}
    for document, told in found:
        if _applies(document, releases, {file_of(file) for file in files}, reading):
            yield from told


def _parts(intent: Intent) -> Iterator[Document]:
    """The installs and networks of the inputs."""
    yield from (install.daemonset for install in intent.inventory.installs)
    yield from (nad.document for nad in intent.inventory.nads)


def _applies(
    document: Document, releases: Collection[ObjectRef], files: Iterable[str], reading: Reading
) -> bool:
    if document.ref.kind == "HelmRelease":
        return document.ref in releases
    path = string(document.data, "spec", "path")
    return any(lies_in(path, file, reading) for file in files)


def _about(document: Document) -> Iterator[Finding]:
    """What such an object says of itself; nothing for others."""
    if (document.ref.group, document.ref.kind) not in _APPLYING:
        return
    spec = mapping(document.data, "spec")
    if spec.get("suspend") is True:
        yield finding(
            SUSPENDED,
            document=document,
            source=document.at(("spec", "suspend")),
            seen=f"{document.ref} has spec.suspend: true",
            remedy="compare what runs with the plan (collect, and plan from that) before it is "
            f"resumed: {_resume(document)}",
            manual=True,
        )
    if cluster := _cluster(mapping(spec, "kubeConfig")):
        yield finding(
            ELSEWHERE,
            document=document,
            source=document.at(("spec", "kubeConfig")),
            seen=f"{document.ref} applies to the cluster that {cluster} leads to",
            remedy="plan it together with what belongs to that cluster, including its node files, "
            "and apart from other clusters",
            manual=True,
        )


def _resume(document: Document) -> str:
    name, namespace = document.ref.name, effective_namespace(document)
    return shlex.join(("flux", "resume", document.ref.kind.lower(), name, "-n", namespace))


def _cluster(config: Mapping[str, object]) -> str:
    """What holds the way to the cluster, "" for the one that Flux runs in."""
    for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
        if name := string(config, field, "name"):
            return f"{kind} {name}"
    return ""
