"""Other network components that the inputs show: what may break, or be broken by, the move.

Every neighbour has a kind and facts; a fact that is not known is absent. Paths are host paths.

===========================  ==================================================================
kind                         facts
===========================  ==================================================================
istio-cni                    provider, chained, mode, conf_dir, writes_dir, conf_file, bin_dir,
                             network, replaces, everywhere (see inventory/istio.py)
kuma-cni                     mode, chained, conf_dir, writes_dir, conf_file, bin_dir, network,
                             replaces
linkerd-cni                  conf_dir, writes_dir, bin_dir, mode
cilium                       exclusive ("true" or "false"; absent: not stated, the default is
                             true), conf_dir, bin_dir
calico                       conf_file, conf_dir, bin_dir
whereabouts                  config_path, kubeconfig, conf_dir, bin_dir
dhcp-daemon                  socket, host_prefix
sriov-device-plugin          device_info_dir
dynamic-networks-controller  socket (Multus's), cri_socket
generated-nad                name, namespace, generator: a NAD that an operator makes
flannel, sriov-cni, ovs-cni, conf_dir, bin_dir
kube-ovn, antrea,
aws-vpc-cni, ovn-kubernetes,
spiderpool, sriov-operator,
cluster-network-addons,
nvidia-network-operator,
openshift-network
===========================  ==================================================================

Neighbours seen in a node's CNI file have ``document`` None and instead of the above: node,
file, conf_dir, plugin (the CNI type), at (where in the JSON, "" at its top), name (the
network's), kubeconfig where the plugin names one, and writes_dir for a mesh's own file.
``writes_dir`` is what the choice of a strategy needs: an agent writes there at run time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from migrator.inventory.agents import Facts, without_blanks
from migrator.inventory.cni_types import KINDS, plugins_in
from migrator.inventory.meshes import istio, kuma, linkerd
from migrator.inventory.plugins import agents_in, cilium_config_map, cilium_values
from migrator.inventory.templates import PodTemplate, pod_templates
from migrator.model.inputs import CniFile, Document, NodeFiles
from migrator.model.inventory import Neighbour
from migrator.read.config_maps import ConfigMaps, config_maps
from migrator.read.namespaces import effective_namespace
from migrator.read.releases import Release, releases
from migrator.trees.dig import NodePath, string

_MESHES = frozenset({"istio-cni", "kuma-cni", "linkerd-cni"})
_CONFIG_MAPS = (
    ("istio-cni", istio.from_config_map),
    ("linkerd-cni", linkerd.from_config_map),
    ("cilium", cilium_config_map),
)
_CHARTS: Mapping[str, str] = {
    "cilium": "cilium",
    "calico": "calico",
    "tigera-operator": "calico",
    "flannel": "flannel",
    "canal": "flannel",
    "whereabouts": "whereabouts",
    "whereabouts-chart": "whereabouts",
    "sriov-network-operator": "sriov-operator",
    "sriov": "sriov-operator",
    "sriov-network-device-plugin": "sriov-device-plugin",
    "kube-ovn": "kube-ovn",
    "antrea": "antrea",
    "aws-vpc-cni": "aws-vpc-cni",
    "spiderpool": "spiderpool",
}
_OBJECTS: Mapping[tuple[str, str], str] = {
    ("operator.tigera.io", "Installation"): "calico",
    ("sriovnetwork.openshift.io", "SriovOperatorConfig"): "sriov-operator",
    ("sriovnetwork.openshift.io", "SriovNetworkNodePolicy"): "sriov-operator",
    ("networkaddonsoperator.network.kubevirt.io", "NetworkAddonsConfig"): "cluster-network-addons",
    ("mellanox.com", "NicClusterPolicy"): "nvidia-network-operator",
    ("operator.openshift.io", "Network"): "openshift-network",
}
_GENERATORS: Mapping[tuple[str, str], bool] = {
    ("sriovnetwork.openshift.io", "SriovNetwork"): True,
    ("sriovnetwork.openshift.io", "SriovIBNetwork"): True,
    ("sriovnetwork.openshift.io", "OVSNetwork"): True,
    ("mellanox.com", "HostDeviceNetwork"): True,
    ("mellanox.com", "MacvlanNetwork"): True,
    ("mellanox.com", "IPoIBNetwork"): True,
    ("spiderpool.spidernet.io", "SpiderMultusConfig"): False,
    ("k8s.ovn.org", "UserDefinedNetwork"): False,
}
"""Objects of which an operator makes a NAD of the same name; True where ``networkNamespace``
says in which namespace."""


def find_neighbours(documents: Sequence[Document], node_files: NodeFiles) -> tuple[Neighbour, ...]:
    """The neighbours of Multus, first those of the documents, then those of the node files.

    An agent's ConfigMap is folded into its DaemonSet where the inputs hold both.
    """
    known = config_maps(documents)
    found = [(d, path, kind, facts) for d in documents for path, kind, facts in _shown(d, known)]
    with_agent = {(kind, effective_namespace(d)) for d, _, kind, _ in found if _is_agent(d)}
    from_documents = (
        Neighbour(kind=kind, document=document, source=document.at(path), facts=facts)
        for document, path, kind, facts in found
        if not (_is_agents_map(document) and (kind, effective_namespace(document)) in with_agent)
    )
    return (*from_documents, *(n for f in node_files.files for n in _in_file(f)))


def _shown(document: Document, known: ConfigMaps) -> Iterator[tuple[NodePath, str, Facts]]:
    """(where, kind, facts) of what one object shows."""
    if _is_agent(document):
        for template in pod_templates(document):
            for kind, facts in _in_daemonset(template, known):
                yield (), kind, facts
    elif document.ref.kind == "ConfigMap":
        for kind, read in _CONFIG_MAPS:
            from_map = read(document)
            if from_map is not None:
                yield ("data",), kind, from_map
    identity = (document.ref.group, document.ref.kind)
    if identity in _OBJECTS:
        yield (), _OBJECTS[identity], {}
    if identity in _GENERATORS:
        yield (), "generated-nad", _generated(document, _GENERATORS[identity])
    for release in releases(document, known):
        for kind, facts in _in_release(release):
            yield release.path, kind, facts


def _is_agent(document: Document) -> bool:
    return document.ref.kind == "DaemonSet"


def _is_agents_map(document: Document) -> bool:
    """The webhook's ConfigMap is not the agent's: it says what is injected."""
    return document.ref.kind == "ConfigMap" and not istio.is_injector(document)


def _in_daemonset(template: PodTemplate, known: ConfigMaps) -> Iterator[tuple[str, Facts]]:
    for kind, read in (
        ("istio-cni", istio.from_daemonset),
        ("kuma-cni", kuma.from_daemonset),
        ("linkerd-cni", linkerd.from_daemonset),
    ):
        facts = read(template, known)
        if facts is not None:
            yield kind, facts
    yield from agents_in(template, known)


def _in_release(release: Release) -> Iterator[tuple[str, Facts]]:
    for kind, read in (
        ("istio-cni", istio.from_values),
        ("kuma-cni", kuma.from_values),
        ("linkerd-cni", linkerd.from_values),
    ):
        facts = read(release)
        if facts is not None:
            yield kind, facts
    if release.chart in _CHARTS:
        kind = _CHARTS[release.chart]
        yield kind, cilium_values(release.values) if kind == "cilium" else {}


def _generated(document: Document, names_namespace: bool) -> Facts:
    stated = string(document.data, "spec", "networkNamespace") if names_namespace else ""
    return {
        "name": document.ref.name,
        "namespace": stated or effective_namespace(document),
        "generator": document.ref.kind,
    }


def _in_file(file: CniFile) -> Iterator[Neighbour]:
    for path, plugin in plugins_in(file.content):
        kind = KINDS[string(plugin, "type")]
        own_file = kind in _MESHES and not path
        facts = {
            "node": file.node,
            "file": file.name,
            "conf_dir": file.directory,
            "plugin": string(plugin, "type"),
            "at": _dotted(path),
            "name": string(plugin, "name"),
            "kubeconfig": string(plugin, "kubernetes", "kubeconfig")
            or string(plugin, "kubeconfig"),
            "writes_dir": file.directory if own_file else "",
        }
        yield Neighbour(kind=kind, document=None, source=file.source, facts=without_blanks(facts))


def _dotted(path: NodePath) -> str:
    """``plugins[1].ipam``, as a person would write it."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
