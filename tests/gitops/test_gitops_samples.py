"""The charts of the sample repositories, rendered with real helm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from migrator.model.plan import EVERY_POD
from migrator.tools.kustomize import builder, find_tool
from tests.gitops.repositories import (
    CHARTS,
    GITOPS,
    MULTUS,
    by_kind,
    objects,
    plan_of,
    pod_of,
    releases,
    rendered,
    template,
)

pytestmark = pytest.mark.helm

UPSTREAM = "ghcr.io/k8snetworkplumbingwg/multus-cni"
THICK = (Path(__file__).parent / "charts" / "app-template-thick.yaml").read_text()
K3S = "/var/lib/rancher/k3s/agent/etc/cni/net.d"
OBJECTS = {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "DaemonSet"}
CRD = {"CustomResourceDefinition"}
THIN_ONLY = ["--cleanup-config-on-exit", "--multus-cni-conf-dir=/tmp"]
THIN = [
    "--multus-conf-file=auto",
    "--multus-autoconfig-dir=/host/etc/cni/net.d",
    "--cni-conf-dir=/host/etc/cni/net.d",
]
RKE2 = [
    "--multus-conf-file=auto",
    "--cni-bin-dir=/host/var/lib/rancher/k3s/data/cni/",
    f"--cni-conf-dir=/host{K3S}",
    f"--multus-autoconfig-dir=/host{K3S}",
]
RKE2_KUBECONFIG = f"--multus-kubeconfig-file-host={K3S}/multus.d/multus.kubeconfig"

RENDERS = {
    "flux-thin-chart": (OBJECTS | CRD, "multus", f"{UPSTREAM}:v4.1.4", None, THIN_ONLY),
    "flux-thin-entrypoint": (
        OBJECTS | CRD,
        "multus",
        f"{UPSTREAM}:v4.2.3",
        None,
        [
            *THIN_ONLY,
            "--multus-cni-conf-dir=/etc/cni/multus/net.d",
            "--namespace-isolation",
            "--global-namespaces=kube-system,telephony",
            "--multus-log-level=error",
        ],
    ),
    "flux-app-template": (
        OBJECTS,
        "multus",
        f"{UPSTREAM}:v4.2.2",
        ["/thin_entrypoint"],
        [
            *THIN,
            "--cleanup-config-on-exit=true",
            "--global-namespaces=network",
            "--namespace-isolation",
        ],
    ),
    "argo-app-template": (
        OBJECTS,
        "multus",
        f"{UPSTREAM}:v4.1.4",
        ["/thin_entrypoint"],
        [*THIN, "--multus-log-level=verbose", "--multus-log-file=/var/log/multus.log"],
    ),
    "flux-rke2-multus": (
        OBJECTS | CRD,
        "kube-rke2-multus",
        f"{UPSTREAM}:v4.1.4",
        ["/thin_entrypoint"],
        [
            "--multus-conf-file=auto",
            "--cni-bin-dir=/host/opt/cni/bin",
            "--cni-conf-dir=/host/etc/cni/net.d",
            "--multus-autoconfig-dir=/host/etc/cni/net.d",
            "--cni-version=1.0.0",
            "--global-namespaces=shared",
            "--multus-kubeconfig-file-host=/etc/cni/net.d/multus.d/multus.kubeconfig",
            "--multus-log-file=/var/log/multus.log",
            "--multus-log-level=error",
            "--multus-master-cni-file-name=10-canal.conflist",
            "--namespace-isolation",
        ],
    ),
    "flux-rke2-multus-k3s": (
        OBJECTS | CRD | {"ConfigMap"},
        "kube-rke2-multus",
        f"{UPSTREAM}:v4.2.2",
        ["/thin_entrypoint"],
        [
            *RKE2,
            "--global-namespaces=kube-system",
            RKE2_KUBECONFIG,
            f"--readiness-indicator-file={K3S}/10-flannel.conflist",
            "--namespace-isolation",
        ],
    ),
    "k3s-helmchart-rke2-multus": (
        OBJECTS | CRD | {"ConfigMap"},
        "kube-rke2-multus",
        "mirror.example/k8snetworkplumbingwg/multus-cni:v4.2.2",
        ["/thin_entrypoint"],
        [*RKE2, RKE2_KUBECONFIG],
    ),
    "rke2-helmchartconfig": (
        OBJECTS | CRD | {"ConfigMap"},
        "kube-rke2-multus",
        "mirror.observatory.example/k8snetworkplumbingwg/multus-cni:v4.2.2",
        ["/thin_entrypoint"],
        [
            "--multus-conf-file=auto",
            "--cni-bin-dir=/host/opt/cni/bin",
            "--cni-conf-dir=/host/etc/cni/net.d",
            "--multus-autoconfig-dir=/host/etc/cni/net.d",
            "--global-namespaces=antennas",
            "--multus-kubeconfig-file-host=/etc/cni/net.d/multus.d/multus.kubeconfig",
            "--multus-log-file=/var/log/multus.log",
            "--multus-log-level=debug",
            "--readiness-indicator-file=/etc/cni/net.d/10-canal.conflist",
        ],
    ),
}
"""Layout -> kinds, and container, image, command and flags of the DaemonSet of Multus."""

NETWORKED = {
    "flux-thin-chart": (
        ["apps/network/multus/app/networks.yaml", "apps/media/recorder/deployment.yaml"],
        ["recorder network/cameras", "recorder network/storage"],
    ),
    "flux-thin-entrypoint": (
        ["telephony/voice.yaml", "telephony/sip.yaml"],
        ["sip telephony/voice@voice0"],
    ),
    "flux-app-template": ([], []),  # both are without a namespace, or in values
    "argo-app-template": (
        ["platform/networks/telescopes.yaml", "teams/vision/stacker.yaml"],
        ["stacker vision/telescopes@cam0"],
    ),
    "flux-rke2-multus": (["quarry/conveyor.yaml"], ["conveyor shared/drives@drives"]),
    "flux-rke2-multus-k3s": (
        ["infrastructure/multus/stations.yaml", "apps/weather/daemonset.yaml"],
        ["collector kube-system/stations"],
    ),
    "k3s-helmchart-rke2-multus": (["server/workshop.yaml"], ["gateway workshop/machines"]),
    "rke2-helmchartconfig": (["radio/dish.yaml"], ["correlator antennas/dish-12"]),
}
"""Layout -> where its networks and workloads are, as they are applied, and who asks for what."""

NO_VALUE = {
    "app-template": ("updateStrategy", "strategy"),
    "rke2-multus": ("updateStrategy",),
    "multus": ("updateStrategy",),
}
"""Chart -> the names that a value for the update strategy could have."""


def test_every_repository_with_a_chart_is_rendered() -> None:
    assert sorted({chart.parents[1].name for chart in CHARTS}) == sorted(RENDERS)
    assert all({name for _, name, _, _ in releases(layout)} & {*MULTUS} for layout in RENDERS)


@pytest.mark.parametrize("layout", RENDERS)
def test_a_chart_renders_thin_multus(layout: str) -> None:
    kinds, container, image, command, flags = RENDERS[layout]
    found = by_kind(rendered(layout))
    assert found.keys() == kinds
    daemonset = found["DaemonSet"]
    assert daemonset["metadata"]["name"] in MULTUS
    (main,) = pod_of(daemonset)["containers"]
    assert (main["name"], main["image"], main.get("command"), main["args"]) == (
        container,
        image,
        command,
        flags,
    )
    labels = daemonset["spec"]["template"]["metadata"]["labels"]
    assert daemonset["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert pod_of(daemonset)["serviceAccountName"] == found["ServiceAccount"]["metadata"]["name"]
    binding = found["ClusterRoleBinding"]
    assert binding["roleRef"]["name"] == found["ClusterRole"]["metadata"]["name"]
    assert binding["subjects"] == [
        {
            "kind": "ServiceAccount",
            "name": found["ServiceAccount"]["metadata"]["name"],
            "namespace": daemonset["metadata"]["namespace"],
        }
    ]


@pytest.mark.parametrize("layout", RENDERS)
def test_the_mounts_of_a_render_have_their_volumes(layout: str) -> None:
    for more in ((), (THICK,)) if layout == "flux-app-template" else ((),):
        pod = pod_of(by_kind(rendered(layout, *more))["DaemonSet"])
        containers = [*pod["containers"], *pod.get("initContainers", ())]
        mounted = [mount["name"] for each in containers for mount in each["volumeMounts"]]
        assert set(mounted) == {volume["name"] for volume in pod["volumes"]}
        for container in containers:
            places = [mount["mountPath"] for mount in container["volumeMounts"]]
            assert len(set(places)) == len(places)


@pytest.mark.parametrize("layout", RENDERS)
def test_a_render_is_a_thin_install_to_the_tool(layout: str) -> None:
    places, asked = NETWORKED[layout]
    plan = plan_of(layout, rendered(layout), *(GITOPS / layout / place for place in places))
    (install,) = plan.before.inventory.installs
    assert install.mode == "thin"
    assert install.daemonset.ref.name in MULTUS
    assert install.confidence == "certain"
    assert len(install.cluster_roles) == 1
    assert str(install.release) == RENDERS[layout][2].rpartition(":v")[2]
    owned = {finding.id for finding in plan.blockers}
    assert owned == (set() if "rke2" in layout else {"P54"})
    own = [each for each in plan.attachments if each.origin != EVERY_POD]
    assert [f"{each.workload.name} {each.network}" for each in own] == asked
    assert {each.verdict for each in plan.attachments} == {"equal"}
    assert all(each.before.config for each in plan.attachments)


@pytest.mark.parametrize("layout", ["flux-app-template"])
def test_values_of_app_template_make_a_thick_multus_that_needs_nothing(layout: str) -> None:
    text = rendered(layout, THICK)
    assert by_kind(text).keys() == OBJECTS | {"ConfigMap"}
    networks = GITOPS / layout / "kubernetes/network/multus/networks/iot.yaml"
    plan = plan_of(layout, text, networks)
    (install,) = plan.before.inventory.installs
    assert (install.mode, str(install.release)) == ("thick", "4.2.4")
    assert plan.changed == ()
    assert plan.blockers == ()


def test_a_config_map_of_app_template_restarts_its_pods_when_it_changes() -> None:
    other = yaml.safe_dump({"configMaps": {"daemon": {"data": {"daemon-config.json": "{}"}}}})
    sums = [
        by_kind(rendered("flux-app-template", *values))["DaemonSet"]["spec"]["template"][
            "metadata"
        ].get("annotations", {})
        for values in ((), (THICK,), (THICK, other))
    ]
    assert sums[0] == {}
    assert [list(each) for each in sums[1:]] == [["checksum/configMaps"]] * 2
    assert sums[1] != sums[2]


def test_values_of_a_config_map_come_before_those_of_the_release() -> None:
    pod = pod_of(by_kind(rendered("flux-rke2-multus-k3s"))["DaemonSet"])
    assert pod["tolerations"] == [{"operator": "Exists"}]
    (main,) = pod["containers"]
    assert main["resources"] == {"requests": {"cpu": "20m", "memory": "48Mi"}}
    other = pod_of(by_kind(rendered("k3s-helmchart-rke2-multus"))["DaemonSet"])
    assert len(other["tolerations"]) == 2
    assert "resources" not in other["containers"][0]


@pytest.mark.kustomize
def test_the_post_renderers_of_a_release_fit_what_its_chart_renders(tmp_path: Path) -> None:
    layout = "flux-thin-entrypoint"
    ((_, release),) = objects(layout, "HelmRelease")
    (renderer,) = release["spec"]["postRenderers"]
    (tmp_path / "all.yaml").write_text(rendered(layout))
    root = {"resources": ["all.yaml"], **renderer["kustomize"]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(root))
    tool = find_tool()
    assert tool is not None
    before, after = by_kind(rendered(layout)), by_kind(builder(tool)(tmp_path))
    strategy = after["DaemonSet"]["spec"].pop("updateStrategy")
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}
    assert after == before


SWITCH = f"""
thickPlugin:
  enabled: true
  image: {{repository: {UPSTREAM}, tag: v4.2.4-thick}}
"""


def test_the_switch_of_rke2_multus_forgets_the_folders_and_settings_of_thin_mode() -> None:
    found = by_kind(rendered("flux-rke2-multus-k3s", SWITCH))
    pod = pod_of(found["DaemonSet"])
    (main,) = pod["containers"]
    assert (main["name"], main["image"]) == ("kube-multus", f"{UPSTREAM}:v4.2.4-thick")
    assert main["command"] == ["/usr/src/multus-cni/bin/multus-daemon"]
    places = {each["name"]: each.get("hostPath", {}).get("path") for each in pod["volumes"]}
    assert (places["cni"], places["cnibin"]) == ("/etc/cni/net.d", "/opt/cni/bin")
    assert list(found["ConfigMap"]["data"]) == ["daemon-config.json"]
    config = yaml.safe_load(found["ConfigMap"]["data"]["daemon-config.json"])
    assert config["cniConfigDir"] == "/host/etc/cni/net.d"
    assert not {"namespaceIsolation", "globalNamespaces", "readinessindicatorfile"} & config.keys()
    (install,) = plan_of(
        "flux-rke2-multus-k3s", rendered("flux-rke2-multus-k3s", SWITCH)
    ).before.inventory.installs
    assert (install.mode, str(install.release)) == ("thick", "4.2.4")


ANEW = """
manifests: {configMap: true}
pod: {resources: {multus: {limits: null}}}
config:
  daemon_conf:
    cniVersion: 1.0.0
    confDir: /etc/cni/multus/net.d
    globalNamespaces: shared
    namespaceIsolation: true
    multusMasterCNI: 10-canal.conflist
    logLevel: error
    logFile: /var/log/multus.log
"""


def test_what_values_of_rke2_multus_cannot_say_is_left_to_plan() -> None:
    """On the folders that the chart has by default, with the settings of thin mode written anew."""
    layout = "flux-rke2-multus"
    networks = GITOPS / layout / "quarry" / "conveyor.yaml"
    plan = plan_of(layout, rendered(layout, SWITCH, ANEW), networks)
    (install,) = plan.before.inventory.installs
    assert (install.mode, str(install.release)) == ("thick", "4.2.4")
    assert {each.verdict for each in plan.attachments} == {"equal"}
    assert plan.blockers == ()
    (daemonset,) = plan.changed
    left = {str(change.path[-1]) for change in daemonset.changes}
    assert left == {
        "command",  # cp, in place of what renames
        "[name=multus-log-dir]",  # thin mode logs on the host; the daemon in its container
        "[mountPath=/var/log]",
        "terminationGracePeriodSeconds",
        "annotations",
    }


def test_the_switch_of_rke2_multus_needs_its_config_map() -> None:
    without = "manifests: {configMap: false}\n"
    found = by_kind(rendered("flux-rke2-multus-k3s", SWITCH, without))
    assert "ConfigMap" not in found
    volumes = pod_of(found["DaemonSet"])["volumes"]
    assert [each["configMap"]["name"] for each in volumes if "configMap" in each]


def test_daemon_conf_of_rke2_multus_is_the_daemon_s_config() -> None:
    anew = "config: {daemon_conf: {namespaceIsolation: true, multusMasterCNI: 10-flannel.conflist}}"
    found = by_kind(rendered("flux-rke2-multus-k3s", SWITCH, anew))
    config = yaml.safe_load(found["ConfigMap"]["data"]["daemon-config.json"])
    assert (config["namespaceIsolation"], config["multusMasterCNI"]) == (
        True,
        "10-flannel.conflist",
    )


@pytest.mark.parametrize("layout", [layout for layout in RENDERS if "rke2" in layout])
def test_crds_of_rke2_multus_are_printed_with_lines_that_are_no_yaml(layout: str) -> None:
    lines = rendered(layout).splitlines()
    assert [line for line in lines if line.startswith("{{")] == [
        '{{ if (index .Values "rke2-whereabouts").enabled }}',
        "{{ end }}",
    ]
    with pytest.raises(yaml.YAMLError):
        list(yaml.safe_load_all(rendered(layout)))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda path: path.parents[1].name)
def test_no_chart_has_a_value_for_the_update_strategy(chart: Path) -> None:
    layout = chart.parents[1].name
    before = by_kind(rendered(layout))["DaemonSet"]
    values = {name: {"type": "OnDelete"} for name in NO_VALUE[chart.name]}
    more = {"controllers": {"multus": values}} if chart.name == "app-template" else values
    after = by_kind(rendered(layout, yaml.safe_dump(more)))["DaemonSet"]
    assert after == before


def test_other_releases_of_the_repositories_are_rendered_too() -> None:
    """The workload that is a release: its annotation is in the values, and in the pods."""
    ((chart, name, namespace, values),) = (
        each for each in releases("flux-app-template") if each[1] != "multus"
    )
    text = template(GITOPS / "flux-app-template" / "charts" / chart, name, namespace, values)
    found = by_kind(text)
    assert found.keys() == {"Deployment"}
    assert found["Deployment"]["metadata"] == {
        "name": "bridge",
        "namespace": "home",
        "labels": found["Deployment"]["metadata"]["labels"],
    }
    annotations = found["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert json.loads(annotations["k8s.v1.cni.cncf.io/networks"])[0]["name"] == "iot"
