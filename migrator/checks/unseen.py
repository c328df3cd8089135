"""M16, M17, M18, M20, P91: Multus, or something that may be it, was found and not read.

Each is a blocker, so that no plan is READY in ignorance; the user may allow it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from migrator.checks.common import finding
from migrator.inventory.charts import Chart, thin_releases
from migrator.inventory.elsewhere import Elsewhere, find_elsewhere
from migrator.inventory.lookalikes import find_lookalikes
from migrator.inventory.unrendered import find_unrendered
from migrator.model.errors import MigratorError
from migrator.model.inputs import Document
from migrator.model.plan import Finding, Rule
from migrator.read.applied import applied, repositories, repository_of, takes_upstream
from migrator.read.chart_sources import chart_source
from migrator.read.languages import MADE
from migrator.read.namespaces import effective_namespace
from migrator.thick.intent import Intent
from migrator.trees.dig import string

LEFT_OUT = Rule(
    id="M16",
    title="Part of the input was left out",
    why="it names Multus or a plugin, or was given itself, and could not be read: what it holds is "
    "not in the plan, and may be the install itself",
    reference="--keep-going; kustomize v5",
    severity="blocker",
    unseen=True,
)
ELSEWHERE = Rule(
    id="M17",
    title="Multus comes from a source that was not read",
    why="an object of Flux, Argo CD, k3s or Gardener takes it from another repository, chart, folder "
    "or Secret: which release runs there, and how, cannot be told",
    reference="fluxcd.io/flux/components/source; argo-cd.readthedocs.io; "
    "docs.k3s.io/installation/packaged-components; gardener.cloud, resource manager",
    severity="blocker",
    unseen=True,
)
LOOK_ALIKE = Rule(
    id="M18",
    title="This looks like Multus but is not recognised",
    why="an install that is not recognised is not planned, and its networks would be lost without "
    "a word",
    reference="deployments/ of multus-cni v3.1 to v4.3.0",
    severity="blocker",
    unseen=True,
)
NESTED = Rule(
    id="M20",
    title="A kustomize root changes this install and was not built",
    why="what runs in the cluster is its build, with its own images, patches and namespace; the "
    "files alone are another install",
    reference="kustomize v5, kubectl kustomize",
    severity="blocker",
    unseen=True,
)
CHART = Rule(
    id="P91",
    title="A Helm chart installs Multus and was not rendered",
    why="what runs in the cluster is what the chart renders with its values: which release, and how, "
    "cannot be told from its files",
    reference="helm.sh/docs/topics/charts",
    handling="Blocks the plan and gives the command that renders the chart.",
    severity="blocker",
    unseen=True,
)
FOREIGN = Rule(
    id="M22",
    title="Multus is configured in a language that is not read",
    why="Terraform, Jsonnet, Nix, CUE, Jinja and Ansible make the objects that run: what stands there is not "
    "read, and what is changed elsewhere is changed back by them",
    reference="docs/edit.md",
    handling="Blocks the plan where no install was read, and is a warning beside one.",
    severity="blocker",
    unseen=True,
)
RULES = (LEFT_OUT, ELSEWHERE, LOOK_ALIKE, NESTED, CHART, FOREIGN)


def findings(intent: Intent) -> Iterable[Finding]:
    reading = intent.inventory.reading
    for problem in reading.problems:
        if problem.related:
            yield finding(
                LEFT_OUT,
                source=problem.source,
                seen=f"{problem.source}: {problem.message}",
                remedy=f"{problem.hint}; if it has nothing to do with Multus: --allow M16",
            )
    yield from _nested(intent)
    yield from _charts(intent)
    yield from _foreign(intent)
    if intent.inventory.installs:
        return
    told = [
        (release.document, chart_source(release, reading.documents).url)
        for release, chart in thin_releases(reading.documents)
        if chart is not Chart.FOLDER
    ]
    sources = repositories(reading.documents)
    for other in find_elsewhere(reading):
        if any(_is_same(other, document, url) for document, url in told):
            continue
        if _is_told_at_its_source(other, sources):
            continue
        yield finding(
            ELSEWHERE,
            document=other.document,
            source=other.source,
            seen=f"{other.document.ref} takes {other.what}"
            + (f" at {other.revision}" if other.revision else ""),
            remedy=_of_upstream(other, reading.documents, sources) or _remedy(other),
        )
    for found in find_lookalikes(reading.documents):
        yield finding(
            LOOK_ALIKE,
            document=found.document,
            source=found.source,
            seen=f"{found.document.ref}: {found.what}",
            remedy="give the DaemonSet that installs Multus; if this is one with another image or "
            "script, the move has to be made by hand; if it is not Multus: --allow M18",
        )


def _nested(intent: Intent) -> Iterable[Finding]:
    """The roots that build an install from files of the inputs, and change more than nothing."""
    for install in intent.inventory.installs:
        document = install.daemonset
        roots = [r for r in intent.inventory.reading.nested if document.source.file in r.files]
        for root in roots:
            idle = {"namespace"} if root.namespace == document.ref.namespace else set()
            fields = [field for field in root.transforms if field not in idle]
            if fields:
                yield finding(
                    NESTED,
                    document=document,
                    seen=f"{document.ref} is built by {root.path}/kustomization.yaml, which has "
                    f"{', '.join(fields)}",
                    remedy=f"give the root that is applied: multus-migrator plan {root.path}",
                )


def _is_same(other: Elsewhere, document: Document, url: str) -> bool:
    """Whether P54 tells of it: the release itself, or the Flux source that its chart comes from."""
    is_source = other.document.ref.group == "source.toolkit.fluxcd.io"
    return bool(url) and other.url == url and (other.document is document or is_source)


def _charts(intent: Intent) -> Iterable[Finding]:
    for found in find_unrendered(intent.inventory.reading.charts):
        folder, name = found.chart.folder, found.chart.name or "multus"
        yield finding(
            CHART,
            source=found.source,
            seen=f"the chart {folder} {found.what}",
            remedy=f"`helm dependency build {folder}`, then `helm template {name} {folder} --namespace "
            "kube-system | multus-migrator plan -` (with the namespace and the values files of the "
            "release); if its output is in the inputs already: --allow P91",
        )


def _foreign(intent: Intent) -> Iterable[Finding]:
    installs = intent.inventory.installs
    for file in intent.inventory.reading.foreign:
        language = file.language.value
        yield finding(
            FOREIGN,
            severity="warning" if installs else None,
            source=file.source,
            seen=f"a file of {language} names Multus, and is not read",
            remedy="if it makes this install, make the change there: multus-migrator diff says it "
            "field by field, and OUT around what it makes would be changed back"
            if installs
            else f"{MADE[file.language]}; if that is no install of Multus: --allow M22",
        )


def _is_told_at_its_source(other: Elsewhere, sources: Sequence[Document]) -> bool:
    """A Flux Kustomization over upstream's repository: its GitRepository says where that is."""
    return other.document.ref.kind == "Kustomization" and takes_upstream(other.document, sources)


def _of_upstream(
    other: Elsewhere, documents: Sequence[Document], sources: Sequence[Document]
) -> str:
    """How to have upstream's own manifests read, "" for what takes none."""
    for document in documents:
        ref = document.ref
        try:
            found = applied(document, sources)
        except MigratorError as error:
            if other.document in (document, repository_of(document, sources)):
                how = "check it out, build what is applied and give that"
                return f"{ref} is not built here, since {error.message}; {how}"
            continue
        if found is not None and other.document in (found.repository, document):
            name = f"{effective_namespace(document)}/{ref.name}"
            return (
                "give --fetch, which has kustomize download its manifest; or "
                f"{shlex.join(['curl', '-fsSL', *found.taken.urls])} > FILE, and give "
                f"{shlex.join(['--rendered', f'{name}=FILE'])}; what patches it is put over it here"
            )
    return ""


def _remedy(other: Elsewhere) -> str:
    ref, url = other.document.ref, other.url
    if ref.group in ("k3s.cattle.io", "resources.gardener.cloud"):
        return (
            "give the DaemonSet that it makes, too (kubectl get ds -A -o yaml); the result goes where "
            "the objects come from"
        )
    if ref.group == "argoproj.io":
        how = f"`argocd app manifests {ref.name} | multus-migrator plan -`"
    elif ref.kind in ("HelmRelease", "HelmRepository", "HelmChart"):
        how = "`helm template CHART --values FILE | multus-migrator plan -`"
    elif ref.kind == "OCIRepository":
        tagged = f"{url}:{other.revision}" if other.revision else url
        version = f" --version {other.revision}" if other.revision else ""
        how = (
            f"`flux pull artifact {tagged} --output FOLDER`, and give FOLDER; if it is a chart: "
            f"`helm template multus {url}{version} | multus-migrator plan -`"
        )
    elif ref.kind == "Bucket":
        how = "download the folder of the bucket that is applied, and give it"
    elif ref.kind == "Kustomization":
        source = string(other.document.data, "spec", "sourceRef", "name")
        how = f"give the folder {other.what} of the repository, or the file of the source {source} too"
    else:
        how = "check it out and give the folder that is applied"
    return f"give the manifests that it applies, too: {how}; the result goes where they come from"
