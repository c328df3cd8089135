"""istio-cni: how the inputs say that it is installed, and what Istio's webhook adds to pods.

Sources: istio manifests/charts/istio-cni (values, ConfigMap, DaemonSet, platform profiles) and
manifests/charts/istio-control/istio-discovery/files/injection-template.yaml. Facts that come out
(absent where not known):

=============  =====================================================================
provider       "multus", "default": ``cni.provider`` or ``pilot.cni.provider``
chained        "true", "false": whether it adds itself to the primary CNI's conflist
mode           "multus", "standalone" (a file of its own) or "chained"
conf_dir       host directory it writes into; also as writes_dir
conf_file      file name it was told to write
bin_dir        host directory of its binary
network        what the webhook adds to a pod's networks annotation
replaces       "true": that annotation is overwritten, not added to
everywhere     "true": namespaces without a label are injected too
=============  =====================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.inventory.agents import Facts, environment, host_dir, images, without_blanks
from migrator.inventory.requests import NETWORKS
from migrator.inventory.templates import PodTemplate
from migrator.model.inputs import Document
from migrator.multus.defaults import CONF_DIR
from migrator.read.config_maps import ConfigMaps
from migrator.read.releases import Release, yaml_map
from migrator.trees.dig import mapping, scalar, string, strings
from migrator.trees.pods import clean

CONFIG_MAP = "istio-cni-config"
_INJECTOR = "istio-sidecar-injector"
IN_DEFAULT = "default/istio-cni"
"""What the template adds with provider multus (``pilot.cni.provider``, Istio 1.22; before that
``istio_cni.chained: false`` added `IN_POD_NAMESPACE`)."""
IN_POD_NAMESPACE = "istio-cni"

_OPERATORS = frozenset({"IstioOperator", "Istio", "IstioCNI"})
_AGENT_CHARTS = frozenset({"cni", "istio-cni"})
_CONTROL_CHARTS = frozenset({"istiod", "istio-discovery"})
_CONF_DIR = "/etc/cni/net.d"
_AGENT_KEYS = frozenset({"cniConfDir", "cniConfFileName", "cniBinDir"})
_PLATFORMS: Mapping[str, Mapping[str, str]] = {
    "openshift": {
        "provider": "multus",
        "chained": "false",
        "conf_dir": CONF_DIR,
        "conf_file": "istio-cni.conf",
        "bin_dir": "/var/lib/cni/bin",
    },
    "k3s": {
        "conf_dir": "/var/lib/rancher/k3s/agent/etc/cni/net.d",
        "bin_dir": "/var/lib/rancher/k3s/data/cni",
    },
    "microk8s": {
        "conf_dir": "/var/snap/microk8s/current/args/cni-network",
        "bin_dir": "/var/snap/microk8s/current/opt/cni/bin",
    },
}
"""Defaults of the charts' platform profiles (manifests/helm-profiles)."""


def from_values(release: Release) -> Facts | None:
    """What Helm or operator values say, None if they are not Istio's or say nothing of CNI."""
    document, chart, values = release.document, release.chart, release.values
    platform = _platform(document, values)
    is_agent_chart = chart in _AGENT_CHARTS and "istio" in _told_by(release)
    cni = {**values, **mapping(values, "cni")} if is_agent_chart else mapping(values, "cni")
    agent = is_agent_chart or not _AGENT_KEYS.isdisjoint(cni) or _operator_installs(document)
    control = mapping(values, "pilot", "cni") or mapping(values, "istio_cni")
    by_platform = platform == "openshift" and (
        chart in _CONTROL_CHARTS or document.ref.kind in _OPERATORS
    )
    if not (agent or control or by_platform or _injected(values)):
        return None
    defaults = _PLATFORMS.get(platform, {})
    provider = scalar(cni, "provider") or scalar(values, "pilot", "cni", "provider")
    chained = scalar(cni, "chained") or scalar(values, "istio_cni", "chained")
    facts = {
        "provider": provider or defaults.get("provider", ""),
        "chained": chained or defaults.get("chained", ""),
    }
    if agent:
        facts |= _agent_facts(document, cni, defaults, facts)
    return _completed({**facts, **_webhook(values, facts)})


def _agent_facts(
    document: Document,
    cni: Mapping[str, Any],
    defaults: Mapping[str, str],
    facts: Mapping[str, str],
) -> Facts:
    """Where the agent writes. The Sail operator picks its defaults by the platform that it finds
    at run time, so what its objects leave out is not known."""
    chart_default = "" if document.ref.group == "sailoperator.io" else _CONF_DIR
    return {
        "conf_dir": string(cni, "cniConfDir") or defaults.get("conf_dir", chart_default),
        "conf_file": string(cni, "cniConfFileName") or defaults.get("conf_file", ""),
        "bin_dir": string(cni, "cniBinDir") or defaults.get("bin_dir", ""),
        "chained": facts["chained"] or ("true" if chart_default else ""),
    }


def from_daemonset(template: PodTemplate, known: ConfigMaps) -> Facts | None:
    """What the DaemonSet istio-cni-node says, None for any other."""
    name = template.document.ref.name
    if name != "istio-cni-node" and "install-cni" not in images(template):
        return None
    env = environment(template, known)
    return _completed(
        {
            "conf_dir": host_dir(template, "/host/etc/cni/net.d"),
            "bin_dir": host_dir(template, "/host/opt/cni/bin"),
            "conf_file": env.get("CNI_CONF_NAME", ""),
            "chained": env.get("CHAINED_CNI_PLUGIN", ""),
        }
    )


def from_config_map(document: Document) -> Facts | None:
    """What the agent's ConfigMap or the webhook's says, None for any other ConfigMap."""
    data = strings(document.data, "data")
    if document.ref.name == CONFIG_MAP:
        named = {"CNI_CONF_NAME": "conf_file", "CHAINED_CNI_PLUGIN": "chained"}
        return _completed({fact: data.get(key, "") for key, fact in named.items()})
    if not is_injector(document):
        return None
    values = yaml_map(data.get("values", ""))
    config = yaml_map(data.get("config", ""))
    facts = {
        "provider": scalar(values, "pilot", "cni", "provider"),
        "chained": scalar(values, "istio_cni", "chained"),
    }
    if not (any(facts.values()) or _injected(values) or _annotations(config)):
        return None
    return _completed({**facts, **_webhook(values, facts), **_annotations(config)})


def is_injector(document: Document) -> bool:
    """Whether this is the ConfigMap of Istio's webhook (a revision's name has a suffix)."""
    return document.ref.kind == "ConfigMap" and document.ref.name.startswith(_INJECTOR)


def _told_by(release: Release) -> str:
    """All that may name Istio, since its chart is called just "cni"."""
    document, values = release.document, release.values
    source = string(document.data, "spec", "chart", "spec", "sourceRef", "name")
    spec = mapping(document.data, "spec")
    where = str(spec.get("source", "")) + str(spec.get("sources", "")) + string(spec, "repo")
    keys = "istio" if not _AGENT_KEYS.isdisjoint({*values, *mapping(values, "cni")}) else ""
    return " ".join((document.ref.name, release.chart, source, where, keys))


def _operator_installs(document: Document) -> bool:
    enabled = mapping(document.data, "spec", "components", "cni").get("enabled")
    return document.ref.kind == "IstioCNI" or (document.ref.kind in _OPERATORS and enabled is True)


def _platform(document: Document, values: Mapping[str, Any]) -> str:
    profile = string(document.data, "spec", "profile") if document.ref.kind in _OPERATORS else ""
    return string(values, "global", "platform") or string(values, "platform") or profile


def _webhook(values: Mapping[str, Any], facts: Mapping[str, str]) -> Facts:
    """What the injection template adds, by its own rules; an added annotation that is
    configured (``injectedAnnotations``) is applied last and overwrites."""
    enabled = mapping(values, "istio_cni").get("enabled")
    found: Facts = {}
    if facts.get("provider") == "multus":
        found["network"] = IN_DEFAULT
    elif facts.get("chained") == "false" and enabled is not False:
        found["network"] = IN_POD_NAMESPACE
    webhook = mapping(values, "sidecarInjectorWebhook")
    if webhook.get("enableNamespacesByDefault") is True:
        found["everywhere"] = "true"
    return {**found, **_annotations(webhook)}


def _injected(values: Mapping[str, Any]) -> bool:
    return bool(_annotations(mapping(values, "sidecarInjectorWebhook")))


def _annotations(node: Mapping[str, Any]) -> Facts:
    network = string(node, "injectedAnnotations", NETWORKS)
    return {"network": network, "replaces": "true"} if network else {}


def _completed(facts: Mapping[str, str]) -> Facts:
    known = dict(facts)
    for key in ("conf_dir", "bin_dir"):
        known[key] = clean(known.get(key, ""))
    known["writes_dir"] = known["conf_dir"]
    known["mode"] = _mode(known)
    return without_blanks(known)


def _mode(facts: Mapping[str, str]) -> str:
    if facts.get("provider") == "multus" or "multus" in facts.get("conf_dir", ""):
        return "multus"
    return {"true": "chained", "false": "standalone"}.get(facts.get("chained", ""), "")
