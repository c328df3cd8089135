"""P47, P48: a mesh's plugin that adds itself to the first CNI file, where Multus's file is first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from migrator.checks.common import finding
from migrator.model.inventory import Install, Neighbour
from migrator.model.plan import Finding, Rule
from migrator.thick.intent import Intent

ISTIO = Rule(
    id="P47",
    title="istio-cni is chained into a CNI file",
    why="it adds itself to the first file that it finds: where that is both Multus's "
    "and the primary CNI's, its rules apply twice, and pods stay in Init",
    reference="multus-cni#1218; istio#57432, #48734, #46451",
    handling="Reported with Istio's own values.",
    severity="warning",
)
OTHERS = Rule(
    id="P48",
    title="linkerd-cni or kuma-cni is chained into a CNI file",
    why="it adds itself to the first file that it finds, which with Multus is 00-multus.conf; and "
    "Linkerd, unlike Istio and Kuma, gives pods no networks annotation",
    reference="linkerd2#8553, PR#8864, #11250; kuma PR#681, #1569",
    handling="Reported with Linkerd's and Kuma's own values.",
    severity="warning",
)
RULES = (ISTIO, OTHERS)

_RULE = {"istio-cni": ISTIO, "linkerd-cni": OTHERS, "kuma-cni": OTHERS}
_REMEDY: Mapping[str, str] = {
    "istio-cni": (
        "set for istio-cni and istiod: cni.provider=multus and "
        "pilot.cni.provider=multus, cni.cniConfDir=/etc/cni/multus/net.d, "
        "cni.cniConfFileName=istio-cni.conf; and add a NAD istio-cni in the namespace "
        "default (pods then get default/istio-cni)"
    ),
    "linkerd-cni": (
        "set destCNINetDir=/etc/cni/multus/net.d in the linkerd2-cni values, and add a "
        "NAD linkerd-cni and the networks annotation of the meshed pods"
    ),
    "kuma-cni": "set cni.chained=false and cni.netDir=/etc/cni/multus/net.d in Kuma's values",
}
_ERROR = {
    "istio-cni": 'plugin type="istio-cni" name="istio-cni" failed (add): exit status 1',
    "linkerd-cni": "unexpected end of JSON input",
    "kuma-cni": "",
}


def findings(intent: Intent) -> Iterable[Finding]:
    """One for each mesh; what the nodes have goes before what the manifests would make."""
    if not intent.inventory.installs:
        return
    install, told = intent.inventory.installs[0], set()
    ordered = sorted(intent.inventory.neighbours, key=lambda n: n.document is not None)
    for neighbour in ordered:
        rule = _RULE.get(neighbour.kind)
        seen = _seen(neighbour, install) if rule else ""
        if rule and seen and neighbour.kind not in told:
            told.add(neighbour.kind)
            yield finding(
                rule,
                document=neighbour.document,
                source=neighbour.source,
                seen=seen,
                error=_ERROR[neighbour.kind],
                remedy=_REMEDY[neighbour.kind],
                manual=True,
            )


def _seen(neighbour: Neighbour, install: Install) -> str:
    facts = neighbour.facts
    if neighbour.document is None:
        if "at" not in facts or facts.get("conf_dir") != install.paths.cni_conf_dir:
            return ""
        return f"{facts['file']} has {neighbour.kind} in {facts['at']}"
    ours = facts.get("conf_dir") in (install.paths.cni_conf_dir, None)
    multus = facts.get("mode") in ("multus", "standalone") or neighbour.says("chained") is False
    if not ours or multus or facts.get("conf_file"):
        return ""
    if neighbour.kind == "linkerd-cni":
        return f"{neighbour.kind} works in {facts['conf_dir']}" if "conf_dir" in facts else ""
    if not neighbour.says("chained"):
        return ""
    return f"{neighbour.kind} is chained, and no file name is set"
