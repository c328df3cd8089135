"""P54 for charts: a release that installs thin Multus, and what of its chart can make it thick."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from migrator.checks.common import finding
from migrator.checks.ownership import RULE
from migrator.inventory.chart_data import (
    described_charts,
    elsewhere,
    elsewhere_of,
    has_values,
    repository_of,
    thick_data,
)
from migrator.inventory.charts import Chart, installing, multus_nodes
from migrator.model.inputs import Document, ObjectRef, Reading, Render
from migrator.model.plan import Change, Finding, Rule
from migrator.model.release import Release as MultusRelease
from migrator.read.chart_sources import ChartSource, chart_source
from migrator.read.releases import Release, release_name, release_namespace
from migrator.thick.intent import Intent
from migrator.trees.dig import NodePath, mapping
from migrator.trees.paths import format_path
from migrator.trees.pods import TEMPLATE
from migrator.trees.wording import listed

THICK = Rule(
    id="M21",
    title="A chart already runs Multus in thick mode",
    why="its values say so, but what it renders was not read: whether it works is not checked",
    reference="values of rke2-multus, app-template and angelnu's multus",
    severity="info",
)
RULES = (THICK,)
"""P54 is ownership.py's; here is what it says of charts, too."""

POST_RENDERED = "HelmRelease"
"""The kind of a release that can change what its chart renders (Flux)."""
_DAEMON_KEYS: Mapping[str, str] = {
    "namespaceIsolation": "namespaceIsolation",
    "globalNamespaces": "globalNamespaces",
    "masterCniFilename": "multusMasterCNI",
    "readinessIndicatorFile": "readinessindicatorfile",
}
"""config.cni_conf of the rke2-multus chart, which its thick template does not read, and the key of
config.daemon_conf that takes its place."""
_AROUND = (
    "put a kustomization over the chart (helmCharts, or a plugin of Argo CD) and OUT around that, with "
    "--allow P54"
)
_FLAGS = (
    "it passes thin mode's flags whatever the values say, and they make "
    "multus-daemon exit at once: a thick image tag alone takes Multus down on "
    "every node"
)


def findings(intent: Intent) -> Iterable[Finding]:
    """One for each release of the inputs that installs Multus."""
    here = [form.install.daemonset for form in intent.forms]
    reading = intent.inventory.reading
    read = {ref for r in renders_of(reading, here) if _places(r) for ref in _asking(r)}
    for release, chart, thick in installing(reading.documents):
        if thick:
            if not here:
                yield _thick(release, chart)
        elif release.document.ref in read:
            continue
        elif chart is not Chart.FOLDER:
            yield _release(release, chart, intent)
        elif not here:
            yield _folder(release.document, release)
    told = {
        release.document.ref for release, _, thick in installing(reading.documents) if not thick
    }
    for render in renders_of(reading, [form.install.daemonset for form in intent.moving]):
        document = next(d for d in reading.documents if d.ref == render.release)
        if stuck := _of_render(intent.stuck, render, reading):
            yield _stuck(document, stuck)
        elif places := _places(render):
            yield _written(document, places, elsewhere_of(render))
        elif render.release not in told:
            yield _without_writer(document, elsewhere_of(render))
    for render in renders_of(reading, here):
        if own := _of_render(intent.withheld, render, reading):
            document = next(d for d in reading.documents if d.ref == render.release)
            yield _withheld(document, own)


def _of_render(changes: Sequence[Change], render: Render, reading: Reading) -> Sequence[Change]:
    """Those of what the chart makes."""
    made = {d.ref for d in reading.documents if d.source.file == render.name}
    return [change for change in changes if change.object in made]


def _asking(render: Render) -> Iterator[ObjectRef]:
    """The release, and a HelmChartConfig whose values lie over its own."""
    yield render.release
    yield from (s.owner for s in render.values if s.owner and s.owner.kind == "HelmChartConfig")


def renders_of(reading: Reading, daemonsets: Sequence[Document]) -> Iterator[Render]:
    """What charts made, where one of the DaemonSets is a part of it."""
    files = {daemonset.source.file for daemonset in daemonsets}
    return (r for r in reading.renders if r.name in files and r.is_chart)


def _places(render: Render) -> str:
    """Where edit can write what changes of a render, "" for nowhere."""
    patched = render.release.kind == POST_RENDERED
    patches = "spec.postRenderers of it" if patched else ""
    if not has_values(render):
        return patches
    if thick_data(render.chart_name):
        rest = (
            f", and what these do not say into {patches}" if patches else ", as far as these say it"
        )
        return f"its values, which switch on the thick mode of the chart{rest}"
    otherwise = f", or where these have no place for it into {patches}" if patches else ""
    return f"its values{otherwise}"


def _written(document: Document, places: str, other: Sequence[str]) -> Finding:
    not_values = f"; not into its values: {_fixed(other)}" if other else ""
    return finding(
        RULE,
        severity="warning",
        document=document,
        seen=f"{document.ref} installs Multus with a chart, and the plan was made from "
        "what that renders",
        remedy=f"multus-migrator edit writes the change into {places}, and proves that by "
        f"rendering{not_values}; applied beside the chart, OUT would be reverted",
        manual=True,
    )


def _fixed(other: Sequence[str]) -> str:
    """Why the values of a chart with directories of its own cannot switch on its thick mode."""
    return (
        f"the chart's thick mode has other directories, whatever they say, and on nodes with {listed(other)} "
        "the runtime never sees Multus"
    )


def _stuck(document: Document, changes: Sequence[Change]) -> Finding:
    return finding(
        RULE,
        document=document,
        seen=f"{document.ref} installs thick Multus with a chart that has no value for what it needs: "
        f"{places_of(changes)}",
        remedy=f"it has no post-renderers: take a release of the chart that has it, or {_AROUND}",
        manual=True,
    )


def _withheld(document: Document, changes: Sequence[Change]) -> Finding:
    return finding(
        RULE,
        severity="info",
        document=document,
        seen=f"{document.ref} installs thick Multus with a chart that does not set "
        f"{places_of(changes)}: a daemon works without it, so it is not planned",
        remedy="nothing has to be done; what each would fix is a finding of its own",
    )


def places_of(changes: Sequence[Change]) -> str:
    """The steps that make changes, each with the place in its object or pod."""
    of_pod = (c.path[len(TEMPLATE) :] if c.path[:3] == TEMPLATE else c.path for c in changes)
    places = [f"{c.rule} {format_path(path)}" for c, path in zip(changes, of_pod, strict=True)]
    return listed(places, len(places))


def _without_writer(document: Document, other: Sequence[str]) -> Finding:
    values = "change the values of the chart to what the plan says (see diff), or "
    return finding(
        RULE,
        document=document,
        seen=f"{document.ref} installs Multus with a chart, and the plan was made from "
        "what that renders",
        remedy=f"it has no post-renderers{f', and {_fixed(other)}' if other else ''}: "
        f"{'' if other else values}{_AROUND}",
        manual=True,
    )


def _thick(release: Release, chart: Chart) -> Finding:
    document = release.document
    return finding(
        THICK,
        source=document.at(release.path),
        document=document,
        seen=f"{document.ref}, with the chart {chart.value}",
        remedy="nothing; to have its install checked: `helm template ... | multus-migrator "
        "check -`",
    )


def _release(release: Release, chart: Chart, intent: Intent) -> Finding:
    document = release.document
    documents = intent.inventory.reading.documents
    remedy = _remedy(release, chart, intent.target.release)
    if pull := _pull(release, documents):
        what = "that" if chart is Chart.RKE2 else "all of it"
        remedy = f"{remedy}. Or let multus-migrator edit write {what} into the values: {pull}"
    if document.ref.kind == POST_RENDERED:
        remedy = f"{remedy}. {_post_renderers(release, documents)}"
    said = chart in (Chart.UNKNOWN, Chart.ANGELNU) and not multus_nodes(release.values)
    return finding(
        RULE,
        document=document,
        source=document.at(release.path),
        seen=f"{document.ref} installs Multus with the chart {chart.value}, "
        + ("in a mode that its values do not say" if said else "in thin mode"),
        remedy=remedy,
        manual=True,
    )


def _remedy(release: Release, chart: Chart, target: MultusRelease) -> str:
    if chart is Chart.RKE2:
        return _rke2(release)
    if chart is Chart.THIN_ONLY:
        return (
            f"this chart has thin mode only, and no setting for another: {_FLAGS}. Install the result "
            "of this tool in place of the chart, planned from the output of helm template"
        )
    if chart is Chart.ANGELNU:
        return (
            "release 4.0.1 of the chart and later run multus-daemon, and have no thin mode. Their "
            "cni.paths.config and cni.paths.bin are those of k3s unless you set them, and their "
            "uninstall hook deletes *multus* on the nodes"
        )
    if chart is Chart.UNKNOWN:
        return (
            "it is not known whether this chart has thick mode; ask its owner, or look at "
            "what it renders (helm template) and plan that. A thick image tag alone is not "
            "enough: the flags of thin mode make multus-daemon exit at once"
        )
    return _general(release, chart, target)


def _rke2(release: Release) -> str:
    config = mapping(release.values, "config", "cni_conf")
    if other := elsewhere(Chart.RKE2.value, release.values):
        return (
            f"do not set thickPlugin.enabled alone: the chart's thick template mounts /etc/cni/net.d "
            f"and /opt/cni/bin whatever the values say, and on nodes with {listed(other)} (k3s, for "
            "one) the runtime never sees Multus. Plan what the chart renders (helm template) and "
            "install the result in place of the chart"
        )
    moved = [
        f"config.cni_conf.{old} becomes config.daemon_conf.{new}"
        for old, new in _DAEMON_KEYS.items()
        if old in config
    ]
    remedy = (
        "values to change: thickPlugin.enabled: true and manifests.configMap: true, and a pinned "
        "image goes to thickPlugin.image (chart of RKE2 v1.31.11, v1.32.7, v1.33.3 and later)"
    )
    if moved:
        remedy += f". Thick mode does not read config.cni_conf: {'; '.join(moved)}, or it is lost"
    return remedy


def _general(release: Release, chart: Chart, target: MultusRelease) -> str:
    """The values of the container that runs Multus, by their own names."""
    tag, told = f"v{target}-thick", list[str]()
    for path in multus_nodes(release.values):
        parts = isinstance(mapping(release.values, *path).get("image"), Mapping)
        told.append(f"{'.'.join(map(str, (*path, 'image')))}{'.tag' if parts else ''} to {tag}")
    places = [".".join(map(str, path)) for path in multus_nodes(release.values)]
    first = f"{places[0]}." if places and places[0] else ""
    return (
        f"values to change: {', '.join(told)}; {first}command to "
        f"[/usr/src/multus-cni/bin/multus-daemon] and {first}args to []; then add "
        f"{_needs(chart)}. A thick image alone exits because of the flags of thin mode"
    )


def _needs(chart: Chart) -> str:
    if chart is Chart.APP_TEMPLATE:
        return (
            "the mounts of thick mode below persistence, daemon-config.json below configMaps, hostPID "
            "and automountServiceAccountToken: true (off in release 5 of the chart) in "
            "defaultPodOptions, and the rights of the daemon below rbac.roles"
        )
    return (
        "the mounts of thick mode, daemon-config.json in a ConfigMap, hostPID, and the rights of the "
        "daemon, with the service account's token mounted"
    )


def _post_renderers(release: Release, documents: Sequence[Document]) -> str:
    """What a Flux HelmRelease runs over its chart (fluxcd.io/flux/components/helm), and the one
    command whose output shows what that is."""
    ref, source = release.document.ref, chart_source(release, documents)
    fetches = source.remote and source.name not in described_charts()  # else _pull says it
    fetched = "give --fetch, which has helm download it; or " if fetches else ""
    return (
        f"Or keep the chart: {fetched}{_command(release, documents)} (with its values in VALUES), and "
        f"give RENDER with --rendered {ref.name}=RENDER. multus-migrator edit then writes all of it: "
        f"spec.postRenderers of {ref} with a patch for each object, the ConfigMap multus-daemon-config "
        "beside it, and the rights in the ClusterRole"
    )


def _pull(release: Release, documents: Sequence[Document]) -> str:
    """How a chart of a repository, of which it is known what the values become, comes to where it can be
    rendered, "" for others."""
    source = chart_source(release, documents)
    if source.name not in described_charts() or source.path:
        return ""
    if elsewhere(source.name, release.values):
        return ""
    if release.document.ref.kind == "ApplicationSet":
        return ""
    fetched = "give --fetch, which has helm download it; or " if source.remote else ""
    chart = shlex.join(_chart(source)) if source.remote else "CHART"
    needed = "no commit of it is needed"
    if not source.remote and (repository := repository_of(source.name)):
        chart = f"{source.name} --repo {repository} --version VERSION"
        needed = f"VERSION is the one that your cluster runs; {needed}"
    return (
        f"{fetched}helm pull {chart} --untar --untardir charts, at the root of the repository ({needed}), "
        "and plan again"
    )


def _command(release: Release, documents: Sequence[Document]) -> str:
    source, document = chart_source(release, documents), release.document
    words = ["helm", "template", release_name(release), *_chart(source)]
    words += ["--namespace", release_namespace(document), "-f", "VALUES"]
    return f"{shlex.join(words)} > RENDER"


def _chart(source: ChartSource) -> list[str]:
    """What helm is given for the chart of a repository, or one in a folder."""
    if source.path:
        return [source.path]
    chart, repository = source.remote or (source.name or "CHART", "")
    words = [chart, *(["--repo", repository] if repository else [])]
    return [*words, "--version", source.version] if source.version else words


def _folder(document: Document, release: Release) -> Finding:
    path: NodePath = (*release.root, "path")
    return finding(
        RULE,
        document=document,
        source=document.at(path),
        seen=f"{document.ref} applies a folder that is named after Multus, and no Multus "
        "is in the inputs",
        remedy="give that folder as INPUT too; then commit the result, and point its path to it",
        manual=True,
    )
