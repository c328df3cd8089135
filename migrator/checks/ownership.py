"""P54: an operator, a chart or an addon manager would revert the patches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrator.checks.common import finding
from migrator.inventory.config_maps import config_maps
from migrator.inventory.helm_values import Release, releases
from migrator.model.inputs import Document
from migrator.model.inventory import Owner
from migrator.model.plan import Finding, Rule, Severity
from migrator.model.release import Release as MultusRelease
from migrator.multus.images import is_multus, parse_image
from migrator.thick.intent import Intent
from migrator.trees.dig import dig, mapping, maps, scalar, string

RULE = Rule(
    id="P54",
    title="Multus is owned by an operator or a chart",
    why="its owner reverts every patch at its next reconciliation or upgrade",
    reference="each platform's own documentation",
    handling="Blocks the plan and names the owner's own switch; for a Flux HelmRelease also the "
    "postRenderers that keep the chart.",
    severity="blocker",
)
RULES = (RULE,)

_SWITCH: Mapping[Owner, str] = {
    Owner.OPENSHIFT: "the cluster network operator owns it: OpenShift is thick since 4.14, and MicroShift "
    "stays thin on purpose; upgrade the platform",
    Owner.CNAO: "set the release of the cluster network addons operator; it ships its own Multus mode",
    Owner.NVIDIA: "set secondaryNetwork.multus.deploymentType: thick in the NicClusterPolicy, with a "
    "network operator that has it",
    Owner.RKE2: "set thickPlugin.enabled: true in the rke2-multus HelmChartConfig (RKE2 v1.31.11, "
    "v1.32.7, v1.33.3 and later)",
    Owner.HELM: "change the chart's values, or run this tool on the rendered chart (helm template) and use "
    "OUT as a post-renderer, with --allow P54",
    Owner.ADDON_MANAGER: "the addon manager owns it: change the addon, or set its mode label to EnsureExists",
    Owner.CONTROLLER: "the controller in its ownerReferences makes it: change that controller's object",
}
_OBJECTS: Mapping[tuple[str, str], tuple[Owner, str]] = {
    ("NetworkAddonsConfig", "networkaddonsoperator.network.kubevirt.io"): (Owner.CNAO, "multus"),
    ("NicClusterPolicy", "mellanox.com"): (Owner.NVIDIA, "secondaryNetwork.multus"),
}
"""Objects of which an operator makes Multus: (who, the field that asks for it)."""

_VALUES: Mapping[str, str] = {
    "rke2-multus": "thickPlugin.enabled: true (chart of RKE2 v1.31.11, v1.32.7, v1.33.3 and later)",
    "multus": "image.tag: v{release}-thick, resources.limits.memory of at least 256Mi, with a "
    "release of the chart that runs multus-daemon",
    "": "image.tag: v{release}-thick, command: [/usr/src/multus-cni/bin/multus-daemon], args: [], "
    "and the mounts and the config of thick mode under persistence",
}


def findings(intent: Intent) -> Iterable[Finding]:
    """One for each install with an owner, and each object that makes a Multus that is not here."""
    for install in intent.inventory.installs:
        if install.owner:
            yield finding(
                RULE,
                document=install.daemonset,
                seen=f"{install.daemonset.ref} belongs to: {install.owner.value}",
                remedy=_SWITCH[install.owner],
                manual=True,
            )
    known = config_maps(intent.inventory.reading.documents)
    for document in intent.inventory.reading.documents:
        yield from _operator(document)
        for release in releases(document, known):
            yield from _release(release, intent.target.release)


def _operator(document: Document) -> Iterable[Finding]:
    known = _OBJECTS.get((document.ref.kind, document.ref.group))
    if known is None:
        return
    owner, path = known
    steps = ("spec", *path.split("."))
    thick = string(document.data, *steps, "deploymentType") == "thick"
    if dig(document.data, *steps) is not None and not thick:
        yield finding(
            RULE,
            document=document,
            source=document.at(steps),
            severity="warning" if owner is Owner.CNAO else None,
            seen=f"{document.ref} has an operator install Multus",
            remedy=_SWITCH[owner],
            manual=True,
        )


def _release(release: Release, target: MultusRelease) -> Iterable[Finding]:
    chart = _multus_chart(release)
    if chart is None or _is_thick(release):
        return
    document = release.document
    values = _VALUES[chart].format(release=target)
    remedy = f"values to change: {values}"
    known = chart == "rke2-multus" or any(_runs_multus(node) for _, node in maps(release.values))
    severity: Severity = "blocker" if known else "warning"
    if document.ref.kind == "HelmRelease":
        remedy += ". Or keep the chart and patch what it renders: plan the output of helm template "
        remedy += f"with --allow P54, and put the patches below\n{_post_renderers(document)}"
    yield finding(
        RULE,
        document=document,
        source=document.at(release.path),
        severity=severity,
        seen=f"{document.ref} installs Multus"
        + (" in thin mode" if known else ", in a mode that its values do not say"),
        remedy=remedy,
        manual=True,
    )


def _multus_chart(release: Release) -> str | None:
    """ "rke2-multus", "multus", "" for a general chart that runs Multus's image; else None."""
    document = release.document
    named = string(document.data, "spec", "chart") if document.ref.kind == "HelmChart" else ""
    if named == "rke2-multus" or document.ref.name == "rke2-multus":
        return "rke2-multus"
    if release.chart in ("multus", "multus-cni"):
        return "multus"
    return "" if any(map(_runs_multus, (node for _, node in maps(release.values)))) else None


def _runs_multus(node: Mapping[str, Any]) -> bool:
    """An ``image: {repository, tag}`` or ``image: text`` of Multus itself."""
    image = node.get("image")
    text = image if isinstance(image, str) else string(image, "repository")
    return bool(text) and is_multus(parse_image(text))


def _is_thick(release: Release) -> bool:
    values = release.values
    if mapping(values, "thickPlugin").get("enabled") is True:
        return True
    for _, node in maps(values):
        image = node.get("image")
        tag = scalar(image, "tag") if isinstance(image, Mapping) else str(image or "")
        ours = _runs_multus(node)
        command = node.get("command")
        daemon = isinstance(command, list) and any("multus-daemon" in str(w) for w in command)
        if ours and ("-thick" in tag or "_thick" in tag or daemon):
            return True
    return False


def _post_renderers(document: Document) -> str:
    """What a Flux HelmRelease runs over its chart (fluxcd.io/flux/components/helm)."""
    return (
        "spec:\n"
        "  postRenderers:\n"
        "    - kustomize:\n"
        "        patches:\n"
        "          - target: {kind: DaemonSet, name: "
        f"{document.ref.name}"
        "}\n"
        "            patch: |\n"
        "              # the content of OUT/component/patches/daemonset.apps--*.yaml"
    )
