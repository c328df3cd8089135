"""CNI plugins and their agents other than the meshes': what gives each away, and its facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from msgspec import Struct

from migrator.inventory.agents import (
    Facts,
    cni_dirs,
    containers,
    environment,
    host_dir,
    images,
    join,
    mounted_dir,
    without_blanks,
    words,
)
from migrator.inventory.templates import PodTemplate
from migrator.model.inputs import Document
from migrator.multus.images import parse_image
from migrator.read.config_maps import ConfigMaps, config_data
from migrator.trees import pods
from migrator.trees.dig import mapping, scalar, string
from migrator.trees.embedded import json_map

MoreFacts = Callable[[PodTemplate, ConfigMaps], Facts]


class Signature(Struct, frozen=True, kw_only=True):
    """What gives an agent's DaemonSet away: its name, or an image (a mirror keeps the name, a
    vendor keeps the DaemonSet's)."""

    kind: str
    names: frozenset[str]
    images: frozenset[str]
    more: MoreFacts | None = None


def _calico(template: PodTemplate, known: ConfigMaps) -> Facts:
    env = environment(template, known)
    return {"conf_file": env.get("CNI_CONF_NAME", "")}


def _cilium(template: PodTemplate, known: ConfigMaps) -> Facts:
    config = known.get((template.namespace, "cilium-config"))
    return (cilium_config_map(config) or {}) if config else {}


def _whereabouts(template: PodTemplate, known: ConfigMaps) -> Facts:
    directory = mounted_dir(template, ("/net.d", "/cni-network"))
    return {
        "config_path": join(directory, "whereabouts.d", "whereabouts.conf"),
        "kubeconfig": join(directory, "whereabouts.d", "whereabouts.kubeconfig"),
    }


def _sriov_device_plugin(template: PodTemplate, known: ConfigMaps) -> Facts:
    return {"device_info_dir": mounted_dir(template, ("/k8s.cni.cncf.io", "/devinfo/dp"))}


def _dynamic_networks(template: PodTemplate, known: ConfigMaps) -> Facts:
    data = config_data(known, template.namespace, "dynamic-networks-controller-config")
    settings = json_map(data.get("dynamic-networks-config.json", ""))
    inside = {"socket": "multusSocketPath", "cri_socket": "criSocketPath"}
    return {
        fact: host_dir(template, path) or path
        for fact, key in inside.items()
        if (path := string(settings, key))
    }


AGENTS: tuple[Signature, ...] = (
    Signature(
        kind="cilium",
        names=frozenset({"cilium"}),
        images=frozenset({"cilium/cilium"}),
        more=_cilium,
    ),
    Signature(
        kind="calico",
        names=frozenset({"calico-node"}),
        images=frozenset({"calico/node", "calico/cni"}),
        more=_calico,
    ),
    Signature(
        kind="flannel",
        names=frozenset({"kube-flannel-ds", "kube-flannel", "kube-flannel-ds-amd64"}),
        images=frozenset({"flannel/flannel", "coreos/flannel"}),
    ),
    Signature(
        kind="whereabouts",
        names=frozenset({"whereabouts"}),
        images=frozenset({"whereabouts"}),
        more=_whereabouts,
    ),
    Signature(
        kind="sriov-device-plugin",
        names=frozenset({"kube-sriov-device-plugin", "sriov-device-plugin"}),
        images=frozenset({"sriov-network-device-plugin", "sriov-device-plugin"}),
        more=_sriov_device_plugin,
    ),
    Signature(
        kind="sriov-cni",
        names=frozenset({"kube-sriov-cni-ds", "kube-sriov-cni-ds-amd64", "sriov-cni"}),
        images=frozenset({"sriov-cni"}),
    ),
    Signature(
        kind="ovs-cni",
        names=frozenset({"ovs-cni", "ovs-cni-amd64"}),
        images=frozenset({"ovs-cni-plugin"}),
    ),
    Signature(
        kind="dynamic-networks-controller",
        names=frozenset({"dynamic-networks-controller-ds"}),
        images=frozenset({"multus-dynamic-networks-controller"}),
        more=_dynamic_networks,
    ),
    Signature(kind="kube-ovn", names=frozenset({"kube-ovn-cni"}), images=frozenset()),
    Signature(
        kind="antrea",
        names=frozenset({"antrea-agent"}),
        images=frozenset({"antrea-agent-ubuntu", "antrea-agent-ubi", "antrea-ubuntu"}),
    ),
    Signature(
        kind="aws-vpc-cni",
        names=frozenset({"aws-node"}),
        images=frozenset({"amazon-k8s-cni"}),
    ),
    Signature(
        kind="ovn-kubernetes",
        names=frozenset({"ovnkube-node"}),
        images=frozenset({"ovn-kube-ubuntu", "ovn-kube-fedora", "ovn-kube-u"}),
    ),
    Signature(
        kind="spiderpool",
        names=frozenset({"spiderpool-agent"}),
        images=frozenset({"spiderpool-agent"}),
    ),
)


def agents_in(template: PodTemplate, known: ConfigMaps) -> list[tuple[str, Facts]]:
    """(kind, facts) of every agent that a DaemonSet runs; Multus itself is none."""
    shown = images(template)
    found: list[tuple[str, Facts]] = []
    for signature in AGENTS:
        if template.document.ref.name in signature.names or not signature.images.isdisjoint(shown):
            more = signature.more(template, known) if signature.more else {}
            found.append((signature.kind, {**cni_dirs(template), **without_blanks(more)}))
    daemon = _dhcp_daemon(template)
    if daemon is not None:
        found.append(("dhcp-daemon", daemon))
    return found


def cilium_config_map(document: Document) -> Facts | None:
    """``exclusive`` of cilium-config: "true", "false", or absent (Cilium's default is true)."""
    if document.ref.name != "cilium-config":
        return None
    return without_blanks({"exclusive": scalar(document.data, "data", "cni-exclusive")})


def cilium_values(values: Mapping[str, Any]) -> Facts:
    """The same from Helm values, with the conf dir where it is stated."""
    cni = mapping(values, "cni")
    return without_blanks(
        {
            "exclusive": scalar(cni, "exclusive"),
            "conf_dir": string(cni, "confPath"),
            "bin_dir": string(cni, "binPath"),
        }
    )


def _dhcp_daemon(template: PodTemplate) -> Facts | None:
    """The DHCP IPAM daemon, by its command: it runs in pods of any name, also in Multus's; or
    by an image that is made for it."""
    for container in containers(template):
        line = " ".join(words(container)).split()
        command = ("dhcp", "daemon") in pairwise(word.rsplit("/", 1)[-1] for word in line)
        if command or "dhcp-daemon" in parse_image(string(container, "image")).name:
            prefix = _flag(line, "hostprefix")
            inside = _flag(line, "socketpath") or prefix + "/run/cni/dhcp.sock"
            socket = pods.on_host(template.spec, container, inside)
            return without_blanks({"socket": socket, "host_prefix": prefix})
    return None


def _flag(line: list[str], name: str) -> str:
    """A flag of Go's flag package: -name value, -name=value, with one dash or two."""
    for word, following in pairwise([*line, ""]):
        flag, equals, value = word.lstrip("-").partition("=")
        if flag == name:
            return value if equals else following
    return ""
