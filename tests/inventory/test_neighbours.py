from __future__ import annotations

import pytest

from migrator.inventory.neighbours import find_neighbours
from migrator.model.inventory import Neighbour

from .documents import NO_FILES, documents, node_file, node_files


def daemonset(
    name: str,
    container: str = "name: main, image: example.com/none",
    volumes: str = "",
    ns: str = "net",
) -> str:
    return f"""
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: {name}, namespace: {ns}}}
spec:
  template:
    spec:
      containers: [{{{container}}}]
      volumes: [{volumes}]
---"""


def config_map(name: str, data: str, ns: str = "net") -> str:
    return f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}, namespace: {ns}}}
data: {{{data}}}
---"""


def helm_release(chart: str, values: str = "") -> str:
    return f"""
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: release, namespace: net}}
spec: {{chart: {{spec: {{chart: {chart}}}}}, values: {{{values}}}}}
---"""


def found(text: str) -> list[tuple[str, dict[str, str]]]:
    return [(n.kind, dict(n.facts)) for n in find_neighbours(documents(text), NO_FILES)]


CNI_MOUNTS = "volumeMounts: [{name: net, mountPath: /host/etc/cni/net.d}, {name: bin, mountPath: /host/opt/cni/bin}]"
CNI_VOLUMES = (
    "{name: net, hostPath: {path: /etc/cni/net.d/}}, {name: bin, hostPath: {path: /opt/cni/bin}}"
)


@pytest.mark.parametrize(
    ("name", "image", "kind"),
    [
        pytest.param("cilium", "x/y", "cilium", id="cilium by name"),
        pytest.param("x", "quay.io/cilium/cilium:v1.16.0@sha256:0", "cilium", id="cilium by image"),
        pytest.param("calico-node", "x/y", "calico", id="calico by name"),
        pytest.param(
            "x", "mirror.local:5000/docker/calico/node:v3", "calico", id="calico, mirrored"
        ),
        pytest.param("x", "docker.io/flannel/flannel:v0.25", "flannel", id="flannel"),
        pytest.param(
            "x", "ghcr.io/k8snetworkplumbingwg/whereabouts", "whereabouts", id="whereabouts"
        ),
        pytest.param(
            "x", "a/sriov-network-device-plugin:v3", "sriov-device-plugin", id="SR-IOV plugin"
        ),
        pytest.param("kube-sriov-cni-ds", "x/y", "sriov-cni", id="SR-IOV CNI"),
        pytest.param("x", "quay.io/kubevirt/ovs-cni-plugin:latest", "ovs-cni", id="ovs-cni"),
        pytest.param("kube-ovn-cni", "x/y", "kube-ovn", id="kube-ovn"),
        pytest.param("antrea-agent", "x/y", "antrea", id="antrea"),
        pytest.param("aws-node", "x/y", "aws-vpc-cni", id="AWS"),
        pytest.param("ovnkube-node", "x/y", "ovn-kubernetes", id="OVN-Kubernetes"),
        pytest.param("spiderpool-agent", "x/y", "spiderpool", id="spiderpool"),
    ],
)
def test_agent_by_name_or_image(name: str, image: str, kind: str) -> None:
    assert [k for k, _ in found(daemonset(name, f"name: main, image: '{image}'"))] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            daemonset(
                "kube-multus-ds",
                "name: kube-multus, image: ghcr.io/k8snetworkplumbingwg/multus-cni",
            ),
            id="Multus itself",
        ),
        pytest.param(
            daemonset("node-exporter", "name: main, image: prom/node-exporter"), id="any agent"
        ),
        pytest.param(
            daemonset("x", "name: cilium, image: cilium/hubble-relay"), id="a part of cilium"
        ),
        pytest.param(
            daemonset("x", "name: main, image: a/dhcp, args: [--help]"), id="no dhcp daemon"
        ),
        pytest.param(
            daemonset("calico-node").replace("DaemonSet", "Deployment"),
            id="an agent is a DaemonSet",
        ),
        pytest.param(
            config_map("settings", "cni-exclusive: 'true'"), id="a ConfigMap of another name"
        ),
        pytest.param(helm_release("podinfo", "cni: {enabled: true}"), id="a chart of its own"),
        pytest.param(
            helm_release("cni", "replicas: 1"), id="a chart called cni that is not Istio's"
        ),
        pytest.param(helm_release("istiod", "pilot: {replicas: 2}"), id="istiod without CNI"),
        pytest.param(helm_release("kuma", "cni: {enabled: false}"), id="Kuma without CNI"),
        pytest.param(config_map("istio", "mesh: ''"), id="Istio's mesh config"),
        pytest.param(
            config_map("istio-sidecar-injector", "values: '{}'"), id="webhook that says nothing"
        ),
    ],
)
def test_leaves_alone(text: str) -> None:
    assert found(text) == []


def test_directories_are_the_hosts() -> None:
    text = daemonset("antrea-agent", f"name: main, {CNI_MOUNTS}", CNI_VOLUMES)
    assert found(text) == [("antrea", {"conf_dir": "/etc/cni/net.d", "bin_dir": "/opt/cni/bin"})]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        pytest.param(
            config_map("cilium-config", "cni-exclusive: 'true'"), {"exclusive": "true"}, id="true"
        ),
        pytest.param(config_map("cilium-config", "debug: 'no'"), {}, id="not stated"),
        pytest.param(
            helm_release("cilium", "cni: {exclusive: false}"), {"exclusive": "false"}, id="values"
        ),
        pytest.param(
            daemonset("cilium") + config_map("cilium-config", "cni-exclusive: 'false'"),
            {"exclusive": "false"},
            id="ConfigMap is folded into its DaemonSet",
        ),
        pytest.param(
            """
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-cilium, namespace: kube-system}
spec: {valuesContent: "cni: {exclusive: false}"}
""",
            {"exclusive": "false"},
            id="RKE2",
        ),
        pytest.param(
            """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a}
spec: {source: {chart: cilium, helm: {parameters: [{name: cni.exclusive, value: 'false'}]}}}
""",
            {"exclusive": "false"},
            id="Argo CD parameter",
        ),
    ],
)
def test_cilium(text: str, facts: dict[str, str]) -> None:
    assert found(text) == [("cilium", facts)]


def test_whereabouts_config_lies_in_the_directory_that_it_mounts() -> None:
    volumes = "{name: net, hostPath: {path: /var/lib/rancher/k3s/agent/etc/cni/net.d}}"
    mounts = "volumeMounts: [{name: net, mountPath: /host/etc/cni/net.d}]"
    ((_, facts),) = found(daemonset("whereabouts", f"name: main, {mounts}", volumes))
    base = "/var/lib/rancher/k3s/agent/etc/cni/net.d/whereabouts.d"
    assert facts["config_path"] == f"{base}/whereabouts.conf"
    assert facts["kubeconfig"] == f"{base}/whereabouts.kubeconfig"


def test_calico_says_which_file_it_writes_even_through_its_config_map() -> None:
    env = "env: [{name: CNI_CONF_NAME, valueFrom: {configMapKeyRef: {name: c, key: k}}}]"
    text = daemonset("calico-node", f"name: main, {env}") + config_map("c", "k: 10-calico.conflist")
    assert found(text) == [("calico", {"conf_file": "10-calico.conflist"})]


@pytest.mark.parametrize(
    ("command", "facts"),
    [
        pytest.param(
            "command: [/opt/cni/bin/dhcp, daemon, -hostprefix, /host]",
            {"host_prefix": "/host", "socket": "/run/cni/dhcp.sock"},
            id="command",
        ),
        pytest.param(
            "command: [/bin/dhcp], args: [daemon, --hostprefix=/host]",
            {"host_prefix": "/host", "socket": "/run/cni/dhcp.sock"},
            id="args and equals sign",
        ),
        pytest.param(
            "command: [sh, -c, exec /cni/dhcp daemon -socketpath /host/run/cni/other.sock]",
            {"socket": "/run/cni/other.sock"},
            id="script with a socket of its own",
        ),
        pytest.param("command: [/bin/dhcp, daemon]", {}, id="socket is not mounted"),
        pytest.param("image: antrea/cni-dhcp-daemon", {}, id="image"),
    ],
)
def test_dhcp_daemon_by_its_command(command: str, facts: dict[str, str]) -> None:
    mounts = "volumeMounts: [{name: run, mountPath: /host/run/cni}]"
    text = daemonset(
        "any", f"name: main, {command}, {mounts}", "{name: run, hostPath: {path: /run/cni}}"
    )
    assert found(text) == [("dhcp-daemon", facts)]


def test_dynamic_networks_controller_needs_the_socket() -> None:
    settings = (
        '\'{"multusSocketPath": "/host/run/multus/multus.sock", "criSocketPath": "/cri.sock"}\''
    )
    text = daemonset(
        "dynamic-networks-controller-ds",
        "name: main, volumeMounts: [{name: s, mountPath: /host/run/multus}]",
        "{name: s, hostPath: {path: /run/multus}}",
    ) + config_map(
        "dynamic-networks-controller-config", f"dynamic-networks-config.json: {settings}"
    )
    expected = {"socket": "/run/multus/multus.sock", "cri_socket": "/cri.sock"}
    assert found(text) == [("dynamic-networks-controller", expected)]


@pytest.mark.parametrize(
    ("head", "kind", "facts"),
    [
        pytest.param("operator.tigera.io/v1 Installation", "calico", {}, id="Tigera operator"),
        pytest.param(
            "sriovnetwork.openshift.io/v1 SriovOperatorConfig", "sriov-operator", {}, id="SR-IOV"
        ),
        pytest.param(
            "networkaddonsoperator.network.kubevirt.io/v1 NetworkAddonsConfig",
            "cluster-network-addons",
            {},
            id="CNAO",
        ),
        pytest.param(
            "mellanox.com/v1alpha1 NicClusterPolicy", "nvidia-network-operator", {}, id="NVIDIA"
        ),
        pytest.param(
            "sriovnetwork.openshift.io/v1 SriovNetwork",
            "generated-nad",
            {"name": "x", "namespace": "apps", "generator": "SriovNetwork"},
            id="a NAD that the SR-IOV operator makes",
        ),
        pytest.param(
            "k8s.ovn.org/v1 UserDefinedNetwork",
            "generated-nad",
            {"name": "x", "namespace": "net", "generator": "UserDefinedNetwork"},
            id="a NAD in the object's own namespace",
        ),
    ],
)
def test_operators_by_their_objects(head: str, kind: str, facts: dict[str, str]) -> None:
    version, object_kind = head.split()
    text = f"apiVersion: {version}\nkind: {object_kind}\nmetadata: {{name: x, namespace: net}}\n"
    assert found(text + "spec: {networkNamespace: apps}") == [(kind, facts)]


def in_file(content: str, name: str = "10-net.conflist", node: str = "n1") -> list[Neighbour]:
    files = node_files(node_file(name, content, node=node))
    return list(find_neighbours((), files))


def test_types_in_node_files_with_their_place() -> None:
    content = """{"name": "net", "plugins": [
        {"type": "calico", "kubernetes": {"kubeconfig": "/etc/cni/net.d/calico-kubeconfig"}},
        {"type": "macvlan", "ipam": {"type": "whereabouts"}},
        {"type": "istio-cni", "name": "istio-cni"}]}"""
    calico, whereabouts, istio = in_file(content)
    assert (calico.kind, calico.document, calico.facts["node"]) == ("calico", None, "n1")
    assert calico.facts["kubeconfig"] == "/etc/cni/net.d/calico-kubeconfig"
    assert (whereabouts.kind, whereabouts.facts["at"]) == ("whereabouts", "plugins[1].ipam")
    assert (istio.facts["at"], istio.facts["plugin"]) == ("plugins[2]", "istio-cni")
    assert "writes_dir" not in istio.facts


def test_istio_in_a_multus_config_is_seen_in_its_delegates() -> None:
    content = '{"type": "multus", "delegates": [{"plugins": [{"type": "istio-cni"}]}]}'
    (istio,) = in_file(content, "00-multus.conf")
    assert istio.facts["at"] == "delegates[0].plugins[0]"


def test_a_meshs_own_file_says_where_it_writes() -> None:
    files = node_files(
        node_file("istio-cni.conf", '{"type": "istio-cni"}', "/etc/cni/multus/net.d")
    )
    (istio,) = find_neighbours((), files)
    assert istio.facts["writes_dir"] == "/etc/cni/multus/net.d"
    assert str(istio.source) == "nodes/all/etc/cni/multus/net.d/istio-cni.conf:1"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("not json", id="not JSON"),
        pytest.param("[]", id="list"),
        pytest.param('{"type": ["calico"]}', id="type is no text"),
        pytest.param('{"type": "macvlan", "ipam": {"type": "host-local"}}', id="plain plugins"),
        pytest.param("", id="empty"),
    ],
)
def test_node_files_that_say_nothing(content: str) -> None:
    assert in_file(content) == []


def test_documents_come_before_node_files_in_input_order() -> None:
    files = node_files(node_file("a.conf", '{"type": "flannel"}'))
    text = daemonset("aws-node") + helm_release("cilium")
    kinds = [n.kind for n in find_neighbours(documents(text), files)]
    assert kinds == ["aws-vpc-cni", "cilium", "flannel"]
